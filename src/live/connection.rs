//! One connection of the harness: what it sends and receives, without ever blocking for good.

use std::cell::RefCell;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, read};
use socket2::SockRef;

use super::Timing;
use super::deadline::{Deadline, wait_for};
use super::ending;
use super::settling::{Alternately, Settling};
use super::stall::{self, Stall};
use super::starvation::Starvation;
use crate::conversation::{
    DeliveryOutcome, Ending, Log, Obstacle, Outgoing, Undelivered, Until, WaitOutcome,
};
use crate::delivery::Boundary;
use crate::os::sock_diag::{ConnectionState, TcpState};
use crate::os::wait::wait_until;
use crate::pace::{DeliveryError, DeliveryFailure, Outlook, Pacer, Waits};
use crate::scenario::Reading;

/// Within this time a server that closes when its client does has usually done so.
const CLOSES_WITHIN: Duration = Duration::from_micros(500);

/// The most that one read takes, in bytes; and how much that is where the harness reads slowly.
const CHUNK_LEN: usize = 64 << 10;
const CHUNK_LEN_SLOW: usize = 4 << 10;

/// How many reads in a row bring nothing but what is discarded.
const DISCARDED_AT_ONCE: u32 = 16;

/// A connection: a stream, its pace, and its number in the log.
#[derive(Debug)]
pub(super) struct Connection {
    number: usize,
    stream: TcpStream,
    pacer: Pacer,
    reading: Reading,
    /// Whether the program was seen to wait for something on it with a timeout that chance may let pass.
    pub(super) is_impatient: bool,
    /// What one read has brought, with room for the most that it may bring.
    chunk: Vec<u8>,
}

impl Connection {
    /// Takes over a stream through which nothing was sent yet, as connection `number` of the log.
    pub(super) fn new(
        stream: TcpStream,
        number: usize,
        reading: Reading,
        timing: &Timing,
    ) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let pacer = match &timing.table {
            Some(table) => Pacer::for_connection(&stream, table)?,
            None => Pacer::timed(&stream, Pacer::PAUSE)?,
        };
        let chunk_len = match reading {
            Reading::AtOnce => CHUNK_LEN,
            Reading::Slowly => CHUNK_LEN_SLOW,
        };
        let chunk = Vec::with_capacity(chunk_len);
        Ok(Self { number, stream, pacer, reading, is_impatient: false, chunk })
    }

    /// Whether the other end is on this machine and can be seen.
    pub(super) fn is_watched(&self) -> bool {
        self.pacer.is_exact()
    }

    /// Whether nothing was sent through it yet.
    pub(super) fn is_new(&self) -> bool {
        self.pacer.sent_len() == 0
    }

    /// Reads what is there without waiting, and returns whether there was anything.
    pub(super) fn drain(&mut self, log: &mut Log<'_>) -> bool {
        let Self { number, stream, reading, chunk, .. } = self;
        drain(*number, stream, *reading, chunk, log)
    }

    /// Sends pieces, each of which ends a read of the other side as far as that can be done, and takes what
    /// comes meanwhile. A program that has still to be told what to do does not wait in vain until it `is_told`.
    pub(super) fn deliver(
        &mut self,
        outgoing: Outgoing<'_>,
        is_told: impl Fn() -> bool,
        timing: &mut Timing,
        log: &mut Log<'_>,
    ) -> DeliveryOutcome {
        if outgoing.with_end {
            hold_back(&self.stream);
        }
        let mut pieces = outgoing.pieces.to_vec();
        if outgoing.until == Until::Read {
            // An empty piece makes the delivery wait until everything was read.
            pieces.push(b"");
        }
        let waits = Waits {
            accept_patience: Waits::until(Instant::now()).accept_patience.min(timing.deadline),
            ..Waits::until(timing.latest())
        };
        let Self { number, stream, pacer, reading, chunk, .. } = self;
        let mut stall = Stall::new();
        let mut deadline = Deadline::on(stream, timing);
        let mut starvation = Starvation::begin();
        let mut taken_len = 0;
        let (mut settling, patience, timing) = (Settling::default(), timing.deadline, RefCell::new(timing));
        let wait = |sent_len| {
            let mut moved = sent_len != taken_len || !is_told();
            taken_len = sent_len;
            if *reading == Reading::AtOnce {
                moved |= drain(*number, stream, *reading, chunk, log);
                discard(*number, stream, chunk, log);
            } else if stall.look(stream, || timing.borrow_mut().peer_state(stream))? {
                // Now that nothing can be sent in either direction, whatever is read makes room for more.
                while drain(*number, stream, *reading, chunk, log) {
                    moved = true;
                }
                discard(*number, stream, chunk, log);
            }
            if moved {
                deadline.progress();
                starvation = Starvation::begin();
            }
            match deadline.expired() {
                _ if timing.borrow().is_interrupted() => Err(io::ErrorKind::Interrupted.into()),
                Some(WaitOutcome::Unfinished(_) | WaitOutcome::Starved { .. }) => Ok(Outlook::OutOfTime),
                Some(_) => Ok(Outlook::Hopeless),
                None if starvation.look(|| deadline.roots()) => Ok(Outlook::Starved),
                None => Ok(Outlook::Open),
            }
        };
        let started = Instant::now();
        let has_read = || {
            settling.wait(Instant::now() + patience, || {
                let mut timing = timing.borrow_mut();
                let inode = timing.peer_state(stream).map(|peer| peer.inode).filter(|inode| *inode != 0);
                inode.map(|inode| (inode, timing.pids_that_hold(inode))).unwrap_or_default()
            });
        };
        let mut meanwhile = Alternately { wait, has_read };
        let (boundaries, undelivered) = match pacer.deliver(stream, &pieces, &waits, &mut meanwhile) {
            Ok(boundaries) => (boundaries, None),
            Err(undelivered) => (undelivered.boundaries.clone(), Some(undelivered)),
        };
        if let Some(DeliveryError { cause: DeliveryFailure::Reset, .. }) = &undelivered {
            log.incoming(*number).note_reset();
        }
        if *reading == Reading::AtOnce || undelivered.is_some() {
            self.drain(log);
        }
        DeliveryOutcome {
            requested: boundaries.iter().filter(|boundary| **boundary == Boundary::Unconfirmed).count(),
            undelivered: undelivered.map(|why| describe(why, outgoing.pieces, started.elapsed())),
        }
    }

    /// Waits until this many bytes have come in total, or no more can come.
    pub(super) fn receive_len(&mut self, len: usize, timing: &Timing, log: &mut Log<'_>) -> WaitOutcome {
        let mut deadline = Deadline::on(&self.stream, timing).after(log.owed_before(self.number));
        loop {
            if self.drain(log) {
                deadline.progress();
            }
            let incoming = log.incoming(self.number);
            if incoming.diverged() {
                return WaitOutcome::Diverged;
            } else if incoming.received_len() >= len {
                return WaitOutcome::Complete;
            } else if incoming.ended() {
                return WaitOutcome::Ended;
            }
            if let Some(expired) = deadline.expired() {
                return expired;
            }
            self.wait(&deadline);
        }
    }

    /// Waits until the other side ends the connection; what comes until then is taken.
    pub(super) fn receive_end(&mut self, timing: &Timing, log: &mut Log<'_>) -> WaitOutcome {
        self.receive_until(Deadline::on(&self.stream, timing), log)
    }

    /// Takes what comes for a short while after bytes that are wrong.
    pub(super) fn receive_trailing(&mut self, timing: &Timing, log: &mut Log<'_>) -> WaitOutcome {
        self.receive_until(Deadline::of_grace(timing.trailing(), &self.stream, timing), log)
    }

    fn receive_until(&mut self, mut deadline: Deadline, log: &mut Log<'_>) -> WaitOutcome {
        loop {
            if self.drain(log) {
                deadline.progress();
            }
            if log.incoming(self.number).ended() {
                return WaitOutcome::Ended;
            }
            if log.incoming(self.number).is_full() {
                return WaitOutcome::Diverged;
            }
            if let Some(expired) = deadline.expired() {
                return expired;
            }
            self.wait(&deadline);
        }
    }

    /// Waits, after [`Connection::half_close`], until the other side can have nothing more to send.
    ///
    /// A server need not close its side: some keep the connection until they take the next.
    pub(super) fn receive_rest(&mut self, timing: &mut Timing, log: &mut Log<'_>) {
        self.receive_until_idle(TcpState::CloseWait, timing, log);
    }

    /// Waits until the other side has ended the connection, or can do no more about what was done last: its program has
    /// read everything and waits for something else. One that is never seen to wait is given the time for trailing bytes,
    /// and more on a busy machine.
    pub(super) fn receive_reaction(&mut self, timing: &mut Timing, log: &mut Log<'_>) {
        let mut deadline = self.deadline(timing).for_reaction(timing);
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(timing.latest(), || {
            let is_idle = self.is_watched() && self.is_peer_idle(TcpState::Established, timing);
            if self.drain(log) {
                deadline.progress();
            }
            let incoming = log.incoming(self.number);
            // Where nothing shows what the program does, its reply shows that it has read what it was sent.
            let has_answered = !self.is_watched() && incoming.has_all();
            let is_done = is_idle || has_answered || incoming.ended() || incoming.is_full();
            Ok((is_done || deadline.expired().is_some()).then_some(()))
        });
        self.drain(log);
    }

    /// Whether the other side's program has read what it was sent, with its socket in this state, and waits for something.
    fn is_peer_idle(&self, state: TcpState, timing: &mut Timing) -> bool {
        self.peer_state(timing).is_some_and(|peer| {
            let has_read = peer.tcp_state == state && peer.unread == 0 && peer.inode != 0;
            has_read && timing.holders.are_asleep(peer.inode)
        })
    }

    /// Waits until the other side has ended the connection, or its program is idle with its socket in this state, or the time
    /// for trailing bytes is over.
    fn receive_until_idle(&mut self, state: TcpState, timing: &mut Timing, log: &mut Log<'_>) {
        let started = Instant::now();
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(started + timing.trailing(), || {
            // Most servers close at once, sooner than it could be found out what the others do.
            let is_slow = started.elapsed() >= CLOSES_WITHIN;
            let is_done = is_slow && self.is_peer_idle(state, timing);
            // What it sent before it went to sleep is here by now.
            self.drain(log);
            let incoming = log.incoming(self.number);
            Ok((incoming.ended() || incoming.is_full() || is_done).then_some(()))
        });
    }

    /// Waits until all that should come is there, without reading it, or nothing more will come.
    pub(super) fn wait_for_unread(&self, timing: &Timing, log: &mut Log<'_>) {
        let incoming = log.incoming(self.number);
        let wanted = incoming.expected_len().saturating_sub(incoming.received_len());
        if wanted == 0 {
            return;
        }
        let mut buffer = vec![0; wanted];
        let mut arrived = 0;
        let mut deadline = self.deadline(timing);
        // An error here means no more than that nothing will come.
        let _ = wait_until(timing.latest(), || {
            match self.stream.peek(&mut buffer) {
                Ok(len) if len == 0 || len >= wanted => return Ok(Some(())),
                Ok(len) if len > arrived => {
                    arrived = len;
                    deadline.progress();
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            Ok(deadline.expired().map(drop))
        });
    }

    /// The limits of a wait in which something may come on this connection.
    pub(super) fn deadline(&self, timing: &Timing) -> Deadline {
        Deadline::on(&self.stream, timing)
    }

    /// The limits of a pause: that the program is proven to wait forever, and the whole.
    pub(super) fn deadline_of_pause(&self, timing: &Timing) -> Deadline {
        Deadline::of_pause(&self.stream, timing)
    }

    /// Its number in the log.
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// Waits until there is something to read.
    fn wait(&self, deadline: &Deadline) {
        wait_for(&mut [PollFd::new(&self.stream, PollFlags::IN)], deadline.remaining());
    }

    /// For a wait until there is something to read.
    pub(super) fn pollable(&self) -> PollFd<'_> {
        PollFd::new(&self.stream, PollFlags::IN)
    }

    /// Leaves what comes unread until no byte moves any more, or until `is_over`.
    pub(super) fn wait_for_stall(&self, is_over: impl FnMut() -> bool) {
        stall::wait_for_stall(&self.stream, is_over);
    }

    /// Tells the other side that the harness sends no more.
    pub(super) fn half_close(&self) {
        // A connection that is gone already is closed in both directions.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// See [`ending::close`].
    pub(super) fn close(self) {
        ending::close(self.stream);
    }

    /// See [`ending::reset`].
    pub(super) fn reset(self) {
        ending::reset(self.stream);
    }

    /// How many bytes of what was sent the peer's program has not read, wherever they are: also what is still on its way, because the
    /// peer's queue has no more room. Nothing where the kernel does not show that.
    pub(super) fn unread_by_peer(&self, timing: &mut Timing) -> Option<usize> {
        let received = self.peer_state(timing)?.bytes_received?;
        // In a look after the one that has counted them: what comes in between is not taken to be read.
        let unread = u64::from(self.peer_state(timing)?.unread);
        let read = received.saturating_sub(unread);
        self.pacer.sent_len().saturating_sub(read).try_into().ok()
    }

    /// The other end of the connection, where the kernel shows it.
    pub(super) fn peer_state(&self, timing: &mut Timing) -> Option<ConnectionState> {
        timing.peer_state(&self.stream)
    }
}

/// What the transcript keeps of a delivery of `pieces` that ended early, after so long.
fn describe(why: DeliveryError, pieces: &[&[u8]], waited: Duration) -> Undelivered {
    let done = why.done();
    let obstacle = match why.cause {
        DeliveryFailure::Closed => Obstacle::Closed,
        DeliveryFailure::Reset => Obstacle::Reset,
        DeliveryFailure::StoppedReading { unread } => Obstacle::NotRead { unread, waited },
        DeliveryFailure::NotAccepted => Obstacle::NotAccepted { waited },
        DeliveryFailure::OutOfTime => Obstacle::OutOfTime { waited },
        DeliveryFailure::Io(error) => Obstacle::System { why: error.to_string() },
    };
    // Empty pieces only make a delivery wait.
    let count = |pieces: &[&[u8]]| pieces.iter().filter(|piece| !piece.is_empty()).count();
    Undelivered { obstacle, done: count(&pieces[..done.min(pieces.len())]), pieces: count(pieces) }
}

/// Reads what is there, without waiting. Tells whether anything was.
fn drain(
    number: usize,
    stream: &TcpStream,
    reading: Reading,
    chunk: &mut Vec<u8>,
    log: &mut Log<'_>,
) -> bool {
    let mut progress = false;
    while log.incoming(number).takes() {
        chunk.clear();
        match read(stream, spare_capacity(chunk)) {
            Ok(0) => {
                let was_reset = log.incoming(number).was_reset();
                log.record_ended(number, if was_reset { Ending::Reset } else { Ending::Closed });
            }
            Ok(_) => log.record_received(number, chunk),
            Err(Errno::AGAIN) => break,
            Err(Errno::INTR) => continue,
            Err(_) => log.record_ended(number, Ending::Reset),
        }
        progress = true;
        if reading == Reading::Slowly {
            break;
        }
    }
    if progress {
        acknowledge(stream);
    }
    progress
}

/// Reads and forgets some of what comes after all that is kept. A server that could not send any more of it would not read
/// any more either, and would be blamed for that.
fn discard(number: usize, stream: &TcpStream, chunk: &mut Vec<u8>, log: &mut Log<'_>) {
    // No more than that: there may be no end to it.
    for _ in 0..DISCARDED_AT_ONCE {
        if !log.incoming(number).discards() {
            return;
        }
        chunk.clear();
        match read(stream, spare_capacity(chunk)) {
            // The pacer finds out that the connection has ended.
            Ok(0) | Err(Errno::AGAIN) => return,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return log.incoming(number).note_reset(),
        }
    }
}

/// Acknowledges what has come without the usual delay of 40 ms: a submission that sends a message in two writes
/// would have to wait that long with the second.
pub(super) fn acknowledge(stream: &TcpStream) {
    // Where this cannot be asked for, it only takes longer.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_quickack(true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// Lets what is sent next wait for the end of the stream, so that the two arrive together: no read, and no look at
/// the connection, finds the one without the other.
fn hold_back(stream: &TcpStream) {
    // Elsewhere the end also follows at once, but the first look may come before it.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_cork(true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}
