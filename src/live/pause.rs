//! Sending nothing for a while: for longer than a program waits with a timeout.

use std::time::{Duration, Instant};

use super::Timing;
use super::client::OperationState;
use super::connection::Connection;
use crate::conversation::Log;
use crate::delivery::Boundary;
use crate::os::silence::Waiters;
use crate::os::wait::wait_until;

/// How long a pause lasts where no timeout is seen: many programs give up sooner that give up at all, and a person hardly
/// notices it.
const PAUSE: Duration = Duration::from_millis(300);

/// How many times over a pause outlasts a timeout that is seen, so that a busy machine does not decide whether it has passed.
const TIMES_OUTLASTED: u32 = 2;

/// How much later it is looked again at what the program waits in.
const LOOK_EVERY: Duration = Duration::from_millis(10);

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
            let timeout = self.waiters.as_ref().and_then(Waiters::timeout).unwrap_or_default();
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
        let _ = wait_until(Instant::now() + timing.limit(), || {
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
}
