//! Sending a message in pieces, so that each piece ends a read of the peer.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::delivery_error::{DeliveryError, DeliveryFailure};
use super::peer_socket::PeerSocket;
use super::waits::{Meanwhile, Outlook, Waits};
use crate::delivery::Boundary;
use crate::os::sock_diag::SocketTable;
use crate::os::wait::{self, Backoff};

/// Never blocks, and reports a closed connection as an error only, whatever the process does on `SIGPIPE`.
/// Where the flag for that is missing, the standard library sets the same on the socket.
#[cfg(target_os = "linux")]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(not(target_os = "linux"))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;

/// Sends all that goes out through one connection, in pieces that the peer reads one by one.
///
/// Where the kernel shows the peer's socket, a piece is sent when the one before has been read: no time is lost
/// and every boundary is seen. Elsewhere there is a pause between two pieces. The peer is the program that
/// holds the other end of this connection: behind a proxy, that is the proxy.
#[derive(Debug)]
pub struct Pacer {
    pace: Pace,
}

#[derive(Debug)]
enum Pace {
    Exact(Box<PeerSocket>),
    Timed {
        pause: Duration,
        /// Bytes written to the connection since it was opened.
        sent_len: u64,
        /// When the connection last took bytes, or the present delivery began.
        taken_at: Instant,
    },
}

impl Pacer {
    /// The usual pause between two pieces where the peer's socket cannot be seen, or is not to be looked at.
    pub const PAUSE: Duration = Duration::from_millis(1);

    /// Chooses the pace for a connection through which nothing was sent yet: exact where the table shows the
    /// peer's socket, else a [pause](Self::PAUSE) between pieces. Turns off the delay of small segments
    /// (`TCP_NODELAY`).
    ///
    /// A connection that the peer has reset meanwhile is one of those that are not shown: the first delivery tells of the reset.
    ///
    /// From now on everything must be sent by [`deliver`](Self::deliver), which counts it.
    ///
    /// # Errors
    ///
    /// Those of a stream that was never connected.
    pub fn for_connection(stream: &TcpStream, table: &SocketTable) -> io::Result<Self> {
        match PeerSocket::find(stream, table)? {
            None => Self::timed(stream, Self::PAUSE),
            Some(peer) => {
                stream.set_nodelay(true)?;
                Ok(Self { pace: Pace::Exact(Box::new(peer)) })
            }
        }
    }

    /// Makes a pause between two pieces, without a look at the peer's socket.
    ///
    /// # Errors
    ///
    /// Those of a stream that is not connected.
    pub fn timed(stream: &TcpStream, pause: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { pace: Pace::Timed { pause, sent_len: 0, taken_at: Instant::now() } })
    }

    /// Whether the peer's socket is watched.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.pace, Pace::Exact(_))
    }

    /// How many bytes were written to the connection since it was opened.
    #[must_use]
    pub fn sent_len(&self) -> u64 {
        self.pace.sent_len()
    }

    /// Sends `pieces`, each of them after the peer has read the one before, and returns when the last one is
    /// written. Tells what is known of each boundary between two pieces, in order.
    ///
    /// An empty piece sends nothing; an empty last one makes the delivery wait until everything was read.
    ///
    /// The stream may be blocking or not. A caller whose peer answers during the delivery has to receive [meanwhile](Meanwhile::wait),
    /// without blocking, or both ends come to wait for each other once the buffers are full.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`] when the peer is gone, the deadline passes, or the stream, the socket table or
    /// `meanwhile` fails.
    pub fn deliver(
        &mut self,
        stream: &TcpStream,
        pieces: &[&[u8]],
        waits: &Waits,
        meanwhile: &mut dyn Meanwhile,
    ) -> Result<Vec<Boundary>, DeliveryError> {
        self.pace.begin();
        let mut boundaries = Vec::with_capacity(pieces.len().saturating_sub(1));
        let mut pieces_sent = 0;
        let outcome = pieces.iter().try_for_each(|piece| {
            if pieces_sent > 0 {
                boundaries.push(self.pace.await_boundary(waits, meanwhile)?);
            }
            self.pace.write(stream, piece, waits, meanwhile)?;
            pieces_sent += 1;
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(boundaries),
            Err(cause) => {
                let pieces_read = self.pace.read_len().map(|len| pieces_within(pieces, len));
                Err(DeliveryError { boundaries, pieces_sent, pieces_read, pieces: pieces.len(), cause })
            }
        }
    }
}

impl Pace {
    /// Starts a delivery.
    fn begin(&mut self) {
        match self {
            Self::Exact(peer) => peer.begin(),
            Self::Timed { taken_at, .. } => *taken_at = Instant::now(),
        }
    }

    /// Writes one piece, as the connection makes room for it.
    fn write(
        &mut self,
        stream: &TcpStream,
        piece: &[u8],
        waits: &Waits,
        meanwhile: &mut dyn Meanwhile,
    ) -> Result<(), DeliveryFailure> {
        let mut rest = piece;
        let mut backoff = Backoff::new();
        while !rest.is_empty() {
            match send(stream, rest, SEND_FLAGS) {
                Ok(len) => {
                    rest = &rest[len..];
                    self.add_sent(len);
                    backoff = Backoff::new();
                }
                Err(Errno::AGAIN) => {
                    self.await_room(stream, &mut backoff, waits)?;
                    match meanwhile.wait(self.sent_len())? {
                        Outlook::Open | Outlook::Starved => {}
                        Outlook::Hopeless => return Err(self.given_up()),
                        Outlook::OutOfTime => return Err(DeliveryFailure::OutOfTime),
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Err(DeliveryFailure::Reset),
                Err(Errno::PIPE) => return Err(DeliveryFailure::Closed),
                Err(error) => return Err(DeliveryFailure::Io(error.into())),
            }
        }
        Ok(())
    }

    /// Waits a moment for the connection to take bytes again.
    fn await_room(
        &mut self,
        stream: &TcpStream,
        backoff: &mut Backoff,
        waits: &Waits,
    ) -> Result<(), DeliveryFailure> {
        if let Self::Exact(peer) = self {
            peer.check_alive()?;
        }
        if Instant::now() >= waits.deadline {
            return Err(self.missed_deadline(waits));
        }
        Ok(backoff.wait_writable(stream, waits.deadline)?)
    }

    /// Waits for what ends a piece.
    fn await_boundary(
        &mut self,
        waits: &Waits,
        meanwhile: &mut dyn Meanwhile,
    ) -> Result<Boundary, DeliveryFailure> {
        match self {
            Self::Exact(peer) => peer.await_read(waits, meanwhile),
            Self::Timed { pause, sent_len, .. } => {
                wait::sleep(*pause, waits.deadline);
                let outlook = meanwhile.wait(*sent_len)?;
                if Instant::now() >= waits.deadline {
                    return Err(self.missed_deadline(waits));
                }
                if outlook == Outlook::OutOfTime {
                    return Err(DeliveryFailure::OutOfTime);
                }
                Ok(Boundary::Unconfirmed)
            }
        }
    }

    fn add_sent(&mut self, len: usize) {
        match self {
            Self::Exact(peer) => peer.add_sent(len),
            Self::Timed { taken_at, sent_len, .. } => {
                *sent_len += len as u64;
                *taken_at = Instant::now();
            }
        }
    }

    /// How many bytes were written to the connection.
    fn sent_len(&self) -> u64 {
        match self {
            Self::Exact(peer) => peer.sent_len(),
            Self::Timed { sent_len, .. } => *sent_len,
        }
    }

    /// How many bytes of the present delivery the peer was seen to have read.
    fn read_len(&self) -> Option<u64> {
        match self {
            Self::Exact(peer) => Some(peer.read_len()),
            Self::Timed { .. } => None,
        }
    }

    /// What is known of a peer that will read no more.
    fn given_up(&self) -> DeliveryFailure {
        match self {
            Self::Exact(peer) => peer.given_up(),
            Self::Timed { .. } => DeliveryFailure::StoppedReading { unread: None },
        }
    }

    /// Why not everything could be written by the deadline.
    fn missed_deadline(&self, waits: &Waits) -> DeliveryFailure {
        match self {
            Self::Exact(peer) => peer.missed_deadline(waits),
            Self::Timed { taken_at, .. } if taken_at.elapsed() >= waits.patience => {
                DeliveryFailure::StoppedReading { unread: None }
            }
            Self::Timed { .. } => DeliveryFailure::OutOfTime,
        }
    }
}

/// How many of the pieces the first `len` bytes hold in full.
fn pieces_within(pieces: &[&[u8]], len: u64) -> usize {
    let mut end = 0;
    pieces
        .iter()
        .take_while(|piece| {
            end += piece.len() as u64;
            end <= len
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_pieces_that_were_read_in_full() {
        let pieces: [&[u8]; 3] = [b"one", b"three", b"six"];
        let counts: Vec<_> = [0, 2, 3, 7, 8, 11, 99].map(|len| pieces_within(&pieces, len)).into();
        assert_eq!(counts, [0, 0, 1, 1, 2, 3, 3]);
    }
}
