//! A run that was made up: everything that an event can tell, once.

use std::sync::Arc;
use std::time::Duration;

use lengthwise::assignment::{Assignment, Charset};
use lengthwise::conversation::{Answer, Ending, Entry, OperationKind, Transcript};
use lengthwise::delivery::{Boundary, Delivery};
use lengthwise::event::{
    Event, EventKind, FORMAT_VERSION, NamedCause, NamedMistake, Output, PlannedTrial, PlayedCase, Run,
    RunStarted, TargetDescription, TrialFinished, TrialKey,
};
use lengthwise::rule::Rule;
use lengthwise::scenario::{Action, Case, FollowedBy, Reading, Sending, Tier};
use lengthwise::side::{Casting, Side};
use lengthwise::silence::Silence;
use lengthwise::verdict::{
    ExchangeEnd, ExpectedAnswer, Fault, Finding, Mismatch, Note, Sent, Stimulus, Verdict, WrongText,
};

const SEED: u64 = 7;
const MESSAGE: &str = "Four score and seven years ago";
const REPLY: &str = " and seven years ago";

/// The start of a run of `target`.
pub(super) fn started(target: TargetDescription, plan: Vec<PlannedTrial>) -> RunStarted {
    RunStarted {
        proves_silence: true,
        format_version: FORMAT_VERSION,
        harness_version: "0.0.0".into(),
        run: Run {
            target,
            assignment: Assignment::default(),
            seed: SEED,
            strict: false,
            course: Box::default(),
        },
        deadline: Duration::from_secs(2),
        plan,
    }
}

pub(super) fn planned(casting: Casting, id: &str, tier: Tier, title: &str, worth: u32) -> PlannedTrial {
    PlannedTrial {
        key: TrialKey { scenario: id.into(), casting },
        tier,
        title: title.into(),
        worth,
        hidden: false,
    }
}

/// These events, a moment after one another.
pub(super) fn timed(kinds: impl IntoIterator<Item = EventKind>) -> Vec<Event> {
    let times = (0..).map(|number| Duration::from_micros(number * 1_234_567));
    times.zip(kinds).map(|(at, kind)| Event::new(at, kind)).collect()
}

/// All events of the run.
pub(super) fn events() -> Vec<Event> {
    let target = TargetDescription::new("submission").with("path", "my-work").with("python", "3.13.1");
    let cases = cases();
    let plan = cases.iter().map(|(planned, _)| planned.clone()).collect();
    let played = cases.into_iter().flat_map(|(planned, finished)| {
        [EventKind::TrialStarted { key: planned.key }, EventKind::TrialFinished(Arc::new(finished))]
    });
    let start = EventKind::RunStarted(started(target, plan));
    let end = [diagnosed(Side::Server, &["nothing-removed"]), diagnosed(Side::Client, &["a-bug", "another"])];
    timed([start].into_iter().chain(played).chain(end).chain([EventKind::RunFinished]))
}

fn diagnosed(side: Side, bugs: &[&str]) -> EventKind {
    let text = match bugs {
        [only] => format!("The {side} does something wrong (harness explain {only})"),
        [one, other, ..] => format!(
            "Either: The {side} does this (harness explain {one}) Or: The {side} does that (harness explain {other})"
        ),
        [] => unreachable!("a cause has a bug"),
    };
    let bugs: Vec<String> = bugs.iter().map(ToString::to_string).collect();
    EventKind::Diagnosed {
        side,
        cause: NamedCause {
            mistakes: vec![NamedMistake { bugs: bugs.clone(), text: text.clone(), scenarios: Vec::new() }],
            bugs,
            text,
        },
        experiments: Vec::new(),
    }
}

/// What is played: every verdict, every kind of evidence, and everything that a case can tell besides.
fn cases() -> Vec<(PlannedTrial, TrialFinished)> {
    let graded = |casting, id, title, worth| planned(casting, id, Tier::Graded, title, worth);
    let hardening = |casting, id, title| planned(casting, id, Tier::Hardening, title, 0);
    let (server, client, pair) = (Casting::SERVER, Casting::CLIENT, Casting::Pair);
    let short = "A message shorter than the buffer comes back";
    let waits = || Verdict::Blocked { on: "The port 9000 is in use by process 4711 (python3).".into() };
    let busy = || Verdict::Inconclusive { why: "The machine was too busy: nothing ran for 900 ms.".into() };
    let too_long = || Verdict::Unsupported { why: "This target cannot do that.".into() };
    let cases = vec![
        (graded(server, "short", short, 1), with_conversation()),
        (graded(server, "medium", "A message as long as the buffer comes back", 2), wrong_text()),
        (graded(server, "long", "A message longer than the buffer comes back", 2), silence()),
        (graded(server, "server-shutdown", "A server that is told to stop stops", 2), of(waits())),
        (hardening(server, "delivery/every-byte", "A message comes byte by byte"), cut(Boundary::Confirmed)),
        (hardening(server, "delivery/random", "Messages are cut anywhere"), cut(Boundary::Unconfirmed)),
        (hardening(server, "length/65536", "A message of 65,536 bytes comes back"), of(too_long())),
        (
            hardening(server, "length/longest-claim", "A claim is no promise"),
            noted(Note::MemoryReserved { bytes: 64 << 20 }),
        ),
        (
            hardening(server, "text/not-utf8", "Not every byte is text"),
            noted(Note::NoTextAnswered { len: 24, charset: Charset::Utf8 }),
        ),
        (hardening(server, "load/hundred-messages", "A hundred messages are answered"), of(busy())),
        (graded(client, "short", short, 1), wrong_answer()),
        (
            hardening(client, "disconnect/reset", "A client notices that its server is gone"),
            noted(Note::ReadsAhead),
        ),
        (graded(pair, "short", short, 0), of(Verdict::Pass)),
    ];
    let name = |(planned, finished): (PlannedTrial, TrialFinished)| {
        let TrialKey { scenario, casting } = &planned.key;
        let reproduce =
            format!("harness --submission my-work --scenario {scenario} --side {casting} --seed {SEED}");
        let finished = TrialFinished { key: planned.key.clone(), reproduce, ..finished };
        (planned, finished)
    };
    cases.into_iter().map(name).collect()
}

/// A case with this verdict, and nothing else to tell.
fn of(verdict: Verdict) -> TrialFinished {
    TrialFinished {
        key: TrialKey { scenario: String::new(), casting: Casting::Pair },
        verdict,
        failed_delivery: None,
        passed_deliveries: None,
        deliveries: Vec::new(),
        elapsed: Duration::from_micros(12_345),
        boundary: None,
        notes: Vec::new(),
        output: None,
        crash: None,
        reproduce: String::new(),
    }
}

fn cut(boundary: Boundary) -> TrialFinished {
    TrialFinished { boundary: Some(boundary), ..of(Verdict::Pass) }
}

fn noted(note: Note) -> TrialFinished {
    TrialFinished { notes: vec![note], ..of(Verdict::Pass) }
}

/// A pass, with everything that was sent and received.
fn with_conversation() -> TrialFinished {
    let case = Case {
        id: "short".into(),
        title: "A message shorter than the buffer comes back".into(),
        tier: Tier::Graded,
        rule: Rule::Framing,
        assignment: Assignment::default(),
        delivery: Delivery::InHeader(2),
        sending: Sending::AtOnce,
        reading: Reading::AtOnce,
        seed: SEED,
        actions: vec![
            Action::Connect,
            Action::Send {
                messages: vec![MESSAGE.into()],
                replies: Vec::new(),
                cuts: vec![2],
                awaits_reaction: false,
                followed_by: FollowedBy::Anything,
            },
            Action::Receive { batch: None },
            Action::ShutDownClient,
        ],
    };
    let mut transcript = Transcript::default();
    let (len, pieces) = (4 + MESSAGE.len(), 2);
    let entries = [
        Entry::Connected { connection: 0 },
        Entry::Sent { connection: 0, messages: 1, len, pieces, requested: 0, undelivered: None },
        Entry::Received { connection: 0, bytes: frame(REPLY) },
        Entry::Ended { connection: 0, ending: Ending::Closed },
    ];
    for (milliseconds, entry) in (1..).zip(entries) {
        transcript.push(Duration::from_millis(milliseconds), entry);
    }
    let deliveries = vec![PlayedCase { case, transcript, elapsed: Duration::from_millis(5) }];
    TrialFinished { deliveries, boundary: Some(Boundary::Confirmed), ..of(Verdict::Pass) }
}

/// A frame with a header of four bytes in network order.
fn frame(payload: &str) -> Vec<u8> {
    [&u32::try_from(payload.len()).unwrap().to_be_bytes(), payload.as_bytes()].concat()
}

fn sent(delivery: Delivery, pieces_max: usize) -> Stimulus {
    Stimulus::Send(Sent {
        client: 0,
        message_chars: vec![MESSAGE.len()],
        sends: 1,
        delivery,
        pieces_max,
        malformed_len: 0,
        undelivered: None,
    })
}

/// Wrong bytes, from a program that printed what would move the cursor of a terminal.
fn wrong_text() -> TrialFinished {
    let text = WrongText::FrontRemoved { chars: 0 };
    let finding = Finding {
        stimulus: sent(Delivery::EveryByte, 34),
        fault: Fault::Bytes {
            from: Side::Server,
            mismatch: Mismatch::Text { frame: 0, text, chars: 30, expected_chars: 20 },
            frames: 1,
            expected: frame(REPLY),
            received: frame(MESSAGE),
        },
        rule: Rule::Work,
        ended: ExchangeEnd::StillOpen,
    };
    let output = "got \u{1b}[2J30 bytes\0\r\nTraceback (most recent call last):\n\tKeyError: 'größe'\n";
    TrialFinished {
        failed_delivery: Some(Delivery::EveryByte),
        boundary: Some(Boundary::Confirmed),
        output: Some(Output::Side(output.into())),
        ..of(Verdict::Fail(Box::new(finding)))
    }
}

/// Nothing where a reply had to come.
fn silence() -> TrialFinished {
    let waited = Duration::from_secs(2);
    let expected = frame(&REPLY.repeat(40));
    let finding = Finding {
        stimulus: sent(Delivery::Whole, 1),
        fault: Fault::Bytes {
            from: Side::Server,
            mismatch: Mismatch::Stops { whole: 0, of_next: 0, next_len: expected.len() },
            frames: 1,
            expected,
            received: Vec::new(),
        },
        rule: Rule::AnySplit,
        ended: ExchangeEnd::Silent { silence: Silence::of_deadline(waited) },
    };
    let elapsed = Duration::from_millis(12_345);
    TrialFinished { failed_delivery: Some(Delivery::Whole), elapsed, ..of(Verdict::Fail(Box::new(finding))) }
}

/// A client that fails where it has to return a reply.
fn wrong_answer() -> TrialFinished {
    let finding = Finding {
        stimulus: Stimulus::Ask { client: 0, messages: 1 },
        fault: Fault::Answer {
            operation: OperationKind::ReceiveMessage,
            expected: ExpectedAnswer::Reply(REPLY.into()),
            answer: Answer::Error("UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3".into()),
            connected_again: false,
            is_of_own_message: false,
        },
        rule: Rule::ReturnsPayload,
        ended: ExchangeEnd::StillOpen,
    };
    TrialFinished { failed_delivery: Some(Delivery::Whole), ..of(Verdict::Fail(Box::new(finding))) }
}
