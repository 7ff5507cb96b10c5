//! With which timeout a program waits on a connection.

use std::time::Duration;

use rustix::net::sockopt::{Timeout, socket_timeout};

use super::call::Sleep;
use super::object::{polled, socket};
use super::{Waiters, Waiting};
use crate::os::proc::{self, Activity, SystemCall, descriptor, descriptor_info, has_run_since, memory_at};

/// `struct timespec` and `struct timeval` of 64-bit systems: seconds, and a fraction, 8 bytes each.
const TIME_LEN: usize = 16;

/// How the waiters wait just now.
pub(super) fn look(waiters: &Waiters) -> Waiting {
    let Waiters { pids, threads, socket } = waiters;
    let others = pids.iter().filter_map(|pid| proc::threads_of(*pid)).flatten();
    let own = threads.iter().filter_map(|tid| proc::own_thread(*tid));
    let mut waiting = Waiting { are_asleep: true, longest: None };
    for thread in others.chain(own) {
        match thread.activity {
            Activity::Sleeps(call) => match timeout(thread.pid, &call, socket) {
                Some(timeout) => {
                    let longest = waiting.longest.take().filter(|(longest, _)| *longest >= timeout);
                    waiting.longest = longest.or(Some((timeout, thread)));
                }
                // What it sleeps in was looked at later: by then it may have gone on.
                None => waiting.are_asleep &= !has_run_since(&thread),
            },
            Activity::Runs => waiting.are_asleep = false,
            Activity::Stopped | Activity::Ended => {}
        }
    }
    waiting
}

/// The timeout of a call that waits for `wanted`, in the words of proc(5), among other things.
fn timeout(pid: u32, call: &SystemCall, wanted: &str) -> Option<Duration> {
    let [first, second, third, fourth, fifth, _] = call.arguments;
    let (timeout, descriptors) = match call.number {
        libc::SYS_read
        | libc::SYS_readv
        | libc::SYS_recvfrom
        | libc::SYS_recvmsg
        | libc::SYS_accept
        | libc::SYS_accept4 => {
            let number = u32::try_from(first).ok()?;
            let is_wanted = descriptor(pid, number).is_some_and(|target| target == wanted);
            // The option SO_RCVTIMEO.
            return is_wanted.then(|| socket_timeout(socket(pid, number)?, Timeout::Recv).ok()?).flatten();
        }
        libc::SYS_ppoll => (seconds_and::<1>(pid, third)?, Sleep::on_polled(pid, first, second)?.descriptors),
        libc::SYS_pselect6 => (
            seconds_and::<1>(pid, fifth)?,
            Sleep::on_selected(pid, first, [second, third, fourth])?.descriptors,
        ),
        libc::SYS_epoll_pwait => (milliseconds(fourth)?, interests(pid, first)?),
        libc::SYS_epoll_pwait2 => (seconds_and::<1>(pid, fourth)?, interests(pid, first)?),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll => (milliseconds(third)?, Sleep::on_polled(pid, first, second)?.descriptors),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_select => {
            let selected = Sleep::on_selected(pid, first, [second, third, fourth])?;
            (seconds_and::<1000>(pid, fifth)?, selected.descriptors)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => (milliseconds(fourth)?, interests(pid, first)?),
        _ => return None,
    };
    let is_wanted = |number: &u32| descriptor(pid, *number).is_some_and(|target| target == wanted);
    descriptors.iter().any(is_wanted).then_some(timeout)
}

/// An `int`, of which the register may have more bits; a negative one is no timeout.
fn milliseconds(argument: u64) -> Option<Duration> {
    u64::try_from(argument as i32).ok().map(Duration::from_millis)
}

/// Seconds, and a fraction in units of so many nanoseconds, at an address that is 0 where there is no timeout.
fn seconds_and<const NANOSECONDS: u64>(pid: u32, address: u64) -> Option<Duration> {
    let bytes = memory_at(pid, Some(address).filter(|address| *address != 0)?, TIME_LEN)?;
    let (seconds, fraction) = bytes.split_first_chunk()?;
    let fraction = u64::from_ne_bytes(*fraction.first_chunk()?).checked_mul(NANOSECONDS)?;
    Duration::from_secs(u64::from_ne_bytes(*seconds)).checked_add(Duration::from_nanos(fraction))
}

/// The descriptors that an `epoll` instance waits for.
fn interests(pid: u32, number: u64) -> Option<Vec<u32>> {
    polled(&descriptor_info(pid, number.try_into().ok()?)?)
}
