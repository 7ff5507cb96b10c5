//! The three steps of a proof.

use std::collections::BTreeSet;
use std::process;
use std::time::Duration;

use super::call::{Sleep, is_plain_sleep, is_timed};
use super::object::{Medium, add_ends, sent_everything};
pub(super) use super::timeout::look as look_at_waiters;
use super::{ConnectionAddresses, Roots};
use crate::os::proc::{self, Activity, SystemCall, Thread};
pub(super) use crate::os::proc::{Thread as Sleeper, has_run_since};
use crate::os::sock_diag::SocketTable;
use crate::silence::BlockedIn;

/// How often processes may join until it is given up.
const ROUNDS_MAX: usize = 4;

/// `SIGALRM` in a mask of signals: what `alarm` and `setitimer` send, of which the kernel shows nothing else.
const ALARM: u64 = 1 << (libc::SIGALRM - 1);

pub(super) fn prove(
    roots: &Roots,
    connections: &[ConnectionAddresses],
    patience: Duration,
    table: &mut SocketTable,
) -> Option<BlockedIn> {
    // What they have started is found in two ways. The list of children is soon read, and may lack one. To search all
    // processes costs more than everything else together, and is put off until the rest is a proof.
    let own = with_descendants(&roots.pids);
    let mut pids = own.clone();
    for _ in 0..ROUNDS_MAX {
        let threads = sleeping_threads(&pids, &roots.threads)?;
        let mut sleeps: Vec<_> =
            threads.iter().map(|thread| sleep(thread, patience)).collect::<Option<_>>()?;
        let inodes =
            connections.iter().map(|one| sent_everything(*one, table)).collect::<Option<Vec<_>>>()?;
        let accepted = inodes.iter().filter(|inode| **inode != 0);
        let mut ends: Vec<_> = accepted.map(|inode| format!("socket:[{inode}]")).collect();
        let mut read = Vec::new();
        for (thread, sleep) in threads.iter().zip(&mut sleeps) {
            for number in &sleep.descriptors {
                let medium = add_ends(thread.pid, *number, table, &mut ends)?;
                if sleep.blocked_in == BlockedIn::Recv {
                    sleep.blocked_in = match medium {
                        Medium::Tcp { inode } if inodes.contains(&inode) => BlockedIn::Recv,
                        Medium::Tcp { .. } => BlockedIn::RecvElsewhere,
                        Medium::Unix { .. } | Medium::Other => BlockedIn::Read,
                    };
                    if sleep.blocked_in == BlockedIn::Read && own.contains(&thread.pid) {
                        read.push((thread.pid, medium));
                    }
                }
            }
        }
        // What this process has opened it gives to nobody for good.
        if !pids.is_empty() {
            let relatives = proc::relatives(&pids, &ends);
            if !relatives.is_subset(&pids) {
                pids.extend(relatives);
                continue;
            }
        }
        let is_still = proc::hold_all(&pids, &ends)
            && pids.iter().all(|pid| has_no_timer(*pid))
            && threads.iter().all(proc::is_dormant)
            && sleeping_threads(&pids, &roots.threads)? == threads;
        let found = is_still.then(|| blocked_in(roots, &threads, &sleeps)).flatten();
        let is_told = |(pid, medium): &(u32, Medium)| is_told(*pid, *medium, &own);
        return match found {
            Some(BlockedIn::Read) if !read.is_empty() && read.iter().all(is_told) => {
                // What it does by itself says more than that it would do what it is told.
                let mut own = threads.iter().zip(&sleeps).filter(|(thread, _)| own.contains(&thread.pid));
                let sleeps = own.any(|(_, sleep)| sleep.blocked_in == BlockedIn::Sleep);
                Some(if sleeps { BlockedIn::Sleep } else { BlockedIn::Command })
            }
            _ => found,
        };
    }
    None
}

/// Whether what a process reads there is sent by this one, or by the one among `own` that has started it for this one.
fn is_told(pid: u32, medium: Medium, own: &BTreeSet<u32>) -> bool {
    let Medium::Unix { peer } = medium else { return false };
    let mut parents = own.iter().filter(|parent| **parent != pid && proc::descends_from(pid, **parent));
    proc::holds(process::id(), peer) || parents.any(|parent| proc::holds(*parent, peer))
}

/// What says most of what these threads are blocked in. One that has started a program, and shares something with it, waits for
/// what it is told, which says nothing.
fn blocked_in(roots: &Roots, threads: &[Thread], sleeps: &[Sleep]) -> Option<BlockedIn> {
    let has_started = |pid: u32| {
        let others = roots.pids.iter().filter(|root| **root != pid);
        others.into_iter().any(|root| proc::descends_from(*root, pid))
    };
    let own = || threads.iter().zip(sleeps).filter(|(thread, _)| !has_started(thread.pid));
    // All threads of a process are stopped together. Each is still shown in the call that it waits in, and that says less.
    let is_stopped = own().any(|(thread, _)| thread.activity != Activity::Ended && proc::is_stopped(thread));
    if is_stopped { Some(BlockedIn::Stopped) } else { own().map(|(_, sleep)| sleep.blocked_in).min() }
}

/// Whether the kernel shows everything that a proof needs.
pub(super) fn is_shown() -> bool {
    let own = process::id();
    proc::threads_of(own).is_some() && proc::caught_signals(own).is_some() && proc::has_timers(own).is_some()
}

/// The threads of these processes, and of what they have started, that sleep for a time that they have chosen, and how often each had
/// been given a processor.
pub(super) fn timed_sleeps(roots: &[u32]) -> Vec<(u32, u64)> {
    sleeping_in(roots, is_timed).map(|thread| (thread.tid, thread.turns)).collect()
}

/// Those of them that wait for nothing else.
pub(super) fn plain_sleeps(roots: &[u32]) -> Vec<u32> {
    sleeping_in(roots, is_plain_sleep).map(|thread| thread.tid).collect()
}

/// The threads of these processes, and of what they have started, that sleep in such a call.
fn sleeping_in(roots: &[u32], is_such: fn(&SystemCall) -> bool) -> impl Iterator<Item = Thread> {
    let threads = with_descendants(roots).into_iter().filter_map(proc::threads_of).flatten();
    threads.filter(move |thread| matches!(&thread.activity, Activity::Sleeps(call) if is_such(call)))
}

fn with_descendants(roots: &[u32]) -> BTreeSet<u32> {
    let descendants = roots.iter().flat_map(|pid| proc::descendants_of(*pid));
    roots.iter().copied().chain(descendants).collect()
}

/// The threads of all these processes, and these threads of this one; nothing as soon as one runs. The newest process is looked
/// at first: what was started for this scenario is most likely to.
fn sleeping_threads(pids: &BTreeSet<u32>, own: &[u32]) -> Option<Vec<Thread>> {
    let mut threads: Vec<_> = own.iter().map(|tid| proc::own_thread(*tid)).collect::<Option<_>>()?;
    for pid in pids.iter().rev() {
        let of_process = proc::threads_of(*pid)?;
        let is_running = of_process.iter().any(|thread| thread.activity == Activity::Runs);
        (!is_running).then(|| threads.extend(of_process))?;
    }
    Some(threads)
}

/// What a thread sleeps on, if it does.
fn sleep(thread: &Thread, patience: Duration) -> Option<Sleep> {
    let without_descriptors = |blocked_in| Some(Sleep { blocked_in, descriptors: Vec::new() });
    match &thread.activity {
        Activity::Runs => None,
        // A lock of this process may be held by a thread that is none of them.
        Activity::Sleeps(call) => Sleep::of(thread.pid, call, patience)
            .filter(|sleep| thread.pid != process::id() || sleep.blocked_in != BlockedIn::Lock)
            // One that has stopped itself is shown in the call that did so.
            .or_else(|| proc::is_stopped(thread).then(|| without_descriptors(BlockedIn::Stopped)).flatten()),
        Activity::Stopped | Activity::Ended => without_descriptors(BlockedIn::Stopped),
    }
}

/// Whether no timer is seen that would interrupt a process.
fn has_no_timer(pid: u32) -> bool {
    proc::caught_signals(pid).is_some_and(|caught| caught & ALARM == 0)
        && proc::has_timers(pid) == Some(false)
}
