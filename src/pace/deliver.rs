//! Sending a message in pieces, so that each piece ends a read of the peer.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::sock_diag::SocketTable;
use super::undelivered::{Cause, Undelivered};
use super::wait::{self, Backoff};
use super::watch::Watch;

/// The pause between two pieces where the peer's socket cannot be seen.
const PAUSE: Duration = Duration::from_millis(1);

/// Never blocks, and reports a closed connection as an error only, whatever the process does on `SIGPIPE`.
/// Where the flag for that is missing, the standard library sets the same on the socket.
#[cfg(target_os = "linux")]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(not(target_os = "linux"))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;

/// What is known of the end of a piece that another piece follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// The peer had read all of the piece, and nothing after it was sent yet.
    ///
    /// So a read call ended there, unless the program had asked the kernel to wait for more within the call
    /// (`MSG_WAITALL`): no delivery can end such a call.
    Observed,
    /// The piece was sent by itself, and the next one after a while: the two may have been read together.
    Requested,
}

/// How long a delivery waits, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// How long the peer may read nothing, having something to read, before the next piece is sent anyway: its
    /// program may be waiting for more than it got. Halved at each boundary in a row that passes so.
    pub patience: Duration,
    /// The same for a peer whose program has not accepted the connection.
    pub accept_patience: Duration,
    /// When the delivery has failed unless its last piece is written.
    pub deadline: Instant,
}

impl Waits {
    /// The waits for programs of which nothing is known: 50 ms for a read, 1 s for the accept.
    #[must_use]
    pub const fn until(deadline: Instant) -> Self {
        Self { patience: Duration::from_millis(50), accept_patience: Duration::from_secs(1), deadline }
    }
}

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
    Exact(Box<Watch>),
    Timed {
        pause: Duration,
        /// When the connection last took bytes, or the present delivery began.
        taken_at: Instant,
    },
}

impl Pacer {
    /// Chooses the pace for a connection through which nothing was sent yet: exact where the table shows the
    /// peer's socket, else a pause of 1 ms between pieces. Turns off the delay of small segments
    /// (`TCP_NODELAY`).
    ///
    /// From now on everything must be sent by [`deliver`](Self::deliver), which counts it.
    ///
    /// # Errors
    ///
    /// Those of a stream that is not connected.
    pub fn for_connection(stream: &TcpStream, table: &SocketTable) -> io::Result<Self> {
        match Watch::of(stream, table)? {
            None => Self::timed(stream, PAUSE),
            Some(watch) => {
                stream.set_nodelay(true)?;
                Ok(Self { pace: Pace::Exact(Box::new(watch)) })
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
        Ok(Self { pace: Pace::Timed { pause, taken_at: Instant::now() } })
    }

    /// Whether the peer's socket is watched.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.pace, Pace::Exact(_))
    }

    /// Sends `pieces`, each of them after the peer has read the one before, and returns when the last one is
    /// written. Tells what is known of each boundary between two pieces, in order.
    ///
    /// An empty piece sends nothing; an empty last one makes the delivery wait until everything was read.
    ///
    /// The stream may be blocking or not. `on_wait` is called again and again while the delivery waits: a
    /// caller whose peer answers during the delivery has to receive there without blocking, or both ends come
    /// to wait for each other once the buffers are full.
    ///
    /// # Errors
    ///
    /// [`Undelivered`] when the peer has gone, the deadline passes, or the stream, the socket table or
    /// `on_wait` fails.
    pub fn deliver(
        &mut self,
        stream: &TcpStream,
        pieces: &[&[u8]],
        waits: &Waits,
        on_wait: &mut dyn FnMut() -> io::Result<()>,
    ) -> Result<Vec<Boundary>, Undelivered> {
        self.pace.begin();
        let mut boundaries = Vec::with_capacity(pieces.len().saturating_sub(1));
        let mut sent = 0;
        let outcome = pieces.iter().try_for_each(|piece| {
            if sent > 0 {
                boundaries.push(self.pace.await_boundary(waits, on_wait)?);
            }
            self.pace.write(stream, piece, waits, on_wait)?;
            sent += 1;
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(boundaries),
            Err(cause) => {
                let read = self.pace.read().map(|len| pieces_within(pieces, len));
                Err(Undelivered { boundaries, sent, read, pieces: pieces.len(), cause })
            }
        }
    }
}

impl Pace {
    /// Starts a delivery.
    fn begin(&mut self) {
        match self {
            Self::Exact(watch) => watch.begin(),
            Self::Timed { taken_at, .. } => *taken_at = Instant::now(),
        }
    }

    /// Writes one piece, as the connection makes room for it.
    fn write(
        &mut self,
        stream: &TcpStream,
        piece: &[u8],
        waits: &Waits,
        on_wait: &mut dyn FnMut() -> io::Result<()>,
    ) -> Result<(), Cause> {
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
                    on_wait()?;
                }
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Err(Cause::Reset),
                Err(Errno::PIPE) => return Err(Cause::Closed),
                Err(error) => return Err(Cause::Io(error.into())),
            }
        }
        Ok(())
    }

    /// Waits a moment for the connection to take bytes again.
    fn await_room(&mut self, stream: &TcpStream, backoff: &mut Backoff, waits: &Waits) -> Result<(), Cause> {
        if let Self::Exact(watch) = self {
            watch.check_alive()?;
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
        on_wait: &mut dyn FnMut() -> io::Result<()>,
    ) -> Result<Boundary, Cause> {
        match self {
            Self::Exact(watch) => watch.await_read(waits, on_wait),
            Self::Timed { pause, .. } => {
                wait::sleep(*pause, waits.deadline);
                on_wait()?;
                if Instant::now() >= waits.deadline {
                    return Err(self.missed_deadline(waits));
                }
                Ok(Boundary::Requested)
            }
        }
    }

    fn add_sent(&mut self, len: usize) {
        match self {
            Self::Exact(watch) => watch.add_sent(len),
            Self::Timed { taken_at, .. } => *taken_at = Instant::now(),
        }
    }

    /// How many bytes of the present delivery the peer was seen to have read.
    fn read(&self) -> Option<u64> {
        match self {
            Self::Exact(watch) => Some(watch.read()),
            Self::Timed { .. } => None,
        }
    }

    /// Why not everything could be written by the deadline.
    fn missed_deadline(&self, waits: &Waits) -> Cause {
        match self {
            Self::Exact(watch) => watch.missed_deadline(waits),
            Self::Timed { taken_at, .. } if taken_at.elapsed() >= waits.patience => {
                Cause::StoppedReading { unread: None }
            }
            Self::Timed { .. } => Cause::OutOfTime,
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
