//! What each scenario is there for: take one away, and a test says which known mistake is told apart no more, or by
//! whom alone. To take a bug away makes nothing else wrong.

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::predict_catch;
use lengthwise::scenario::{self, Scenario, Tier};
use lengthwise::side::Side;

/// Each scenario with a bug that it catches, and the side that has it. One in the hardening tier catches what nothing that
/// is graded does for certain.
const THERE_FOR: &[(&str, &str, Side)] = &[
    ("short", "bytes-returned", Side::Client),
    ("medium", "cut-to-buffer", Side::Server),
    ("long", "sixteen-bit-length", Side::Client),
    ("series", "cut-to-buffer", Side::Server),
    ("parallel", "next-message-dropped", Side::Client),
    ("client-reconnect", "never-ends", Side::Server),
    ("delivery/header-in-two", "header-asked-again", Side::Client),
    ("delivery/header-alone", "header-alone-is-end", Side::Server),
    ("delivery/every-byte", "two-reads-for-header", Side::Server),
    ("delivery/two-frames-one-read", "reads-before-it-looks", Side::Server),
    ("delivery/three-frames-one-read", "next-as-long-as-last", Side::Server),
    ("delivery/frame-and-a-half", "payload-asked-again", Side::Server),
    ("delivery/frame-ends-at-buffer", "full-read-means-more", Side::Server),
    ("delivery/around-buffer", "first-read-is-full", Side::Client),
    ("delivery/random", "payload-asked-again", Side::Server),
    ("delivery/pause-between-messages", "timeout-is-end", Side::Server),
    ("delivery/pause-inside-message", "timeout-is-end", Side::Client),
    ("delivery/late-reply", "raises-of-timeout", Side::Client),
    ("delivery/slow-reader", "sends-once", Side::Server),
    ("length/empty", "empty-is-end", Side::Server),
    ("length/shorter-than-removed", "short-message-kept", Side::Server),
    ("length/as-many-as-removed", "ten-characters-kept", Side::Server),
    ("length/one-more-than-removed", "last-character-dropped", Side::Server),
    ("length/buffer-less-one", "header-not-counted", Side::Server),
    ("length/buffer", "one-buffer-more", Side::Server),
    ("length/buffer-and-one", "last-byte-left-out", Side::Server),
    ("length/65535", "rest-of-nothing-is-end", Side::Server),
    ("length/65536", "rest-of-nothing-is-end", Side::Client),
    ("length/longest-claim", "dies-of-claim", Side::Server),
    ("text/two-byte-characters", "bytes-removed", Side::Server),
    ("text/three-byte-characters", "ascii-only", Side::Server),
    ("text/four-byte-characters", "units-removed", Side::Server),
    ("text/ten-emoji", "units-removed", Side::Server),
    ("text/combining-marks", "marks-removed", Side::Server),
    ("text/length-in-bytes", "chunks-decoded", Side::Server),
    ("text/character-in-two-reads", "chunks-decoded", Side::Server),
    ("text/character-across-buffer", "blocks-decoded", Side::Server),
    ("text/nul-and-newline", "ends-at-nul", Side::Server),
    ("text/white-space-at-the-ends", "ends-at-newline", Side::Server),
    ("text/byte-order-mark", "byte-order-mark-dropped", Side::Server),
    ("text/not-utf8", "dies-of-no-text", Side::Server),
    ("close/inside-header", "dies-inside-header", Side::Server),
    ("close/inside-payload", "dies-inside-payload", Side::Server),
    ("close/reset-inside-message", "dies-of-reset", Side::Server),
    ("close/reset-between-messages", "dies-of-reset", Side::Server),
    ("close/replies-unread", "dies-of-reset", Side::Server),
    ("close/before-replies", "catches-only-resets", Side::Server),
    ("close/reset-during-reply", "dies-of-broken-pipe", Side::Server),
    ("close/silent-client", "dies-without-message", Side::Server),
    ("close/no-leftovers", "leftovers-kept", Side::Server),
    ("close/twenty-clients", "five-clients", Side::Server),
    ("close/no-client-for-a-while", "ends-when-idle", Side::Server),
    ("disconnect/closed", "reconnects-after-first", Side::Client),
    ("disconnect/reset", "raises-of-reset", Side::Client),
    ("disconnect/inside-header", "never-ends-inside-header", Side::Client),
    ("disconnect/inside-payload", "half-is-whole", Side::Client),
    ("disconnect/before-anything", "raises-before-anything", Side::Client),
    ("disconnect/twice", "raises-the-second-time", Side::Client),
    ("disconnect/send-after-close", "raises-of-send", Side::Client),
    ("disconnect/send-after-reset", "raises-of-send", Side::Client),
    ("disconnect/send-after-shutdown", "silent-after-shutdown", Side::Client),
    ("disconnect/shutdown-at-once", "closes-only-after-use", Side::Client),
    ("load/hundred-messages", "fifty-messages", Side::Server),
    ("load/both-directions-full", "buffer-never-emptied", Side::Server),
    ("server-shutdown", "never-stops", Side::Server),
];

/// The scenarios about mistakes that a program of the catalogue cannot make, because it sees nothing but one stream and
/// only by reading it; and the server of `tests/programs/servers.rs` that fails this scenario and no other.
const ELSEWHERE: &[(&str, &str)] = &[
    ("close/half-close", "wrong/closes_at_hang_up.py"),
    ("close/second-client-waits", "wrong/newest_client_only.py"),
];

/// For certain or not; nothing where that is a matter of chance.
fn catches(scenario: &'static Scenario, bug: &Bug, side: Side) -> Option<bool> {
    predict_catch(scenario, side, &bug.program(), &Assignment::default(), 7)
}

/// The scenarios that catch a bug for certain.
fn catchers(bug: &Bug, side: Side) -> Vec<&'static Scenario> {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
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
fn what_is_lost(id: &str, bug: &Bug, side: Side) -> String {
    let lost = format!("{id} is gone, and the {side} with {} is told from a right one by", bug.id);
    let others: Vec<_> = catchers(bug, side).iter().map(|scenario| scenario.id).collect();
    match others[..] {
        [] => format!("{lost} nobody any more"),
        _ => format!("{lost} these alone: {}", others.join(", ")),
    }
}

#[test]
fn what_no_bug_can_show_a_server_in_another_language_does() {
    let servers = include_str!("../programs/servers.rs");
    for (id, file) in ELSEWHERE {
        assert!(scenario::find(id).is_some(), "{id} is gone, and {file} is told from a right one by nobody");
        let row = format!("hardened_but({file:?}, &[{id:?}])");
        assert!(
            servers.contains(&row),
            "tests/programs/servers.rs does not say that {file} fails {id} alone"
        );
    }
}
