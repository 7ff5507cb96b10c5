//! System calls that end only when something happens.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::os::proc::{SystemCall, memory_at};
use crate::silence::BlockedIn;

/// More descriptors than this are not looked at one by one.
const DESCRIPTORS_MAX: u64 = 256;

/// `struct timespec` of 64-bit systems: seconds and nanoseconds, 8 bytes each.
const TIMESPEC_LEN: usize = 16;

/// `FUTEX_CMD_MASK` (`linux/futex.h`): all but the two flags.
const FUTEX_COMMAND: u64 = 0x7f;
/// Futex operations that wait, and whose fourth argument is a timeout: `FUTEX_WAIT`, `FUTEX_LOCK_PI`, `FUTEX_WAIT_BITSET`
/// and `FUTEX_LOCK_PI2`.
const FUTEX_WAITS: [u64; 4] = [0, 6, 9, 13];

/// Whether a call is a sleep that only the time ends.
pub(super) const fn is_plain_sleep(call: &SystemCall) -> bool {
    matches!(call.number, libc::SYS_nanosleep | libc::SYS_clock_nanosleep)
}

/// Whether a call is a sleep for a time that the program has chosen.
///
/// Waits for a lock with a timeout are left out: the virtual machines of many languages have threads that do nothing else.
pub(super) fn is_timed(call: &SystemCall) -> bool {
    let [_, _, third, fourth, fifth, _] = call.arguments;
    match call.number {
        _ if is_plain_sleep(call) => true,
        libc::SYS_ppoll => third != 0,
        libc::SYS_pselect6 => fifth != 0,
        libc::SYS_epoll_pwait => (fourth as i32) > 0,
        libc::SYS_epoll_pwait2 => fourth != 0,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll => (third as i32) > 0,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_select => fifth != 0,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => (fourth as i32) > 0,
        _ => false,
    }
}

/// Whether a `clock_nanosleep` ends later than in `patience`, however long it has lasted.
///
/// Only one until a point in time tells when it ends, as the `time.sleep` of Python is; of others it is not known when they began.
fn sleeps_past(pid: u32, clock: u64, flags: u64, time: u64, patience: Duration) -> bool {
    let is_known = clock == libc::CLOCK_MONOTONIC as u64 && flags == libc::TIMER_ABSTIME as u64;
    let end = is_known.then(|| memory_at(pid, time, TIMESPEC_LEN)).flatten();
    let Some((seconds, _)) = end.as_ref().and_then(|end| end.split_first_chunk()) else { return false };
    let now = clock_gettime(ClockId::Monotonic);
    i64::from_ne_bytes(*seconds).saturating_sub(now.tv_sec)
        > patience.as_secs().try_into().unwrap_or(i64::MAX)
}

/// A sleep that has no end of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sleep {
    pub(super) blocked_in: BlockedIn,
    /// The descriptors of the process that can end it.
    pub(super) descriptors: Vec<u32>,
}

impl Sleep {
    const fn without_descriptors(blocked_in: BlockedIn) -> Self {
        Self { blocked_in, descriptors: Vec::new() }
    }

    fn on(blocked_in: BlockedIn, descriptor: u64) -> Option<Self> {
        Some(Self { blocked_in, descriptors: vec![descriptor.try_into().ok()?] })
    }

    /// What a call of a process sleeps on; nothing where the call may end by itself within `patience`, or is not known.
    pub(super) fn of(pid: u32, call: &SystemCall, patience: Duration) -> Option<Self> {
        let [first, second, third, fourth, fifth, _] = call.arguments;
        match call.number {
            libc::SYS_read | libc::SYS_readv | libc::SYS_recvfrom | libc::SYS_recvmsg => {
                Self::on(BlockedIn::Recv, first)
            }
            libc::SYS_recvmmsg if fifth == 0 => Self::on(BlockedIn::Recv, first),
            libc::SYS_accept | libc::SYS_accept4 => Self::on(BlockedIn::Accept, first),
            libc::SYS_ppoll if third == 0 => Self::on_polled(pid, first, second),
            libc::SYS_pselect6 if fifth == 0 => Self::on_selected(pid, first, [second, third, fourth]),
            // The timeout is an `int`, of which the register may have more bits.
            libc::SYS_epoll_pwait if (fourth as i32) < 0 => Self::on(BlockedIn::Poll, first),
            libc::SYS_epoll_pwait2 if fourth == 0 => Self::on(BlockedIn::Poll, first),
            libc::SYS_futex if FUTEX_WAITS.contains(&(second & FUTEX_COMMAND)) && fourth == 0 => {
                Some(Self::without_descriptors(BlockedIn::Lock))
            }
            libc::SYS_clock_nanosleep if sleeps_past(pid, first, second, third, patience) => {
                Some(Self::without_descriptors(BlockedIn::Sleep))
            }
            libc::SYS_wait4 | libc::SYS_waitid => Some(Self::without_descriptors(BlockedIn::Child)),
            libc::SYS_rt_sigsuspend => Some(Self::without_descriptors(BlockedIn::Signal)),
            libc::SYS_rt_sigtimedwait if third == 0 => Some(Self::without_descriptors(BlockedIn::Signal)),
            #[cfg(target_arch = "x86_64")]
            _ => Self::of_older(pid, call),
            #[cfg(not(target_arch = "x86_64"))]
            _ => None,
        }
    }

    /// The calls that newer architectures have left out.
    #[cfg(target_arch = "x86_64")]
    fn of_older(pid: u32, call: &SystemCall) -> Option<Self> {
        let [first, second, third, fourth, fifth, _] = call.arguments;
        match call.number {
            libc::SYS_poll if (third as i32) < 0 => Self::on_polled(pid, first, second),
            libc::SYS_select if fifth == 0 => Self::on_selected(pid, first, [second, third, fourth]),
            libc::SYS_epoll_wait if (fourth as i32) < 0 => Self::on(BlockedIn::Poll, first),
            libc::SYS_pause => Some(Self::without_descriptors(BlockedIn::Signal)),
            _ => None,
        }
    }

    /// `count` times `struct pollfd` at an address: a descriptor of 32 bits, and twice 16 bits of events. A negative
    /// descriptor is ignored.
    pub(super) fn on_polled(pid: u32, address: u64, count: u64) -> Option<Self> {
        const LEN: usize = 8;
        let polled = memory_at(
            pid,
            address,
            usize::try_from(Some(count).filter(|one| *one <= DESCRIPTORS_MAX)?).ok()? * LEN,
        )?;
        let descriptors = polled
            .chunks_exact(LEN)
            .filter_map(|one| i32::from_ne_bytes([one[0], one[1], one[2], one[3]]).try_into().ok())
            .collect();
        Some(Self { blocked_in: BlockedIn::Poll, descriptors })
    }

    /// Three sets of `count` bits each, of which any may be missing.
    pub(super) fn on_selected(pid: u32, count: u64, sets: [u64; 3]) -> Option<Self> {
        let count = u32::try_from(Some(count).filter(|one| *one <= DESCRIPTORS_MAX)?).ok()?;
        let mut descriptors = Vec::new();
        for set in sets.into_iter().filter(|address| *address != 0) {
            let bits = memory_at(pid, set, count.div_ceil(8) as usize)?;
            let is_in = |number: &u32| bits[(number / 8) as usize] & 1 << (number % 8) != 0;
            descriptors.extend((0..count).filter(is_in));
        }
        Some(Self { blocked_in: BlockedIn::Poll, descriptors })
    }
}
