//! What is alike in sending, whoever is under test.

use std::net::TcpStream;
use std::ops::ControlFlow;

#[cfg(target_os = "linux")]
use socket2::SockRef;

use super::Timing;
use crate::conversation::{Entry, Obstacle, Transcript, Undelivered};
use crate::pace::{self, Boundary, Cause};
use crate::scenario::Action;

/// The entry for `messages` that were sent as `pieces`.
pub(super) fn sent(
    connection: usize,
    messages: usize,
    pieces: &[&[u8]],
    boundaries: &[Boundary],
    undelivered: Option<Undelivered>,
) -> Entry {
    Entry::Sent {
        connection,
        messages,
        len: pieces.iter().map(|piece| piece.len()).sum(),
        pieces: pieces.len(),
        requested: boundaries.iter().filter(|boundary| **boundary == Boundary::Requested).count(),
        undelivered,
    }
}

/// What the transcript keeps of a delivery of `pieces` that ended early. It had as long as anything has in all.
pub(super) fn undelivered(why: pace::Undelivered, pieces: &[&[u8]], timing: &Timing) -> Undelivered {
    let waited = timing.limit();
    // What the other side did, it did after what it had read; what happened to the harness, after what was sent.
    let (sent, read) = (why.sent, why.read.unwrap_or(why.sent));
    let (obstacle, done) = match why.cause {
        Cause::Closed => (Obstacle::Closed, read),
        Cause::Reset => (Obstacle::Reset, read),
        Cause::StoppedReading { unread } => (Obstacle::NotRead { unread, waited }, read),
        Cause::NotAccepted => (Obstacle::NotAccepted { waited }, sent),
        Cause::OutOfTime => (Obstacle::OutOfTime { waited }, sent),
        Cause::Io(error) => (Obstacle::System { why: error.to_string() }, sent),
    };
    // Empty pieces only make a delivery wait.
    let count = |pieces: &[&[u8]]| pieces.iter().filter(|piece| !piece.is_empty()).count();
    Undelivered { obstacle, done: count(&pieces[..done]), pieces: count(pieces) }
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

/// Ends a case that wants something of the side under test that it cannot be made to do.
pub(super) fn unsuited(action: &Action, transcript: &mut Transcript) -> ControlFlow<()> {
    transcript.push(Entry::HarnessError { why: format!("This side cannot be made to do this: {action:?}.") });
    ControlFlow::Break(())
}
