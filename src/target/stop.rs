//! Telling a server to stop.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::StopError;
use super::command_line::{CommandLine, ParseCommandError};
use super::process::{Process, process_id};
use crate::os::proc::{descendants_of, owners_of};
use crate::os::sock_diag::SocketTable;
use crate::os::wait::wait_until;

/// How a server is told to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// SIGTERM to the process on this machine that owns the listening socket, and to what it has started.
    Owner,
    /// SIGTERM to this process.
    Pid(Pid),
    /// This signal, to what the harness has started or, where it has started nothing, to the owner of the
    /// listening socket.
    Signal(Signal),
    /// A command that does it.
    Command(CommandLine),
    /// A person does it, when asked.
    Prompt,
}

/// What is wrong with the text of a [`Stop`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseStopError {
    /// None of the forms.
    #[error("expected owner, pid:N, signal:NAME, command:CMD or prompt, got {0:?}")]
    Form(String),
    /// Not the number of a process.
    #[error("expected the number of a process after pid:, got {0:?}")]
    Pid(String),
    /// Not the name of a signal that makes sense here.
    #[error("expected a signal after signal:, one of {names}, got {0:?}", names = signal_names())]
    Signal(String),
    /// Not a command.
    #[error(transparent)]
    Command(#[from] ParseCommandError),
}

/// The signals that people stop programs with.
const SIGNALS: &[(&str, Signal)] = &[
    ("TERM", Signal::TERM),
    ("INT", Signal::INT),
    ("HUP", Signal::HUP),
    ("QUIT", Signal::QUIT),
    ("KILL", Signal::KILL),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
];

fn signal_names() -> String {
    SIGNALS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn signal_name(signal: Signal) -> &'static str {
    SIGNALS.iter().find(|(_, known)| *known == signal).map_or("signal", |(name, _)| name)
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::Pid(pid) => write!(f, "pid:{pid}"),
            Self::Signal(signal) => write!(f, "signal:{}", signal_name(*signal)),
            Self::Command(command) => write!(f, "command:{command}"),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}

impl FromStr for Stop {
    type Err = ParseStopError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "owner" => Ok(Self::Owner),
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("pid", number)) => {
                let pid = number.parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
                pid.map(Self::Pid).ok_or_else(|| ParseStopError::Pid(number.into()))
            }
            Some(("signal", name)) => {
                let upper = name.to_uppercase();
                let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
                let known = SIGNALS.iter().find(|(known, _)| *known == bare);
                known
                    .map(|(_, signal)| Self::Signal(*signal))
                    .ok_or_else(|| ParseStopError::Signal(name.into()))
            }
            Some(("command", command)) => Ok(Self::Command(command.parse()?)),
            _ => Err(ParseStopError::Form(text.into())),
        }
    }
}

impl Stop {
    /// Whether it stops one server and leaves those alone that run beside it.
    pub(super) fn spares_others(&self) -> bool {
        match self {
            Self::Owner | Self::Signal(_) => true,
            // Without the port it can only mean every server of the kind.
            Self::Command(command) => command.has_port(),
            // There is one such process, and a person is asked one thing at a time.
            Self::Pid(_) | Self::Prompt => false,
        }
    }
}

/// Stops servers in one way.
#[derive(Debug, Clone)]
pub struct Stopper {
    /// The way.
    pub stop: Stop,
    /// How long a stop command may take.
    pub deadline: Duration,
    /// Asks the person at the terminal, and returns once they say that it is done.
    pub ask: fn(&str) -> io::Result<()>,
}

impl Stopper {
    /// Tells the server at `addresses` to stop; `started` is its program, where the harness has started it.
    ///
    /// Returns how it was told, for a sentence: `SIGTERM to python3, process 4711`.
    pub(super) fn stop(
        &self,
        addresses: &[SocketAddr],
        started: Option<&Process>,
    ) -> Result<String, StopError> {
        self.tell(addresses, started).map_err(StopError::blocked)
    }

    fn tell(&self, addresses: &[SocketAddr], started: Option<&Process>) -> Result<String, Failure> {
        match (&self.stop, started) {
            (Stop::Signal(signal), Some(process)) => process
                .signal(*signal)
                .map(|()| format!("SIG{}", signal_name(*signal)))
                .map_err(Failure::SignalServer),
            (Stop::Signal(signal), None) => stop_owner(addresses, *signal),
            (Stop::Owner, _) => stop_owner(addresses, Signal::TERM),
            (Stop::Pid(pid), _) => kill_process(*pid, Signal::TERM)
                .map(|()| format!("SIGTERM to process {pid}"))
                .map_err(|error| Failure::SignalProcess { pid: pid.to_string(), error: error.into() }),
            (Stop::Command(command), _) => self.run(command, addresses[0]),
            (Stop::Prompt, _) => (self.ask)("Stop your server now, then press Enter.")
                .map(|()| "by hand".to_owned())
                .map_err(Failure::Ask),
        }
    }

    fn run(&self, line: &CommandLine, address: SocketAddr) -> Result<String, Failure> {
        let failed = |failure| Failure::Command { command: line.clone(), failure };
        let mut command = line.command(address, None);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process =
            Process::start_trusted(command).map_err(|error| failed(CommandFailure::Start(error)))?;
        let status = wait_until(Instant::now() + self.deadline, || Ok(process.exit_status()));
        match status {
            Ok(Some(status)) if status.success() => Ok(format!("by {line}")),
            Ok(Some(status)) => Err(failed(CommandFailure::Status(status))),
            Ok(None) => Err(failed(CommandFailure::Deadline { ms: self.deadline.as_millis() })),
            Err(error) => Err(failed(CommandFailure::Wait(error))),
        }
    }
}

/// Why a server could not be stopped in the way that was chosen.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("The server could not be signalled: {0}.")]
    SignalServer(io::Error),
    #[error("Process {pid} could not be signalled: {error}.")]
    SignalProcess { pid: String, error: io::Error },
    #[error("The stop command {command} {failure}.")]
    Command { command: CommandLine, failure: CommandFailure },
    #[error("Nobody could be asked to stop the server: {0}.")]
    Ask(io::Error),
    #[error("This system does not show who listens on port {port}: {error}.")]
    NoSocketTable { port: u16, error: io::Error },
    #[error("Nothing on this machine listens on port {port}, so it has no owner to stop.")]
    NoListener { port: u16 },
    #[error(
        "Whoever listens on port {port} is not a process of yours: say which with --stop pid:N, or stop it by hand \
         with --stop prompt."
    )]
    NoOwner { port: u16 },
}

/// What became of a stop command instead.
#[derive(Debug, thiserror::Error)]
enum CommandFailure {
    #[error("did not start: {0}")]
    Start(io::Error),
    #[error("failed: {0}")]
    Status(ExitStatus),
    #[error("had not ended after {ms} ms")]
    Deadline { ms: u128 },
    #[error("{0}")]
    Wait(io::Error),
}

/// Signals the processes that listen at one of `addresses`.
fn stop_owner(addresses: &[SocketAddr], signal: Signal) -> Result<String, Failure> {
    let port = addresses[0].port();
    let listeners = SocketTable::open()
        .and_then(|mut table| table.listeners(port))
        .map_err(|error| Failure::NoSocketTable { port, error })?;
    let mut owners: Vec<_> = listeners
        .iter()
        .filter(|listener| addresses.iter().any(|address| listener.takes(*address)))
        .flat_map(|listener| owners_of(listener.inode))
        .filter(|owner| owner.pid != std::process::id())
        .collect();
    owners.dedup_by_key(|owner| owner.pid);
    if owners.is_empty() {
        return Err(match listeners.is_empty() {
            true => Failure::NoListener { port },
            false => Failure::NoOwner { port },
        });
    }
    // What serves the connection may be a child: as if the program had been started by the harness, or stopped
    // from its terminal, all of it is told. It is listed before a parent that ends can no longer name it.
    let descendants: Vec<_> = owners.iter().flat_map(|owner| descendants_of(owner.pid)).collect();
    let mut told = Vec::new();
    for owner in owners {
        let sent = process_id(owner.pid).map(|pid| kill_process(pid, signal));
        match sent {
            Some(Ok(())) => told.push(format!("{}, process {}", owner.name, owner.pid)),
            Some(Err(error)) => {
                return Err(Failure::SignalProcess { pid: owner.pid.to_string(), error: error.into() });
            }
            None => {}
        }
    }
    for descendant in descendants {
        if let Some(pid) = process_id(descendant) {
            // Its parent may have ended it.
            let _ = kill_process(pid, signal);
        }
    }
    Ok(format!("SIG{} to {}", signal_name(signal), told.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        assert_eq!("owner".parse(), Ok(Stop::Owner));
        assert_eq!("prompt".parse(), Ok(Stop::Prompt));
        assert_eq!("pid:42".parse(), Ok(Stop::Pid(Pid::from_raw(42).unwrap())));
        for text in ["signal:INT", "signal:SIGINT", "signal:int"] {
            assert_eq!(text.parse(), Ok(Stop::Signal(Signal::INT)), "{text}");
        }
        assert!(matches!("command:kill 42".parse(), Ok(Stop::Command(_))));
    }

    #[test]
    fn a_command_that_has_no_port_stops_whatever_it_finds() {
        let spares = |text: &str| text.parse::<Stop>().unwrap().spares_others();
        assert!(["owner", "signal:INT", "command:fuser -k {port}/tcp"].into_iter().all(spares));
        assert!(!["pid:42", "prompt", "command:pkill server"].into_iter().any(spares));
    }

    #[test]
    fn everything_else_is_refused_with_what_was_expected() {
        let says = |text: &str| text.parse::<Stop>().unwrap_err().to_string();
        assert_eq!(
            says("politely"),
            "expected owner, pid:N, signal:NAME, command:CMD or prompt, got \"politely\""
        );
        // 0 and negative numbers would signal whole process groups.
        for text in ["pid:", "pid:x", "pid:0", "pid:-1"] {
            assert!(says(text).starts_with("expected the number of a process"), "{text}");
        }
        assert!(says("signal:STOPP").contains("TERM, INT, HUP"));
        assert!(says("command:'unbalanced").contains("quote"));
    }
}
