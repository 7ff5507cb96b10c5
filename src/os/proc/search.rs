//! Searching the processes of the whole machine for those that hold something.
//!
//! To list what a process has open takes a system call for each descriptor, and most processes of a machine sleep. While all threads
//! of one sleep, nothing can change what it has open; so that is remembered, together with how often each thread had been given a
//! processor. As long as these figures are the same, none has run since.

use std::collections::{HashMap, HashSet};
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::process::{Resource, getrlimit};

use super::descends_from;
use super::linux::{all_pids, children, holds_any, is_kernel_thread, open_ends};
use super::thread::SleepingThread;

/// The process of which all threads of the kernel are children, where this machine shows them.
const KERNEL_THREADS: u32 = 2;
/// How many threads are watched in all, and which part of the files that this process may have open: each takes one.
const WATCHED_MAX: usize = 256;
const PART_OF_FILES: u64 = 4;

/// How many more times a process is looked at as it is before it is tried again whether it sleeps. Many live for no longer than the
/// first, and what is awake mostly stays so.
const LOOKS_AT_FIRST: u32 = 1;
const LOOKS_WHILE_AWAKE: u32 = 16;

type SeenByPid = HashMap<u32, Seen>;

static SEEN: Mutex<Option<SeenByPid>> = Mutex::new(None);

/// What is remembered of a process.
#[derive(Debug)]
enum Seen {
    Asleep(Sleeper),
    /// How often not to try whether it sleeps.
    Awake(u32),
}

impl Seen {
    const fn threads(&self) -> usize {
        match self {
            Self::Asleep(sleeper) => sleeper.threads.len(),
            Self::Awake(_) => 0,
        }
    }
}

/// A process whose threads all slept when it was looked at.
///
/// Two processes can share what they have open (`CLONE_FILES`), and then one of them can change it while the other sleeps. No
/// process has that in common with one that it has not started.
#[derive(Debug)]
struct Sleeper {
    threads: Vec<SleepingThread>,
    /// The sockets and pipes that it has open, in the words of proc(5).
    ends: HashSet<String>,
    /// Whether it descends from the harness. One that does not never will.
    is_own: bool,
}

impl Sleeper {
    /// A process as it is now, unless it is awake or has more threads than this.
    fn new(pid: u32, threads_max: usize) -> Option<Self> {
        // The thread that looks is awake, and is shown in the call by which it does.
        if pid == process::id() {
            return None;
        }
        // In this order: whatever it does from here on shows.
        let threads = SleepingThread::all_of(pid, threads_max)?;
        Some(Self { threads, ends: open_ends(pid), is_own: descends_from(pid, process::id()) })
    }

    fn sleeps_on(&self) -> bool {
        self.threads.iter().all(SleepingThread::sleeps_on)
    }
}

/// A look at all processes but those of the kernel.
pub(super) struct Search {
    /// Every process that there was when it began.
    pub(super) pids: Vec<u32>,
    seen: MutexGuard<'static, Option<SeenByPid>>,
    /// How many more threads may be watched.
    room: usize,
}

impl Search {
    pub(super) fn begin() -> Self {
        let of_kernel = if shows_kernel_threads() { children(KERNEL_THREADS) } else { Vec::new() };
        let of_kernel: HashSet<u32> = of_kernel.into_iter().collect();
        let pids: Vec<u32> = all_pids().into_iter().filter(|pid| !of_kernel.contains(pid)).collect();
        let present: HashSet<u32> = pids.iter().copied().collect();
        // Each entry is whole, or not there.
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let by_pid = seen.get_or_insert_default();
        by_pid.retain(|pid, _| present.contains(pid));
        let watched: usize = by_pid.values().map(Seen::threads).sum();
        Self { pids, seen, room: watched_max().saturating_sub(watched) }
    }

    /// Looks at a process: whether it holds one of these, in the words of proc(5), and where it comes from.
    pub(super) fn look(&mut self, pid: u32, targets: &[String]) -> Look {
        let seen = self.seen.get_or_insert_default().entry(pid).or_insert(Seen::Awake(LOOKS_AT_FIRST));
        match seen {
            Seen::Asleep(sleeper) if sleeper.sleeps_on() => {}
            Seen::Awake(looks @ 1..) => *looks -= 1,
            Seen::Asleep(_) | Seen::Awake(_) => {
                let room = self.room + seen.threads();
                *seen = Sleeper::new(pid, room).map_or(Seen::Awake(LOOKS_WHILE_AWAKE), Seen::Asleep);
                self.room = room - seen.threads();
            }
        }
        match seen {
            Seen::Asleep(sleeper) => Look {
                holds: targets.iter().any(|target| sleeper.ends.contains(target)),
                is_foreign: !sleeper.is_own,
            },
            Seen::Awake(_) => Look { holds: holds_any(pid, targets), is_foreign: false },
        }
    }
}

fn watched_max() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / PART_OF_FILES;
    WATCHED_MAX.min(files.try_into().unwrap_or(WATCHED_MAX))
}

/// What a look at a process has shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) holds: bool,
    /// Whether it is known that it does not descend from the harness.
    pub(super) is_foreign: bool,
}

/// Whether the threads of the kernel are among the processes here: in a container, they are not.
fn shows_kernel_threads() -> bool {
    static SHOWS: OnceLock<bool> = OnceLock::new();
    *SHOWS.get_or_init(|| is_kernel_thread(KERNEL_THREADS))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{BufRead, BufReader, Write};
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::os::wait::wait_until;

    fn name_of(socket: &UnixStream) -> String {
        let place = format!("/proc/self/fd/{}", socket.as_raw_fd());
        fs::read_link(place).unwrap().to_str().unwrap().to_owned()
    }

    fn is_remembered(pid: u32) -> bool {
        matches!(SEEN.lock().unwrap().as_ref().and_then(|seen| seen.get(&pid)), Some(Seen::Asleep(_)))
    }

    fn holds(pid: u32, target: &str) -> bool {
        let mut search = Search::begin();
        assert!(search.pids.contains(&pid));
        search.look(pid, &[target.to_owned()]).holds
    }

    #[test]
    fn what_a_sleeping_process_opens_and_closes_is_seen_once_it_has() {
        let (own, theirs) = UnixStream::pair().unwrap();
        let socket = name_of(&theirs);
        let script = "echo; read line; exec 2>&-; echo; read line";
        let mut shell = Command::new("bash")
            .args(["-c", script])
            .stderr(OwnedFd::from(theirs))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = shell.id();
        let (mut input, output) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let mut lines = BufReader::new(output).lines();
        for wanted in [true, false] {
            lines.next().unwrap().unwrap();
            let deadline = Instant::now() + Duration::from_secs(30);
            // It is about to sleep, and remembered then. The look after that is one at what is remembered.
            let is_asleep = wait_until(deadline, || {
                let _ = holds(pid, &socket);
                Ok(is_remembered(pid).then_some(()))
            });
            assert_eq!(is_asleep.unwrap(), Some(()));
            assert_eq!(holds(pid, &socket), wanted);
            input.write_all(b"\n").unwrap();
        }
        shell.wait().unwrap();
        drop(own);
    }

    #[test]
    fn the_harness_itself_is_awake_and_seen_as_it_is() {
        // More often than it is not even tried whether it sleeps.
        for _ in 0..LOOKS_WHILE_AWAKE + 2 {
            let (one, other) = UnixStream::pair().unwrap();
            let (one_name, other_name) = (name_of(&one), name_of(&other));
            assert!(holds(process::id(), &one_name) && holds(process::id(), &other_name));
            drop(one);
            assert!(!holds(process::id(), &one_name) && holds(process::id(), &other_name));
        }
    }

    #[test]
    fn no_thread_of_the_kernel_is_looked_at() {
        let search = Search::begin();
        assert!(search.pids.iter().all(|pid| !is_kernel_thread(*pid) || *pid == KERNEL_THREADS));
    }
}
