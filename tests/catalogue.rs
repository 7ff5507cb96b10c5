//! What each scenario is there for: take one away, and a test says which known mistake is told apart no more, or by
//! whom alone. To take a bug away makes nothing else wrong.

use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::predict_catch;
use lengthwise::scenario::{self, Casting, Scenario, Tier};

/// Each scenario with a bug that it catches, and the side that has it. One in the hardening tier catches what nothing that
/// is graded does for certain.
const THERE_FOR: &[(&str, &str, Casting)] = &[
    ("short", "bytes-returned", Casting::Client),
    ("medium", "cut-to-buffer", Casting::Server),
    ("long", "sixteen-bit-length", Casting::Client),
    ("series", "cut-to-buffer", Casting::Server),
    ("parallel", "next-message-dropped", Casting::Client),
    ("client-reconnect", "never-ends", Casting::Server),
    ("delivery/header-in-two", "header-asked-again", Casting::Client),
    ("delivery/header-alone", "header-alone-is-end", Casting::Server),
    ("delivery/every-byte", "two-reads-for-header", Casting::Server),
    ("delivery/two-frames-one-read", "reads-before-it-looks", Casting::Server),
    ("delivery/three-frames-one-read", "next-as-long-as-last", Casting::Server),
    ("delivery/frame-and-a-half", "payload-asked-again", Casting::Server),
    ("delivery/frame-ends-at-buffer", "full-read-means-more", Casting::Server),
    ("delivery/around-buffer", "first-read-is-full", Casting::Client),
    ("delivery/random", "payload-asked-again", Casting::Server),
    ("delivery/slow-reader", "sends-once", Casting::Server),
    ("length/empty", "empty-is-end", Casting::Server),
    ("length/shorter-than-removed", "short-message-kept", Casting::Server),
    ("length/as-many-as-removed", "ten-characters-kept", Casting::Server),
    ("length/one-more-than-removed", "last-character-dropped", Casting::Server),
    ("length/buffer-less-one", "header-not-counted", Casting::Server),
    ("length/buffer", "one-buffer-more", Casting::Server),
    ("length/buffer-and-one", "last-byte-left-out", Casting::Server),
    ("length/65535", "rest-of-nothing-is-end", Casting::Server),
    ("length/65536", "rest-of-nothing-is-end", Casting::Client),
    ("length/longest-claim", "dies-of-claim", Casting::Server),
    ("text/two-byte-characters", "bytes-removed", Casting::Server),
    ("text/three-byte-characters", "ascii-only", Casting::Server),
    ("text/four-byte-characters", "units-removed", Casting::Server),
    ("text/ten-emoji", "units-removed", Casting::Server),
    ("text/combining-marks", "marks-removed", Casting::Server),
    ("text/length-in-bytes", "chunks-decoded", Casting::Server),
    ("text/character-in-two-reads", "chunks-decoded", Casting::Server),
    ("text/character-across-buffer", "blocks-decoded", Casting::Server),
    ("text/nul-and-newline", "ends-at-nul", Casting::Server),
    ("text/white-space-at-the-ends", "ends-at-newline", Casting::Server),
    ("text/byte-order-mark", "byte-order-mark-dropped", Casting::Server),
    ("text/not-utf8", "dies-of-no-text", Casting::Server),
    ("close/inside-header", "dies-inside-header", Casting::Server),
    ("close/inside-payload", "dies-inside-payload", Casting::Server),
    ("close/reset-inside-message", "dies-of-reset", Casting::Server),
    ("close/reset-between-messages", "dies-of-reset", Casting::Server),
    ("close/replies-unread", "dies-of-reset", Casting::Server),
    ("close/reset-during-reply", "dies-of-broken-pipe", Casting::Server),
    ("close/silent-client", "dies-without-message", Casting::Server),
    ("close/no-leftovers", "leftovers-kept", Casting::Server),
    ("close/twenty-clients", "five-clients", Casting::Server),
    ("disconnect/closed", "reconnects-after-first", Casting::Client),
    ("disconnect/reset", "raises-of-reset", Casting::Client),
    ("disconnect/inside-header", "never-ends-inside-header", Casting::Client),
    ("disconnect/inside-payload", "half-is-whole", Casting::Client),
    ("disconnect/before-anything", "raises-before-anything", Casting::Client),
    ("disconnect/twice", "raises-the-second-time", Casting::Client),
    ("disconnect/shutdown-at-once", "closes-only-after-use", Casting::Client),
    ("load/hundred-messages", "fifty-messages", Casting::Server),
    ("load/both-directions-full", "buffer-never-emptied", Casting::Server),
    ("server-shutdown", "never-stops", Casting::Server),
];

/// The scenarios about mistakes that a program of the catalogue cannot make, because it sees nothing but one stream and
/// only by reading it; and the server of `tests/servers.rs` that fails this scenario and no other.
const ELSEWHERE: &[(&str, &str)] = &[
    ("close/half-close", "wrong/closes_at_hang_up.py"),
    ("close/second-client-waits", "wrong/newest_client_only.py"),
];

/// For certain or not; nothing where that is a matter of chance.
fn catches(scenario: &'static Scenario, bug: &Bug, side: Casting) -> Option<bool> {
    predict_catch(scenario, side, &bug.program, 7)
}

/// The scenarios that catch a bug for certain.
fn catchers(bug: &Bug, side: Casting) -> Vec<&'static Scenario> {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side));
    scenarios.filter(|scenario| catches(scenario, bug, side) == Some(true)).collect()
}

#[test]
fn every_scenario_is_there_for_a_mistake() {
    for scenario in scenario::catalogue() {
        let is_there_for_it = THERE_FOR.iter().any(|(id, ..)| *id == scenario.id);
        let is_elsewhere = ELSEWHERE.iter().any(|(id, _)| *id == scenario.id);
        assert!(
            is_there_for_it || is_elsewhere,
            "{} is there for nothing: name a bug that it catches, or write one",
            scenario.id
        );
    }
}

#[test]
fn every_scenario_catches_the_mistake_that_it_is_there_for() {
    // A bug that is gone needs nobody to catch it.
    for (id, bug, side) in THERE_FOR.iter().filter_map(|(id, bug, side)| Some((id, bug::find(bug)?, *side))) {
        let Some(scenario) = scenario::find(id) else { panic!("{}", what_is_lost(id, bug, side)) };
        let has = format!("the {side} with {}", bug.id);
        assert!(catches(scenario, bug, side) != Some(false), "{id} does not catch {has} any more");
        let graded = catchers(bug, side).into_iter().find(|other| other.tier == Tier::Graded);
        if let Some(graded) = graded.filter(|_| scenario.tier == Tier::Hardening) {
            panic!("{id} is not there for {has}, which {} catches too", graded.id);
        }
    }
}

/// What it means that a scenario is not there.
fn what_is_lost(id: &str, bug: &Bug, side: Casting) -> String {
    let lost = format!("{id} is gone, and the {side} with {} is told from a right one by", bug.id);
    let others: Vec<_> = catchers(bug, side).iter().map(|scenario| scenario.id).collect();
    match others[..] {
        [] => format!("{lost} nobody any more"),
        _ => format!("{lost} these alone: {}", others.join(", ")),
    }
}

#[test]
fn what_no_bug_can_show_a_server_in_another_language_does() {
    let servers = include_str!("servers.rs");
    for (id, file) in ELSEWHERE {
        assert!(scenario::find(id).is_some(), "{id} is gone, and {file} is told from a right one by nobody");
        let row = format!("hardened_but({file:?}, &[{id:?}])");
        assert!(servers.contains(&row), "tests/servers.rs does not say that {file} fails {id} alone");
    }
}
