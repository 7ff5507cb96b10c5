//! A system that does not show what programs sleep in.

use std::time::Duration;

use super::{ConnectionAddresses, Roots, Waiters};
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

pub(super) const fn longest_timeout(_waiters: &Waiters) -> Option<Duration> {
    None
}

pub(super) fn prove(
    _roots: &Roots,
    _connections: &[ConnectionAddresses],
    _patience: Duration,
    _table: &mut SocketTable,
) -> Option<BlockedIn> {
    None
}
