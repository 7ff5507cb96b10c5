//! Searching the processes of the whole machine for those that hold something.
//!
//! To list what a process has open takes a system call for each descriptor, and most processes of a machine sleep. While all threads
//! of one sleep, nothing can change what it has open; so that is remembered, together with how often each thread had been given a
//! processor. As long as these figures are the same, none has run since.

use std::collections::{HashMap, HashSet};
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::descends_from;
use super::linux::{all_pids, children, is_kernel_thread, open_ends};
use super::thread::{sleeping_turns, turns_of};

/// The process of which all threads of the kernel are children, where this machine shows them.
const KERNEL_THREADS: u32 = 2;
/// Of a process with more threads it is not remembered what it has open: to look at them all takes as long.
const THREADS_MAX: usize = 8;

static SEEN: Mutex<Option<HashMap<u32, Sleeper>>> = Mutex::new(None);

/// A process whose threads all slept when it was looked at.
#[derive(Debug)]
struct Sleeper {
    /// The id of each thread, and how often it had been given a processor.
    threads: Vec<(u32, u64)>,
    /// The sockets and pipes that it has open, in the words of proc(5).
    ends: HashSet<String>,
    /// Whether it descends from the harness. One that does not never will.
    is_own: bool,
}

impl Sleeper {
    /// A process as it is now, before what it has open is listed.
    fn new(pid: u32) -> Option<Self> {
        let threads = sleeping_turns(pid, THREADS_MAX)?;
        Some(Self { threads, ends: open_ends(pid), is_own: descends_from(pid, process::id()) })
    }

    fn has_slept_on(&self, pid: u32) -> bool {
        self.threads.iter().all(|(tid, turns)| turns_of(pid, *tid) == Some(*turns))
    }
}

/// A look at all processes but those of the kernel.
pub(super) struct Search {
    pub(super) pids: Vec<u32>,
    seen: MutexGuard<'static, Option<HashMap<u32, Sleeper>>>,
}

impl Search {
    /// Every process that there is at this moment.
    pub(super) fn begin() -> Self {
        let of_kernel: HashSet<u32> =
            if shows_kernel_threads() { children(KERNEL_THREADS).into_iter().collect() } else { HashSet::new() };
        let pids: Vec<u32> = all_pids().into_iter().filter(|pid| !of_kernel.contains(pid)).collect();
        // Each entry is whole, or not there.
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let present: HashSet<u32> = pids.iter().copied().collect();
        seen.get_or_insert_default().retain(|pid, _| present.contains(pid));
        Self { pids, seen }
    }

    /// Looks at a process: whether it holds one of these, in the words of proc(5), and whether it is known that it does not
    /// descend from the harness.
    pub(super) fn look(&mut self, pid: u32, targets: &[String]) -> Look {
        let seen = self.seen.get_or_insert_default();
        if !seen.get(&pid).is_some_and(|sleeper| sleeper.has_slept_on(pid)) {
            match Sleeper::new(pid) {
                Some(sleeper) => seen.insert(pid, sleeper),
                None => seen.remove(&pid),
            };
        }
        match seen.get(&pid) {
            Some(sleeper) => Look {
                holds: targets.iter().any(|target| sleeper.ends.contains(target)),
                is_foreign: !sleeper.is_own,
            },
            None => Look { holds: super::linux::holds_any(pid, targets), is_foreign: false },
        }
    }
}

/// What a look at a process has shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) holds: bool,
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
        SEEN.lock().unwrap().as_ref().is_some_and(|seen| seen.contains_key(&pid))
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
        let (one, other) = UnixStream::pair().unwrap();
        let (one_name, other_name) = (name_of(&one), name_of(&other));
        assert!(holds(process::id(), &one_name) && holds(process::id(), &other_name));
        drop(one);
        assert!(!holds(process::id(), &one_name) && holds(process::id(), &other_name));
    }

    #[test]
    fn no_thread_of_the_kernel_is_looked_at() {
        let search = Search::begin();
        assert!(search.pids.iter().all(|pid| !is_kernel_thread(*pid) || *pid == KERNEL_THREADS));
    }
}
