//! The processes of a Linux system, in the terms of its `/proc`.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, str};

use procfs::process::{Process, Task};
use procfs::{Current, Meminfo};
use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read};

use super::owner::as_owner_of;
use super::{NamedProcess, ThreadUsage};

/// Room for a file of one process or thread, in bytes. Hardly any is longer.
const FILE_LEN: usize = 1 << 10;

/// Reads a whole file. `std::fs::read` first asks how long it is, which no file of `/proc` knows.
pub(super) fn file(path: &str) -> Option<Vec<u8>> {
    let file = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut bytes = Vec::with_capacity(FILE_LEN);
    loop {
        match read(&file, spare_capacity(&mut bytes)) {
            Ok(0) => return Some(bytes),
            Ok(_) => bytes.reserve(FILE_LEN),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

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
    parent_in(&file(&format!("/proc/{pid}/stat"))?)
}

/// The fourth field of `/proc/PID/stat`. The second is the name of the program, in parentheses, which may be any bytes.
fn parent_in(stat: &[u8]) -> Option<u32> {
    let after_name = stat.rsplit(|byte| *byte == b')').next()?;
    str::from_utf8(after_name).ok()?.split_whitespace().nth(1)?.parse().ok()
}

pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    holds_any(pid, &[format!("socket:[{inode}]")])
}

/// Whether a process holds one of these, in the words of proc(5). Reads no more of a descriptor than what it leads to: in a
/// search, this is done for each of every process.
pub(super) fn holds_any(pid: u32, targets: &[String]) -> bool {
    let shows = |place: &str| as_owner_of(pid, || shows_any(place, targets));
    let (holds, is_shown) = shows(&format!("/proc/{pid}"));
    holds || !is_shown && other_thread(pid).is_some_and(|thread| shows(&thread).0)
}

/// Whether one of the targets is among the descriptors that are shown here, and whether any descriptor is.
fn shows_any(place: &str, targets: &[String]) -> (bool, bool) {
    let mut is_shown = false;
    for descriptor in fs::read_dir(format!("{place}/fd")).into_iter().flatten().filter_map(Result::ok) {
        match fs::read_link(descriptor.path()) {
            Ok(target) if targets.iter().any(|one| target.as_os_str() == one.as_str()) => {
                return (true, true);
            }
            // If one of a process's descriptors may not be read, none of them may.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return (false, false),
            Ok(_) | Err(_) => is_shown = true,
        }
    }
    (false, is_shown)
}

/// A living thread of a process whose first thread has ended while others go on, by its place under `/proc`: only there is
/// shown what they all share. Nothing where the first one lives.
pub(super) fn other_thread(pid: u32) -> Option<String> {
    let process = process(pid)?;
    if !has_ended(process.stat().ok()?.state) {
        return None;
    }
    let living = |task: &Task| task.stat().is_ok_and(|stat| !has_ended(stat.state));
    let thread = process.tasks().ok()?.filter_map(Result::ok).find(living)?;
    Some(format!("/proc/{pid}/task/{}", thread.tid))
}

/// The letters of proc(5) for a thread that has ended.
const fn has_ended(state: char) -> bool {
    matches!(state, 'Z' | 'X')
}

/// Whether all threads of a process that have not ended wait for something: `S` in proc(5).
pub(super) fn is_asleep(pid: u32) -> bool {
    let tasks = process(pid).and_then(|process| process.tasks().ok());
    tasks.is_some_and(|mut tasks| {
        let waits = |state| state == 'S' || has_ended(state);
        tasks.all(|task| task.and_then(|task| task.stat()).is_ok_and(|stat| waits(stat.state)))
    })
}

pub(super) fn memory(pid: u32) -> Option<u64> {
    process(pid)?.stat().ok().map(|stat| stat.vsize)
}

pub(super) fn resident(pid: u32) -> Option<u64> {
    Some(process(pid)?.statm().ok()?.resident * procfs::page_size())
}

pub(super) fn descriptors(pid: u32) -> Option<usize> {
    process(pid)?.fd_count().ok()
}

pub(super) fn machine_memory() -> Option<u64> {
    Some(Meminfo::current().ok()?.mem_total)
}

/// The children of all of a process's threads.
pub(super) fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let mut children = Vec::new();
    for thread in threads {
        let listed = thread.path().to_str().and_then(|path| file(&format!("{path}/children")));
        let listed = listed.and_then(|list| String::from_utf8(list).ok()).unwrap_or_default();
        children.extend(listed.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    children
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
    let environment = as_owner_of(pid, || fs::read(format!("/proc/{pid}/environ"))).unwrap_or_default();
    environment.windows(path.len()).any(|window| window == path)
}

pub(super) fn file_lock_limit(pid: u32) -> Option<u64> {
    let limits = String::from_utf8(file(&format!("/proc/{pid}/limits"))?).ok()?;
    let [_soft, hard, _unit] = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max file locks"))?
        .split_whitespace()
        .collect::<Vec<_>>()[..]
    else {
        return None;
    };
    // Or "unlimited".
    hard.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_follows_the_last_parenthesis() {
        assert_eq!(parent_in(b"12 (a) S 9 (\xff)) S 1 12 12"), Some(1));
        assert_eq!(parent_in(b""), None);
    }
}
