//! Who descends from this process, read from `/proc`. On a system without it, nobody is seen.
//!
//! Every process of the machine is looked at: the kernel can list the children of one, but not every kernel is
//! built to, and the list may lack some while others end.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{Pid, getpid, getuid};

/// A process, as `/proc` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relative {
    pub(super) pid: Pid,
    /// Nobody for the first process, and for one whose parent is in a namespace further up.
    pub(super) parent: Option<Pid>,
    pub(super) session: Option<Pid>,
    /// Whether it has ended and only waits for its parent to notice.
    pub(super) has_ended: bool,
    threads: u64,
}

/// Everybody who descends from this process, after the child of this process that is between them: for a child
/// that is the child itself.
pub(super) fn descendants() -> Vec<(Relative, Relative)> {
    let all: HashMap<Pid, Relative> = everybody().map(|one| (one.pid, one)).collect();
    all.values().filter_map(|one| Some((branch(one, &all)?, *one))).collect()
}

/// Everybody below `ancestor`, a child of this process.
pub(super) fn below(ancestor: Pid) -> impl Iterator<Item = Pid> {
    let below = move |(branch, one): (Relative, Relative)| {
        (branch.pid == ancestor && one.pid != ancestor).then_some(one.pid)
    };
    descendants().into_iter().filter_map(below)
}

/// The child of this process that `one` is or descends from.
fn branch(one: &Relative, all: &HashMap<Pid, Relative>) -> Option<Relative> {
    let root = getpid();
    let mut current = one;
    // What was read while processes came and went need not fit together, so this could go in circles.
    for _ in 0..all.len() {
        if current.parent == Some(root) {
            return Some(*current);
        }
        current = all.get(&current.parent?)?;
    }
    None
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

fn everybody() -> impl Iterator<Item = Relative> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?;
        parse(pid, &fs::read(entry.path().join("stat")).ok()?)
    })
}

/// Reads `/proc/PID/stat`. The name of the program stands in parentheses and may itself contain some.
fn parse(pid: Pid, stat: &[u8]) -> Option<Relative> {
    const STATE: usize = 0;
    const PARENT: usize = 1;
    const SESSION: usize = 3;
    const THREADS: usize = 17;
    let after_name = str::from_utf8(stat.rsplit(|byte| *byte == b')').next()?).ok()?;
    let fields: Vec<_> = after_name.split_ascii_whitespace().take(THREADS + 1).collect();
    let number = |index: usize| fields.get(index)?.parse().ok();
    Some(Relative {
        pid,
        parent: Pid::from_raw(number(PARENT)?),
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
        assert_eq!((one.parent, one.session), (Pid::from_raw(2), Pid::from_raw(4)));
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
