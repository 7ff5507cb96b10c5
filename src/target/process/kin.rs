//! Who the children of this process are. On a system without `/proc`, nobody is seen.
//!
//! The kernel can list the children of a process, but not every kernel is built to, and the list may lack some
//! while others end. So it is asked of every process on the machine whether it could be waited for here, which
//! takes far less than to read what `/proc` says of one.

use std::cmp::Reverse;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{Pid, WaitId, WaitIdOptions, getuid, waitid};

use crate::pace::owner::descends_from;

/// A child of this process: one that it has started, or one whose own parent has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relative {
    pub(super) pid: Pid,
    /// The number of its process group, which is 0 for one that is led from outside of this PID namespace.
    pub(super) group: i32,
    /// The number of its session, which may be 0 for the same reason.
    pub(super) session: i32,
    /// Whether it has ended, and has not been waited for.
    pub(super) has_ended: bool,
}

/// The children of this process, each looked at when it is asked for.
pub(super) fn children() -> impl Iterator<Item = Relative> {
    everybody().filter_map(|pid| {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let has_ended = waitid(WaitId::Pid(pid), options).ok()?.is_some();
        Some(Relative { pid, group: group_of(pid), session: session_of(pid), has_ended })
    })
}

// `rustix` has no way to say 0 here, and takes it for impossible.

#[expect(unsafe_code, reason = "a system call that takes and gives a number")]
fn group_of(pid: Pid) -> i32 {
    // SAFETY: it touches no memory.
    unsafe { libc::getpgid(pid.as_raw_pid()) }
}

/// The number of a process's session: 0 if it is led from outside of this PID namespace, as the harness's own is
/// where it is the first program of a container, and -1 if there is no such process.
#[expect(unsafe_code, reason = "a system call that takes and gives a number")]
pub(super) fn session_of(pid: Pid) -> i32 {
    // SAFETY: it touches no memory.
    unsafe { libc::getsid(pid.as_raw_pid()) }
}

/// Whether a process has been killed: the signal is there, however long the process takes to be gone.
pub(super) fn is_killed(pid: Pid) -> bool {
    const KILL: u64 = 1 << (libc::SIGKILL - 1);
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending = status.lines().filter_map(|line| {
        let mask = line.strip_prefix("SigPnd:").or_else(|| line.strip_prefix("ShdPnd:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    pending.fold(0, |all, mask| all | mask) & KILL != 0
}

/// Everybody below `ancestor`.
pub(super) fn below(ancestor: Pid) -> impl Iterator<Item = Pid> {
    let number = |pid: Pid| pid.as_raw_pid().unsigned_abs();
    everybody().filter(move |pid| *pid != ancestor && descends_from(number(*pid), number(ancestor)))
}

/// Whether a process was given an environment that names `path`.
pub(super) fn was_told_of(pid: Pid, path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.windows(path.len()).any(|window| window == path)
}

/// How many processes and threads this user had when this was asked first.
pub(super) fn tasks_of_this_user() -> u64 {
    static TASKS: OnceLock<u64> = OnceLock::new();
    *TASKS.get_or_init(|| {
        let user = getuid().as_raw();
        let tasks = everybody().filter_map(|pid| fs::metadata(format!("/proc/{pid}/task")).ok());
        // A folder has a link for each folder in it, and two of its own.
        tasks.filter(|folder| folder.uid() == user).map(|folder| folder.nlink().saturating_sub(2)).sum()
    })
}

/// The newest first: whoever forks and ends without pause is to be met before it has done so again.
fn everybody() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<Pid> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .collect();
    pids.sort_unstable_by_key(|pid| Reverse(pid.as_raw_pid()));
    pids.into_iter()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[test]
    fn a_child_is_known_by_its_number_and_so_is_its_end() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_child(&child);
        let seen = |pid| children().find(|one| one.pid == pid);
        let before = seen(pid).unwrap();
        assert_eq!((before.session, before.has_ended), (session_of(getpid()), false));
        kill_process(pid, Signal::KILL).unwrap();
        waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
        assert!(seen(pid).unwrap().has_ended);
        child.wait().unwrap();
        assert_eq!((seen(pid), seen(getpid())), (None, None));
    }

    #[test]
    fn who_was_killed_is_known_before_it_is_gone() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_child(&child);
        assert!(!is_killed(pid));
        kill_process(pid, Signal::KILL).unwrap();
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let has_ended = || waitid(WaitId::Pid(pid), options).unwrap().is_some();
        assert!(is_killed(pid) || has_ended());
        child.wait().unwrap();
    }

    #[test]
    fn threads_count_as_tasks() {
        let own = fs::read_dir("/proc/self/task").unwrap().count();
        assert!(tasks_of_this_user() >= u64::try_from(own.min(2)).unwrap());
    }

    #[test]
    fn this_process_knows_its_environment() {
        let path = std::env::var("PATH").unwrap();
        assert!(was_told_of(getpid(), Path::new(&path)));
        assert!(!was_told_of(getpid(), Path::new("/no/such/directory/anywhere")));
    }
}
