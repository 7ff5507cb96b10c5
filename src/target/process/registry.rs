//! What is running: everything that was started and has not been ended, and what belongs to it.
//!
//! A program leads a session, and what it starts is in that session, unless it leaves; what has left descends
//! from it while its parents live. A process whose parent has ended becomes a child of the harness, which is a
//! subreaper. So whoever belongs to a program that has been ended is sooner or later a child of the harness, and
//! to which program it belongs is told by its session, or by its environment, where the program's private
//! directory is. What has left its session and wiped its environment cannot be told: it is ended with the first
//! program that is ended, for nothing that only serves its clients hides so.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, waitpid};

use super::directory;
use super::process_tree::{self, ChildProcess};
use crate::os::proc;
use crate::os::wait::wait_until;

/// How long processes may take to be gone after they were killed. A kernel that is busy with a disk takes longest.
const GONE_DEADLINE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<Running> = Mutex::new(Running { programs: Vec::new(), is_closed: false });

#[derive(Debug)]
struct Running {
    programs: Vec<Program>,
    /// Whether nothing is to be started any more.
    is_closed: bool,
}

#[derive(Debug)]
struct Program {
    /// Leads its session and its process group, whose numbers are its own.
    leader: Pid,
    directory: Option<PathBuf>,
}

impl Program {
    /// Whether a child of the harness belongs to this program.
    fn owns(&self, child: &ChildProcess) -> bool {
        child.pid == self.leader
            || child.session == self.leader.as_raw_pid()
            || self
                .directory
                .as_ref()
                .is_some_and(|directory| proc::environment_mentions(process_tree::id(child.pid), directory))
    }
}

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program that has a session of its own, and remembers it. `directory` is its private one.
pub(super) fn start(command: Command, directory: Option<PathBuf>) -> io::Result<Child> {
    // Held until the program is known: what is a child of the harness and nobody's would be ended.
    let mut running = running();
    if running.is_closed {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "the harness has been told to stop"));
    }
    let child = spawn(command)?;
    running.programs.push(Program { leader: Pid::from_child(&child), directory });
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

/// Ends a program and all that belongs to it, or to nobody that is still running.
pub(super) fn end(child: &mut Child) {
    let mut running = running();
    let leader = Pid::from_child(child);
    let Some(index) = running.programs.iter().position(|program| program.leader == leader) else { return };
    // The leader has not been waited for yet, so that its number is nobody else's.
    let _ = kill_process_group(leader, Signal::KILL);
    // Not for ever: one that has been given another user's rights cannot be killed.
    if !matches!(wait_until(Instant::now() + GONE_DEADLINE, || child.try_wait()), Ok(Some(_))) {
        tracing::warn!("process {leader} could not be ended");
    }
    running.programs.swap_remove(index);
    let own_session = process_tree::session_of(getpid());
    sweep(|one| one.session != own_session && !running.programs.iter().any(|program| program.owns(one)));
}

/// Ends everything that was started, removes its private directories, and lets nothing be started any more: for
/// a harness that is told to stop.
pub fn end_all_started() {
    let mut running = running();
    running.is_closed = true;
    for program in &running.programs {
        let _ = kill_process_group(program.leader, Signal::KILL);
    }
    let own_session = process_tree::session_of(getpid());
    let is_leader = |pid| running.programs.iter().any(|program| program.leader == pid);
    // A leader that has ended is waited for by whoever has started it.
    sweep(|one| one.session != own_session && !(one.has_ended && is_leader(one.pid)));
    for directory in running.programs.iter().filter_map(|program| program.directory.as_ref()) {
        directory::remove(directory);
    }
}

/// Ends the children of this process that `belong`, until there is none: those of a child that has been ended
/// become children of this process.
fn sweep(belong: impl Fn(&ChildProcess) -> bool) {
    let is_done = wait_until(Instant::now() + GONE_DEADLINE, || {
        let mut found = 0;
        for one in process_tree::children().filter(&belong) {
            found += 1;
            let _ = match Pid::from_raw(one.group.max(0)) {
                _ if one.has_ended => waitpid(Some(one.pid), WaitOptions::NOHANG).map(drop),
                // Nothing can be forked into a group while it is killed.
                Some(group) => kill_process_group(group, Signal::KILL),
                None => kill_process(one.pid, Signal::KILL),
            };
        }
        Ok((found == 0).then_some(()))
    });
    if !matches!(is_done, Ok(Some(()))) {
        tracing::warn!("not everything that was started could be ended");
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::target::process::{Confinement, Process};

    #[test]
    fn a_panic_with_the_list_in_hand_keeps_nobody_from_ending_programs() {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let process = Process::start(command, &Confinement::default()).unwrap();
        let leader = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
        let panicked = thread::spawn(|| {
            let _list = running();
            panic!("with the list in hand");
        });
        panicked.join().unwrap_err();
        drop(process);
        assert_eq!(process_tree::session_of(leader), -1, "the program is gone");
    }
}
