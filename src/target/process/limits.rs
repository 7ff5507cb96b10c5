//! How much of the machine a started program may use.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, getuid};

use crate::os::proc;

/// What each process that belongs to a submission may use at most.
///
/// A limit that the harness itself is under already stays where it is lower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory that a process can write to and shares with nobody, in bytes (`RLIMIT_DATA`): 4 GiB.
    ///
    /// Not its address space: a Java machine maps 9 GB at its start and Node reserves room for a heap, almost
    /// all of it never touched. Java does take a 64th of the machine's memory at once, which is less than this
    /// up to 256 GB.
    pub memory_max_bytes: u64,
    /// Descriptors: 1024.
    pub open_files_max: u64,
    /// Processes and threads besides those that the user has when the harness starts its first program: 4096.
    ///
    /// The kernel counts by user and over all containers, so this can only be generous: a stop for a fork bomb,
    /// and not a measure. It does not count for root.
    pub further_processes_max: u64,
    /// Time on a processor, in seconds: 120. Whatever escapes every other limit ends in the end.
    pub cpu_max_seconds: u64,
    /// The length of each file that is written, in bytes: 64 MiB.
    pub file_max_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_max_bytes: 4 << 30,
            open_files_max: 1024,
            further_processes_max: 4096,
            cpu_max_seconds: 120,
            file_max_bytes: 64 << 20,
        }
    }
}

impl Limits {
    /// The limits as the kernel takes them.
    pub(super) fn resolve(&self) -> Vec<(Resource, Rlimit)> {
        let processes = tasks_of_this_user().saturating_add(self.further_processes_max);
        let wanted = [
            (Resource::Data, self.memory_max_bytes),
            (Resource::Nofile, self.open_files_max),
            (Resource::Nproc, processes),
            (Resource::Cpu, self.cpu_max_seconds),
            (Resource::Fsize, self.file_max_bytes),
            (Resource::Core, 0),
        ];
        wanted.into_iter().map(|(resource, max)| (resource, lowered(resource, max))).collect()
    }
}

/// How many processes and threads this user had when this was asked first.
fn tasks_of_this_user() -> u64 {
    static TASKS: OnceLock<u64> = OnceLock::new();
    *TASKS.get_or_init(|| proc::tasks_of_user(getuid().as_raw()))
}

/// The limit for the program and what it may raise it to, both no higher than they are for the harness.
fn lowered(resource: Resource, max: u64) -> Rlimit {
    let max = getrlimit(resource).maximum.map_or(max, |own| own.min(max));
    Rlimit { current: Some(max), maximum: Some(max) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_above_the_harness_s_own() {
        let limits = Limits { open_files_max: u64::MAX, ..Limits::default() };
        let resolved = limits.resolve();
        let (_, files) = resolved.iter().find(|(resource, _)| *resource == Resource::Nofile).unwrap();
        assert_eq!(files.maximum.unwrap(), getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX));
    }
}
