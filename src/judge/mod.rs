//! The judge: from what was to happen and what did, a verdict.
//!
//! It opens no socket and reads no clock, and it never asks the reference: what is right is worked out from the
//! case alone.

mod client;
mod notes;
mod phrases;
mod server;

use crate::conversation::{Entry, Transcript};
use crate::scenario::Case;
use crate::side::Casting;
use crate::verdict::Verdict;

pub use notes::notes;

/// What the transcript of a case says about the side under test.
#[must_use]
pub fn judge(case: &Case, casting: Casting, transcript: &Transcript) -> Verdict {
    if let Some(verdict) = prevented(transcript) {
        return verdict;
    }
    let finding = match casting {
        Casting::SERVER => server::finding(case, transcript),
        Casting::CLIENT => client::finding(case, transcript),
        Casting::Pair => client::finding_of_pair(case, transcript),
    };
    match finding {
        Some(finding) => Verdict::Fail(Box::new(finding)),
        None => unfinished(transcript).unwrap_or(Verdict::Pass),
    }
}

#[cfg(test)]
mod tests;

/// The verdict where the harness itself failed.
fn prevented(transcript: &Transcript) -> Option<Verdict> {
    transcript.entries.iter().find_map(|entry| match entry {
        Entry::HarnessError { why } => Some(Verdict::Inconclusive { why: why.clone() }),
        _ => None,
    })
}

/// The verdict where nothing that was seen is wrong, but the case was not played to its end.
fn unfinished(transcript: &Transcript) -> Option<Verdict> {
    let untold = transcript.entries.iter().find_map(|entry| match entry {
        Entry::StopFailed { why } => Some(Verdict::Blocked { on: why.clone() }),
        _ => None,
    });
    let why = "The scenario was broken off, but nothing that was seen until then is wrong.";
    let broken_off = transcript.entries.contains(&Entry::Aborted);
    untold.or_else(|| broken_off.then(|| Verdict::Inconclusive { why: why.into() }))
}
