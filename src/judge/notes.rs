//! What was seen where the rules leave the submission a choice.

use crate::conversation::{Entry, Transcript};
use crate::scenario::{Action, Case, Malformed};

/// Making room for more than this, in bytes, because of a mere claim is worth a note.
const ROOM_WORTH_A_NOTE: u64 = 64 << 20;

/// What a reader may want to know of a transcript, whatever its verdict: sentences.
#[must_use]
pub fn notes(case: &Case, transcript: &Transcript) -> Vec<String> {
    let mut notes = Vec::new();
    let sends_not_utf8 = case
        .actions
        .iter()
        .any(|action| matches!(action, Action::SendMalformed { kind: Malformed::InvalidUtf8, .. }));
    if sends_not_utf8 && !transcript.never_connected() {
        notes.push(match transcript.received(0).len() {
            0 => "The server did not answer the payload that is not UTF-8.".to_owned(),
            len => format!("The server answered the payload that is not UTF-8 with {len} bytes."),
        });
    }
    let room = transcript.entries.iter().find_map(|entry| match entry {
        Entry::MemoryGrew { bytes } => Some(*bytes),
        _ => None,
    });
    if let Some(bytes) = room.filter(|bytes| *bytes > ROOM_WORTH_A_NOTE) {
        notes.push(format!("The server made room for {} MiB that were only claimed.", bytes >> 20));
    }
    if transcript.entries.iter().any(|entry| matches!(entry, Entry::ReadAhead { bytes } if *bytes > 0)) {
        notes.push(
            "The client reads beyond the reply that it is told to receive, and has to keep that.".into(),
        );
    }
    notes
}
