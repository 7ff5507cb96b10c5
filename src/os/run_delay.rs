//! How long programs wait for a processor, where the kernel tells.
//!
//! On a machine that is busy with other things a program may have been asked something long ago and not have run
//! since. That is not its silence.

use std::collections::HashMap;
use std::process;
use std::time::{Duration, Instant};

use super::proc::{ThreadUsage, descendants_of, threads};
use super::silence::Roots;

/// The fraction of a limit, or of a deadline, after which it is watched for how long the programs wait for a processor: most have done
/// by then what is awaited.
pub(crate) const WATCHED_AFTER: u32 = 4;

/// The fraction of it that they have to have waited before that counts.
pub(crate) const EXCUSED_FROM: u32 = 20;

/// How many times over a limit may be exceeded at most: programs may keep each other waiting.
const TIMES_AT_MOST: u32 = 3;

/// How long the threads of some programs wait for a processor.
#[derive(Debug)]
pub struct RunDelay {
    pids: Vec<u32>,
    /// Of this process, only these threads.
    own_threads: Vec<u32>,
    looked_at: Instant,
    /// By thread id.
    threads: HashMap<u32, Thread>,
}

/// A thread, as the last look found it.
#[derive(Debug)]
struct Thread {
    /// How long it had waited, and run, when it was seen first.
    waited_before: Duration,
    ran_before: Duration,
    usage: ThreadUsage,
    /// Since when it waits without having got a processor: the kernel counts a wait only once it is over.
    waits_since: Option<Instant>,
}

impl Thread {
    /// Whether it has been runnable since the last look without getting to run.
    fn is_kept_waiting(&self, now: &ThreadUsage) -> bool {
        now.is_runnable && (self.usage.ran, self.usage.run_delay) == (now.ran, now.run_delay)
    }
}

impl RunDelay {
    /// Looks for the first time at these processes and what they have started, and at these threads of this process.
    #[must_use]
    pub fn of(pids: &[u32], own_threads: &[u32]) -> Self {
        let descendants = pids.iter().flat_map(|pid| descendants_of(*pid));
        let pids: Vec<u32> = pids.iter().copied().chain(descendants).collect();
        let threads = usages(&pids, own_threads).into_iter().map(|usage| {
            (
                usage.tid,
                Thread { waited_before: usage.run_delay, ran_before: usage.ran, usage, waits_since: None },
            )
        });
        Self {
            threads: threads.collect(),
            pids,
            own_threads: own_threads.to_vec(),
            looked_at: Instant::now(),
        }
    }

    /// For how long their threads have used a processor since the first look, at the time of the last one.
    #[must_use]
    pub fn ran(&self) -> Duration {
        self.threads.values().map(|thread| thread.usage.ran.saturating_sub(thread.ran_before)).sum()
    }

    /// Looks again: the longest that one of their threads has waited for a processor since the first time, or
    /// nothing where the kernel does not tell.
    pub fn waited(&mut self) -> Duration {
        let (before, now) = (self.looked_at, Instant::now());
        self.looked_at = now;
        let mut longest = Duration::ZERO;
        for usage in usages(&self.pids, &self.own_threads) {
            let thread = self.threads.entry(usage.tid).or_insert(Thread {
                waited_before: Duration::ZERO,
                ran_before: Duration::ZERO,
                usage,
                waits_since: None,
            });
            let is_kept_waiting = thread.is_kept_waiting(&usage);
            thread.waits_since = is_kept_waiting.then(|| thread.waits_since.unwrap_or(before));
            thread.usage = usage;
            let waits = thread.waits_since.map(|since| now - since).unwrap_or_default();
            longest = longest.max(usage.run_delay.saturating_sub(thread.waited_before) + waits);
        }
        longest
    }
}

/// How long something may take on a machine that has a processor for it: the time for which the programs wait for one does not
/// count, where the kernel tells.
#[derive(Debug)]
pub struct FairLimit {
    limit: Duration,
    run_delay: Option<RunDelay>,
    excused: Duration,
}

impl FairLimit {
    /// A limit for programs that have just been given something to do.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self { limit, run_delay: None, excused: Duration::ZERO }
    }

    /// For how long to wait before this is asked again, once `elapsed` has passed: not at all when the limit is over.
    pub fn pause(&mut self, elapsed: Duration, roots: impl FnOnce() -> Roots) -> Duration {
        let watched_after = self.limit / WATCHED_AFTER;
        if elapsed < watched_after {
            return watched_after - elapsed;
        }
        let run_delay = self.run_delay.get_or_insert_with(|| {
            let Roots { pids, threads } = roots();
            RunDelay::of(&pids, &threads)
        });
        if elapsed >= self.limit {
            let waited = run_delay.waited();
            let counts = waited >= self.limit / EXCUSED_FROM;
            self.excused = if counts { waited } else { Duration::ZERO };
        }
        (self.limit + self.excused).min(Self::at_most(self.limit)).saturating_sub(elapsed)
    }

    /// How long it may take if the programs never wait for a processor.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// The longest that something may take with this limit.
    #[must_use]
    pub fn at_most(limit: Duration) -> Duration {
        limit * TIMES_AT_MOST
    }
}

/// The threads of these processes, and these of this one.
fn usages(pids: &[u32], own_threads: &[u32]) -> Vec<ThreadUsage> {
    let own = if own_threads.is_empty() { Vec::new() } else { threads(process::id()) };
    let own = own.into_iter().filter(|usage| own_threads.contains(&usage.tid));
    pids.iter().flat_map(|pid| threads(*pid)).chain(own).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Child, Command};
    use std::time::Instant;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::*;
    use crate::os::wait::wait_until;

    /// A program that never stops computing, on this processor.
    fn spinning_on(processor: usize) -> Child {
        let child = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let mut one = CpuSet::new();
        one.set(processor);
        sched_setaffinity(Some(Pid::from_child(&child)), &one).unwrap();
        child
    }

    /// Two programs that keep each other waiting for one processor.
    struct Spinning([Child; 2]);

    impl Spinning {
        fn start() -> Self {
            let allowed = sched_getaffinity(None).unwrap();
            let processor = (0..CpuSet::MAX_CPU).find(|number| allowed.is_set(*number)).unwrap();
            Self([spinning_on(processor), spinning_on(processor)])
        }

        fn one(&self) -> u32 {
            self.0[0].id()
        }
    }

    impl Drop for Spinning {
        fn drop(&mut self) {
            self.0.iter_mut().for_each(end);
        }
    }

    fn end(child: &mut Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// A program that sleeps, once it waits for nothing else.
    fn asleep() -> Child {
        let mut asleep = Command::new("sleep").arg("1000").spawn().unwrap();
        // It may sleep for a moment while it starts, and has to run once more then.
        let waits_no_more = || {
            let is_runnable = threads(asleep.id()).iter().any(|thread| thread.is_runnable);
            let waited = RunDelay::of(&[asleep.id()], &[]).waited();
            Ok((!is_runnable && waited.is_zero()).then_some(()))
        };
        let seen = wait_until(Instant::now() + Duration::from_secs(30), waits_no_more);
        if seen.as_ref().is_ok_and(Option::is_some) {
            return asleep;
        }
        end(&mut asleep);
        panic!("it never sleeps: {seen:?}");
    }

    #[test]
    fn a_program_that_shares_a_processor_waits_for_it() {
        let spinning = Spinning::start();
        let mut run_delay = RunDelay::of(&[spinning.one()], &[]);
        let waited = wait_until(Instant::now() + Duration::from_secs(30), || {
            let waited = run_delay.waited();
            Ok((waited >= Duration::from_millis(20)).then_some(()))
        });
        assert_eq!(waited.unwrap(), Some(()), "neither of two waits for the other");
    }

    #[test]
    fn a_program_that_sleeps_waits_for_nothing() {
        // That it does not is what is waited for.
        end(&mut asleep());
    }

    const LIMIT: Duration = Duration::from_millis(200);

    #[test]
    fn a_program_that_waits_for_a_processor_is_given_more_time() {
        let spinning = Spinning::start();
        let mut limit = FairLimit::new(LIMIT);
        let mut pause = |elapsed| limit.pause(elapsed, || vec![spinning.one()].into());
        assert_eq!(pause(Duration::ZERO), LIMIT / WATCHED_AFTER);
        pause(LIMIT / WATCHED_AFTER);
        let more = wait_until(Instant::now() + Duration::from_secs(30), || {
            Ok(Some(pause(LIMIT)).filter(|pause| !pause.is_zero()))
        });
        assert!(more.unwrap().is_some(), "it is given no more");
        assert_eq!(pause(FairLimit::at_most(LIMIT)), Duration::ZERO);
    }

    #[test]
    fn a_program_that_sleeps_is_given_no_more_time() {
        let mut asleep = asleep();
        let mut limit = FairLimit::new(LIMIT);
        let mut pause = |elapsed| limit.pause(elapsed, || vec![asleep.id()].into());
        let pauses = [LIMIT / WATCHED_AFTER, LIMIT].map(&mut pause);
        end(&mut asleep);
        assert_eq!(pauses, [LIMIT - LIMIT / WATCHED_AFTER, Duration::ZERO]);
    }
}
