//! A mark that every process of a program bears, wherever it goes.
//!
//! Nothing that a process can be recognised by lasts: it may leave its session, wipe its environment and outlive
//! its parent, and the harness then has a child of which the kernel does not tell where it came from. What does
//! last is a hard limit. It is inherited by every process that is forked, it stays when a program is run, and only
//! root can raise it. The limit used here is that on file locks (`RLIMIT_LOCKS`), which Linux still keeps for each
//! process and has not enforced since 2.4.25, so that it limits nothing and nothing else is likely to set it.
//!
//! A program that lowers the limit still bears a mark, only not its own. A privileged one that removes the limit,
//! leaves its session and wipes its environment cannot be told from a process that has nothing to do with the
//! harness, and escapes; none escapes [namespaces](super::Layer) of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, Resource, Rlimit, getrlimit};

use super::process_tree::id;
use crate::os::proc;

/// The limit that carries the marks.
#[cfg(target_os = "linux")]
const CARRIER: Option<Resource> = Some(Resource::Locks);
/// Nothing that is otherwise unused is inherited.
#[cfg(not(target_os = "linux"))]
const CARRIER: Option<Resource> = None;

/// All marks are below this, where the harness is under no such limit itself.
const UNLIMITED: u64 = 1 << 62;

/// How many marks this process has given.
static GIVEN: AtomicU64 = AtomicU64::new(0);

/// What one program and all that it starts bear, and no process that it has not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    /// A mark that no other program of this process bears; `None` if the system has nothing to carry it, or the harness's own
    /// limit leaves no room below it.
    pub(super) fn new() -> Option<Self> {
        let own = getrlimit(CARRIER?).maximum.unwrap_or(UNLIMITED);
        own.checked_sub(GIVEN.fetch_add(1, Ordering::Relaxed) + 1).map(Self)
    }

    /// The limit that marks a process.
    pub(super) fn limit(self) -> Option<(Resource, Rlimit)> {
        CARRIER.map(|carrier| (carrier, Rlimit { current: Some(self.0), maximum: Some(self.0) }))
    }

    /// The mark of a process: a limit below the harness's own, which a process of any other origin has inherited.
    pub(super) fn of(pid: Pid) -> Option<Self> {
        let limit = proc::file_lock_limit(id(pid))?;
        let own = getrlimit(CARRIER?).maximum;
        own.is_none_or(|own| limit < own).then_some(Self(limit))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use rustix::process::getpid;

    use super::*;
    use crate::target::process::{Confinement, Process};

    fn mark_of(process: &Process) -> Option<Mark> {
        Mark::of(Pid::from_raw(process.pid().try_into().unwrap()).unwrap())
    }

    #[test]
    fn every_program_has_a_mark_of_its_own_and_the_harness_none() {
        let start = || {
            let mut command = Command::new("sleep");
            command.arg("1000");
            Process::start(command, &Confinement::default()).unwrap()
        };
        let programs = [start(), start()];
        let [one, other] = programs.each_ref().map(mark_of);
        assert!(one.is_some() && other.is_some() && one != other, "{one:?}, {other:?}");
        assert_eq!(Mark::of(getpid()), None);
    }
}
