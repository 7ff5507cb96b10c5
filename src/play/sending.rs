//! What is alike in sending, whoever is under test.

use std::net::TcpStream;
use std::ops::ControlFlow;

#[cfg(target_os = "linux")]
use socket2::SockRef;

use crate::delivery::Boundary;
use crate::pace::Undelivered;
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

/// Lets what is sent next wait for the end of the stream, so that the two arrive together: no read, and no look at
/// the connection, finds the one without the other.
pub(super) fn hold_back(stream: &TcpStream) {
    // Elsewhere the end follows at once, too, only not for certain before the first look.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_cork(true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// Ends a script that wants something of the side under test that it cannot be made to do.
pub(super) fn unsuited(action: &Action, transcript: &mut Transcript) -> ControlFlow<()> {
    transcript.push(Entry::Trouble { why: format!("This side cannot be made to do this: {action:?}.") });
    ControlFlow::Break(())
}
