//! A server that is started by a command: `--server`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitStatus;
use std::time::Duration;

use super::ahead::StartedAhead;
use super::listening::{ListenOutcome, Starting, TRIES_AT_A_PORT, free_port, wait_for_listening};
use super::process::{Confinement, Process};
use super::{
    CommandLine, Endpoint, NoStop, Refusal, Remains, RunningServer, ServerTarget, Stack, StartError,
    StopError, Stopper,
};
use crate::bytes::last_lines;
use crate::english::system_error;
use crate::os::proc::owners_of;
use crate::os::sock_diag::SocketTable;
use crate::silence::{KnownBy, Silence};
#[cfg(feature = "cli")]
use {
    super::options::{SelectError, Selection, Setup, TargetKind, Words},
    super::{Stop, Target},
    crate::event::TargetDescription,
    clap::Args,
    rustix::process::Signal,
    std::net::Ipv4Addr,
};

#[cfg(feature = "cli")]
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A server that the harness starts, anew for each graded scenario, so that none meets what another one left.
#[derive(Debug)]
pub struct CommandServer {
    command: CommandLine,
    host: IpAddr,
    port: Option<u16>,
    buffer_size: usize,
    start_deadline: Duration,
    stopper: Stopper,
    confinement: Confinement,
    table: Option<SocketTable>,
    ahead: StartedAhead<Started>,
}

#[derive(Debug)]
struct Started {
    process: Process,
    address: SocketAddr,
}

impl Starting for Started {
    type End = ExitStatus;
    const MAY_LISTEN_AS_ANOTHER: bool = true;

    fn owns(&self, inode: u64) -> bool {
        self.process.owns(inode)
    }

    fn pid(&self) -> u32 {
        self.process.pid()
    }

    fn end(&mut self) -> Option<ExitStatus> {
        self.process.exit_status()
    }
}

/// The address that a program may be told to listen on: in brackets or not, or by the one name that means the same everywhere.
#[cfg(feature = "cli")]
fn parse_host(text: &str) -> Result<IpAddr, String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    match bare.parse() {
        Ok(host) => Ok(host),
        Err(_) if bare.eq_ignore_ascii_case("localhost") => Ok(HOST),
        Err(_) => Err(format!("expected an address of this machine, as in {HOST}, ::1 or localhost")),
    }
}

impl CommandServer {
    /// A server that `command` starts at `host`. Where no `port` is given the kernel chooses a free one for each
    /// start. `start_deadline` is how long it may take to listen.
    #[must_use]
    pub fn new(
        command: CommandLine,
        host: IpAddr,
        port: Option<u16>,
        buffer_size: usize,
        start_deadline: Duration,
        stopper: Stopper,
    ) -> Self {
        Self {
            command,
            host,
            port,
            buffer_size,
            start_deadline,
            stopper,
            confinement: Confinement::default(),
            table: SocketTable::open().ok(),
            ahead: StartedAhead::default(),
        }
    }

    /// Keeps the server apart in this way.
    #[must_use]
    pub fn confined(self, confinement: Confinement) -> Self {
        Self { confinement, ..self }
    }

    fn launch(&mut self) -> Result<Started, StartError> {
        let none_free = |error| StartError::blocked(Failure::NoFreePort { host: self.host, error });
        let port = self.port.map_or_else(|| free_port(self.host).map_err(none_free), Ok)?;
        let address = SocketAddr::new(self.host, port);
        if self.port.is_some() {
            self.check_free(address)?;
        }
        let command = self.command.command(address, Some(self.buffer_size));
        let process = Process::start(command, &self.confinement)
            .map_err(|error| StartError::blocked(Failure::Launch { command: self.command.clone(), error }))?;
        Ok(Started { process, address })
    }

    /// A port that the user has chosen may be taken by another program.
    fn check_free(&mut self, address: SocketAddr) -> Result<(), StartError> {
        let Some(table) = &mut self.table else { return Ok(()) };
        let listeners = table.listeners(address.port()).unwrap_or_default();
        let Some(taken) = listeners.iter().find(|listener| listener.takes(address)) else { return Ok(()) };
        let owner = owners_of(taken.inode).first().map_or_else(
            || "another process".to_owned(),
            |owner| format!("process {} ({})", owner.pid, owner.name),
        );
        Err(StartError::blocked(Failure::PortTaken { port: address.port(), owner }))
    }

    /// Starts a program that listens. Tells whether that could be seen.
    fn listen(&mut self) -> Result<(Started, bool), StartError> {
        let mut tries = TRIES_AT_A_PORT;
        loop {
            let mut started = match self.ahead.take() {
                Some(started) => started,
                None => self.launch()?,
            };
            tries -= 1;
            let address = started.address;
            match wait_for_listening(&mut started, self.table.as_mut(), address, self.start_deadline) {
                ListenOutcome::Listening => return Ok((started, true)),
                ListenOutcome::Unknown => return Ok((started, false)),
                ListenOutcome::Ended(_) if self.port.is_none() && tries > 0 => {}
                ListenOutcome::Ended(status) => {
                    let remains = started.process.remains();
                    let refused = remains.refused("");
                    let (command, output) = (self.command.clone(), remains.printed.unwrap_or_default());
                    return Err(StartError::blocked(Failure::EndedEarly {
                        command,
                        status,
                        output,
                        refused,
                    }));
                }
                ListenOutcome::NotListening(silence) => {
                    return Err(StartError::blocked(self.not_listening(&started, silence)));
                }
            }
        }
    }

    fn not_listening(&mut self, started: &Started, silence: Silence) -> Failure {
        let elsewhere = self.table.as_mut().map(|table| started.process.listens_on(table));
        Failure::NotListening {
            command: self.command.clone(),
            address: started.address,
            silence,
            elsewhere: elsewhere.and_then(|addresses| addresses.first().copied()),
        }
    }
}

impl ServerTarget for CommandServer {
    fn start(&mut self, starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError> {
        let (started, is_seen) = self.listen()?;
        if self.port.is_none() {
            let ahead = self.ahead.clone();
            ahead.add(starts_ahead, || self.launch());
        }
        let endpoint = Endpoint { addresses: vec![started.address], may_be_starting: !is_seen };
        Ok(Box::new(Running { endpoint, process: started.process, stopper: self.stopper.clone() }))
    }

    fn try_clone(&self) -> Option<Box<dyn ServerTarget>> {
        if self.port.is_some() || !self.stopper.stop.spares_others() {
            return None;
        }
        Some(Box::new(Self {
            command: self.command.clone(),
            stopper: self.stopper.clone(),
            confinement: self.confinement.clone(),
            table: SocketTable::open().ok(),
            ahead: self.ahead.clone(),
            ..*self
        }))
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), NoStop> {
        Ok(())
    }
}

/// A started program that listens.
#[derive(Debug)]
struct Running {
    endpoint: Endpoint,
    process: Process,
    stopper: Stopper,
}

impl RunningServer for Running {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn stop(&mut self) -> Result<String, StopError> {
        self.stopper.stop(&self.endpoint.addresses, Some(&self.process))
    }

    fn pid(&self) -> Option<u32> {
        Some(self.process.pid())
    }

    fn was_killed(&mut self) -> bool {
        self.process.was_killed()
    }

    fn ended(&mut self) -> Option<String> {
        Some(self.process.exit_status()?.to_string())
    }

    fn end(mut self: Box<Self>, _stack: Stack) -> Remains {
        self.process.end();
        self.process.remains()
    }
}

/// Why the command leads to no server.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{host} has no free port: {error}.")]
    NoFreePort { host: IpAddr, error: io::Error },
    #[error("Port {port} is in use: {owner} listens on it. Stop that, or choose another --port.")]
    PortTaken { port: u16, owner: String },
    #[error("The command {command} could not be started: {}.", system_error(error))]
    Launch { command: CommandLine, error: io::Error },
    #[error(
        "{command} exited before it started listening ({status}){}",
        and_printed(output, refused.as_ref(), *status)
    )]
    EndedEarly { command: CommandLine, status: ExitStatus, output: String, refused: Option<Refusal> },
    #[error(
        "{command} did not listen on {address}{}{}",
        within(*silence), and_where_instead(*address, *elsewhere)
    )]
    NotListening {
        command: CommandLine,
        address: SocketAddr,
        silence: Silence,
        elsewhere: Option<SocketAddr>,
    },
}

/// How long it was waited for. A program that was seen to be blocked was not waited for.
fn within(silence: Silence) -> String {
    match silence.known_by {
        KnownBy::Deadline | KnownBy::Spinning => format!(" within {} ms", silence.waited.as_millis()),
        KnownBy::Blocked(_) => String::new(),
    }
}

fn and_printed(output: &str, refused: Option<&Refusal>, status: ExitStatus) -> String {
    const STAY: &str =
        "If it goes on in the background, have it stay in the foreground: only then can it be graded.";
    let printed = match &*last_lines(output).join("\n") {
        "" => " and printed nothing.".into(),
        lines => format!(". Its last output was:\n{lines}"),
    };
    match refused {
        Some(refused) => format!("{printed}\n{refused}"),
        None if status.success() => format!("{printed}\n{STAY}"),
        None => printed,
    }
}

/// What to tell the user of a program that runs and does not listen where it should.
fn and_where_instead(address: SocketAddr, elsewhere: Option<SocketAddr>) -> String {
    match elsewhere {
        Some(other) if other.port() == address.port() => {
            format!(", but on {other}: choose that with --host.")
        }
        Some(other) => format!(
            ", but on {other}. Its port can be given as {{port}} in the command, it is in PORT in its environment, \
             and --port {} takes the one it has.",
            other.port()
        ),
        None => ". Pass the port on with {port} in the command, or read PORT from the environment.".into(),
    }
}

/// The options that name a server to start.
#[cfg(feature = "cli")]
#[derive(Debug, Args)]
pub(super) struct CommandOptions {
    /// Grade the server that this command starts
    ///
    /// {host}, {port} and {buffer_size} are replaced by their values, which are also in the environment as HOST, PORT
    /// and BUFFER_SIZE. The command is split as a shell splits it, but started without a shell, anew for each graded
    /// scenario. Its environment is the same for everyone, UTF-8 and UTC, but for PATH and where libraries are: give what else
    /// it needs as in 'env NAME=value COMMAND'.
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    server: Option<CommandLine>,

    /// The address that the started server is to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_host, requires = "server", help_heading = "Target")]
    host: Option<IpAddr>,

    /// Port that the server listens on, for a server that does not take one as an argument [default: a free one]
    #[arg(
        long,
        value_name = "PORT",
        requires = "server",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Target"
    )]
    port: Option<u16>,
}

#[cfg(feature = "cli")]
impl TargetKind for CommandOptions {
    fn select(&self, setup: &Setup<'_>) -> Result<Option<Selection>, SelectError> {
        let Some(command) = &self.server else { return Ok(None) };
        let stop = setup.shared.stop.clone().unwrap_or(Stop::Signal(Signal::TERM));
        let server = CommandServer::new(
            command.clone(),
            self.host.unwrap_or(HOST),
            self.port,
            setup.assignment.buffer_size,
            setup.shared.start_deadline,
            setup.stopper(stop),
        );
        let confinement = setup.confinement(&command.bare(), true)?;
        let description = TargetDescription::new("command").with("command", command);
        let target = Target::server(server.confined(confinement.clone()));
        Ok(Some(Selection::started(description, target, &confinement)))
    }

    fn command(&self) -> Option<&CommandLine> {
        self.server.as_ref()
    }

    fn reproduce(&self, words: &mut Words) {
        words.option("--server", self.server.as_ref());
        words.option("--host", self.host);
        words.option("--port", self.port);
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;
    use std::mem::MaybeUninit;
    use std::net::TcpListener;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use rustix::fs::{Uid, fchown};
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use rustix::process::geteuid;

    use super::*;

    const SOMEBODY_ELSE: u32 = 54_321;

    /// What the wait for a program comes to that never listens at the address that it was given.
    fn outcome_of_a_sleeper_at(address: SocketAddr) -> ListenOutcome<ExitStatus> {
        let line: CommandLine = "sleep 1000".parse().unwrap();
        let process = Process::start(line.command(address, None), &Confinement::default()).unwrap();
        let mut table = SocketTable::open().unwrap();
        let mut started = Started { process, address };
        wait_for_listening(&mut started, Some(&mut table), address, Duration::from_millis(50))
    }

    #[test]
    fn somebody_elses_listener_is_not_taken_for_the_programs() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        assert!(matches!(outcome_of_a_sleeper_at(address), ListenOutcome::NotListening(_)));
    }

    /// For a moment it is in nobody's hands: that of a server which somebody else has stopped. Here, it is on its way from one
    /// process to another.
    #[test]
    fn a_listener_that_nobody_holds_any_more_is_not_taken_for_the_programs() {
        if !geteuid().is_root() {
            return;
        }
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        fchown(&other, Some(Uid::from_raw(SOMEBODY_ELSE)), None).unwrap();
        let (sender, _receiver) = UnixStream::pair().unwrap();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut attached = SendAncillaryBuffer::new(&mut space);
        let sent = [other.as_fd()];
        assert!(attached.push(SendAncillaryMessage::ScmRights(&sent)));
        sendmsg(&sender, &[IoSlice::new(b"1")], &mut attached, SendFlags::empty()).unwrap();
        drop(other);
        let listeners = SocketTable::open().unwrap().listeners(address.port()).unwrap();
        assert!(listeners.iter().any(|one| one.takes(address) && one.uid == SOMEBODY_ELSE), "{listeners:?}");
        assert!(matches!(outcome_of_a_sleeper_at(address), ListenOutcome::NotListening(_)));
    }

    #[test]
    fn a_program_that_finds_its_port_taken_gets_another() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        // Ends at the first start, and listens at the second.
        let line = format!(
            "sh -c 'mkdir {place}/been || exec python3 -m http.server --bind {{host}} {{port}}; exit 1'"
        );
        let stopper = Stopper { stop: Stop::Owner, deadline: Duration::ZERO, ask: |_| Ok(()) };
        let (host, deadline) = ([127, 0, 0, 1].into(), Duration::from_secs(30));
        let mut server = CommandServer::new(line.parse().unwrap(), host, None, 16, deadline, stopper);
        server.start(0).unwrap();
    }
}
