//! Which processes belong to some others, and hold the same things.

use std::collections::{BTreeSet, HashMap};
use std::{fs, process};

use super::{file_lock_limit, linux};

/// The processes that belong to some others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relatives {
    /// Those that were given, everything they have started, and every process that holds one of the ends; the harness left out.
    pub(crate) all: BTreeSet<u32>,
}

impl Relatives {
    /// Searches all processes for those that descend from `pids` or hold one of `ends` (`socket:[4711]`, in the words of
    /// proc(5)).
    ///
    /// What a program has left behind as a child of the harness, when its parent ended, bears the program's mark: its limit on
    /// file locks. See the module `target::process::mark`.
    pub(crate) fn of(pids: &BTreeSet<u32>, ends: &[String]) -> Self {
        let harness = process::id();
        let others: Vec<u32> = linux::all_pids().into_iter().filter(|pid| *pid != harness).collect();
        let parents: HashMap<u32, u32> =
            others.iter().filter_map(|pid| Some((*pid, parent(*pid)?))).collect();
        let lineage = |pid: u32| std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        let ancestors: BTreeSet<u32> = pids.iter().flat_map(|pid| lineage(*pid)).collect();
        let marks: BTreeSet<u64> = pids.iter().filter_map(|pid| file_lock_limit(*pid)).collect();
        let own_mark = file_lock_limit(harness);
        let is_orphan = |pid: u32| {
            parents.get(&pid) == Some(&harness)
                && !ancestors.contains(&pid)
                && file_lock_limit(pid).is_some_and(|mark| Some(mark) != own_mark && marks.contains(&mark))
        };
        let belongs = |pid: &u32| {
            lineage(*pid).any(|one| pids.contains(&one)) || is_orphan(*pid) || holds_any(*pid, ends)
        };
        Self { all: others.iter().copied().filter(belongs).collect() }
    }
}

/// The second figure after the name of the program, which is in parentheses and may hold any character.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// Whether a process holds one of these.
fn holds_any(pid: u32, ends: &[String]) -> bool {
    if ends.is_empty() {
        return false;
    }
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(Result::ok);
    descriptors
        .filter_map(|descriptor| fs::read_link(descriptor.path()).ok())
        .any(|target| ends.iter().any(|end| target.as_os_str() == end.as_str()))
}
