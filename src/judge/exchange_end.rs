//! How the other side's bytes on one connection ended.

use super::mismatch::{declared_len, payload_len};
use crate::assignment::Assignment;
use crate::conversation::{Ending, Entry, Transcript};
use crate::verdict::ExchangeEnd;

/// How `connection` ended. `received` is all that came on it.
pub(super) fn exchange_end(
    transcript: &Transcript,
    connection: usize,
    received: &[u8],
    assignment: &Assignment,
) -> ExchangeEnd {
    let last = transcript.entries.iter().rev().find_map(|entry| match entry {
        Entry::Ended { connection: on, ending } if *on == connection => Some(match ending {
            Ending::Closed if ends_in_frame(received, assignment) => ExchangeEnd::ClosedInFrame,
            Ending::Closed => ExchangeEnd::ClosedCleanly,
            Ending::Reset => ExchangeEnd::Reset,
        }),
        Entry::Silent { connection: on, silence } if *on == connection => {
            Some(ExchangeEnd::Silent { silence: *silence })
        }
        Entry::Unfinished { connection: on, waited } if *on == connection => {
            let waited = *waited;
            // What goes on although no byte comes any more is reading.
            Some(match has_answered_last(transcript, connection) {
                true => ExchangeEnd::StillSending { waited },
                false => ExchangeEnd::StillReading { waited },
            })
        }
        _ => None,
    });
    let was_made = |entry: &Entry| matches!(entry, Entry::Connected { connection: on } if *on == connection);
    last.unwrap_or_else(|| match transcript.entries.iter().any(was_made) {
        true => ExchangeEnd::StillOpen,
        false => ExchangeEnd::NotConnected,
    })
}

/// Whether bytes came on `connection` after the harness had sent something there for the last time.
fn has_answered_last(transcript: &Transcript, connection: usize) -> bool {
    let last = transcript.entries.iter().rev().find(|entry| match entry {
        Entry::Sent { connection: on, .. } | Entry::Received { connection: on, .. } => *on == connection,
        _ => false,
    });
    matches!(last, Some(Entry::Received { .. }))
}

/// Whether `stream`, divided into frames by its own lengths, stops inside one of them.
pub(super) fn ends_in_frame(stream: &[u8], assignment: &Assignment) -> bool {
    let mut rest = stream;
    while !rest.is_empty() {
        let Some(declared) = declared_len(rest, assignment) else { return true };
        let frame = payload_len(declared, assignment).saturating_add(assignment.header_width.bytes());
        match rest.get(frame..) {
            Some(next) => rest = next,
            None => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_inside_a_frame_by_its_own_lengths() {
        let assignment = Assignment::default();
        assert!(!ends_in_frame(b"", &assignment));
        assert!(!ends_in_frame(b"\0\0\0\x03age", &assignment));
        assert!(ends_in_frame(b"\0\0\0\x03age\0", &assignment));
        assert!(ends_in_frame(b"\0\0\0\x03ag", &assignment));
        assert!(ends_in_frame(b"\xFF\xFF\xFF\xFFag", &assignment));
    }
}
