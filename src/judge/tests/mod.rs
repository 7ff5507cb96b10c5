//! Verdicts on transcripts that are written by hand.

mod client;
mod server;

use std::borrow::Cow;
use std::time::Duration;

use super::judge;
use crate::assignment::Assignment;
use crate::conversation::{Answer, Ending, Entry, Operation, Transcript};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::scenario::{self, Case};
use crate::side::Casting;
use crate::silence::Silence;
use crate::verdict::{ExchangeEnd, Fault, Finding, Mismatch, Verdict};

const WAITED: Silence = Silence::of_deadline(Duration::from_millis(1000));

fn case(id: &str) -> Case {
    Case::new(scenario::find(id).unwrap(), &Assignment::default(), &Delivery::Whole, 7)
}

fn messages(case: &Case) -> Vec<String> {
    case.messages().map(str::to_owned).collect()
}

/// What a right server sends for everything in `case`.
fn replies(case: &Case) -> Vec<u8> {
    messages(case).iter().flat_map(|message| case.frame(case.reply_to(message)).to_vec()).collect()
}

/// What the server replies to everything in `case`, when `casting` is under test.
fn replies_to(case: &Case, casting: Casting) -> Vec<String> {
    let replies = case.actions.iter().flat_map(|action| case.replies(action, casting));
    replies.map(Cow::into_owned).collect()
}

fn sent(case: &Case, connection: usize) -> Entry {
    let messages = messages(case);
    let len = messages.iter().map(|message| case.frame(message).len()).sum();
    Entry::Sent { connection, messages: messages.len(), len, pieces: 1, requested: 0, undelivered: None }
}

fn received(bytes: &[u8]) -> Entry {
    Entry::Received { connection: 0, bytes: bytes.to_vec() }
}

fn conversation(case: &Case, then: impl IntoIterator<Item = Entry>) -> Transcript {
    let mut entries = vec![Entry::Connected { connection: 0 }, sent(case, 0)];
    entries.extend(then);
    Transcript::from(entries)
}

fn verdict(case: &Case, casting: Casting, transcript: &Transcript) -> Verdict {
    judge(case, casting, transcript)
}

fn finding(case: &Case, casting: Casting, transcript: &Transcript) -> Finding {
    match verdict(case, casting, transcript) {
        Verdict::Fail(finding) => *finding,
        other => panic!("expected a fail, got {other:?}"),
    }
}

fn mismatch(finding: &Finding) -> Mismatch {
    match finding.fault {
        Fault::Bytes { mismatch, .. } => mismatch,
        ref other => panic!("expected wrong bytes, got {other:?}"),
    }
}

fn connect() -> Operation {
    Operation::Connect { host: "127.0.0.1".into(), port: 1, buffer_size: 1024 }
}

fn answered(operation: Operation, answer: Answer) -> Entry {
    Entry::Answered { operation, answer }
}

fn ended(ending: Ending) -> Entry {
    Entry::Ended { connection: 0, ending }
}
