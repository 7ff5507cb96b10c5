//! Who tests the tester: every known mistake is caught, and who made none is not blamed.

use std::sync::LazyLock;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::predict;
use lengthwise::gallery::{self, Exhibit, Naming, Settings};
use lengthwise::judge::judge;
use lengthwise::scenario::{self, Casting, Scenario, Script, Tier};
use lengthwise::verdict::Verdict;

/// The hardening scenarios about mistakes that a program of the catalogue cannot make, because it sees nothing but one
/// stream and only by reading it; and the server of `tests/servers.rs` that fails this scenario and no other.
const ELSEWHERE: &[(&str, &str)] = &[
    ("close/half-close", "wrong/closes_at_hang_up.py"),
    ("close/second-client-waits", "wrong/newest_client_only.py"),
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
fn every_hardening_scenario_catches_something_that_only_it_and_its_siblings_catch() {
    let is_elsewhere = |id: &str| ELSEWHERE.iter().any(|(one, _)| *one == id);
    let idle: Vec<_> = scenario::catalogue()
        .filter(|one| one.tier == Tier::Hardening && !is_elsewhere(one.id) && !has_its_own_bug(one))
        .map(|one| {
            let catches: Vec<_> = bugs().filter(|bug| bug.caught_by.contains(&one.id)).collect();
            let least = catches.into_iter().min_by_key(|bug| bug.caught_by.len());
            (one.id, least)
        })
        .collect();
    assert!(idle.is_empty(), "others catch all that these catch: {idle:#?}");
}

#[test]
fn what_no_bug_can_show_a_server_in_another_language_does() {
    let servers = include_str!("servers.rs");
    for (id, file) in ELSEWHERE {
        assert!(scenario::find(id).is_some(), "{id} is no scenario any more");
        let row = format!("hardened_but({file:?}, &[{id:?}])");
        assert!(servers.contains(&row), "tests/servers.rs does not say that {file} fails {id} alone");
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

/// Whether a scenario catches a program, as far as that can be predicted: under one of its deliveries for certain, or
/// under none.
fn predicted(scenario: &'static Scenario, bug: &Bug, side: Casting) -> Option<bool> {
    let seed = Settings::default().seed;
    let mut passes = Some(false);
    for delivery in scenario.deliveries {
        let script = Script::new(scenario, &Assignment::default(), *delivery, seed);
        match predict(&script, side, &bug.program).map(|transcript| judge(&script, side, &transcript)) {
            Some(Verdict::Fail(_)) => return Some(true),
            Some(_) => {}
            None => passes = None,
        }
    }
    passes
}

#[test]
fn sockets_and_prediction_agree_bug_by_bug() {
    let mut differ = Vec::new();
    for exhibit in bugs() {
        let bug = exhibit.bug.and_then(bug::find).expect("the bug of an exhibit is in the catalogue");
        let is_open = |id: &str| exhibit.open.iter().any(|(open, _)| *open == id);
        for scenario in scenario::catalogue().filter(|one| one.castings.contains(&exhibit.side)) {
            let caught = exhibit.caught_by.contains(&scenario.id);
            let predicted = predicted(scenario, bug, exhibit.side);
            if !is_open(scenario.id) && predicted.is_some_and(|predicted| predicted != caught) {
                differ.push((bug.id, exhibit.side, scenario.id, caught));
            }
        }
    }
    assert!(differ.is_empty(), "caught over sockets, or not, and predicted otherwise: {differ:#?}");
}
