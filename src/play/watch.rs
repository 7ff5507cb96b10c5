//! The limits of a wait.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec, poll};

use super::Timing;

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
