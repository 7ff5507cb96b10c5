//! How long programs wait for a processor, where the kernel tells.
//!
//! On a machine that is busy with other things a program may have been asked something long ago and not have run
//! since. That is not its silence.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::owner::descendants_of;

/// How long the threads of some programs wait for a processor.
#[derive(Debug)]
pub struct Queue {
    processes: Vec<u32>,
    looked_at: Instant,
    threads: HashMap<PathBuf, Thread>,
}

/// A thread, as it was when it was looked at last.
#[derive(Debug)]
struct Thread {
    /// How long it had waited when it was seen first.
    waited_before: Duration,
    times: Times,
    /// Since when it waits without having got a processor: the kernel counts a wait only once it is over.
    waits_since: Option<Instant>,
}

/// What the kernel says of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    ran: Duration,
    waited: Duration,
}

impl Queue {
    /// Looks for the first time at these processes and what they have started.
    #[must_use]
    pub fn of(programs: &[u32]) -> Self {
        let mut processes = programs.to_vec();
        processes.extend(programs.iter().flat_map(|program| descendants_of(*program)).map(|one| one.pid));
        let threads = threads(&processes)
            .filter_map(|path| {
                let times = times(&path)?;
                let thread = Thread { waited_before: times.waited, times, waits_since: None };
                Some((path, thread))
            })
            .collect();
        Self { processes, looked_at: Instant::now(), threads }
    }

    /// Looks again: the longest that one of their threads has waited for a processor since the first time, or
    /// nothing where the kernel does not tell.
    pub fn waited(&mut self) -> Duration {
        let (before, now) = (self.looked_at, Instant::now());
        self.looked_at = now;
        let mut longest = Duration::ZERO;
        for path in threads(&self.processes) {
            let Some(times) = times(&path) else { continue };
            let wants_to_run = wants_to_run(&path);
            let thread = self.threads.entry(path).or_insert(Thread {
                waited_before: Duration::ZERO,
                times,
                waits_since: None,
            });
            let has_not_run = wants_to_run && thread.times == times;
            thread.waits_since = has_not_run.then(|| thread.waits_since.unwrap_or(before));
            thread.times = times;
            let waits = thread.waits_since.map(|since| now - since).unwrap_or_default();
            longest = longest.max(times.waited.saturating_sub(thread.waited_before) + waits);
        }
        longest
    }
}

/// The folders of all threads of these processes, in `/proc`.
fn threads(processes: &[u32]) -> impl Iterator<Item = PathBuf> {
    let folders =
        processes.iter().flat_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten());
    folders.filter_map(|folder| Some(folder.ok()?.path()))
}

fn times(thread: &Path) -> Option<Times> {
    let text = fs::read_to_string(thread.join("schedstat")).ok()?;
    let mut nanoseconds = text.split_whitespace().map(|word| word.parse().ok().map(Duration::from_nanos));
    Some(Times { ran: nanoseconds.next()??, waited: nanoseconds.next()?? })
}

/// Whether a thread runs or waits for a processor: `R` in proc(5), behind the name, which may contain anything.
fn wants_to_run(thread: &Path) -> bool {
    let stat = fs::read_to_string(thread.join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Child, Command, id};
    use std::time::Instant;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::*;
    use crate::pace::wait::wait_until;

    /// A program that never has enough, on this processor.
    fn spinning_on(processor: usize) -> Child {
        let child = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let mut one = CpuSet::new();
        one.set(processor);
        sched_setaffinity(Some(Pid::from_child(&child)), &one).unwrap();
        child
    }

    #[test]
    fn who_shares_a_processor_waits_for_it() {
        let allowed = sched_getaffinity(None).unwrap();
        let processor = (0..CpuSet::MAX_CPU).find(|number| allowed.is_set(*number)).unwrap();
        let mut spinning = [spinning_on(processor), spinning_on(processor)];
        let mut queue = Queue::of(&[spinning[0].id()]);
        let deadline = Instant::now() + Duration::from_secs(30);
        let waited = wait_until(deadline, || {
            let waited = queue.waited();
            Ok((waited >= Duration::from_millis(20)).then_some(()))
        });
        spinning.iter_mut().for_each(|one| {
            one.kill().unwrap();
            one.wait().unwrap();
        });
        assert_eq!(waited.unwrap(), Some(()), "neither of two waits for the other");
    }

    #[test]
    fn who_sleeps_waits_for_nothing() {
        let mut asleep = Command::new("sleep").arg("1000").spawn().unwrap();
        let asleep_now = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", asleep.id()))?;
            Ok(stat.contains(" (sleep) S ").then_some(()))
        };
        wait_until(Instant::now() + Duration::from_secs(30), asleep_now).unwrap().unwrap();
        let waited = Queue::of(&[asleep.id()]).waited();
        asleep.kill().unwrap();
        asleep.wait().unwrap();
        assert_eq!(waited, Duration::ZERO);
    }

    #[test]
    fn all_threads_are_looked_at() {
        let own = std::path::absolute(format!("/proc/{}/task", id())).unwrap();
        let seen: Vec<_> = threads(&[id()]).collect();
        assert!(seen.len() > 1 && seen.iter().any(|path| path.starts_with(&own)), "{seen:?}");
        assert!(seen.iter().any(|path| wants_to_run(path)), "this thread runs");
    }
}
