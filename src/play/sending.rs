//! What transcripts say alike, whoever is under test.

use std::ops::ControlFlow;

use crate::pace::{Boundary, Undelivered};
use crate::scenario::Action;
use crate::transcript::{Entry, Transcript};

/// The entry for `messages` that were sent as `pieces`; `peer` is the name for the other side in a sentence.
pub(super) fn sent(
    connection: usize,
    messages: usize,
    pieces: &[&[u8]],
    boundaries: &[Boundary],
    undelivered: Option<Undelivered>,
    peer: &str,
) -> Entry {
    Entry::Sent {
        connection,
        messages,
        len: pieces.iter().map(|piece| piece.len()).sum(),
        pieces: pieces.len(),
        requested: boundaries.iter().filter(|boundary| **boundary == Boundary::Requested).count(),
        undelivered: undelivered.map(|why| why.to_string().replace("the peer", peer)),
    }
}

/// Ends a script that wants something of the side under test that it cannot be made to do.
pub(super) fn unsuited(action: &Action, transcript: &mut Transcript) -> ControlFlow<()> {
    transcript.push(Entry::Trouble { why: format!("This side cannot be made to do this: {action:?}.") });
    ControlFlow::Break(())
}
