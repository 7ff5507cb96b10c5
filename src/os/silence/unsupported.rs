//! A system that does not show what programs sleep in.

use std::time::Duration;

use super::{ConnectionAddresses, Roots, Waiters, Waiting};
use crate::os::sock_diag::SocketTable;
use crate::silence::BlockedIn;

pub(super) const fn is_shown() -> bool {
    false
}

pub(super) fn timed_sleeps(_roots: &[u32]) -> Vec<(u32, u64)> {
    Vec::new()
}

pub(super) fn plain_sleeps(_roots: &[u32]) -> Vec<u32> {
    Vec::new()
}

/// A thread that sleeps: none is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sleeper;

pub(super) const fn has_run_since(_thread: &Sleeper) -> bool {
    true
}

pub(super) const fn look_at_waiters(_waiters: &Waiters) -> Waiting {
    Waiting { are_asleep: false, longest: None }
}

pub(super) fn prove(
    _roots: &Roots,
    _connections: &[ConnectionAddresses],
    _patience: Duration,
    _table: &mut SocketTable,
) -> Option<BlockedIn> {
    None
}
