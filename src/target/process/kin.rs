//! The children of this process, read from `/proc`. On a system without it, nobody is seen.
//!
//! Every process of the machine is looked at: the kernel can list the children of one, but not every kernel is
//! built to, and the list may lack some while others end.

use std::cmp::Reverse;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{Pid, getpid, getuid};

use crate::pace::owner::descends_from;

/// A process, as `/proc` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relative {
    pub(super) pid: Pid,
    /// None for the first process, and for one whose parent is in a namespace further up.
    parent: Option<Pid>,
    pub(super) group: Option<Pid>,
    pub(super) session: Option<Pid>,
    /// Whether it has ended and only waits for its parent to notice.
    pub(super) has_ended: bool,
    threads: u64,
}

/// The children of this process, each looked at when it is asked for.
pub(super) fn children() -> impl Iterator<Item = Relative> {
    let parent = Some(getpid());
    everybody().filter(move |one| one.parent == parent)
}

/// Everybody below `ancestor`.
pub(super) fn below(ancestor: Pid) -> impl Iterator<Item = Pid> {
    let number = |pid: Pid| pid.as_raw_pid().unsigned_abs();
    let is_below = move |pid: &Pid| *pid != ancestor && descends_from(number(*pid), number(ancestor));
    everybody().map(|one| one.pid).filter(is_below)
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
    let user = getuid().as_raw();
    let is_own = |one: &Relative| fs::metadata(format!("/proc/{}", one.pid)).is_ok_and(|of| of.uid() == user);
    *TASKS.get_or_init(|| everybody().filter(is_own).map(|one| one.threads).sum())
}

/// The newest first: whoever forks and ends without pause is to be met before it has done so again.
fn everybody() -> impl Iterator<Item = Relative> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<Pid> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .collect();
    pids.sort_unstable_by_key(|pid| Reverse(pid.as_raw_pid()));
    pids.into_iter().filter_map(|pid| parse(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// Reads `/proc/PID/stat`. The name of the program stands in parentheses and may itself contain some.
fn parse(pid: Pid, stat: &[u8]) -> Option<Relative> {
    const STATE: usize = 0;
    const PARENT: usize = 1;
    const GROUP: usize = 2;
    const SESSION: usize = 3;
    const THREADS: usize = 17;
    let after_name = str::from_utf8(stat.rsplit(|byte| *byte == b')').next()?).ok()?;
    let fields: Vec<_> = after_name.split_ascii_whitespace().take(THREADS + 1).collect();
    let number = |index: usize| fields.get(index)?.parse().ok();
    Some(Relative {
        pid,
        parent: Pid::from_raw(number(PARENT)?),
        group: Pid::from_raw(number(GROUP)?),
        session: Pid::from_raw(number(SESSION)?),
        has_ended: ["Z", "X"].contains(fields.get(STATE)?),
        threads: u64::try_from(number(THREADS)?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_pretend_to_be_more() {
        let stat = b"7 (x) Z 1 1 1) S 2 3 4 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 100 0 0";
        let one = parse(Pid::from_raw(7).unwrap(), stat).unwrap();
        let numbers = (one.parent, one.group, one.session);
        assert_eq!(numbers, (Pid::from_raw(2), Pid::from_raw(3), Pid::from_raw(4)));
        assert_eq!((one.has_ended, one.threads), (false, 9));
    }

    #[test]
    fn this_process_has_tasks_and_an_environment() {
        assert!(tasks_of_this_user() > 0);
        let path = std::env::var("PATH").unwrap();
        assert!(was_told_of(getpid(), Path::new(&path)));
        assert!(!was_told_of(getpid(), Path::new("/no/such/directory/anywhere")));
    }
}
