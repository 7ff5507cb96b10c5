//! A program that the harness has started, kept apart from everything else, and its end.

mod confine;
mod containment;
mod directory;
mod environment;
mod limits;
mod mark;
mod process_tree;
mod refusal;
mod registry;
mod watchdog;

use std::env;
use std::io::{self, PipeReader, PipeWriter};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use containment::HIDDEN;
pub use containment::{Allowed, Containment, Layer, MissingLayer};
pub(super) use containment::{OwnUser, named_in};
#[cfg(feature = "cli")]
pub(super) use containment::{find_program, needed_by};
pub(super) use directory::PrivateDirectory;
pub use limits::{Limits, ReachedLimit};
pub(super) use refusal::Bounds;
pub use refusal::Refusal;
pub use registry::end_all_started;

use self::confine::{Restrictions, confine};
use self::containment::Barrier;
use self::mark::Mark;
use super::Remains;
use super::output::Printed;
use crate::os::proc;
use crate::os::sock_diag::SocketTable;
use crate::os::wait::wait_until;

/// What the socket table takes for all ports.
const ANY_PORT: u16 = 0;

/// How a submission is kept apart. Each of its programs has a session, an environment and a temporary directory
/// of its own; this is what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// How much of the machine it may use.
    pub limits: Limits,
    /// What the kernel keeps it from.
    pub containment: Containment,
    /// What it may use all the same.
    pub allowed: Allowed,
}

impl Confinement {
    /// For a program that the user names in a command: with what the command names.
    fn for_command(&self, command: &Command) -> Self {
        let mut confinement = self.clone();
        confinement.allowed.read.extend(named_in(command));
        confinement
    }

    /// Where a program may do what it likes, if anything keeps it from doing so elsewhere.
    fn bounds(&self, command: &Command, private: &Path) -> Option<Bounds> {
        if self.containment == Containment::default() {
            return None;
        }
        let place = command.get_current_dir().map(Path::to_owned).or_else(|| env::current_dir().ok());
        let writable: Vec<_> = self.allowed.write.iter().cloned().chain([private.to_owned()]).collect();
        let bounds = Bounds::new(place.unwrap_or_default(), &writable);
        let bounds = if self.containment.has(Layer::Namespaces) { bounds.hiding(HIDDEN) } else { bounds };
        Some(if self.containment.has(Layer::Seccomp) { bounds.filtering() } else { bounds })
    }
}

impl Default for Confinement {
    /// With the usual limits, and every layer that holds here.
    fn default() -> Self {
        let allowed = Allowed::default();
        Self { limits: Limits::default(), containment: Containment::available(&allowed), allowed }
    }
}

/// A started program. Dropping it ends it, together with everything that belongs to it.
#[derive(Debug)]
pub(super) struct Process {
    /// What was started: the program, or its keeper, which ends as the program does.
    child: Child,
    /// The program.
    pid: u32,
    status: Option<ExitStatus>,
    output: Printed,
    limits: Limits,
    /// Where it may do what it likes, if it is contained.
    bounds: Option<Bounds>,
    /// The user that it is, if that is one of its own.
    user: Option<OwnUser>,
    /// Where the program may write. It goes after the program has been ended.
    directory: Option<PrivateDirectory>,
}

/// What a program has for standard input, output and error.
#[derive(Debug)]
struct Streams {
    input: Stdio,
    output: Stdio,
    error: Stdio,
}

impl Streams {
    /// No input, and everything that is printed collected.
    fn collected() -> io::Result<(Self, Printed)> {
        let (tail, writer) = Printed::collect()?;
        let streams = Self { input: Stdio::null(), output: writer.try_clone()?.into(), error: writer.into() };
        Ok((streams, tail))
    }
}

/// How long the end of a program may take to be passed on.
const KEEPER_DEADLINE: Duration = Duration::from_secs(1);

/// The exit codes of a shell whose program was ended by a signal.
const SHELL_CODES_OF_SIGNALS: std::ops::RangeInclusive<i32> = 129..=159;

/// The process of this number, as system calls take it.
pub(super) fn process_id(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

impl Process {
    /// Starts a program of a submission, without standard input, its output collected.
    pub(super) fn start(command: Command, confinement: &Confinement) -> io::Result<Self> {
        let (streams, output) = Streams::collected()?;
        let confinement = confinement.for_command(&command);
        Self::start_confined(command, PrivateDirectory::create()?, &confinement, streams, output)
    }

    /// Starts a program of a submission with this for its standard input, its output collected. `private` is the directory
    /// that it may write to, with what it is to find there, and `place` the one below that which it goes to.
    pub(super) fn start_with_input(
        command: Command,
        private: PrivateDirectory,
        place: &Path,
        confinement: &Confinement,
        input: OwnedFd,
    ) -> io::Result<Self> {
        let (streams, output) = Streams::collected()?;
        let streams = Streams { input: input.into(), ..streams };
        let mut process = Self::start_confined(command, private, confinement, streams, output)?;
        process.bounds = process.bounds.take().map(|bounds| bounds.at(place));
        Ok(process)
    }

    /// Starts a program of a submission to talk with: to its standard input and from its standard output. Only
    /// what it prints to standard error is collected.
    pub(super) fn start_to_talk(
        command: Command,
        confinement: &Confinement,
    ) -> io::Result<(Self, PipeWriter, PipeReader)> {
        let (streams, output) = Streams::collected()?;
        let (input, to_program) = io::pipe()?;
        let (from_program, out) = io::pipe()?;
        let streams = Streams { input: input.into(), output: out.into(), ..streams };
        let confinement = confinement.for_command(&command);
        let process =
            Self::start_confined(command, PrivateDirectory::create()?, &confinement, streams, output)?;
        Ok((process, to_program, from_program))
    }

    /// Starts a program of the user's own, with the user's environment and privileges. It is still ended with all
    /// that it has started.
    pub(super) fn start_trusted(command: Command) -> io::Result<Self> {
        let (streams, output) = Streams::collected()?;
        let child = launch(command, streams, Restrictions::default(), None)?;
        let pid = child.id();
        Ok(Self {
            child,
            pid,
            status: None,
            output,
            limits: Limits::default(),
            bounds: None,
            user: None,
            directory: None,
        })
    }

    fn start_confined(
        mut command: Command,
        private: PrivateDirectory,
        confinement: &Confinement,
        streams: Streams,
        output: Printed,
    ) -> io::Result<Self> {
        environment::scrub(&mut command, private.path());
        let Confinement { limits, containment, allowed } = confinement;
        let mut barrier = Barrier::new(containment, &command, private.path(), allowed)?;
        let bounds = confinement.bounds(&command, private.path());
        let (user, announced) = (barrier.user, barrier.announced());
        let restrictions = Restrictions {
            limits: limits.resolve(user.is_some()),
            no_new_privileges: true,
            ends_first: true,
            barrier,
        };
        let child = launch(command, streams, restrictions, Some(private.path().to_owned()))?;
        let limits = limits.clone();
        let pid = child.id();
        let mut process =
            Self { child, pid, status: None, output, limits, bounds, user, directory: Some(private) };
        if let Some(program) = announced.pid()? {
            process.pid = program;
        }
        Ok(process)
    }

    /// The program's process.
    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal to the program and everything in its process group.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        let leader = process_id(self.pid).ok_or(io::ErrorKind::NotFound)?;
        Ok(kill_process_group(leader, signal)?)
    }

    /// Where the program may do what it likes, if it is contained.
    pub(super) const fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// The user that the program is, if that is one of its own.
    pub(super) const fn user(&self) -> Option<OwnUser> {
        self.user
    }

    /// How the program ended, if it has.
    ///
    /// It is not waited for before [`Process::end`]: until then its process id must not become another's.
    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            let ended = waitid(WaitId::Pid(Pid::from_child(&self.child)), options).ok().flatten()?;
            // As wait(2) has it.
            let raw = match (ended.exit_status(), ended.terminating_signal()) {
                (Some(code), _) => code << 8,
                (None, signal) => signal?,
            };
            self.status = Some(ExitStatus::from_raw(raw));
        }
        self.status
    }

    /// Whether the program has ended, or is about to, for it has been killed.
    pub(super) fn is_ending(&mut self) -> bool {
        // In this order: it may end in between.
        proc::is_killed(self.pid) || self.exit_status().is_some()
    }

    /// Whether a signal has ended the program.
    ///
    /// A program that catches the signal and then leaves with the code that shells use for it counts too: a
    /// Java machine does so, at whatever point its threads have reached.
    pub(super) fn was_killed(&mut self) -> bool {
        self.exit_status().is_some_and(|status| {
            status.signal().is_some()
                || status.code().is_some_and(|code| SHELL_CODES_OF_SIGNALS.contains(&code))
        })
    }

    /// What the program printed, of very much the beginning and the end. To be asked once it has ended.
    pub(super) fn printed(&self) -> String {
        self.output.text()
    }

    /// What is left of the program. To be asked once it has been ended.
    pub(super) fn remains(&mut self) -> Remains {
        // As shells have it of a program below them.
        let of_shell = |code: i32| Some(code - 128).filter(|_| SHELL_CODES_OF_SIGNALS.contains(&code));
        // One that was about to end when it was ended has the end that it came to first.
        let status = self.status.or_else(|| self.child.try_wait().ok()?);
        let signal = status.and_then(|status| status.signal().or_else(|| of_shell(status.code()?)));
        let exit_code = status.and_then(|status| status.code()).filter(|_| signal.is_none());
        let remains = Remains::new(self.printed(), signal, &self.limits).within(self.bounds.clone());
        Remains { exit_code, ..remains }
    }

    /// Ends the program and everything that belongs to it, and removes its directory.
    pub(super) fn end(&mut self) {
        // How it has ended of its own accord is known only until it is waited for.
        if self.exit_status().is_none() {
            self.end_below_keeper();
        }
        registry::end(&mut self.child, self.user);
        self.directory = None;
    }

    /// Ends a program that has a keeper above it, and leaves it to the keeper to pass on how: a program that is about to end of
    /// its own accord, and has closed its connection already, has the end that it came to first.
    fn end_below_keeper(&mut self) {
        if self.pid == self.child.id() {
            return;
        }
        // One that has ended may have been waited for, and its number be another's.
        if proc::descends_from(self.pid, self.child.id())
            && let Some(program) = process_id(self.pid)
        {
            let _ = kill_process(program, Signal::KILL);
        }
        // What the kernel does not let go yet is ended with its keeper.
        let _ = wait_until(Instant::now() + KEEPER_DEADLINE, || Ok(self.exit_status()));
    }

    /// Whether the socket with this inode is held by the program, something below it, or something that it has
    /// left behind.
    pub(super) fn owns(&self, inode: u64) -> bool {
        let was_left = |pid| {
            let directory = self.directory.as_ref().map(PrivateDirectory::path);
            directory.is_some_and(|directory| proc::environment_mentions(pid, directory))
        };
        let belongs = |pid| proc::descends_from(pid, self.child.id()) || was_left(pid);
        // Mostly it is the program itself, or what it has started last: no look at every process of the machine.
        proc::holds(self.pid, inode)
            || proc::all_pids().into_iter().any(|pid| proc::holds(pid, inode) && belongs(pid))
    }

    /// The addresses that the program, or something that it started, listens on.
    pub(super) fn listens_on(&self, table: &mut SocketTable) -> Vec<SocketAddr> {
        let listeners = table.listeners(ANY_PORT).unwrap_or_default();
        listeners.into_iter().filter(|one| self.owns(one.inode)).map(|one| one.address).collect()
    }
}

fn launch(
    mut command: Command,
    streams: Streams,
    mut restrictions: Restrictions,
    directory: Option<PathBuf>,
) -> io::Result<Child> {
    let mark = Mark::new();
    restrictions.limits.extend(mark.and_then(Mark::limit));
    command.stdin(streams.input).stdout(streams.output).stderr(streams.error);
    confine(&mut command, restrictions);
    let program = command.get_program().to_owned();
    registry::start(command, mark, directory).map_err(|error| match error.kind() {
        // Of a program in none of the folders on PATH this is told where one of them may not be looked into (execvp(3)).
        io::ErrorKind::PermissionDenied if environment::is_nowhere(&program) => {
            io::Error::from_raw_os_error(libc::ENOENT)
        }
        _ => error,
    })
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
    use crate::os::wait::wait_until;

    #[test]
    fn dropping_ends_what_the_program_started_too() {
        // In its own namespace it has another number: it is known by its argument.
        let seconds = format!("{}.5", 100_000 + std::process::id());
        let mut command = Command::new("sh");
        command.args(["-c", &format!("sleep {seconds} & wait")]);
        let process = Process::start(command, &Confinement::default()).unwrap();
        let sleeps = || {
            procfs::process::all_processes().unwrap().filter_map(Result::ok).any(|one| {
                let command = one.cmdline().unwrap_or_default();
                command.last() == Some(&seconds) && one.stat().is_ok_and(|stat| stat.state != 'Z')
            })
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        let began = wait_until(deadline, || Ok(sleeps().then_some(())));
        assert_eq!(began.unwrap(), Some(()), "the child of the shell is not there");
        drop(process);
        let gone = wait_until(deadline, || Ok((!sleeps()).then_some(())));
        assert_eq!(gone.unwrap(), Some(()), "the child of the shell is still there");
    }

    #[test]
    fn a_program_that_is_killed_is_told_from_one_that_leaves() {
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut process = Process::start(command, &Confinement::default()).unwrap();
            let deadline = Instant::now() + Duration::from_secs(10);
            assert!(wait_until(deadline, || Ok(process.exit_status())).unwrap().is_some());
            process.was_killed()
        };
        assert!(run("kill -TERM $$"));
        assert!(run("exit 143"));
        assert!(!run("exit 1"));
    }
}
