//! The processes of a Linux system, in the terms of its `/proc`.

use std::{fs, io};

use procfs::process::Process;

use super::Owner;

pub(super) fn owners_of(inode: u64) -> Vec<Owner> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // A process that ends while it is looked at, or that another user runs, is passed over.
    pids.filter(|pid| holds_socket(*pid, inode))
        .filter_map(|pid| owner(&Process::new(pid.try_into().ok()?).ok()?))
        .collect()
}

pub(super) fn parent(pid: u32) -> Option<u32> {
    let process = Process::new(pid.try_into().ok()?).ok()?;
    process.stat().ok()?.ppid.try_into().ok()
}

/// Reads no more of a descriptor than what it leads to: in a search, this is done for each of every process.
pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    let socket = format!("socket:[{inode}]");
    for descriptor in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(Result::ok) {
        match fs::read_link(descriptor.path()) {
            Ok(target) if target.as_os_str() == &*socket => return true,
            // Where one of a process's descriptors is not to be looked at, none is.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return false,
            Ok(_) | Err(_) => {}
        }
    }
    false
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

fn owner(process: &Process) -> Option<Owner> {
    let stat = process.stat().ok()?;
    Some(Owner { pid: stat.pid.try_into().ok()?, name: stat.comm })
}
