//! Which processes belong to some others, and hold the same things.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::{mem, process};

use super::search::{Look, Search};
use super::{file_lock_limit, linux};

/// The processes that belong together, the harness left out: `pids`, what descends from them, and what holds one of `ends`
/// (`socket:[4711]`, in the words of proc(5)).
///
/// What a program has left behind when its parent ended is now a child of the harness, and bears the program's mark: its limit on
/// file locks. See the module `target::process::mark`. In a namespace of the program's own it is a child of the first process there.
pub(crate) fn relatives(pids: &BTreeSet<u32>, ends: &[String]) -> BTreeSet<u32> {
    let harness = process::id();
    let mut search = Search::begin();
    let others: Vec<u32> = mem::take(&mut search.pids).into_iter().filter(|pid| *pid != harness).collect();
    let looks: HashMap<u32, Look> = others.iter().map(|pid| (*pid, search.look(*pid, ends))).collect();
    drop(search);
    // What is no child of the harness's is no child of its children's. Where one of `pids` is not, its own are looked for.
    let are_own = pids.iter().all(|pid| looks.get(pid).is_some_and(|look| !look.is_foreign));
    let examined = others.iter().filter(|pid| !(are_own && looks[pid].is_foreign));
    let parents: HashMap<u32, u32> = examined.filter_map(|pid| Some((*pid, linux::parent(*pid)?))).collect();
    let lineage = |pid: u32| std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
    let ancestors: BTreeSet<u32> = pids.iter().flat_map(|pid| lineage(*pid)).collect();
    let marks: BTreeSet<u64> = pids.iter().filter_map(|pid| file_lock_limit(*pid)).collect();
    let own_mark = file_lock_limit(harness);
    let is_orphan = |pid: u32| {
        parents.get(&pid) == Some(&harness)
            && !ancestors.contains(&pid)
            && file_lock_limit(pid).is_some_and(|mark| Some(mark) != own_mark && marks.contains(&mark))
    };
    // The first process is started by the same one as the program.
    let adopts = |pid: u32| {
        let starter = parents.get(&pid).filter(|parent| **parent != harness && ancestors.contains(parent));
        starter.is_some_and(|starter| lineage(*starter).any(|one| one == harness))
            && linux::is_first_of_namespace(pid)
    };
    let adopting: BTreeSet<u32> = parents.keys().copied().filter(|pid| adopts(*pid)).collect();
    let is_adopted = |pid: u32| lineage(pid).skip(1).any(|one| adopting.contains(&one));
    let belongs = |pid: &u32| {
        lineage(*pid).any(|one| pids.contains(&one))
            || is_orphan(*pid)
            || is_adopted(*pid)
            || looks[pid].holds
    };
    others.iter().copied().filter(belongs).collect()
}

/// Whether each of `ends` is held by the harness or by one of these processes.
///
/// One that none of them holds is about to be closed: a process that was forked a moment ago still has it, and will have it no more
/// once it runs its program.
pub(crate) fn hold_all(pids: &BTreeSet<u32>, ends: &[String]) -> bool {
    let held: HashSet<String> =
        pids.iter().copied().chain([process::id()]).flat_map(linux::open_ends).collect();
    ends.iter().all(|end| held.contains(end))
}
