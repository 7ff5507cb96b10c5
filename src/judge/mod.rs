//! The judge: from what was to happen and what did, a verdict.
//!
//! This module owns what is right and what is wrong. It opens no socket and reads no clock, and it must not ask the reference:
//! what is right is worked out from the case alone. What it finds are values; [`crate::prose`] puts them into words.

mod client;
mod exchange_end;
mod mismatch;
mod notes;
mod other_protocol;
mod server;
#[cfg(test)]
mod tests;
mod wrong_text;

use crate::conversation::{Answer, Entry, Transcript};
use crate::scenario::Case;
use crate::side::Casting;
use crate::verdict::Verdict;

pub use notes::notes;

/// What the transcript of a case says about the side under test.
#[must_use]
pub fn judge(case: &Case, casting: Casting, transcript: &Transcript) -> Verdict {
    if let Some(verdict) = unreliable(transcript) {
        return verdict;
    }
    let finding = match casting {
        Casting::SERVER => server::finding(case, transcript).or_else(|| server::stop_prevented(transcript)),
        Casting::CLIENT => client::finding(case, transcript),
        Casting::Pair => {
            server::stop_prevented(transcript).or_else(|| client::finding_of_pair(case, transcript))
        }
    };
    match finding {
        Some(finding) => Verdict::Fail(Box::new(finding)),
        None => incomplete(transcript).unwrap_or(Verdict::Pass),
    }
}

/// The verdict where what was seen is not what the submission did: the harness itself failed, or was answered for.
fn unreliable(transcript: &Transcript) -> Option<Verdict> {
    transcript.entries.iter().find_map(|entry| match entry {
        Entry::HarnessError { why } => Some(Verdict::Inconclusive { why: why.clone() }),
        Entry::Answered { operation, answer: Answer::Forged } => {
            let why = format!("The submission answered {} in the grader's place.", operation.kind().name());
            Some(Verdict::Inconclusive { why })
        }
        _ => None,
    })
}

/// The verdict where nothing that was seen is wrong, but the case was not played to its end.
fn incomplete(transcript: &Transcript) -> Option<Verdict> {
    let stop_failed = transcript.entries.iter().find_map(|entry| match entry {
        Entry::StopFailed { why } => Some(Verdict::Blocked { on: why.clone() }),
        _ => None,
    });
    let why = "The scenario was not played to its end, and nothing that was seen until then is wrong.";
    let was_aborted = transcript.entries.contains(&Entry::Aborted);
    stop_failed.or_else(|| was_aborted.then(|| Verdict::Inconclusive { why: why.into() }))
}
