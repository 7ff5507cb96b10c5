//! The peer's socket, and how it reads what was sent to it.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::delivery_error::DeliveryFailure;
use super::waits::{Meanwhile, Outlook, Waits};
use crate::delivery::Boundary;
use crate::os::sock_diag::{ConnectionState, SocketTable};
use crate::os::wait::wait_until;

/// For how long to look for the peer's socket. A connection that was made a moment ago may be between two
/// entries of the table: that of its handshake and its own.
const SEARCH: Duration = Duration::from_millis(5);

/// The peer's socket, and what it was last seen to have done with the bytes sent to it.
#[derive(Debug)]
pub(super) struct PeerSocket {
    table: SocketTable,
    peer: SocketAddr,
    own: SocketAddr,
    /// Bytes written to the connection since it was opened.
    sent_len: u64,
    /// How many of those before the present delivery began.
    sent_len_before: u64,
    seen: Seen,
    /// When the peer last read something, or the present delivery began.
    read_at: Instant,
    /// Waits in a row in which the peer has read nothing.
    ignored: u32,
}

/// What the looks so far have shown of the peer's socket.
#[derive(Debug, Default)]
struct Seen {
    accepted: bool,
    /// Bytes that the socket had received since the connection was opened.
    received: u64,
    /// Bytes of those that the program had read, at least.
    read: u64,
    unread: u64,
}

/// What one look has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// No program has accepted the connection.
    Unaccepted,
    /// Bytes are on their way, or lie unread.
    Behind,
    /// Every byte sent was read, by a read call that has ended.
    Read,
    /// No program can read any more.
    Gone,
}

impl PeerSocket {
    /// Finds the other end of `stream`, through which nothing must have been sent; `None` where this machine
    /// does not hold it or does not show it, and where the connection was reset meanwhile.
    pub(super) fn find(stream: &TcpStream, table: &SocketTable) -> io::Result<Option<Self>> {
        let peer = match stream.peer_addr() {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(None),
            peer => peer?,
        };
        let own = stream.local_addr()?;
        let mut table = table.clone();
        let found = wait_until(Instant::now() + SEARCH, || table.connection(peer, own));
        Ok(matches!(found, Ok(Some(_))).then(|| Self {
            table,
            peer,
            own,
            sent_len: 0,
            sent_len_before: 0,
            seen: Seen::default(),
            read_at: Instant::now(),
            ignored: 0,
        }))
    }

    /// Starts a delivery, and its clock with it: a peer that had nothing to read has not stopped reading.
    pub(super) fn begin(&mut self) {
        self.sent_len_before = self.sent_len;
        self.read_at = Instant::now();
    }

    /// Adds to the bytes that the peer is to receive.
    pub(super) fn add_sent(&mut self, len: usize) {
        self.sent_len += len as u64;
    }

    /// How many bytes were written to the connection.
    pub(super) const fn sent_len(&self) -> u64 {
        self.sent_len
    }

    /// How many bytes of the present delivery the peer was seen to have read.
    pub(super) fn read_len(&self) -> u64 {
        self.seen.read.saturating_sub(self.sent_len_before)
    }

    /// Waits until the peer has read everything, for as long as it reads anything and patience allows.
    pub(super) fn await_read(
        &mut self,
        waits: &Waits,
        meanwhile: &mut dyn Meanwhile,
    ) -> Result<Boundary, DeliveryFailure> {
        loop {
            let Seen { accepted, read, .. } = self.seen;
            let patience = if accepted { waits.patience } else { waits.accept_patience };
            let limit = Instant::now() + patience / 2_u32.saturating_pow(self.ignored);
            let mut outlook = Outlook::Open;
            let news = wait_until(limit.min(waits.deadline), || {
                outlook = meanwhile.wait(self.sent_len)?;
                let is_over = matches!(outlook, Outlook::Hopeless | Outlook::OutOfTime);
                let sight = self.look()?;
                let is_news = match sight {
                    Sight::Unaccepted => is_over,
                    Sight::Behind => !accepted || is_over,
                    Sight::Read | Sight::Gone => true,
                };
                Ok(is_news.then_some(sight))
            })?;
            if matches!(news, Some(Sight::Unaccepted | Sight::Behind)) {
                match outlook {
                    Outlook::Hopeless => return Ok(Boundary::Unconfirmed),
                    Outlook::OutOfTime => return Err(DeliveryFailure::OutOfTime),
                    Outlook::Open | Outlook::Starved => {}
                }
            }
            match news {
                Some(Sight::Gone) => return Err(DeliveryFailure::Closed),
                None if Instant::now() >= waits.deadline => return Err(self.missed_deadline(waits)),
                None if self.seen.read == read && outlook == Outlook::Starved => {}
                None if self.seen.read == read => {
                    self.ignored += 1;
                    return Ok(Boundary::Unconfirmed);
                }
                _ => self.ignored = 0,
            }
            if news == Some(Sight::Read) {
                meanwhile.has_read();
                return Ok(Boundary::Confirmed);
            }
        }
    }

    /// Looks whether a program can still read what the connection has no room for.
    pub(super) fn check_alive(&mut self) -> Result<(), DeliveryFailure> {
        if self.look()? == Sight::Gone { Err(DeliveryFailure::Closed) } else { Ok(()) }
    }

    /// Why the peer has not read everything by the deadline.
    pub(super) fn missed_deadline(&self, waits: &Waits) -> DeliveryFailure {
        let is_reading = self.seen.accepted && self.read_at.elapsed() < waits.patience;
        if is_reading { DeliveryFailure::OutOfTime } else { self.given_up() }
    }

    /// What is known of a peer that will read no more.
    pub(super) const fn given_up(&self) -> DeliveryFailure {
        if self.seen.accepted {
            DeliveryFailure::StoppedReading { unread: Some(self.seen.unread) }
        } else {
            DeliveryFailure::NotAccepted
        }
    }

    fn look(&mut self) -> io::Result<Sight> {
        let peer_end = self.table.connection(self.peer, self.own)?;
        let Some(state) = peer_end.filter(|state| !state.closed()) else {
            return self.look_after_close(peer_end.is_some());
        };
        let read_before = self.seen.read;
        let sight = self.seen.take_in(&state, self.sent_len);
        if self.seen.read != read_before {
            self.read_at = Instant::now();
        }
        Ok(sight)
    }

    /// Finds out from this end what a program had read when it closed its socket.
    ///
    /// A socket that is still in the table then had nothing left to read, and has received nothing since:
    /// either would have reset the connection (RFC 2525 section 2.17, RFC 9293 section 3.6.1). So all that it
    /// acknowledged was read. One that is not in the table was reset, which ends this end too, or is about to
    /// come back: a look may miss it while the kernel exchanges its entry for one in TIME-WAIT.
    fn look_after_close(&mut self, in_table: bool) -> io::Result<Sight> {
        Ok(match self.table.connection(self.own, self.peer)? {
            Some(own_end) if in_table && own_end.unacknowledged == 0 => {
                self.seen.read = self.sent_len;
                Sight::Read
            }
            Some(_) => Sight::Behind,
            None => Sight::Gone,
        })
    }
}

impl Seen {
    /// What a state of an open socket means, after the states seen before it, when `sent_len` bytes have been sent.
    ///
    /// An empty queue means that everything was read only if everything had arrived when the kernel looked at
    /// the queue. It looks there before it counts what has arrived, so that count must come from an earlier
    /// look. And a queue that a read call has just emptied does not mean that the call has ended: it takes
    /// more if more has come by then. But between the two figures the kernel waits for the lock of the socket
    /// (`tcp_get_info` in `net/ipv4/tcp.c`), which a read call holds until it ends or sleeps. So each look has
    /// to ask for both.
    fn take_in(&mut self, state: &ConnectionState, sent_len: u64) -> Sight {
        let all_read = self.received >= sent_len && state.unread == 0;
        self.accepted = self.accepted || state.accepted();
        self.unread = state.unread.into();
        self.read = self.read.max(self.received.saturating_sub(self.unread));
        self.received = state.bytes_received.unwrap_or(self.received);
        if !self.accepted {
            Sight::Unaccepted
        } else if all_read {
            Sight::Read
        } else {
            Sight::Behind
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::sock_diag::TcpState;

    fn state(unread: u32, bytes_received: u64) -> ConnectionState {
        ConnectionState {
            tcp_state: TcpState::Established,
            unread,
            bytes_received: Some(bytes_received),
            unacknowledged: 0,
            inode: 1,
            uid: 0,
        }
    }

    #[test]
    fn an_empty_queue_counts_only_once_everything_has_arrived() {
        let mut seen = Seen::default();
        // The kernel looked at the queue before the seven bytes arrived, and at the count afterwards.
        assert_eq!(seen.take_in(&state(0, 7), 7), Sight::Behind);
        assert_eq!(seen.read, 0);
        assert_eq!(seen.take_in(&state(7, 7), 7), Sight::Behind);
        assert_eq!(seen.take_in(&state(3, 7), 7), Sight::Behind);
        assert_eq!(seen.read, 4);
        assert_eq!(seen.take_in(&state(0, 7), 7), Sight::Read);
        assert_eq!(seen.read, 7);
        assert_eq!(seen.take_in(&state(0, 7), 9), Sight::Behind);
    }

    #[test]
    fn nobody_has_read_before_the_accept() {
        let mut seen = Seen::default();
        let waiting = ConnectionState { inode: 0, ..state(0, 0) };
        assert_eq!(seen.take_in(&waiting, 0), Sight::Unaccepted);
        assert_eq!(seen.take_in(&state(0, 0), 0), Sight::Read);
    }
}
