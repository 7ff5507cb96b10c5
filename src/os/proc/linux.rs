//! The processes of a Linux system, in the terms of its `/proc`.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use procfs::process::{LimitValue, Process, Task};
use procfs::{Current, Meminfo};

use super::{NamedProcess, ThreadUsage};

pub(super) fn all_pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

pub(super) fn owners_of(inode: u64) -> Vec<NamedProcess> {
    // A process that ends meanwhile, or that belongs to another user, is skipped.
    let holders = all_pids().into_iter().filter(|pid| holds_socket(*pid, inode));
    holders.filter_map(|pid| named(&process(pid)?)).collect()
}

pub(super) fn parent(pid: u32) -> Option<u32> {
    process(pid)?.stat().ok()?.ppid.try_into().ok()
}

pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    holds_any(pid, &[format!("socket:[{inode}]")])
}

/// Whether a process holds one of these, in the words of proc(5). Reads no more of a descriptor than what it leads to: in a
/// search, this is done for each of every process.
pub(super) fn holds_any(pid: u32, targets: &[String]) -> bool {
    for descriptor in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(Result::ok) {
        match fs::read_link(descriptor.path()) {
            Ok(target) if targets.iter().any(|one| target.as_os_str() == one.as_str()) => return true,
            // If one of a process's descriptors may not be read, none of them may.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return false,
            Ok(_) | Err(_) => {}
        }
    }
    false
}

/// Whether all threads of a process wait for something: `S` in proc(5).
pub(super) fn is_asleep(pid: u32) -> bool {
    let tasks = process(pid).and_then(|process| process.tasks().ok());
    tasks.is_some_and(|mut tasks| {
        tasks.all(|task| task.and_then(|task| task.stat()).is_ok_and(|stat| stat.state == 'S'))
    })
}

pub(super) fn memory(pid: u32) -> Option<u64> {
    process(pid)?.stat().ok().map(|stat| stat.vsize)
}

pub(super) fn machine_memory() -> Option<u64> {
    Some(Meminfo::current().ok()?.mem_total)
}

/// The children of all of a process's threads.
pub(super) fn children(pid: u32) -> Vec<NamedProcess> {
    let children = tasks(pid).filter_map(|task| task.children().ok()).flatten();
    children.filter_map(|pid| named(&process(pid)?)).collect()
}

/// Parsed here and not by `procfs`, which wants every line of the file as it knows it.
pub(super) fn is_killed(pid: u32) -> bool {
    const KILL: u64 = 1 << (libc::SIGKILL - 1);
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending = status.lines().filter_map(|line| {
        let mask = line.strip_prefix("SigPnd:").or_else(|| line.strip_prefix("ShdPnd:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    pending.fold(0, |all, mask| all | mask) & KILL != 0
}

/// The environment is searched as it is: it need not be text, nor a list of variables.
pub(super) fn environment_mentions(pid: u32, path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.windows(path.len()).any(|window| window == path)
}

pub(super) fn file_lock_limit(pid: u32) -> Option<u64> {
    match process(pid)?.limits().ok()?.max_file_locks.hard_limit {
        LimitValue::Value(limit) => Some(limit),
        LimitValue::Unlimited => None,
    }
}

pub(super) fn tasks_of_user(uid: u32) -> u64 {
    let folders = all_pids().into_iter().filter_map(|pid| fs::metadata(format!("/proc/{pid}/task")).ok());
    // A folder has a link for each folder in it, and two of its own.
    folders.filter(|folder| folder.uid() == uid).map(|folder| folder.nlink().saturating_sub(2)).sum()
}

pub(super) fn threads(pid: u32) -> Vec<ThreadUsage> {
    tasks(pid).filter_map(|task| usage(&task)).collect()
}

fn usage(task: &Task) -> Option<ThreadUsage> {
    let times = task.schedstat().ok()?;
    Some(ThreadUsage {
        tid: task.tid.try_into().ok()?,
        ran: Duration::from_nanos(times.sum_exec_runtime),
        run_delay: Duration::from_nanos(times.run_delay),
        is_runnable: task.stat().is_ok_and(|stat| stat.state == 'R'),
    })
}

fn process(pid: u32) -> Option<Process> {
    Process::new(pid.try_into().ok()?).ok()
}

fn tasks(pid: u32) -> impl Iterator<Item = Task> {
    let tasks = process(pid).and_then(|process| process.tasks().ok());
    tasks.into_iter().flatten().filter_map(Result::ok)
}

fn named(process: &Process) -> Option<NamedProcess> {
    let stat = process.stat().ok()?;
    Some(NamedProcess { pid: stat.pid.try_into().ok()?, name: stat.comm })
}
