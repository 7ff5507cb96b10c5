//! What `/proc` tells about processes. No other module reads it.
//!
//! Every fact holds for one moment only: a process may have ended by the time the fact is used, and one that ends while
//! it is examined is skipped. Of other users' processes only some facts are visible, and on a system without
//! `/proc` no process is seen.

mod holders;
#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod linux;
#[cfg(target_os = "linux")]
mod owner;
#[cfg(target_os = "linux")]
mod relatives;
#[cfg(target_os = "linux")]
mod search;
#[cfg(target_os = "linux")]
pub(crate) mod text;
#[cfg(target_os = "linux")]
mod thread;

use std::path::Path;
use std::time::Duration;

pub use holders::{Holders, holds, memory_of, owners_of};
#[cfg(target_os = "linux")]
pub(crate) use owner::{as_real_owner_of, is_out_of_reach, sees_every_holder};
#[cfg(target_os = "linux")]
pub(crate) use relatives::{hold_all, relatives};
#[cfg(target_os = "linux")]
pub(crate) use thread::{
    Activity, SystemCall, Thread, caught_signals, descriptor, descriptor_info, has_ended, has_run_since,
    has_timers, is_dormant, is_stopped, memory_at, own_thread, threads_of,
};

/// A process and the name of its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProcess {
    /// The process id.
    pub pid: u32,
    /// The name of its program, at most 15 bytes long: `comm` in proc(5).
    pub name: String,
}

/// One thread of a process, and its use of the processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadUsage {
    /// The thread id, which no two threads of the system share.
    pub(crate) tid: u32,
    /// How long it has run.
    pub(crate) ran: Duration,
    /// How long it has waited for a processor, the present wait left out.
    pub(crate) run_delay: Duration,
    /// Whether it runs or waits for a processor: `R` in proc(5).
    pub(crate) is_runnable: bool,
}

/// How much of the machine's memory a process takes, in bytes, where that can be seen.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    linux::resident(pid)
}

/// How many descriptors a process has open, where that can be seen.
pub(crate) fn descriptors(pid: u32) -> Option<usize> {
    linux::descriptors(pid)
}

/// How much memory this machine has, in bytes.
pub(crate) fn machine_memory() -> Option<u64> {
    linux::machine_memory()
}

/// Whether all of these processes are asleep, in all their threads: whatever they had to do, they have done it, and now they wait for
/// something.
#[must_use]
pub(crate) fn are_asleep(pids: &[u32]) -> bool {
    pids.iter().all(|pid| linux::is_asleep(*pid))
}

/// All processes, the newest first unless the process ids have wrapped around.
#[must_use]
pub(crate) fn all_pids() -> Vec<u32> {
    let mut pids = linux::all_pids();
    pids.sort_unstable_by(|one, other| other.cmp(one));
    pids
}

/// Whether `pid` is `ancestor`, or a child of it, or a child's child and so on.
///
/// A process whose parent has ended belongs to the init process from then on, and no longer descends from the
/// one that started it.
#[must_use]
pub fn descends_from(pid: u32, ancestor: u32) -> bool {
    let (mut current, mut child) = (pid, None);
    while current != ancestor {
        match linux::parent(current) {
            Some(next) if next != 0 => (child, current) = (Some(current), next),
            Some(_) => return false,
            // It may have ended since it was seen to be the parent, and then its child has another.
            None => match child.take().filter(|child| linux::parent(*child) != Some(current)) {
                Some(child) => current = child,
                None => return false,
            },
        }
    }
    true
}

/// The processes that `ancestor` has started and those that they have, nearest first: none where the kernel keeps
/// no list of children.
#[must_use]
pub fn descendants_of(ancestor: u32) -> Vec<u32> {
    let mut found = linux::children(ancestor);
    let mut looked_at = 0;
    while let Some(next) = found.get(looked_at) {
        found.extend(linux::children(*next));
        looked_at += 1;
    }
    found
}

/// Whether a process has been killed: the signal is pending, however long the process takes to be gone.
pub(crate) fn is_killed(pid: u32) -> bool {
    linux::is_killed(pid)
}

/// Whether the environment that a process was started with mentions `path`.
pub(crate) fn environment_mentions(pid: u32, path: &Path) -> bool {
    linux::environment_mentions(pid, path)
}

/// The hard limit on a process's file locks (`RLIMIT_LOCKS`), where it has one.
pub(crate) fn file_lock_limit(pid: u32) -> Option<u64> {
    linux::file_lock_limit(pid)
}

/// How many processes and threads the user with this id has.
pub(crate) fn tasks_of_user(uid: u32) -> u64 {
    linux::tasks_of_user(uid)
}

/// The threads of a process: none where the kernel does not count how long they wait.
pub(crate) fn threads(pid: u32) -> Vec<ThreadUsage> {
    linux::threads(pid)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::io::{BufRead, BufReader};
    use std::process::{self, Command, Stdio};
    use std::time::Instant;

    use rustix::process::{Pid, Signal, getppid, getuid, kill_process};

    use super::*;
    use crate::os::wait::wait_until;

    #[test]
    fn a_child_descends_from_its_parent_and_not_the_other_way_round() {
        let parent = getppid().unwrap().as_raw_nonzero().get().try_into().unwrap();
        assert!(descends_from(process::id(), process::id()));
        assert!(descends_from(process::id(), parent));
        assert!(!descends_from(parent, process::id()));
    }

    #[test]
    fn children_of_children_are_descendants() {
        let mut shell = Command::new("sh")
            .args(["-c", "exec 3<&0; sh -c 'echo; read line <&3' & echo; wait"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Both have started once both have printed.
        let printed = BufReader::new(shell.stdout.take().unwrap()).lines().take(2).count();
        let found = descendants_of(process::id());
        assert_eq!(printed, 2);
        let place = |wanted: u32| found.iter().position(|pid| *pid == wanted);
        let child = place(shell.id()).expect("the shell is found");
        let grandchild = found.iter().position(|pid| linux::parent(*pid) == Some(shell.id()));
        assert!(grandchild.expect("what the shell has started is found") > child);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    #[test]
    fn a_killed_process_is_known_before_it_is_gone() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        assert!(!is_killed(child.id()));
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        let is_ending = wait_until(Instant::now() + Duration::from_secs(30), || {
            Ok((is_killed(child.id()) || child.try_wait()?.is_some()).then_some(()))
        });
        assert_eq!(is_ending.unwrap(), Some(()));
        child.wait().unwrap();
    }

    #[test]
    fn threads_count_as_tasks() {
        let own = fs::read_dir("/proc/self/task").unwrap().count();
        assert!(tasks_of_user(getuid().as_raw()) >= u64::try_from(own.min(2)).unwrap());
    }

    #[test]
    fn this_process_knows_its_environment() {
        let path = std::env::var("PATH").unwrap();
        assert!(environment_mentions(process::id(), Path::new(&path)));
        assert!(!environment_mentions(process::id(), Path::new("/no/such/directory/anywhere")));
    }

    #[test]
    fn every_thread_is_seen_and_the_present_one_runs() {
        let seen = threads(process::id());
        let own = u32::try_from(rustix::thread::gettid().as_raw_pid()).unwrap();
        assert!(seen.len() > 1, "{seen:?}");
        assert!(seen.iter().any(|thread| thread.tid == own && thread.is_runnable), "{seen:?}");
    }
}
