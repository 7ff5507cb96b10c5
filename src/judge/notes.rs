//! What was seen where the rules leave the submission a choice.

use crate::conversation::{Answer, Entry, Operation, Transcript};
use crate::limits::RESERVED_LEN_MAX;
use crate::scenario::{Action, Case, Malformed};
use crate::verdict::Note;

/// What a reader may want to know of a transcript, whatever its verdict.
#[must_use]
pub fn notes(case: &Case, transcript: &Transcript) -> Vec<Note> {
    let is_invalid =
        |action: &Action| matches!(action, Action::SendMalformed { kind: Malformed::InvalidUtf8, .. });
    let sends_invalid = case.actions.iter().any(is_invalid) && !transcript.never_connected();
    let answered = sends_invalid.then(|| Note::NoTextAnswered {
        len: transcript.received(0).len(),
        charset: case.assignment.charset,
    });
    let reserved = transcript.entries.iter().find_map(|entry| match entry {
        Entry::MemoryGrew { bytes } if *bytes > RESERVED_LEN_MAX => {
            Some(Note::MemoryReserved { bytes: *bytes })
        }
        _ => None,
    });
    let reads_ahead = |entry: &Entry| matches!(entry, Entry::ReadAhead { bytes } if *bytes > 0);
    let ahead = transcript.entries.iter().any(reads_ahead).then_some(Note::ReadsAhead);
    [answered, reserved, ahead, shut_down_badly(case, transcript)].into_iter().flatten().collect()
}

/// What is to be said of how the last client was shut down, which is judged only where another one follows.
fn shut_down_badly(case: &Case, transcript: &Transcript) -> Option<Note> {
    let connections =
        transcript.entries.iter().filter(|entry| matches!(entry, Entry::Connected { .. })).count();
    let mut entries = transcript
        .entries
        .iter()
        .skip_while(|entry| !matches!(entry, Entry::Answered { operation: Operation::ShutDown, .. }));
    if !case.is_last_client(connections) {
        return None;
    }
    let last = connections.checked_sub(1)?;
    entries.find_map(|entry| match entry {
        Entry::Answered { operation: Operation::ShutDown, answer } if *answer != Answer::Done => {
            Some(Note::ShutdownFailed)
        }
        Entry::Silent { connection, .. } if *connection == last => Some(Note::NotClosed),
        _ => None,
    })
}
