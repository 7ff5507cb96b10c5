//! Who tests the tester: every known mistake is caught, and who made none is not blamed.

use std::sync::LazyLock;

use lengthwise::gallery::{self, Exhibit, Naming, Settings};
use lengthwise::scenario::{self, Casting, Scenario, Tier};

/// The hardening scenarios that no bug needs, and why they are kept.
const KEPT: &[(&str, &str)] = &[
    ("delivery/three-frames-one-read", "the smallest case of what load/hundred-messages has among much else"),
    ("delivery/slow-reader", "tells one long reply from the many of load/both-directions-full"),
    ("length/buffer-and-one", "the other side of the border that length/buffer stands on"),
    ("length/65535", "the other side of the border that length/65536 stands on"),
    ("close/half-close", "needs a server that reads ahead while it answers, and the gallery has none"),
    ("close/second-client-waits", "needs a server with several clients at a time, and the gallery has none"),
    ("disconnect/closed", "what server-shutdown asks at its end, with nothing before it that may fail"),
    ("load/both-directions-full", "tells the many long replies from the one of delivery/slow-reader"),
];

/// Everything is played once, for all tests.
static GALLERY: LazyLock<Vec<Exhibit>> = LazyLock::new(|| gallery::play(&Settings::default()).unwrap());

fn bugs() -> impl Iterator<Item = &'static Exhibit> {
    GALLERY.iter().filter(|exhibit| exhibit.bug.is_some())
}

fn bugs_with(naming: Naming) -> Vec<&'static Exhibit> {
    bugs().filter(|bug| bug.naming() == naming).collect()
}

/// What stands before the slash: the scenarios about one subject.
fn group(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// Whether there is a bug that this scenario catches, and besides it only its siblings.
fn has_its_own_bug(scenario: &Scenario) -> bool {
    let is_own = |id: &&'static str| group(id) == group(scenario.id);
    bugs().any(|bug| bug.caught_by.contains(&scenario.id) && bug.caught_by.iter().all(is_own))
}

#[test]
fn the_reference_is_clean() {
    let reference: Vec<_> = GALLERY.iter().filter(|exhibit| exhibit.bug.is_none()).collect();
    assert_eq!(reference.iter().map(|one| one.side).collect::<Vec<_>>(), [Casting::Server, Casting::Client]);
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
fn every_hardening_scenario_catches_something_or_says_why_it_is_kept() {
    let is_kept = |id: &str| KEPT.iter().any(|(kept, _)| *kept == id);
    let idle: Vec<_> = scenario::catalogue()
        .filter(|one| one.tier == Tier::Hardening && !is_kept(one.id) && !has_its_own_bug(one))
        .map(|one| {
            let catches: Vec<_> = bugs().filter(|bug| bug.caught_by.contains(&one.id)).collect();
            let least = catches.into_iter().min_by_key(|bug| bug.caught_by.len());
            (one.id, least)
        })
        .collect();
    assert!(idle.is_empty(), "others catch all that these catch: {idle:#?}");
}

#[test]
fn what_is_kept_for_another_reason_needs_one() {
    for (id, reason) in KEPT {
        let scenario = scenario::find(id).unwrap_or_else(|| panic!("{id} is no scenario any more"));
        assert!(
            !has_its_own_bug(scenario),
            "{id} has a bug of its own now, and needs no other reason: {reason}"
        );
    }
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
