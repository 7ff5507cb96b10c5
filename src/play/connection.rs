//! One connection of the harness: what it sends and receives, without ever blocking for good.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use socket2::SockRef;

use super::Timing;
use super::inbox::Inbox;
use super::sending;
use super::slowly::{self, Standstill};
use super::watch::{Waited, Watch, wait_for};
use crate::delivery::Boundary;
use crate::os::sock_diag::{ConnectionState, TcpState};
use crate::os::wait::wait_until;
use crate::pace::{DeliveryFailure, Pacer, Undelivered, Waits};
use crate::scenario::Reading;
use crate::transcript::Transcript;
use crate::wire::Frame;

/// The pause between pieces where the peer's reads cannot be seen, or are not to be looked at.
const PAUSE: Duration = Duration::from_millis(1);

/// How soon a server that closes when its client does has done so, mostly.
const CLOSES_WITHIN: Duration = Duration::from_micros(500);

/// A connection: a stream, its pace, and what has come on it.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    stream: TcpStream,
    pacer: Pacer,
    inbox: Inbox<'a>,
    /// How many replies were waited for.
    replies_awaited: usize,
}

impl<'a> Connection<'a> {
    /// Takes over a stream through which nothing was sent yet, as connection `number` of the transcript.
    pub(super) fn new(
        stream: TcpStream,
        number: usize,
        reading: Reading,
        timing: &Timing,
    ) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let pacer = match &timing.table {
            Some(table) => Pacer::for_connection(&stream, table)?,
            None => Pacer::timed(&stream, PAUSE)?,
        };
        Ok(Self { stream, pacer, inbox: Inbox::new(number, reading), replies_awaited: 0 })
    }

    /// The number of the connection in the transcript.
    pub(super) const fn number(&self) -> usize {
        self.inbox.number
    }

    /// Adds a frame to what should come.
    pub(super) fn expect(&mut self, frame: Frame<'a>) {
        self.inbox.expect(frame);
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
    pub(super) fn has_all(&self) -> bool {
        self.inbox.received_len >= self.inbox.expected_len()
    }

    /// Whether what has come stops between two frames.
    pub(super) fn stops_between_frames(&self) -> bool {
        self.inbox.stops_between_frames()
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
            if timing.is_interrupted() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        };
        let (boundaries, undelivered) = match pacer.deliver(stream, pieces, &waits, &mut on_wait) {
            Ok(boundaries) => (boundaries, None),
            Err(undelivered) => (undelivered.boundaries.clone(), Some(undelivered)),
        };
        if let Some(Undelivered { cause: DeliveryFailure::Reset, .. }) = &undelivered {
            self.inbox.reset = true;
        }
        if self.inbox.reading == Reading::AtOnce || undelivered.is_some() {
            self.drain(transcript);
        }
        (boundaries, undelivered)
    }

    /// Waits for the reply after the last one that was waited for, or until it cannot come any more.
    pub(super) fn receive_reply(&mut self, timing: &mut Timing, transcript: &mut Transcript) -> Waited {
        self.replies_awaited += 1;
        let end = self.inbox.len_of(self.replies_awaited);
        let mut watch = Watch::on(&self.stream, timing);
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
    pub(super) fn receive_end(&mut self, timing: &Timing, transcript: &mut Transcript) -> Waited {
        self.receive_until(Watch::on(&self.stream, timing), transcript)
    }

    /// Takes what comes for a short while after bytes that are wrong.
    pub(super) fn receive_aftermath(&mut self, timing: &Timing, transcript: &mut Transcript) {
        self.receive_until(Watch::briefly(timing.aftermath(), timing), transcript);
    }

    fn receive_until(&mut self, mut watch: Watch, transcript: &mut Transcript) -> Waited {
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

    /// Waits, after [`Connection::half_close`], until the other side can have nothing more to say.
    ///
    /// A server need not close its side: some keep the connection until they take the next.
    pub(super) fn receive_rest(&mut self, timing: &mut Timing, transcript: &mut Transcript) {
        self.receive_until_idle(TcpState::CloseWait, timing, transcript);
    }

    /// Waits, after something that is no whole message, until the other side can have nothing to say to it.
    pub(super) fn receive_retort(&mut self, timing: &mut Timing, transcript: &mut Transcript) {
        self.receive_until_idle(TcpState::Established, timing, transcript);
    }

    /// Waits until the other side has ended the connection, or its program has read what it was sent, with its socket
    /// in this state, and waits for something else, or the aftermath is over.
    fn receive_until_idle(&mut self, state: TcpState, timing: &mut Timing, transcript: &mut Transcript) {
        let wait = timing.aftermath();
        let started = Instant::now();
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(started + wait, || {
            // Most servers close at once. To find out what the others do takes longer than that.
            let is_slow = started.elapsed() >= CLOSES_WITHIN;
            let is_done = is_slow
                && self.peer_state(timing).is_some_and(|peer| {
                    let has_read = peer.tcp_state == state && peer.unread == 0 && peer.inode != 0;
                    has_read && timing.holders.are_asleep(peer.inode)
                });
            // What it sent before it went to sleep is here by now.
            self.drain(transcript);
            Ok((self.inbox.ended || self.inbox.is_full() || is_done).then_some(()))
        });
    }

    /// Waits until all that should come lies ready, without reading it, or until the deadline.
    pub(super) fn wait_for_unread(&self, timing: &Timing) {
        let wanted = self.inbox.expected_len() - self.inbox.received_len;
        let mut buffer = vec![0; wanted];
        let _ = wait_until(Instant::now() + timing.deadline, || match self.stream.peek(&mut buffer) {
            _ if timing.is_interrupted() => Ok(Some(())),
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

    /// Lets what is sent next wait for the end of the stream.
    pub(super) fn hold_back(&self) {
        sending::hold_back(&self.stream);
    }

    /// Leaves unread what comes until nothing moves any more, or until `is_over`.
    pub(super) fn wait_for_standstill(&self, is_over: impl FnMut() -> bool) {
        slowly::wait_for_standstill(&self.stream, is_over);
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
