//! Which processes belong to some others, and hold the same things.

use std::collections::{BTreeSet, HashMap};
use std::process;

use super::{file_lock_limit, linux};

/// The processes that belong together, the harness left out: `pids`, what descends from them, and what holds one of `ends`
/// (`socket:[4711]`, in the words of proc(5)).
///
/// What a program has left behind as a child of the harness, when its parent ended, bears the program's mark: its limit on
/// file locks. See the module `target::process::mark`.
pub(crate) fn relatives(pids: &BTreeSet<u32>, ends: &[String]) -> BTreeSet<u32> {
    let harness = process::id();
    let others: Vec<u32> = linux::all_pids().into_iter().filter(|pid| *pid != harness).collect();
    let parents: HashMap<u32, u32> =
        others.iter().filter_map(|pid| Some((*pid, linux::parent(*pid)?))).collect();
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
        lineage(*pid).any(|one| pids.contains(&one)) || is_orphan(*pid) || linux::holds_any(*pid, ends)
    };
    others.iter().copied().filter(belongs).collect()
}
