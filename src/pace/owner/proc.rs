//! The processes of a Linux system, in the terms of its `/proc`.

use procfs::process::{FDTarget, Process, all_processes};

use super::Owner;

pub(super) fn owners_of(inode: u64) -> Vec<Owner> {
    // A process that ends while it is looked at, or that another user runs, is passed over.
    all_processes()
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|process| holds(process, inode))
        .filter_map(|process| owner(&process))
        .collect()
}

pub(super) fn parent(pid: u32) -> Option<u32> {
    let process = Process::new(pid.try_into().ok()?).ok()?;
    process.stat().ok()?.ppid.try_into().ok()
}

pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    pid.try_into().ok().and_then(|pid| Process::new(pid).ok()).is_some_and(|process| holds(&process, inode))
}

/// Whether all threads of a process wait for something: `S` in proc(5).
pub(super) fn sleeps(pid: u32) -> bool {
    let tasks = pid.try_into().ok().and_then(|pid| Process::new(pid).ok()).and_then(|one| one.tasks().ok());
    tasks.is_some_and(|mut tasks| {
        tasks.all(|task| task.and_then(|task| task.stat()).is_ok_and(|stat| stat.state == 'S'))
    })
}

pub(super) fn memory(pid: u32) -> Option<u64> {
    let process = Process::new(pid.try_into().ok()?).ok()?;
    process.stat().ok().map(|stat| stat.vsize)
}

/// The children of all of a process's threads.
pub(super) fn children(pid: u32) -> Vec<Owner> {
    let process = pid.try_into().ok().and_then(|pid| Process::new(pid).ok());
    let tasks = process.and_then(|process| process.tasks().ok()).into_iter().flatten().filter_map(Result::ok);
    let children = tasks.filter_map(|task| task.children().ok()).flatten();
    children.filter_map(|pid| Process::new(pid.try_into().ok()?).ok().as_ref().and_then(owner)).collect()
}

fn holds(process: &Process, inode: u64) -> bool {
    process.fd().is_ok_and(|descriptors| {
        descriptors
            .filter_map(Result::ok)
            .any(|descriptor| matches!(descriptor.target, FDTarget::Socket(socket) if socket == inode))
    })
}

fn owner(process: &Process) -> Option<Owner> {
    let stat = process.stat().ok()?;
    Some(Owner { pid: stat.pid.try_into().ok()?, name: stat.comm })
}
