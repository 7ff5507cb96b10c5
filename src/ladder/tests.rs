//! What is on the ladders of conversations that were simulated or made up.

use std::time::Duration;

use super::*;
use crate::assignment::Assignment;
use crate::bug::{self, Program};
use crate::conversation::{Entry, Transcript};
use crate::delivery::Delivery;
use crate::diagnosis::SimulatedSubject;
use crate::event::{CallOutcome, CulpritCall};
use crate::judge::judge;
use crate::rule::Rule;
use crate::scenario::{self, Case};
use crate::silence::{BlockedIn, KnownBy};
use crate::verdict::{EarlierClient, ExchangeEnd, Fault, Stimulus, Verdict};

fn case(id: &str, delivery: &Delivery) -> Case {
    Case::new(scenario::find(id).unwrap(), &Assignment::default(), delivery, 7)
}

fn simulated(case: Case, side: Side, program: &Program) -> (PlayedCase, Verdict) {
    let transcript = SimulatedSubject { program, side, assignment: case.assignment }.transcript(&case);
    let verdict = judge(&case, side.into(), &transcript);
    (PlayedCase { case, transcript, elapsed: Duration::ZERO }, verdict)
}

fn ladder(played: &PlayedCase, side: Side, verdict: &Verdict) -> Ladder {
    let finding = match verdict {
        Verdict::Fail(finding) => Some(&**finding),
        _ => None,
    };
    Ladder::new(played, side.into(), Found { finding, ..Found::default() })
}

/// What the rungs say, those that are wrong behind an exclamation mark.
fn labels(ladder: &Ladder) -> Vec<String> {
    let label = |rung: &Rung| format!("{}{}", if rung.is_wrong { "! " } else { "" }, ladder.label(rung));
    ladder.rungs.iter().map(label).collect()
}

fn of_bug(id: &str, scenario: &str, side: Side) -> Vec<String> {
    let program = bug::find(id).unwrap().program();
    let (played, verdict) = simulated(case(scenario, &Delivery::Whole), side, &program);
    labels(&ladder(&played, side, &verdict))
}

#[test]
fn a_right_conversation_reads_from_top_to_bottom() {
    for side in [Side::Server, Side::Client] {
        let (played, verdict) = simulated(case("short", &Delivery::Whole), side, &Program::RIGHT);
        let said = labels(&ladder(&played, side, &verdict));
        let starts = ["connects", "message 1: [32] ", "reply 1: [22] ", "both close"];
        // The harness as the server keeps its end open until the client has closed.
        assert!(said.len() >= 3, "{side}: {said:?}");
        for (label, start) in said.iter().zip(starts).take(3) {
            assert!(label.starts_with(start), "{side}: {said:?}");
        }
    }
}

/// What the harness sends is not in a transcript, and has to be worked out from the case.
#[test]
fn all_that_the_harness_sends_is_known_in_every_scenario() {
    for side in [Side::Server, Side::Client] {
        for scenario in scenario::catalogue().filter(|one| one.castings.contains(&side.into())) {
            for delivery in scenario.deliveries {
                let (played, verdict) = simulated(case(scenario.id, delivery), side, &Program::RIGHT);
                let ladder = ladder(&played, side, &verdict);
                assert_eq!(verdict, Verdict::Pass, "{}", scenario.id);
                for rung in &ladder.rungs {
                    assert!(!rung.is_wrong, "{} {side}: {rung:?}", scenario.id);
                    if let RungKind::Bytes(bytes) = &rung.kind {
                        assert!(!bytes.head.is_empty(), "{} {side}: {rung:?}", scenario.id);
                        assert!(
                            bytes.from != side || matches!(bytes.contents, Contents::Frames { .. }),
                            "{} {side}: {rung:?}",
                            scenario.id
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_failure_shows_what_is_wrong() {
    for bug in bug::catalogue().step_by(5) {
        for side in bug.sides {
            for id in
                ["short", "medium", "parallel", "client-reconnect", "server-shutdown", "close/inside-header"]
            {
                if !scenario::find(id).unwrap().castings.contains(&(*side).into()) {
                    continue;
                }
                let (played, verdict) = simulated(case(id, &Delivery::Whole), *side, &bug.program());
                let ladder = ladder(&played, *side, &verdict);
                let has_failed = matches!(verdict, Verdict::Fail(_));
                let is_shown = ladder.rungs.iter().any(|rung| rung.is_wrong);
                assert_eq!(is_shown, has_failed, "{} {side} {id}: {:?}", bug.id, labels(&ladder));
            }
        }
    }
}

#[test]
fn a_wrong_reply_stands_above_what_it_should_be() {
    let said = of_bug("nothing-removed", "short", Side::Server);
    assert!(said[2].starts_with("! [32] "), "{said:?}");
    assert!(said[3].starts_with("should be [22] "), "{said:?}");
}

#[test]
fn a_reply_that_does_not_come_is_missed_where_it_should_be() {
    let said = of_bug("one-message", "series", Side::Server);
    let place = said.iter().position(|label| label.starts_with("! no reply 2: [1490] "));
    assert!(place.is_some_and(|place| said[..place].contains(&"! closes (FIN)".to_owned())), "{said:?}");
}

#[test]
fn what_is_many_or_alike_is_shown_once() {
    let of = |id: &str, delivery: &Delivery| {
        let (played, verdict) = simulated(case(id, delivery), Side::Server, &Program::RIGHT);
        labels(&ladder(&played, Side::Server, &verdict))
    };
    let hundred = of("load/hundred-messages", &Delivery::Whole);
    assert_eq!(hundred[1..3], ["messages 1 to 100: 4400 bytes", "replies 1 to 100: 3400 bytes"]);
    let clients = of("close/twenty-clients", &Delivery::Whole);
    assert_eq!(clients.last().unwrap(), "the same with 19 more clients");
    let waits = of("close/second-client-waits", &Delivery::Whole);
    assert_eq!(waits.iter().filter(|label| *label == "both close (FIN)").count(), 2, "{waits:?}");
    let bytes = of("delivery/every-byte", &Delivery::EveryByte);
    assert_eq!(bytes[1..3], ["piece 1 of 36: 1 byte", "piece 2 of 36: 1 byte"], "{bytes:?}");
    assert_eq!(bytes[3..5], ["33 more pieces", "piece 36 of 36: 1 byte"], "{bytes:?}");
}

/// A delivery is noted when it is over, and the reply to a part of it before.
#[test]
fn no_reply_stands_above_its_message() {
    let case = case("short", &Delivery::Whole);
    let frame = case.frame(case.reply_to(case.messages().next().unwrap())).to_vec();
    let len = case.sent_len() + 4;
    let entries = vec![
        Entry::Connected { connection: 0 },
        Entry::Received { connection: 0, bytes: frame },
        Entry::Sent { connection: 0, messages: 1, len, pieces: 1, requested: 0, undelivered: None },
        Entry::Ended { connection: 0, ending: Ending::Closed },
    ];
    let played = PlayedCase { case, transcript: Transcript::from(entries), elapsed: Duration::ZERO };
    let said = labels(&ladder(&played, Side::Server, &Verdict::Pass));
    assert!(said[1].starts_with("message 1") && said[2].starts_with("reply 1"), "{said:?}");
    assert_eq!(said[3..], ["both close (FIN)"]);
}

#[test]
fn a_program_breaks_before_its_connection_ends() {
    let program = bug::find("one-message").unwrap().program();
    let (played, verdict) = simulated(case("series", &Delivery::Whole), Side::Server, &program);
    let Verdict::Fail(finding) = &verdict else { panic!("it passes") };
    let crash = Crash::Signal { name: "SIGSEGV".into(), assertion: None };
    let call = SocketCall {
        file: "server.py".into(),
        line: 7,
        method: "recv".into(),
        connection: Some(0),
        asked: Some(4),
        outcome: CallOutcome::Returned { len: Some(0) },
    };
    let trace = Trace { calls: vec![call], culprit: Some(CulpritCall { call: 0, shows: CallShows::Waited }) };
    let found = Found { finding: Some(finding), crash: Some(&crash), trace: Some(&trace) };
    let ladder = Ladder::new(&played, Casting::SERVER, found);
    let said = labels(&ladder);
    let place = said.iter().position(|label| label == "server.py:7 recv()").unwrap();
    assert_eq!(said[place + 1..place + 3], ["! dies of SIGSEGV", "! closes (FIN)"], "{said:?}");
}

/// When it broke is not in the transcript: the client after the one that broke it comes later.
#[test]
fn a_program_breaks_before_the_client_that_it_no_longer_accepts() {
    let case = case("close/reset-inside-message", &Delivery::Whole);
    let silence = Silence { waited: Duration::ZERO, known_by: KnownBy::Blocked(BlockedIn::Command) };
    let entries = vec![
        Entry::Connected { connection: 0 },
        Entry::Connected { connection: 1 },
        Entry::Silent { connection: 1, silence },
        Entry::NotAccepted { connection: 1, silence: Some(silence) },
    ];
    let played = PlayedCase { case, transcript: Transcript::from(entries), elapsed: Duration::ZERO };
    let finding = Finding {
        stimulus: Stimulus::Connect { client: 1, earlier: Some(EarlierClient::Left) },
        fault: Fault::NotAccepted { silence: Some(silence) },
        rule: Rule::Framing,
        ended: ExchangeEnd::Silent { silence },
    };
    let crash = Crash::Signal { name: "SIGSEGV".into(), assertion: None };
    let found = Found { finding: Some(&finding), crash: Some(&crash), trace: None };
    let said = labels(&Ladder::new(&played, Casting::SERVER, found));
    let breaks = said.iter().position(|label| label == "! dies of SIGSEGV").unwrap();
    assert_eq!(said[breaks + 1..], ["connects", "! not accepted"], "{said:?}");
}
