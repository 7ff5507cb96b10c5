//! The processes of a system that does not show them.

use std::path::Path;

use super::{NamedProcess, ThreadUsage};

pub(super) fn all_pids() -> Vec<u32> {
    Vec::new()
}

pub(super) fn owners_of(_inode: u64) -> Vec<NamedProcess> {
    Vec::new()
}

pub(super) fn parent(_pid: u32) -> Option<u32> {
    None
}

pub(super) fn holds_socket(_pid: u32, _inode: u64) -> bool {
    false
}

pub(super) fn is_asleep(_pid: u32) -> bool {
    false
}

pub(super) fn memory(_pid: u32) -> Option<u64> {
    None
}

pub(super) fn resident(_pid: u32) -> Option<u64> {
    None
}

pub(super) fn descriptors(_pid: u32) -> Option<usize> {
    None
}

pub(super) fn machine_memory() -> Option<u64> {
    None
}

pub(super) fn children(_pid: u32) -> Vec<u32> {
    Vec::new()
}

pub(super) fn is_killed(_pid: u32) -> bool {
    false
}

pub(super) fn environment_mentions(_pid: u32, _path: &Path) -> bool {
    false
}

pub(super) fn file_lock_limit(_pid: u32) -> Option<u64> {
    None
}

pub(super) fn tasks_of_user(_uid: u32) -> u64 {
    0
}

pub(super) fn threads(_pid: u32) -> Vec<ThreadUsage> {
    Vec::new()
}
