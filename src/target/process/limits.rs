//! How much of the machine a started program may use, and how a program shows that it needed more.

use std::fmt;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, getuid};

use crate::os::proc;

/// What each process that belongs to a submission may use at most.
///
/// A limit that the harness itself is under already stays where it is lower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory that a process can write to and shares with nobody, in bytes (`RLIMIT_DATA`): 8 GiB, or a 32nd of the machine's
    /// memory where that is more.
    ///
    /// It is room for the longest message that a header can declare, with as much again: a program may ask for that much at
    /// once and never touch it. A Java machine takes a 64th of the machine's memory for its heap when it starts. The address
    /// space is not limited: Java and Node reserve far more of that than they use.
    pub memory_max_bytes: u64,
    /// Descriptors: 1024.
    pub open_files_max: u64,
    /// Processes and threads besides those that the user has when the harness starts its first program: 4096.
    ///
    /// The kernel counts by user and over all containers, so this can only be generous: a stop for a fork bomb,
    /// and not a measure. It does not count for root. A program that has a user of its own may have that many itself.
    pub further_processes_max: u64,
    /// Time on a processor, in seconds: 120. Whatever escapes every other limit ends in the end.
    pub cpu_max_seconds: u64,
    /// The length of each file that is written, in bytes: 64 MiB.
    pub file_max_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_max_bytes: MEMORY_MAX.max(machine_memory() / MACHINE_MEMORY_SHARE),
            open_files_max: 1024,
            further_processes_max: 4096,
            cpu_max_seconds: 120,
            file_max_bytes: 64 << 20,
        }
    }
}

/// What a program needed more of than the harness allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachedLimit {
    resource: LimitedResource,
    max: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LimitedResource {
    Memory,
    FileLen,
    Processes,
    OpenFiles,
}

/// What programs print, or the runtimes of their languages, where they get no more of something.
const REACHED: &[(&str, LimitedResource)] = &[
    ("MemoryError", LimitedResource::Memory),
    ("Cannot allocate memory", LimitedResource::Memory),
    ("std::bad_alloc", LimitedResource::Memory),
    ("insufficient memory for the Java Runtime Environment", LimitedResource::Memory),
    ("File too large", LimitedResource::FileLen),
    ("can't start new thread", LimitedResource::Processes),
    ("unable to create native thread", LimitedResource::Processes),
    ("Too many open files", LimitedResource::OpenFiles),
];

impl ReachedLimit {
    /// Whether a right program can need that much: memory for what a header declares, a file for what it notes. No
    /// conversation needs so many connections or threads.
    #[must_use]
    pub const fn is_excuse(self) -> bool {
        matches!(self.resource, LimitedResource::Memory | LimitedResource::FileLen)
    }
}

impl fmt::Display for ReachedLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let max = self.max;
        let allowed = match self.resource {
            LimitedResource::Memory => format!("each process {} MiB of memory", max >> 20),
            LimitedResource::FileLen => format!("each file {} MiB", max >> 20),
            LimitedResource::Processes => format!("{max} more processes and threads"),
            LimitedResource::OpenFiles => format!("each process {max} open files"),
        };
        write!(f, "The harness allows {allowed}; this program needed more.")
    }
}

impl Limits {
    /// The limit that a program has met, as far as that shows in what it printed and in the signal that ended it.
    #[must_use]
    pub(in crate::target) fn reached(&self, printed: &str, signal: Option<i32>) -> Option<ReachedLimit> {
        // An OutOfMemoryError of Java is no MemoryError: the heap and what fits into an array have limits of their own.
        let is_said = |words: &str| {
            let mut places = printed.match_indices(words).map(|(place, _)| &printed[..place]);
            places.any(|before| !before.ends_with(char::is_alphanumeric))
        };
        let in_words = || REACHED.iter().find(|(words, _)| is_said(words)).map(|(_, resource)| *resource);
        let by_signal = (signal == Some(libc::SIGXFSZ)).then_some(LimitedResource::FileLen);
        let resource = by_signal.or_else(in_words)?;
        let max = match resource {
            LimitedResource::Memory => self.memory_max_bytes,
            LimitedResource::FileLen => self.file_max_bytes,
            LimitedResource::Processes => self.further_processes_max,
            LimitedResource::OpenFiles => self.open_files_max,
        };
        Some(ReachedLimit { resource, max })
    }

    /// What a program printed, with the limit that it has met.
    pub(in crate::target) fn named_in(&self, printed: String, signal: Option<i32>) -> String {
        match self.reached(&printed, signal) {
            Some(reached) => format!("{printed}\n{reached}").trim_start().to_owned(),
            None => printed,
        }
    }

    /// The limits as the kernel takes them. A user of the program's own has no other processes.
    pub(super) fn resolve(&self, has_own_user: bool) -> Vec<(Resource, Rlimit)> {
        let others = if has_own_user { 0 } else { tasks_of_this_user() };
        let processes = others.saturating_add(self.further_processes_max);
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

/// See [`Limits::memory_max_bytes`].
const MEMORY_MAX: u64 = 8 << 30;
const MACHINE_MEMORY_SHARE: u64 = 32;

fn machine_memory() -> u64 {
    static MEMORY: OnceLock<u64> = OnceLock::new();
    *MEMORY.get_or_init(|| proc::machine_memory().unwrap_or_default())
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
    fn a_limit_that_was_met_is_named_and_excuses_what_a_right_program_can_need() {
        let limits = Limits { memory_max_bytes: 8 << 30, ..Limits::default() };
        let said = |printed: &str, signal| {
            let reached = limits.reached(printed, signal);
            reached.map(|reached| (reached.to_string(), reached.is_excuse()))
        };
        let memory = "The harness allows each process 8192 MiB of memory; this program needed more.";
        assert_eq!(said("Traceback …\nMemoryError", None), Some((memory.into(), true)));
        let file = "The harness allows each file 64 MiB; this program needed more.";
        assert_eq!(said("", Some(libc::SIGXFSZ)), Some((file.into(), true)));
        let descriptors = "The harness allows each process 1024 open files; this program needed more.";
        assert_eq!(said("OSError: [Errno 24] Too many open files", None), Some((descriptors.into(), false)));
        assert_eq!(said("done", Some(libc::SIGSEGV)), None);
        assert_eq!(said("java.lang.OutOfMemoryError: Java heap space", None), None);
    }

    #[test]
    fn no_limit_is_above_the_harness_s_own() {
        let limits = Limits { open_files_max: u64::MAX, ..Limits::default() };
        let resolved = limits.resolve(false);
        let (_, files) = resolved.iter().find(|(resource, _)| *resource == Resource::Nofile).unwrap();
        assert_eq!(files.maximum.unwrap(), getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX));
    }
}
