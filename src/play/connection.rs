//! One connection of the harness: what it sends and receives, without ever blocking for good.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use super::Timing;
use super::sending::acknowledge;
use super::slowly::Standstill;
use crate::pace::sock_diag::{ConnectionState, TcpState};
use crate::pace::wait::wait_until;
use crate::pace::{Boundary, Cause, Pacer, Undelivered, Waits};
use crate::scenario::Reading;
use crate::transcript::{Ending, Entry, Transcript};

/// How much more than what was expected is kept: enough to see what it is, and no matter how much there is.
const UNEXPECTED_MAX: usize = 16 << 10;
/// The most that one read takes, in bytes; and how much that is where the harness reads slowly.
const CHUNK_LEN: usize = 64 << 10;
const CHUNK_LEN_SLOW: usize = 4 << 10;
/// The pause between pieces where the peer's reads cannot be seen, or are not to be looked at.
const PAUSE: Duration = Duration::from_millis(1);

/// How soon a server that closes when its client does has done so, mostly.
const CLOSES_WITHIN: Duration = Duration::from_micros(500);

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

/// A connection: a stream, its pace, and what has come on it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pacer: Pacer,
    inbox: Inbox,
    /// Where each reply ends in what should come.
    reply_ends: Vec<usize>,
    /// How many replies were waited for.
    replies_awaited: usize,
}

/// What has come on a connection, and how far it is what should come.
#[derive(Debug)]
struct Inbox {
    number: usize,
    expected: Vec<u8>,
    received_len: usize,
    diverged: bool,
    /// Whether what comes is left unread.
    holds: bool,
    /// Whether bytes after the expected ones are nobody's fault.
    anything_may_follow: bool,
    reset: bool,
    ended: bool,
    reading: Reading,
}

impl Connection {
    /// Takes over a stream through which nothing was sent yet, as connection `number` of the transcript.
    pub(super) fn new(
        stream: TcpStream,
        number: usize,
        reading: Reading,
        timing: &Timing,
    ) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let pacer = if timing.table.is_some() {
            Pacer::for_connection(&stream)?
        } else {
            Pacer::timed(&stream, PAUSE)?
        };
        let inbox = Inbox {
            number,
            expected: Vec::new(),
            received_len: 0,
            diverged: false,
            holds: false,
            anything_may_follow: false,
            reset: false,
            ended: false,
            reading,
        };
        Ok(Self { stream, pacer, inbox, reply_ends: Vec::new(), replies_awaited: 0 })
    }

    /// The number of the connection in the transcript.
    pub(super) const fn number(&self) -> usize {
        self.inbox.number
    }

    /// Adds a frame to what should come.
    pub(super) fn expect(&mut self, frame: &[u8]) {
        self.inbox.expected.extend_from_slice(frame);
        self.reply_ends.push(self.inbox.expected.len());
    }

    /// From here on, more than what should come may come.
    pub(super) const fn expect_anything(&mut self) {
        self.inbox.anything_may_follow = true;
    }

    /// From here on, what comes is left unread.
    pub(super) const fn hold(&mut self) {
        self.inbox.holds = true;
    }

    /// Whether all that should come has come.
    pub(super) const fn has_all(&self) -> bool {
        self.inbox.received_len >= self.inbox.expected.len()
    }

    /// Whether what has come stops between two frames.
    pub(super) fn stops_between_frames(&self) -> bool {
        let received = self.inbox.received_len;
        received == 0 || self.reply_ends.contains(&received)
    }

    /// Whether bytes have come that should not.
    pub(super) const fn diverged(&self) -> bool {
        self.inbox.diverged
    }

    /// Whether the other side has ended the connection.
    pub(super) const fn ended(&self) -> bool {
        self.inbox.ended
    }

    /// Whether it has ended it with a reset.
    pub(super) const fn was_reset(&self) -> bool {
        self.inbox.reset
    }

    /// Whether the other end is on this machine and shows itself.
    pub(super) fn is_watched(&self) -> bool {
        self.pacer.is_exact()
    }

    /// Reads what is there, without waiting. Tells whether anything was.
    pub(super) fn drain(&mut self, transcript: &mut Transcript) -> bool {
        self.inbox.drain(&self.stream, transcript)
    }

    /// Sends `pieces`, each of which ends a read of the other side as far as that can be done, and takes what
    /// comes meanwhile. Returns what is known of the boundaries between them, and what stopped the delivery.
    pub(super) fn deliver(
        &mut self,
        pieces: &[&[u8]],
        timing: &mut Timing,
        transcript: &mut Transcript,
    ) -> (Vec<Boundary>, Option<Undelivered>) {
        let waits = Waits {
            accept_patience: Waits::until(Instant::now()).accept_patience.min(timing.deadline),
            ..Waits::until(Instant::now() + timing.limit())
        };
        let Self { stream, pacer, inbox, .. } = self;
        let mut standstill = Standstill::new();
        let mut on_wait = || {
            if inbox.reading == Reading::AtOnce {
                inbox.drain(stream, transcript);
            } else if standstill.look(stream, || timing.peer_state(stream))? {
                // Now that nothing can be sent in either direction, whatever is read makes room for more.
                while inbox.drain(stream, transcript) {}
            }
            Ok(())
        };
        let (boundaries, undelivered) = match pacer.deliver(stream, pieces, &waits, &mut on_wait) {
            Ok(boundaries) => (boundaries, None),
            Err(undelivered) => (undelivered.boundaries.clone(), Some(undelivered)),
        };
        if let Some(Undelivered { cause: Cause::Reset, .. }) = &undelivered {
            self.inbox.reset = true;
        }
        if self.inbox.reading == Reading::AtOnce || undelivered.is_some() {
            self.drain(transcript);
        }
        (boundaries, undelivered)
    }

    /// Waits for the reply after the last one that was waited for, or until it cannot come any more.
    pub(super) fn receive_reply(&mut self, timing: &mut Timing, transcript: &mut Transcript) -> Waited {
        let end = self.reply_ends.get(self.replies_awaited).copied().unwrap_or(self.inbox.expected.len());
        self.replies_awaited += 1;
        let mut watch = Watch::start(timing);
        let mut unread = None;
        loop {
            if self.drain(transcript) {
                watch.progress();
            }
            if let Some(waited) = self.inbox.state(end) {
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
            self.wait(&watch);
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
            if self.inbox.ended {
                return Waited::Ended;
            }
            if self.inbox.is_full() {
                return Waited::Diverged;
            }
            if let Some(over) = watch.over() {
                return over;
            }
            self.wait(&watch);
        }
    }

    /// Waits, after [`Connection::half_close`], until the other side can have nothing more to say: it has ended
    /// the connection, or its program has seen the end of what it was sent and waits for something else, or
    /// `wait` is over.
    ///
    /// A server need not close its side: some keep the connection until they take the next.
    pub(super) fn receive_rest(&mut self, wait: Duration, timing: &mut Timing, transcript: &mut Transcript) {
        let started = Instant::now();
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(started + wait, || {
            // Most servers close at once. To find out what the others do takes longer than that.
            let is_slow = started.elapsed() >= CLOSES_WITHIN;
            let is_done = is_slow
                && self.peer_state(timing).is_some_and(|peer| {
                    let saw_end =
                        peer.tcp_state == TcpState::CloseWait && peer.unread == 0 && peer.inode != 0;
                    saw_end && timing.holders.sleep(peer.inode)
                });
            // What it sent before it went to sleep is here by now.
            self.drain(transcript);
            Ok((self.inbox.ended || self.inbox.is_full() || is_done).then_some(()))
        });
    }

    /// Waits until all that should come lies ready, without reading it, or until `wait` is over.
    pub(super) fn wait_for_unread(&self, wait: Duration) {
        let wanted = self.inbox.expected.len() - self.inbox.received_len;
        let mut buffer = vec![0; wanted];
        let _ = wait_until(Instant::now() + wait, || match self.stream.peek(&mut buffer) {
            Ok(len) => Ok((len == 0 || len >= wanted).then_some(())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        });
    }

    /// Waits until there is something to read.
    fn wait(&self, watch: &Watch) {
        wait_for(&mut [PollFd::new(&self.stream, PollFlags::IN)], watch.left());
    }

    /// For a wait until there is something to read; nothing where the other side will send no more.
    pub(super) fn pollable(&self) -> Option<PollFd<'_>> {
        (!self.inbox.ended).then(|| PollFd::new(&self.stream, PollFlags::IN))
    }

    /// Says that the harness sends no more.
    pub(super) fn half_close(&self) {
        // A connection that is gone already is closed in both directions.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Breaks the connection off.
    pub(super) fn reset(self) {
        // Closing without lingering for what is still to be sent makes the kernel send a reset.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// The other end of the connection, where the kernel shows it.
    pub(super) fn peer_state(&self, timing: &mut Timing) -> Option<ConnectionState> {
        timing.peer_state(&self.stream)
    }
}

impl Inbox {
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

    const fn is_full(&self) -> bool {
        self.received_len >= self.expected.len() + UNEXPECTED_MAX
    }

    fn drain(&mut self, mut stream: &TcpStream, transcript: &mut Transcript) -> bool {
        let mut progress = false;
        let mut buffer = [0; CHUNK_LEN];
        let chunk_len = match self.reading {
            Reading::AtOnce => CHUNK_LEN,
            Reading::Slowly => CHUNK_LEN_SLOW,
        };
        while !self.holds && !self.ended && !self.is_full() {
            match stream.read(&mut buffer[..chunk_len]) {
                Ok(0) => self.end(if self.reset { Ending::Reset } else { Ending::Closed }, transcript),
                Ok(len) => self.take(&buffer[..len], transcript),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => self.end(Ending::Reset, transcript),
            }
            progress = true;
            if self.reading == Reading::Slowly {
                break;
            }
        }
        if progress {
            acknowledge(stream);
        }
        progress
    }

    fn take(&mut self, bytes: &[u8], transcript: &mut Transcript) {
        let wanted = self.expected.get(self.received_len..).unwrap_or_default();
        let common = bytes.len().min(wanted.len());
        let is_more = bytes.len() > wanted.len() && !self.anything_may_follow;
        self.diverged |= is_more || bytes[..common] != wanted[..common];
        self.received_len += bytes.len();
        transcript.push(Entry::Received { connection: self.number, bytes: bytes.to_vec() });
    }

    fn end(&mut self, ending: Ending, transcript: &mut Transcript) {
        self.ended = true;
        self.reset |= ending == Ending::Reset;
        transcript.push(Entry::Ended { connection: self.number, ending });
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
