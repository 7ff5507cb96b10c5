//! One connection of the harness: what it sends and receives, without ever blocking for good.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(target_os = "linux")]
use socket2::SockRef;

use super::Timing;
use crate::pace::sock_diag::{ConnectionState, TcpState};
use crate::pace::wait::wait_until;
use crate::transcript::{Ending, Entry, Transcript};

/// How much more than what was expected is kept: enough to see what it is, and no matter how much there is.
const UNEXPECTED_MAX: usize = 16 << 10;

/// What a wait on a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// What was waited for has come.
    Complete,
    /// The other side ended the connection first.
    Ended,
    /// Bytes came that are not the expected ones.
    Diverged,
    /// Nothing came for so long.
    Silent(Duration),
    /// Something always came, but not all of it in so long.
    Unfinished(Duration),
}

/// A connection, and how far what came on it is what should come.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    number: usize,
    expected: Vec<u8>,
    received_len: usize,
    diverged: bool,
    reset: bool,
    ended: bool,
}

impl Connection {
    /// Takes over a stream, as connection `number` of the transcript.
    pub(super) fn new(stream: TcpStream, number: usize) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            number,
            expected: Vec::new(),
            received_len: 0,
            diverged: false,
            reset: false,
            ended: false,
        })
    }

    /// The number of the connection in the transcript.
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// Adds to what should come.
    pub(super) fn expect(&mut self, bytes: &[u8]) {
        self.expected.extend_from_slice(bytes);
    }

    /// How many bytes should have come in the end.
    pub(super) const fn expected_len(&self) -> usize {
        self.expected.len()
    }

    /// How many bytes have come.
    pub(super) const fn received_len(&self) -> usize {
        self.received_len
    }

    /// Whether bytes have come that should not.
    pub(super) const fn diverged(&self) -> bool {
        self.diverged
    }

    /// What has become of a wait until `len` bytes have come.
    fn state(&self, len: usize) -> Option<Waited> {
        if self.diverged {
            Some(Waited::Diverged)
        } else if self.received_len >= len {
            Some(Waited::Complete)
        } else if self.ended {
            Some(Waited::Ended)
        } else {
            None
        }
    }

    /// Whether the other side has ended the connection.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Reads all that is there, without waiting. Tells whether anything was.
    pub(super) fn drain(&mut self, transcript: &mut Transcript) -> bool {
        let mut progress = false;
        let mut chunk = [0; 64 << 10];
        while !self.ended && self.received_len < self.expected.len() + UNEXPECTED_MAX {
            match (&self.stream).read(&mut chunk) {
                Ok(0) => self.end(if self.reset { Ending::Reset } else { Ending::Closed }, transcript),
                Ok(len) => self.take(&chunk[..len], transcript),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => self.end(Ending::Reset, transcript),
            }
            progress = true;
        }
        if progress {
            self.acknowledge();
        }
        progress
    }

    /// Acknowledges what has come without the usual delay of 40 ms, for which a submission that sends a message in
    /// two writes would have to wait with the second.
    fn acknowledge(&self) {
        // Where it cannot be asked for, it only takes longer.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&self.stream).set_tcp_quickack(true);
    }

    fn take(&mut self, bytes: &[u8], transcript: &mut Transcript) {
        let wanted = self.expected.get(self.received_len..).unwrap_or_default();
        let common = bytes.len().min(wanted.len());
        self.diverged |= bytes.len() > wanted.len() || bytes[..common] != wanted[..common];
        self.received_len += bytes.len();
        transcript.push(Entry::Received { connection: self.number, bytes: bytes.to_vec() });
    }

    fn end(&mut self, ending: Ending, transcript: &mut Transcript) {
        self.ended = true;
        transcript.push(Entry::Ended { connection: self.number, ending });
    }

    /// Writes all of `bytes`, reading what comes meanwhile so that neither side can wait for the other. Returns
    /// how many could be written before the other side ended the connection or let nothing pass any more.
    pub(super) fn send(&mut self, bytes: &[u8], timing: &Timing, transcript: &mut Transcript) -> usize {
        let mut watch = Watch::start(timing);
        let mut written = 0;
        while written < bytes.len() && !self.ended {
            match (&self.stream).write(&bytes[written..]) {
                Ok(len) => {
                    written += len;
                    watch.progress();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if watch.over().is_some() || !self.wait(PollFlags::IN | PollFlags::OUT, &watch) {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // The kernel tells of a reset once, to whoever asks first.
                    self.reset |= error.kind() == io::ErrorKind::ConnectionReset;
                    self.drain(transcript);
                    break;
                }
            }
            if self.drain(transcript) {
                watch.progress();
            }
        }
        written
    }

    /// Waits until `len` bytes have come since the connection was made, or until they cannot come any more.
    pub(super) fn receive(&mut self, len: usize, timing: &mut Timing, transcript: &mut Transcript) -> Waited {
        let mut watch = Watch::start(timing);
        let mut unread = None;
        loop {
            if self.drain(transcript) {
                watch.progress();
            }
            if let Some(waited) = self.state(len) {
                return waited;
            }
            if let Some(over) = watch.over() {
                // A peer that is still reading what was sent to it is not idle.
                let left = self.peer_state(timing).map(|peer| peer.unread);
                if matches!(over, Waited::Silent(_))
                    && left.is_some_and(|left| left > 0 && unread != Some(left))
                {
                    unread = left;
                    watch.progress();
                    continue;
                }
                return over;
            }
            self.wait(PollFlags::IN, &watch);
        }
    }

    /// Waits until the other side ends the connection; what comes until then is taken.
    pub(super) fn receive_end(
        &mut self,
        wait: Duration,
        limit: Duration,
        transcript: &mut Transcript,
    ) -> Waited {
        let mut watch = Watch::new(wait, limit);
        loop {
            if self.drain(transcript) {
                watch.progress();
            }
            if self.ended {
                return Waited::Ended;
            }
            if self.received_len >= self.expected.len() + UNEXPECTED_MAX {
                return Waited::Diverged;
            }
            if let Some(over) = watch.over() {
                return over;
            }
            self.wait(PollFlags::IN, &watch);
        }
    }

    /// Waits until there is something to read, or room to write where `flags` ask for it.
    fn wait(&self, flags: PollFlags, watch: &Watch) -> bool {
        wait_for(&mut [PollFd::new(&self.stream, flags)], watch.left())
    }

    /// For a wait until there is something to read; nothing where the other side will send no more.
    pub(super) fn pollable(&self) -> Option<PollFd<'_>> {
        (!self.ended).then(|| PollFd::new(&self.stream, PollFlags::IN))
    }

    /// Waits, after [`Connection::half_close`], until the other side can have nothing more to say: it has ended
    /// the connection, or its program has seen the end of what it was sent, or `wait` is over.
    ///
    /// A server need not close its side: some keep the connection until they take the next.
    pub(super) fn receive_rest(&mut self, wait: Duration, timing: &mut Timing, transcript: &mut Transcript) {
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(Instant::now() + wait, || {
            let saw_end = self.peer_state(timing).is_some_and(|peer| {
                peer.tcp_state == TcpState::CloseWait && peer.unread == 0 && peer.accepted()
            });
            // What it sent before it saw the end is here by now.
            self.drain(transcript);
            Ok((self.ended || saw_end).then_some(()))
        });
    }

    /// Says that the harness sends no more.
    pub(super) fn half_close(&self) {
        // A connection that is gone already is closed in both directions.
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// The other end of the connection, where the kernel shows it.
    fn peer_state(&self, timing: &mut Timing) -> Option<ConnectionState> {
        let (peer, own) = (self.stream.peer_addr().ok()?, self.stream.local_addr().ok()?);
        timing.table.as_mut()?.connection(peer, own).ok()?
    }

    /// Whether the other side's program has taken the connection from its listener, where the kernel shows it.
    pub(super) fn accepted_by_peer(&self, timing: &mut Timing) -> Option<bool> {
        self.peer_state(timing).map(|peer| peer.accepted())
    }
}

/// Waits for one of `descriptors`, for `wait` at most. Tells whether one is ready.
pub(super) fn wait_for(descriptors: &mut [PollFd<'_>], wait: Duration) -> bool {
    let timeout = Timespec::try_from(wait).ok();
    // An interrupted wait is one that found nothing: whoever waits looks at the time and waits again.
    poll(descriptors, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// The two limits of a wait: silence, and the whole.
#[derive(Debug)]
pub(super) struct Watch {
    silence: Duration,
    limit: Duration,
    started: Instant,
    last_progress: Instant,
}

impl Watch {
    pub(super) fn new(silence: Duration, limit: Duration) -> Self {
        let now = Instant::now();
        Self { silence, limit, started: now, last_progress: now }
    }

    pub(super) fn start(timing: &Timing) -> Self {
        Self::new(timing.deadline, timing.limit())
    }

    /// Something came.
    pub(super) fn progress(&mut self) {
        self.last_progress = Instant::now();
    }

    /// Which limit has passed.
    pub(super) fn over(&self) -> Option<Waited> {
        if self.last_progress.elapsed() >= self.silence {
            Some(Waited::Silent(self.silence))
        } else if self.started.elapsed() >= self.limit {
            Some(Waited::Unfinished(self.limit))
        } else {
            None
        }
    }

    /// How long until a limit passes.
    pub(super) fn left(&self) -> Duration {
        let silence = self.silence.saturating_sub(self.last_progress.elapsed());
        silence.min(self.limit.saturating_sub(self.started.elapsed()))
    }
}
