//! Proof that programs will not do anything any more unless the harness does.
//!
//! A program that sleeps in a system call without a timeout goes on only when something happens to what it sleeps on. If
//! everything that could make that happen sleeps in the same way, and the harness does nothing, nothing ever will. The kernel
//! shows what is needed to know that: the call in which each thread sleeps, the descriptors it sleeps on, and who holds the
//! other ends of those.
//!
//! # Why the proof is free of races
//!
//! Everything is looked at one after the other, while the programs may run. So each proof is three steps.
//!
//! 1. Every thread of every process is seen asleep in such a call, and it is noted how often each has been given a
//!    processor (`Thread::turns`).
//! 2. It is checked that nothing is on its way to what they sleep on: every byte that was sent over TCP has been received and
//!    read, no connection waits to be accepted. It is checked that no other process holds the ends of those sockets and pipes;
//!    one that does joins the set, and everything begins anew. It is checked that the harness or a process of the set holds each:
//!    one that was closed while a process was just forked is open until that runs its program, and wakes the sleeper then.
//! 3. Every thread is seen again: nothing has begun to wake it, it is asleep in the same call, and it has not been given a
//!    processor since.
//!
//! A thread that had been woken between the first step and the third would show it: it would be awake or about to be, or, if it
//! had gone to sleep again by then, its count would differ, which is looked at last.
//! So at the moment of the second step all of them slept, with nothing to wake them. What wakes a sleeper is another thread of
//! the set, which sleeps; a timer, and none is set (a timeout among the arguments, `SO_RCVTIMEO`, an armed `timerfd`, a POSIX
//! timer, and a handler for `SIGALRM` are no proof); bytes on their way, and there are none; or the harness.
//!
//! What remains is what nobody can see: a signal, or a file lock released, by a process that has nothing to do with the
//! programs. Whatever is not understood is no proof, and then the clock decides as it always has.

#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod prove;

#[cfg(target_os = "linux")]
mod call;
#[cfg(target_os = "linux")]
mod object;
#[cfg(all(test, target_os = "linux"))]
mod tests;
#[cfg(target_os = "linux")]
mod timeout;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::os::proc::owners_of;
use crate::os::sock_diag::SocketTable;
use crate::silence::BlockedIn;

/// Threads that sleep for a time that they have chosen, and that has not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimedSleeps {
    roots: Vec<u32>,
    /// The id of each thread, and how often it had been given a processor.
    threads: Vec<(u32, u64)>,
}

impl TimedSleeps {
    /// Those of the processes `roots` and of what they have started.
    pub(crate) fn of(roots: &[u32]) -> Self {
        Self { roots: roots.to_vec(), threads: prove::timed_sleeps(roots) }
    }

    /// Whether one of these threads still sleeps the same sleep.
    pub(crate) fn go_on(&self) -> bool {
        let now = prove::timed_sleeps(&self.roots);
        self.threads.iter().any(|thread| now.contains(thread))
    }
}

/// Threads that sleep again and again for a time that they have chosen, however short each sleep is.
#[derive(Debug, Clone)]
pub(crate) struct Naps {
    roots: Vec<u32>,
    /// How often it was looked, and in how many of these looks each thread slept.
    looks: u32,
    asleep: HashMap<u32, u32>,
}

impl Naps {
    /// One part of all looks in so many may find a napping thread awake.
    const AWAKE_MAX: u32 = 4;
    /// A thread that was found asleep less often may have been so by chance.
    const LOOKS_MIN: u32 = 4;

    /// Those of the processes `roots` and of what they have started, none of which was looked at yet.
    pub(crate) fn of(roots: &[u32]) -> Self {
        Self { roots: roots.to_vec(), looks: 0, asleep: HashMap::new() }
    }

    /// Looks which threads sleep now.
    pub(crate) fn look(&mut self) {
        self.looks += 1;
        for tid in prove::plain_sleeps(&self.roots) {
            *self.asleep.entry(tid).or_default() += 1;
        }
    }

    /// Whether one of the threads was asleep almost whenever it was looked at.
    pub(crate) fn go_on(&self) -> bool {
        let most = self.asleep.values().copied().max().unwrap_or_default();
        most >= Self::LOOKS_MIN && most >= self.looks - self.looks / Self::AWAKE_MAX
    }
}

/// The programs that can wait for bytes on a connection.
#[derive(Debug)]
pub(crate) struct Waiters {
    /// The processes that hold it, this one left out.
    pids: Vec<u32>,
    /// The threads of this process that may.
    threads: Vec<u32>,
    /// Its end there, in the words of proc(5).
    socket: String,
}

impl Waiters {
    /// Those at the end with this inode.
    pub(crate) fn on(inode: u64, roots: &Roots) -> Self {
        let owners = owners_of(inode).into_iter().map(|owner| owner.pid);
        let pids: Vec<u32> = owners.filter(|pid| *pid != std::process::id()).collect();
        Self { threads: roots.threads.clone(), ..Self::of(&pids, inode) }
    }

    /// Those of these processes, at the end with this inode.
    pub(crate) fn of(pids: &[u32], inode: u64) -> Self {
        Self { pids: pids.to_vec(), threads: Vec::new(), socket: format!("socket:[{inode}]") }
    }

    /// How they wait at the moment of this look.
    pub(crate) fn look(&self) -> Waiting {
        prove::look_at_waiters(self)
    }
}

/// How programs that can wait for bytes on a connection do that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// Whether all their threads sleep, in whatever call.
    pub(crate) are_asleep: bool,
    /// The longest timeout with which a thread waits on the connection, if one does, and that thread.
    longest: Option<(Duration, prove::Sleeper)>,
}

impl Waiting {
    /// The longest timeout with which one of them waits on the connection, if one does.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.longest.map(|(timeout, _)| timeout)
    }

    /// Whether the one that waits with this timeout has run since: however long ago the time is over, the system may be late to wake it.
    pub(crate) fn is_over(&self) -> bool {
        self.longest.is_none_or(|(_, thread)| prove::has_run_since(&thread))
    }
}

/// The ends of a connection: that of the program first, and then that of the harness.
pub type ConnectionAddresses = (SocketAddr, SocketAddr);

/// The pauses between two looks, and how many times longer they are at least than the harness computes for a look: looking
/// takes no more than one fiftieth of a processor.
const PAUSE_MIN: Duration = Duration::from_micros(500);
const PAUSE_MAX: Duration = Duration::from_millis(50);
const COST: u32 = 50;

/// Whether this system shows what its programs are blocked in, at least those of the same user.
pub(crate) fn is_shown() -> bool {
    SocketTable::open().is_ok() && prove::is_shown()
}

/// The programs that are to be silent.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    /// Processes, with everything that belongs to them.
    pub pids: Vec<u32>,
    /// Threads of this process, each of which is a program of its own.
    pub threads: Vec<u32>,
}

impl Roots {
    /// Whether there are none that could be looked at.
    pub(crate) const fn is_empty(&self) -> bool {
        self.pids.is_empty() && self.threads.is_empty()
    }
}

impl From<Vec<u32>> for Roots {
    /// Processes.
    fn from(pids: Vec<u32>) -> Self {
        Self { pids, threads: Vec::new() }
    }
}

/// Looks for a proof, again and again while programs are silent.
#[derive(Debug)]
pub struct Prover {
    /// What sleeps longer than this sleeps forever.
    patience: Duration,
    /// After how much silence to look next.
    next: Duration,
    pause: Duration,
}

impl Prover {
    /// Looks on behalf of someone who would not wait for longer than `patience`.
    #[must_use]
    pub const fn new(patience: Duration) -> Self {
        Self { patience, next: PAUSE_MIN, pause: PAUSE_MIN }
    }

    /// A new silence begins.
    pub(crate) const fn begin(&mut self) {
        *self = Self::new(self.patience);
    }

    /// After how much silence to look next.
    pub(crate) const fn next(&self) -> Duration {
        self.next
    }

    /// Whether it is time for a look, after so much silence.
    pub(crate) fn is_due(&self, quiet: Duration) -> bool {
        quiet >= self.next
    }

    /// Tells whether the `roots`, and everything that belongs to them, can do nothing more unless the harness does
    /// something, and what they are blocked in. Everything that they have sent on `connections` has then been received here,
    /// read or not.
    ///
    /// Nothing where that is not certain.
    pub fn look(
        &mut self,
        quiet: Duration,
        roots: &Roots,
        connections: &[ConnectionAddresses],
        table: &mut SocketTable,
    ) -> Option<BlockedIn> {
        let before = computed();
        let found =
            if roots.is_empty() { None } else { prove::prove(roots, connections, self.patience, table) };
        self.next = quiet + self.pause.max(computed().saturating_sub(before) * COST);
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        found
    }
}

/// For how long this thread has had a processor. On a busy machine a look takes far longer than what is computed for it.
fn computed() -> Duration {
    // Neither figure is negative.
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}
