//! The children of this process, and what is below another one. On a system without `/proc`, none are seen.
//!
//! The kernel can list the children of a process, but not every kernel is built to, and the list may lack some
//! while others end. So every process on the machine is asked for whether it could be waited for here, which
//! takes far less than to read what `/proc` tells about it.

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::process_id;
use crate::os::proc;

/// A child of this process: one that it has started, or one whose own parent has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChildProcess {
    pub(super) pid: Pid,
    /// Its process group, which is 0 for one that is led from outside of this PID namespace.
    pub(super) group: i32,
    /// Its session, which may be 0 for the same reason.
    pub(super) session: i32,
    /// Whether it has ended, and has not been waited for.
    pub(super) has_ended: bool,
}

/// The children of this process, each examined only when the iterator comes to it.
pub(super) fn children() -> impl Iterator<Item = ChildProcess> {
    all_pids().filter_map(|pid| {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let has_ended = waitid(WaitId::Pid(pid), options).ok()?.is_some();
        Some(ChildProcess { pid, group: group_of(pid), session: session_of(pid), has_ended })
    })
}

// `rustix` has no way to say 0 here, and takes it for impossible.

#[expect(unsafe_code, reason = "a system call that takes and gives a number")]
fn group_of(pid: Pid) -> i32 {
    // SAFETY: it touches no memory.
    unsafe { libc::getpgid(pid.as_raw_pid()) }
}

/// A process's session: 0 if it is led from outside of this PID namespace, as the harness's own is where it is
/// the first program of a container, and -1 if there is no such process.
#[expect(unsafe_code, reason = "a system call that takes and gives a number")]
pub(super) fn session_of(pid: Pid) -> i32 {
    // SAFETY: it touches no memory.
    unsafe { libc::getsid(pid.as_raw_pid()) }
}

/// A process id as the standard library and `/proc` have it.
pub(super) fn id(pid: Pid) -> u32 {
    pid.as_raw_pid().unsigned_abs()
}

/// The newest first: a process that keeps forking and exiting must be caught before it does so again.
fn all_pids() -> impl Iterator<Item = Pid> {
    proc::all_pids().into_iter().filter_map(process_id)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[test]
    fn a_child_and_its_end_are_seen() {
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
}
