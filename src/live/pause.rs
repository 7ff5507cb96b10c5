//! Sending nothing for a while: for longer than a program waits with a timeout.

use std::process;
use std::time::{Duration, Instant};

use super::Timing;
use super::client::OperationState;
use super::connection::Connection;
use crate::conversation::{Log, Outlasted};
use crate::delivery::Boundary;
use crate::os::run_delay::RunDelay;
use crate::os::silence::{Waiters, Waiting};
use crate::os::sock_diag::TcpState;
use crate::os::wait::wait_until;

/// How long a pause lasts where no timeout is seen: many programs give up sooner that give up at all, and a person hardly
/// notices it.
const PAUSE: Duration = Duration::from_millis(300);

/// How many times over a pause outlasts a timeout that is seen, so that a busy machine does not decide whether it has passed.
const TIMES_OUTLASTED: u32 = 2;

/// How much later it is looked again at what the program waits in.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What is sent to a program that waits with a timeout no longer than this comes in time, or too late, by chance: two processes of
/// one machine may keep each other waiting for as long.
const SHORT_TIMEOUT_MAX: Duration = Duration::from_millis(10);

/// How long a program that has something to read may run before it is taken to be one that never sleeps, or does not want to read it.
pub(super) const RUNS_MAX: Duration = Duration::from_millis(5);

/// When it is looked how a program waits before something is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// When it waits for the first time on a connection: one that has no short timeout then is not looked at again.
    OnNewConnection,
    EachTime,
}

/// A pause that outlasts what programs wait with.
pub(super) struct Pause {
    waiters: Option<Waiters>,
    /// The longest timeout that was seen.
    longest: Duration,
    ends_at: Instant,
    look_at: Instant,
}

impl Pause {
    /// It begins now, for these programs, where it is known which they are.
    pub(super) fn begin(waiters: Option<Waiters>) -> Self {
        let now = Instant::now();
        Self { waiters, longest: Duration::ZERO, ends_at: now + PAUSE, look_at: now }
    }

    /// Whether it has lasted long enough, as far as can be seen now.
    pub(super) fn is_over(&mut self, timing: &Timing) -> bool {
        let now = Instant::now();
        if now >= self.look_at {
            self.look_at = now + LOOK_EVERY;
            let timeout =
                self.waiters.as_ref().and_then(|waiters| waiters.look().timeout()).unwrap_or_default();
            if timeout > self.longest && timeout <= timing.deadline {
                self.longest = timeout;
                self.ends_at = self.ends_at.max(now + timeout * TIMES_OUTLASTED);
            }
        }
        now >= self.ends_at
    }
}

impl Connection {
    /// Sends nothing, and takes what comes, until it makes no difference any more: the timeout with which the program waits
    /// has been outlasted, it has ended the connection or answered, or it is proven to wait forever, having been told what to do.
    ///
    /// What passes here is no time in which something should become true: the pause itself is what the program is tried with.
    /// A timeout that is longer than the deadline is not outlasted.
    ///
    /// Tells whether the program was seen to have read by then what it was sent before.
    pub(super) fn pause(
        &mut self,
        mut operation: impl FnMut() -> OperationState,
        timing: &mut Timing,
        log: &mut Log<'_>,
    ) -> Boundary {
        let waiters = self.peer_state(timing).map(|peer| Waiters::on(peer.inode, &timing.roots));
        let mut deadline = self.deadline_of_pause(timing);
        let mut pause = Pause::begin(waiters);
        // It cannot fail: no look does.
        let _ = wait_until(timing.latest(), || {
            self.drain(log);
            let operation = operation();
            if operation == OperationState::NotTold {
                deadline.progress();
            }
            let is_done = pause.is_over(timing)
                || operation == OperationState::Answered
                || log.incoming(self.number()).ended();
            Ok((is_done || deadline.expired().is_some()).then_some(()))
        });
        let has_read = self.peer_state(timing).is_some_and(|peer| peer.accepted() && peer.unread == 0);
        if has_read { Boundary::Confirmed } else { Boundary::Unconfirmed }
    }

    /// Before something is sent: waits until the program waits for it, and where it does that with a timeout of which chance would decide
    /// whether it passes first, until that has passed. What it does then is the same in every run.
    pub(super) fn outlast(
        &mut self,
        look: Look,
        mut operation: impl FnMut() -> OperationState,
        timing: &mut Timing,
        log: &mut Log<'_>,
    ) -> Option<Outlasted> {
        let looks = look == Look::EachTime || self.is_new() || self.is_impatient;
        if !self.is_watched() || !looks {
            return None;
        }
        let inode = self.peer_state(timing).map(|peer| peer.inode).filter(|inode| *inode != 0)?;
        let pids = timing.pids_that_hold(inode);
        // Programs of this process are known, and have no such timeout.
        if pids.is_empty() || pids.contains(&process::id()) {
            return None;
        }
        let waiters = Waiters::of(&pids, inode);
        let waiting = self.short_timeout(&pids, &waiters, &mut operation, timing, log)?;
        let timeout = waiting.timeout()?;
        self.is_impatient = true;
        let ends_at = Instant::now() + timeout * TIMES_OUTLASTED;
        // It cannot fail: no look does.
        let gave_up = wait_until(Instant::now() + timing.deadline, || {
            self.drain(log);
            if log.incoming(self.number()).ended() || operation() == OperationState::Answered {
                return Ok(Some(true));
            }
            let is_over = Instant::now() >= ends_at && waiting.is_over() && waiters.look().are_asleep;
            Ok((is_over || timing.is_interrupted()).then_some(false))
        });
        Some(Outlasted { timeout, gave_up: matches!(gave_up, Ok(Some(true))) })
    }

    /// Waits, after [`Connection::half_close`], until a client that takes an end when it comes has taken it, and one that takes it
    /// when it is told to waits for that: in which state an order finds the client must not be left to chance.
    ///
    /// Nothing is read meanwhile. What a client does about an end belongs to what it is told next.
    pub(super) fn let_end_arrive(&self, timing: &mut Timing) {
        if !self.is_watched() {
            return;
        }
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(Instant::now() + timing.trailing(), || {
            let peer = self.peer_state(timing);
            let has_arrived = peer.is_none_or(|peer| match peer.tcp_state {
                TcpState::Established => false,
                TcpState::CloseWait => {
                    timing.holders.are_asleep(peer.inode) || !timing.holders.can_be_asleep(peer.inode)
                }
                // It has closed its own side as well.
                _ => true,
            });
            Ok(has_arrived.then_some(()))
        });
    }

    /// How the program waits, once it does, if that is with a short timeout.
    fn short_timeout(
        &mut self,
        pids: &[u32],
        waiters: &Waiters,
        operation: &mut impl FnMut() -> OperationState,
        timing: &Timing,
        log: &mut Log<'_>,
    ) -> Option<Waiting> {
        let mut run_delay = None;
        // It cannot fail: no look does.
        let found = wait_until(Instant::now() + timing.deadline, || {
            self.drain(log);
            if log.incoming(self.number()).ended() || timing.is_interrupted() {
                return Ok(Some(None));
            }
            if matches!(operation(), OperationState::NotTold | OperationState::Unread) {
                return Ok(None);
            }
            let waiting = waiters.look();
            if waiting.are_asleep || waiting.timeout().is_some() {
                let is_short = waiting.timeout().is_some_and(|timeout| timeout <= SHORT_TIMEOUT_MAX);
                return Ok(Some(is_short.then_some(waiting)));
            }
            let run_delay = run_delay.get_or_insert_with(|| RunDelay::of(pids, &[]));
            run_delay.waited();
            Ok((run_delay.ran() >= RUNS_MAX).then_some(None))
        });
        found.ok().flatten().flatten()
    }
}
