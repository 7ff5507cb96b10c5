//! A program that the harness has started, in a process group of its own, and its end.

use std::io;
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use super::output::OutputTail;
use crate::pace::owner;
use crate::pace::sock_diag::SocketTable;

/// What the socket table takes for all ports.
const ANY_PORT: u16 = 0;

/// The process groups of everything that was started and has not been ended.
static STARTED: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Ends every program that the harness has started and not ended yet: for a harness that is told to stop.
pub fn end_all_started() {
    for group in STARTED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // A group that is gone already is what was wanted.
        let _ = kill_process_group(*group, Signal::KILL);
    }
}

/// A started program. Dropping it ends it, together with everything in its process group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Pid,
    output: OutputTail,
}

impl Process {
    /// Starts a program without standard input, its output collected.
    pub(super) fn start(command: Command) -> io::Result<Self> {
        Self::start_with_input(command, Stdio::null())
    }

    /// Starts a program with this for its standard input, its output collected.
    pub(super) fn start_with_input(mut command: Command, input: Stdio) -> io::Result<Self> {
        let (output, writer) = OutputTail::collect()?;
        command.stdin(input).stdout(writer.try_clone()?).stderr(writer);
        Self::spawn(command, output)
    }

    /// Starts a program to talk with: to its standard input and from its standard output. Only what it prints
    /// to standard error is collected.
    pub(super) fn start_to_talk(mut command: Command) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        let (output, writer) = OutputTail::collect()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(writer);
        let mut process = Self::spawn(command, output)?;
        match (process.child.stdin.take(), process.child.stdout.take()) {
            (Some(input), Some(output)) => Ok((process, input, output)),
            _ => unreachable!("both were asked for"),
        }
    }

    fn spawn(mut command: Command, output: OutputTail) -> io::Result<Self> {
        command.process_group(0);
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        let group = Pid::from_child(&child);
        started.push(group);
        Ok(Self { child, group, output })
    }

    /// Sends a signal to the program and everything in its process group.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process_group(self.group, signal)?)
    }

    /// How the program ended, if it has.
    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Whether a signal has ended the program.
    ///
    /// A program that catches the signal and then leaves with the code that shells use for it counts too: a
    /// Java machine does so, at whatever point its threads have reached.
    pub(super) fn was_killed(&mut self) -> bool {
        const SHELL_CODES_OF_SIGNALS: std::ops::RangeInclusive<i32> = 129..=159;
        self.exit_status().is_some_and(|status| {
            status.signal().is_some()
                || status.code().is_some_and(|code| SHELL_CODES_OF_SIGNALS.contains(&code))
        })
    }

    /// The end of what the program printed. To be asked once it has ended.
    pub(super) fn last_words(&self) -> String {
        self.output.last_words()
    }

    /// Ends the program and everything in its process group.
    pub(super) fn end(&mut self) {
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        // The group keeps its number until the program has been waited for, so that nobody else can be hit.
        let _ = self.signal(Signal::KILL);
        let _ = self.child.wait();
        started.retain(|group| *group != self.group);
    }

    /// Whether this process has the program or something that it started for an ancestor.
    pub(super) fn owns(&self, inode: u64) -> bool {
        owner::owners_of(inode).iter().any(|owner| owner::descends_from(owner.pid, self.child.id()))
    }

    /// The addresses that the program, or something that it started, listens on.
    pub(super) fn listens_on(&self, table: &mut SocketTable) -> Vec<SocketAddr> {
        let listeners = table.listeners(ANY_PORT).unwrap_or_default();
        listeners.into_iter().filter(|one| self.owns(one.inode)).map(|one| one.address).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::pace::wait::wait_until;

    #[test]
    fn dropping_ends_what_the_program_started_too() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]);
        let process = Process::start(command).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let line = wait_until(deadline, || Ok(Some(process.last_words()).filter(|words| !words.is_empty())));
        let pid: i32 = line.unwrap().expect("the shell prints a number").parse().unwrap();
        drop(process);
        let gone = wait_until(deadline, || {
            let alive = procfs::process::Process::new(pid).and_then(|one| one.stat());
            Ok(alive.map_or(true, |stat| stat.state == 'Z').then_some(()))
        });
        assert_eq!(gone.unwrap(), Some(()), "the child of the shell is still there");
    }

    #[test]
    fn a_program_that_is_killed_is_told_from_one_that_leaves() {
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut process = Process::start(command).unwrap();
            process.child.wait().unwrap();
            process.was_killed()
        };
        assert!(run("kill -TERM $$"));
        assert!(run("exit 143"));
        assert!(!run("exit 1"));
    }
}
