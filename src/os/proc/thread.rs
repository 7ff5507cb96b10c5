//! What the threads of a process sleep in.

use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::{fs, io, str};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::pread;

use super::linux::{file, other_thread};
use super::owner::as_owner_of;
use super::text;

/// The letters of proc(5) for a thread that sleeps until something happens or a signal comes, for one that does nothing because
/// it was stopped, and for one that has ended.
const ASLEEP: char = 'S';
const STOPPED: [char; 2] = ['T', 't'];
const ENDED: [char; 2] = ['Z', 'X'];

/// A thread at the moment of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) pid: u32,
    pub(crate) tid: u32,
    pub(crate) activity: Activity,
    /// How often it has been given a processor. As long as this stays the same, it has not run.
    pub(crate) turns: u64,
}

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It runs, or waits for a processor, or sleeps outside of a system call.
    Runs,
    /// It sleeps in a system call.
    Sleeps(SystemCall),
    /// A signal has stopped it, and only another one can let it go on.
    Stopped,
    /// It has ended.
    Ended,
}

/// A system call and its arguments, as the kernel shows them for a thread that sleeps in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SystemCall {
    pub(crate) number: i64,
    pub(crate) arguments: [u64; 6],
}

/// The threads of a process, or nothing where the kernel does not show what one of them does: it is another user's, it
/// has ended, or the kernel was built without that.
pub(crate) fn threads_of(pid: u32) -> Option<Vec<Thread>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks.map(|task| thread(pid, task.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// Whether a process has ended of which it can be seen what it does, whether or not somebody has waited for it since.
pub(crate) fn has_ended(pid: u32) -> bool {
    threads_of(pid).is_none_or(|threads| threads.iter().all(|thread| thread.activity == Activity::Ended))
}

/// A thread that slept in a system call, or was stopped, when it was looked at.
#[derive(Debug)]
pub(super) struct SleepingThread {
    /// Its `schedstat`. It stays that of this thread, also where another one is given its id.
    times: OwnedFd,
    turns: u64,
}

impl SleepingThread {
    /// All threads of a process, if there are no more than so many and none is awake.
    pub(super) fn all_of(pid: u32, threads_max: usize) -> Option<Vec<Self>> {
        let place = format!("/proc/{pid}/task");
        let tasks = fs::read_dir(&place).ok()?;
        let tids: Vec<u32> =
            tasks.map(|task| task.ok()?.file_name().to_str()?.parse().ok()).collect::<Option<_>>()?;
        if tids.len() > threads_max {
            return None;
        }
        let threads: Vec<_> = tids.into_iter().map(|tid| Self::new(pid, tid)).collect::<Option<_>>()?;
        // The list may lack some while others end. A folder has a link for each folder in it, and two of its own.
        let count = fs::metadata(&place).ok()?.nlink().checked_sub(2)?;
        (threads.len() as u64 == count).then_some(threads)
    }

    fn new(pid: u32, tid: u32) -> Option<Self> {
        let path = format!("/proc/{pid}/task/{tid}/schedstat");
        let times = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let seen = thread(pid, tid).filter(|thread| thread.activity != Activity::Runs)?;
        let thread = Self { times, turns: seen.turns };
        thread.sleeps_on().then_some(thread)
    }

    /// Whether it has not been given a processor since.
    pub(super) fn sleeps_on(&self) -> bool {
        // Three figures of at most 20 digits.
        let mut buffer = [0; 64];
        let Ok(len) = pread(&self.times, &mut buffer, 0) else { return false };
        str::from_utf8(&buffer[..len]).ok().and_then(text::turns) == Some(self.turns)
    }
}

/// Whether a signal has stopped a thread, whatever call it is shown in.
pub(crate) fn is_stopped(thread: &Thread) -> bool {
    letter_of(thread).is_some_and(|letter| STOPPED.contains(&letter))
}

/// Whether nothing has begun to wake a thread that is shown in a call, or stopped.
///
/// One that is being woken by another processor is still shown in its call until its own processor takes notice, and has not
/// been given it by then (`ttwu_queue_wakelist` in `kernel/sched/core.c`). The letter is another one from the start.
pub(crate) fn is_dormant(thread: &Thread) -> bool {
    match thread.activity {
        Activity::Runs => false,
        Activity::Sleeps(_) | Activity::Stopped => {
            letter_of(thread).is_some_and(|letter| letter == ASLEEP || STOPPED.contains(&letter))
        }
        Activity::Ended => true,
    }
}

fn letter_of(Thread { pid, tid, .. }: &Thread) -> Option<char> {
    text::state(&file(&format!("/proc/{pid}/task/{tid}/stat"))?)
}

/// Whether a thread has been given a processor since it was looked at, or has ended.
pub(crate) fn has_run_since(Thread { pid, tid, turns, .. }: &Thread) -> bool {
    let now = file(&format!("/proc/{pid}/task/{tid}/schedstat"))
        .and_then(|times| text::turns(str::from_utf8(&times).ok()?));
    now != Some(*turns)
}

/// A thread of this process; one that is gone has ended.
pub(crate) fn own_thread(tid: u32) -> Option<Thread> {
    let pid = std::process::id();
    if Path::new(&format!("/proc/{pid}/task/{tid}")).exists() {
        thread(pid, tid)
    } else {
        Some(Thread { pid, tid, activity: Activity::Ended, turns: 0 })
    }
}

fn thread(pid: u32, tid: u32) -> Option<Thread> {
    let task = format!("/proc/{pid}/task/{tid}");
    let read = |name: &str| String::from_utf8(file(&format!("{task}/{name}"))?).ok();
    let turns = text::turns(&read("schedstat")?)?;
    let activity = match text::activity(&as_owner_of(pid, || read("syscall"))?)? {
        Activity::Runs => match text::state(&file(&format!("{task}/stat"))?)? {
            letter if STOPPED.contains(&letter) => Activity::Stopped,
            letter if ENDED.contains(&letter) => Activity::Ended,
            _ => Activity::Runs,
        },
        asleep => asleep,
    };
    Some(Thread { pid, tid, activity, turns })
}

/// Reads `len` bytes at an address of a process.
pub(crate) fn memory_at(pid: u32, address: u64, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    shared(pid, |place| fs::File::open(format!("{place}/mem"))?.read_exact_at(&mut bytes, address))?;
    Some(bytes)
}

/// What a descriptor of a process leads to, in the words of proc(5): `socket:[4711]`, or a path.
pub(crate) fn descriptor(pid: u32, number: u32) -> Option<String> {
    let target = shared(pid, |place| fs::read_link(format!("{place}/fd/{number}")))?;
    target.into_os_string().into_string().ok()
}

/// What the kernel says of a descriptor beyond that.
pub(crate) fn descriptor_info(pid: u32, number: u32) -> Option<String> {
    shared(pid, |place| fs::read_to_string(format!("{place}/fdinfo/{number}")))
}

/// What the threads of a process share, as it is read at the first of them, or at another where that has ended.
fn shared<T>(pid: u32, mut read: impl FnMut(&str) -> io::Result<T>) -> Option<T> {
    let mut read = |place: &str| as_owner_of(pid, || read(place));
    read(&format!("/proc/{pid}")).or_else(|error| read(&other_thread(pid).ok_or(error)?)).ok()
}

/// The signals that a process has handlers for, the first in the lowest bit.
pub(crate) fn caught_signals(pid: u32) -> Option<u64> {
    text::caught_signals(&String::from_utf8(file(&format!("/proc/{pid}/status"))?).ok()?)
}

/// Whether a process has made a timer with `timer_create`; nothing where the kernel does not show them.
pub(crate) fn has_timers(pid: u32) -> Option<bool> {
    let timers = as_owner_of(pid, || file(&format!("/proc/{pid}/timers")))?;
    Some(!timers.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_is_seen_to() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let sleeper = std::thread::spawn(move || {
            sender.send(rustix::thread::gettid()).unwrap();
            std::thread::park();
        });
        let tid = u32::try_from(receiver.recv().unwrap().as_raw_pid()).unwrap();
        let is_asleep = || {
            // Alone: the threads of other tests may end while they are looked at.
            let seen = own_thread(tid).unwrap();
            let is_asleep = matches!(seen.activity, Activity::Sleeps(call) if call.number == libc::SYS_futex);
            Ok((is_asleep && seen.turns > 0).then_some(()))
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let seen = crate::os::wait::wait_until(deadline, is_asleep);
        sleeper.thread().unpark();
        sleeper.join().unwrap();
        assert_eq!(seen.unwrap(), Some(()));
    }
}
