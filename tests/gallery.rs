//! Who tests the tester: every known mistake is caught, and a program that makes none is not blamed.
//!
//! What is played over sockets is one mistake in a few; the prediction knows of all. To have every one played:
//!
//! ```text
//! LENGTHWISE_WHOLE=1 cargo test --test gallery
//! ```

#[path = "support"]
mod support {
    pub(crate) mod parallel;
    pub(crate) mod whole;
}

use std::sync::LazyLock;

use lengthwise::bug;
use lengthwise::diagnosis::predict_catch;
use lengthwise::scenario;
use lengthwise::selftest::{self, Attribution, Mutant, Settings};
use lengthwise::side::Side;

use support::parallel::in_parallel;
use support::whole::one_in;

/// One in so many mistakes is played.
const EVERY: usize = 4;

/// It is played once, for all tests: the reference, and mistakes.
static GALLERY: LazyLock<Vec<Mutant>> = LazyLock::new(|| {
    let settings = Settings::default();
    let (right, wrong): (Vec<_>, Vec<_>) =
        selftest::programs(&settings.assignment, |_| true).into_iter().partition(|(bug, _)| bug.is_none());
    let played: Vec<_> = right.into_iter().chain(wrong.into_iter().step_by(one_in(EVERY))).collect();
    selftest::play_each(&played, &settings, &|_| ()).unwrap()
});

fn bugs() -> impl Iterator<Item = &'static Mutant> {
    GALLERY.iter().filter(|mutant| mutant.bug.is_some())
}

fn bugs_with(attribution: Attribution) -> Vec<&'static Mutant> {
    bugs().filter(|bug| bug.attribution() == attribution).collect()
}

#[test]
fn the_reference_is_clean() {
    let reference: Vec<_> = GALLERY.iter().filter(|mutant| mutant.bug.is_none()).collect();
    assert_eq!(reference.iter().map(|one| one.side).collect::<Vec<_>>(), [Side::Server, Side::Client]);
    for one in reference {
        assert!(one.is_judged_rightly(), "{one:?}");
    }
}

#[test]
fn every_bug_is_caught() {
    let missed: Vec<_> = bugs().filter(|bug| !bug.is_judged_rightly()).collect();
    assert!(missed.is_empty(), "no scenario tells these from a right program any more: {missed:#?}");
}

#[test]
fn no_wrong_cause_is_named() {
    let wrong = bugs_with(Attribution::Wrong);
    assert!(wrong.is_empty(), "these are taken for other mistakes: {wrong:#?}");
}

#[test]
fn the_true_cause_is_named_alone_for_nearly_every_bug() {
    let (named, all) = (bugs_with(Attribution::True).len(), bugs().count());
    let others = [bugs_with(Attribution::Ambiguous), bugs_with(Attribution::None)];
    assert!(named * 100 >= all * 95, "the true cause is named for {named} of {all}, not for {others:#?}");
}

/// The scenarios that have caught a mutant over sockets, or have not, and were predicted not to, or to.
fn predicted_otherwise(mutant: &Mutant) -> Vec<(&'static str, Side, &'static str, bool)> {
    let bug = mutant.bug.and_then(bug::find).expect("the bug of a mutant is in the catalogue");
    let settings = Settings::default();
    let is_undecided = |id: &str| mutant.undecided.iter().any(|(undecided, _)| *undecided == id);
    let mut differ = Vec::new();
    for scenario in scenario::catalogue().filter(|one| one.castings.contains(&mutant.side.into())) {
        let caught = mutant.caught_by.contains(&scenario.id);
        let predicted =
            predict_catch(scenario, mutant.side, &bug.program(), &settings.assignment, settings.seed);
        if !is_undecided(scenario.id) && predicted.is_some_and(|predicted| predicted != caught) {
            differ.push((bug.id, mutant.side, scenario.id, caught));
        }
    }
    differ
}

#[test]
fn sockets_and_prediction_agree_bug_by_bug() {
    // The other tests have nothing left to do by now.
    let differ = in_parallel(bugs(), predicted_otherwise).concat();
    assert!(differ.is_empty(), "caught over sockets, or not, and predicted otherwise: {differ:#?}");
}
