//! Who tests the tester: every known mistake is caught, and who made none is not blamed.

use std::sync::LazyLock;

use lengthwise::bug;
use lengthwise::diagnosis::predict_catch;
use lengthwise::gallery::{self, Exhibit, Naming, Settings};
use lengthwise::scenario;
use lengthwise::side::Side;

/// Everything is played once, for all tests.
static GALLERY: LazyLock<Vec<Exhibit>> = LazyLock::new(|| gallery::play(&Settings::default()).unwrap());

fn bugs() -> impl Iterator<Item = &'static Exhibit> {
    GALLERY.iter().filter(|exhibit| exhibit.bug.is_some())
}

fn bugs_with(naming: Naming) -> Vec<&'static Exhibit> {
    bugs().filter(|bug| bug.naming() == naming).collect()
}

#[test]
fn the_reference_is_clean() {
    let reference: Vec<_> = GALLERY.iter().filter(|exhibit| exhibit.bug.is_none()).collect();
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
    let wrong = bugs_with(Naming::Wrong);
    assert!(wrong.is_empty(), "these are taken for other mistakes: {wrong:#?}");
}

#[test]
fn the_true_cause_is_named_alone_for_nearly_every_bug() {
    let (named, all) = (bugs_with(Naming::True).len(), bugs().count());
    let others = [bugs_with(Naming::Either), bugs_with(Naming::None)];
    assert!(named * 100 >= all * 95, "the true cause is named for {named} of {all}, not for {others:#?}");
}

#[test]
fn sockets_and_prediction_agree_bug_by_bug() {
    let (seed, mut differ) = (Settings::default().seed, Vec::new());
    for exhibit in bugs() {
        let bug = exhibit.bug.and_then(bug::find).expect("the bug of an exhibit is in the catalogue");
        let is_open = |id: &str| exhibit.open.iter().any(|(open, _)| *open == id);
        for scenario in scenario::catalogue().filter(|one| one.castings.contains(&exhibit.side.into())) {
            let caught = exhibit.caught_by.contains(&scenario.id);
            let predicted = predict_catch(scenario, exhibit.side, &bug.program, seed);
            if !is_open(scenario.id) && predicted.is_some_and(|predicted| predicted != caught) {
                differ.push((bug.id, exhibit.side, scenario.id, caught));
            }
        }
    }
    assert!(differ.is_empty(), "caught over sockets, or not, and predicted otherwise: {differ:#?}");
}
