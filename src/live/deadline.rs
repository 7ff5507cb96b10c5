//! The limits of a wait.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec, poll};

use super::Timing;
use crate::conversation::WaitOutcome;
use crate::os::proc::owners_of;
use crate::os::run_delay::RunDelay;
use crate::os::sock_diag::SocketTable;

/// How late a wait may notice that the run was interrupted.
const INTERRUPTION_NOTICED: Duration = Duration::from_millis(50);

/// The fraction of its deadline after which a silent program is checked for waiting on a processor, and the fraction that
/// it has to have waited for one before that counts.
const LOOKED_AT_AFTER: u32 = 4;
const EXCUSED_FROM: u32 = 20;

/// Waits for one of `descriptors`, for `wait` at most. Tells whether one is ready.
pub(super) fn wait_for(descriptors: &mut [PollFd<'_>], wait: Duration) -> bool {
    let timeout = Timespec::try_from(wait).ok();
    // An interrupted wait found nothing: the caller looks at the time and waits again.
    poll(descriptors, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// The two limits of a wait: silence, and the whole.
///
/// The time for which the programs under test wait for a processor is no silence, as long as the whole is not
/// over: a program that keeps the processors busy itself is not waited for any longer.
#[derive(Debug)]
pub(super) struct Deadline {
    silence: Duration,
    limit: Duration,
    started: Instant,
    last_progress: Instant,
    awaited: Awaited,
    /// Made once it has been silent for a while.
    run_delay: Option<RunDelay>,
    /// How much later than it should have been.
    overslept: Duration,
    /// For how long of its silence it could not run.
    queued: Duration,
    interrupted: Arc<AtomicBool>,
}

/// What is awaited.
#[derive(Debug)]
enum Awaited {
    /// Programs that the harness has started.
    Programs(Vec<u32>),
    /// The processes that hold the connection from the first of these addresses to the second.
    Holders(SocketAddr, SocketAddr),
    Nobody,
}

impl Awaited {
    fn pids(&self) -> Vec<u32> {
        match self {
            Self::Programs(pids) => pids.clone(),
            Self::Holders(from, to) => holders(*from, *to).unwrap_or_default(),
            Self::Nobody => Vec::new(),
        }
    }
}

/// The processes that hold a connection, or that listen where nobody has accepted it yet.
fn holders(from: SocketAddr, to: SocketAddr) -> Option<Vec<u32>> {
    let mut table = SocketTable::open().ok()?;
    let inode = match table.connection(from, to).ok()??.inode {
        0 => table.listeners(from.port()).ok()?.iter().find(|one| one.takes(from))?.inode,
        inode => inode,
    };
    Some(owners_of(inode).iter().map(|owner| owner.pid).collect())
}

impl Deadline {
    /// Waits for the programs under test. The two limits are the usual ones.
    pub(super) fn start(timing: &Timing) -> Self {
        Self::new(timing.deadline, timing, Awaited::Programs(timing.pids.clone()))
    }

    /// The same, for the programs at the other end of `connection`.
    pub(super) fn on(connection: &TcpStream, timing: &Timing) -> Self {
        let ends = connection.peer_addr().ok().zip(connection.local_addr().ok());
        let awaited = match ends {
            Some((from, to)) if timing.pids.is_empty() && timing.table.is_some() => {
                Awaited::Holders(from, to)
            }
            _ => Awaited::Programs(timing.pids.clone()),
        };
        Self::new(timing.deadline, timing, awaited)
    }

    /// Waits for bytes that are only evidence: for a shorter time, which a busy machine does not extend.
    pub(super) fn of_grace(silence: Duration, timing: &Timing) -> Self {
        Self::new(silence, timing, Awaited::Nobody)
    }

    fn new(silence: Duration, timing: &Timing, awaited: Awaited) -> Self {
        let (now, limit) = (Instant::now(), timing.limit());
        let interrupted = Arc::clone(&timing.interrupted);
        Self {
            silence,
            limit,
            started: now,
            last_progress: now,
            awaited,
            run_delay: None,
            overslept: Duration::ZERO,
            queued: Duration::ZERO,
            interrupted,
        }
    }

    /// Something came.
    pub(super) fn progress(&mut self) {
        self.last_progress = Instant::now();
        self.run_delay = None;
        self.queued = Duration::ZERO;
    }

    /// Which limit has passed.
    pub(super) fn expired(&mut self) -> Option<WaitOutcome> {
        let quiet = self.last_progress.elapsed();
        if self.interrupted.load(Ordering::Relaxed) {
            return Some(WaitOutcome::Silent(quiet));
        }
        let looked_at = self.silence / LOOKED_AT_AFTER;
        if quiet >= looked_at {
            let run_delay = self.run_delay.get_or_insert_with(|| {
                // If the harness looks late, it could not run either.
                self.overslept = quiet - looked_at;
                RunDelay::of(&self.awaited.pids())
            });
            let queued = self.overslept + run_delay.waited();
            if quiet >= self.silence + self.queued {
                self.queued = if queued >= self.silence / EXCUSED_FROM { queued } else { Duration::ZERO };
            }
            if quiet >= self.silence + self.queued {
                return Some(WaitOutcome::Silent(self.silence + self.queued));
            }
        }
        if self.started.elapsed() < self.limit {
            None
        } else if self.queued.is_zero() {
            Some(WaitOutcome::Unfinished(self.limit))
        } else {
            Some(WaitOutcome::Starved { waited: quiet, queued: self.queued })
        }
    }

    /// How long until a limit may pass, or something has to be checked.
    pub(super) fn remaining(&self) -> Duration {
        let silence = match self.run_delay {
            None => self.silence / LOOKED_AT_AFTER,
            Some(_) => self.silence + self.queued,
        };
        let remaining = silence.saturating_sub(self.last_progress.elapsed());
        remaining.min(self.limit.saturating_sub(self.started.elapsed())).min(INTERRUPTION_NOTICED)
    }
}
