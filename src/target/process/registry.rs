//! Everything that was started and has not been ended, and what belongs to it.
//!
//! A program leads a session, and what it starts is in that session, unless it leaves; what has left descends
//! from the program while its parents live. A process whose parent has ended becomes a child of the harness, which
//! is a subreaper. So everything that belongs to an ended program is sooner or later a child of the harness.
//!
//! Not every child of the harness is one of those. The library may be embedded in a program that starts others
//! itself, and their orphans come here too. Hence only a child that is known to come from a program is ended: by
//! its session, by its [mark](super::mark), or by its environment, which mentions the program's private directory.
//!
//! The registry is locked for one look at a time and not while anything is waited for, so that the end of one
//! program, which may take seconds, keeps no other from being started or ended. Each look decides and kills under
//! the lock: in between, no other thread can wait for a process that is about to be killed, and have its process
//! id given to another.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, kill_process_group, waitid,
    waitpid,
};

use super::containment::OwnUser;
use super::directory;
use super::mark::Mark;
use super::process_tree::{self, ChildProcess};
use crate::os::proc;
use crate::os::wait::wait_until;

/// How long processes may take to be gone after they were killed. A kernel that is busy with a disk takes longest.
const GONE_DEADLINE: Duration = Duration::from_secs(5);

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { programs: Vec::new(), is_closed: false });

#[derive(Debug)]
struct Registry {
    programs: Vec<Program>,
    /// Whether nothing is to be started any more.
    is_closed: bool,
}

/// What a program's processes are recognised by.
#[derive(Debug, Clone)]
struct Program {
    /// Leads its session and its process group, whose ids are its own.
    leader: Pid,
    mark: Option<Mark>,
    /// The private one.
    directory: Option<PathBuf>,
}

impl Program {
    /// Whether a child of the harness belongs to this program.
    fn owns(&self, child: &ChildProcess) -> bool {
        let is_mentioned =
            |directory: &PathBuf| proc::environment_mentions(process_tree::id(child.pid), directory);
        child.pid == self.leader
            || child.session == self.leader.as_raw_pid()
            || self.mark.is_some() && self.mark == Mark::of(child.pid)
            || self.directory.as_ref().is_some_and(is_mentioned)
    }
}

impl Registry {
    fn program(&self, leader: Pid) -> Option<&Program> {
        self.programs.iter().find(|program| program.leader == leader)
    }

    fn has_owner_of(&self, child: &ChildProcess) -> bool {
        self.programs.iter().any(|program| program.owns(child))
    }

    /// Whether a child was started by some program, but by none that is still here: it was out of reach when its
    /// program was ended, or has changed its mark.
    fn is_stray(&self, child: &ChildProcess) -> bool {
        Mark::of(child.pid).is_some() && !self.has_owner_of(child)
    }

    /// Kills those of the children of this process that `belong`, waits for those that have ended, and tells
    /// whether there was none. Those of a child that has been ended become children of this process, so only the
    /// look that finds none is the last.
    fn end_children(&self, belong: impl Fn(&ChildProcess) -> bool) -> bool {
        let mut found = 0;
        for one in process_tree::children().filter(belong) {
            found += 1;
            let _ = match Pid::from_raw(one.group.max(0)) {
                _ if one.has_ended => waitpid(Some(one.pid), WaitOptions::NOHANG).map(drop),
                // Nothing can be forked into a group while it is killed.
                Some(group) => kill_process_group(group, Signal::KILL),
                None => kill_process(one.pid, Signal::KILL),
            };
        }
        found == 0
    }
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program that has a session of its own and bears this mark, and remembers it. `directory` is its
/// private one.
pub(super) fn start(command: Command, mark: Option<Mark>, directory: Option<PathBuf>) -> io::Result<Child> {
    // Held until the program is known: a process that bears a mark and belongs to no program would be ended.
    let mut registry = registry();
    if registry.is_closed {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "the harness has been told to stop"));
    }
    let child = spawn(command)?;
    registry.programs.push(Program { leader: Pid::from_child(&child), mark, directory });
    Ok(child)
}

/// Starts a program on a thread that lives as long as this process: the kernel kills a program when the *thread*
/// that has started it ends.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static STARTER: LazyLock<Sender<Order>> = LazyLock::new(|| {
        let (orders, incoming) = channel::<Order>();
        // Where there can be no thread, its receiver is gone, and that is told with the first order.
        let _ = thread::Builder::new().name("starter".into()).spawn(move || {
            adopt_orphans();
            for (mut command, started) in incoming {
                let _ = started.send(command.spawn());
            }
        });
        orders
    });
    let (started, outcome) = channel();
    let _ = STARTER.send((command, started));
    outcome.recv().map_err(|_| io::Error::other("no thread could be started"))?
}

/// What a program leaves behind becomes a child of this process, where it can be found.
fn adopt_orphans() {
    // Linux before 3.4 has no such thing.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(getpid()));
}

/// Ends a program and all that belongs to it, and what other programs have left out of reach. `user` is the program's own.
pub(super) fn end(child: &mut Child, user: Option<OwnUser>) {
    let leader = Pid::from_child(child);
    let Some(program) = registry().program(leader).cloned() else { return };
    let _ = kill_process_group(leader, Signal::KILL);
    if let Some(user) = user {
        user.kill_all();
    }
    // Not forever: a process that has been given another user's rights cannot be killed.
    if !is_true_in_time(|| has_ended(leader)) {
        tracing::warn!("process {leader} could not be ended");
    }
    let is_clear = is_true_in_time(|| {
        let registry = registry();
        registry.end_children(|one| one.pid != leader && (program.owns(one) || registry.is_stray(one)))
    });
    if !is_clear {
        warn_of_rest();
    }
    let mut registry = registry();
    // Not waited for before: until then no other process or session can have its id.
    let _ = child.try_wait();
    registry.programs.retain(|program| program.leader != leader);
}

/// Ends everything that was started, removes its private directories, and keeps anything more from being started: for
/// a harness that is told to stop.
///
/// Other threads that are ending a program wait until this is done. Otherwise one of them could report the sudden end of its
/// program, or the process could exit, while something is still running.
pub fn end_all_started() {
    let mut registry = registry();
    registry.is_closed = true;
    for program in &registry.programs {
        let _ = kill_process_group(program.leader, Signal::KILL);
    }
    let is_clear = is_true_in_time(|| {
        registry.end_children(|one| {
            // A leader that has ended is waited for by the thread that has started it.
            let is_done = one.has_ended && registry.program(one.pid).is_some();
            !is_done && (registry.has_owner_of(one) || registry.is_stray(one))
        })
    });
    if !is_clear {
        warn_of_rest();
    }
    for directory in registry.programs.iter().filter_map(|program| program.directory.as_ref()) {
        directory::remove(directory);
    }
}

fn is_true_in_time(mut look: impl FnMut() -> bool) -> bool {
    let outcome = wait_until(Instant::now() + GONE_DEADLINE, || Ok(look().then_some(())));
    matches!(outcome, Ok(Some(())))
}

/// Whether a child has ended. It is not waited for by that.
fn has_ended(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(child), options).map_or(true, |status| status.is_some())
}

fn warn_of_rest() {
    tracing::warn!("not everything that was started could be ended");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::target::process::{Confinement, Process};

    #[test]
    fn a_panic_with_the_registry_locked_keeps_nobody_from_ending_programs() {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let process = Process::start(command, &Confinement::default()).unwrap();
        let leader = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
        let panicked = thread::spawn(|| {
            let _registry = registry();
            panic!("with the registry locked");
        });
        panicked.join().unwrap_err();
        drop(process);
        assert_eq!(process_tree::session_of(leader), -1, "the program is gone");
    }
}
