//! The processes of a Linux system, in the terms of its `/proc`.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, mem};

use procfs::process::{Process, Task};
use procfs::{Current, Meminfo};
use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read};

use super::owner::as_owner_of;
use super::search::Search;
use super::text;
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
    let target = [socket_name(inode)];
    let mut search = Search::begin();
    let pids = mem::take(&mut search.pids);
    let holders: Vec<_> = pids.into_iter().filter(|pid| search.look(*pid, &target).holds).collect();
    drop(search);
    holders.into_iter().filter_map(|pid| named(&process(pid)?)).collect()
}

pub(super) fn parent(pid: u32) -> Option<u32> {
    text::parent(&file(&format!("/proc/{pid}/stat"))?)
}

/// Whether this is a thread of the kernel, which runs no program and holds nothing.
pub(super) fn is_kernel_thread(pid: u32) -> bool {
    // `PF_KTHREAD` (`linux/sched.h`).
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let flags = file(&format!("/proc/{pid}/stat")).and_then(|stat| text::flags(&stat));
    flags.is_some_and(|flags| flags & KERNEL_THREAD != 0)
}

/// A socket in the words of proc(5).
fn socket_name(inode: u64) -> String {
    format!("socket:[{inode}]")
}

pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    holds_any(pid, &[socket_name(inode)])
}

/// Whether a process holds one of these, in the words of proc(5).
pub(super) fn holds_any(pid: u32, targets: &[String]) -> bool {
    let mut holds = false;
    look_at_descriptors(pid, |target| {
        holds = targets.iter().any(|one| target == one.as_str());
        holds
    });
    holds
}

/// The sockets and pipes that a process has open, in the words of proc(5).
pub(super) fn open_ends(pid: u32) -> HashSet<String> {
    let mut ends = HashSet::new();
    look_at_descriptors(pid, |target| {
        let end =
            target.to_str().filter(|target| ["socket:", "pipe:"].iter().any(|kind| target.starts_with(kind)));
        ends.extend(end.map(str::to_owned));
        false
    });
    ends
}

/// Looks at what each descriptor of a process leads to, until `is_found`. Reads no more of a descriptor: in a search, this is done
/// for each of every process.
fn look_at_descriptors(pid: u32, mut is_found: impl FnMut(&OsStr) -> bool) {
    let mut look = |place: &str| as_owner_of(pid, || shows_any(place, &mut is_found));
    if !look(&format!("/proc/{pid}"))
        && let Some(thread) = other_thread(pid)
    {
        look(&thread);
    }
}

/// Looks at the descriptors that are shown here, until `is_found`, and tells whether there are any.
fn shows_any(place: &str, is_found: &mut impl FnMut(&OsStr) -> bool) -> bool {
    let mut is_shown = false;
    for descriptor in fs::read_dir(format!("{place}/fd")).into_iter().flatten().filter_map(Result::ok) {
        match fs::read_link(descriptor.path()) {
            Ok(target) if is_found(target.as_os_str()) => return true,
            // If one of a process's descriptors may not be read, none of them may.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return false,
            Ok(_) | Err(_) => is_shown = true,
        }
    }
    is_shown
}

/// A living thread of a process whose first thread has ended while others go on, by its place under `/proc`: only there is
/// shown what they all share. Nothing where the first one lives.
pub(super) fn other_thread(pid: u32) -> Option<String> {
    let stat = file(&format!("/proc/{pid}/stat"))?;
    if !has_ended(text::state(&stat)?) {
        return None;
    }
    let process = process(pid)?;
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
    text::pending_signals(&status) & KILL != 0
}

/// The environment is searched as it is: it need not be text, nor a list of variables.
pub(super) fn environment_mentions(pid: u32, path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    let environment = as_owner_of(pid, || fs::read(format!("/proc/{pid}/environ"))).unwrap_or_default();
    environment.windows(path.len()).any(|window| window == path)
}

pub(super) fn is_first_of_namespace(pid: u32) -> bool {
    text::is_first_of_namespace(&fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default())
}

pub(super) fn file_lock_limit(pid: u32) -> Option<u64> {
    text::file_lock_limit(&String::from_utf8(file(&format!("/proc/{pid}/limits"))?).ok()?)
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
