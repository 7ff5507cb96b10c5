//! A server that is started by a command.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, ExitStatus};
use std::str::FromStr;
use std::time::Duration;

use super::listening::{Readiness, Starting, TRIES_AT_A_PORT, free_port, wait_for_listening};
use super::process::{Confinement, Process};
use super::{Endpoint, NotStarted, Server, Stopper};
use crate::bytes::last_lines;
use crate::os::proc::owners_of;
use crate::os::sock_diag::SocketTable;

/// What can stand in braces in a command.
const PLACEHOLDERS: [&str; 3] = ["host", "port", "buffer_size"];

/// A command with its arguments, in which `{host}`, `{port}` and `{buffer_size}` stand for what they say.
///
/// It is split as a shell splits, and started without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<String>,
}

/// What is wrong with the text of a [`CommandLine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCommandError {
    /// A quote without its partner.
    #[error("a quote is not closed in the command {0}")]
    Quote(String),
    /// No word at all.
    #[error("the command is empty")]
    Empty,
    /// Something in braces that stands for nothing.
    #[error("{{{0}}} stands for nothing in a command; known are {{host}}, {{port}} and {{buffer_size}}")]
    Placeholder(String),
}

impl FromStr for CommandLine {
    type Err = ParseCommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = shell_words::split(text).map_err(|_| ParseCommandError::Quote(text.into()))?;
        if words.is_empty() {
            return Err(ParseCommandError::Empty);
        }
        match words.iter().find_map(|word| unknown_placeholder(word)) {
            Some(name) => Err(ParseCommandError::Placeholder(name.into())),
            None => Ok(Self { text: text.into(), words }),
        }
    }
}

/// The first name in braces that is none of the three. Braces around anything but a name are left alone.
fn unknown_placeholder(word: &str) -> Option<&str> {
    let names = word.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
    };
    names.filter(is_name).find(|name| !PLACEHOLDERS.contains(name))
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl CommandLine {
    /// Whether it has a placeholder.
    #[must_use]
    pub fn has_placeholder(&self) -> bool {
        let filled = |word: &String| PLACEHOLDERS.iter().any(|name| word.contains(&format!("{{{name}}}")));
        self.words.iter().any(filled)
    }

    /// The command for something that has no address, as it was written.
    pub(super) fn bare(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    /// The command for a server at `address`. The three values are in its environment, too.
    pub(super) fn command(&self, address: SocketAddr, buffer_size: Option<usize>) -> Command {
        let values = [
            ("{host}", "HOST", Some(address.ip().to_string())),
            ("{port}", "PORT", Some(address.port().to_string())),
            ("{buffer_size}", "BUFFER_SIZE", buffer_size.map(|size| size.to_string())),
        ];
        let fill = |word: &String| {
            values.iter().fold(word.clone(), |word, (placeholder, _, value)| match value {
                Some(value) => word.replace(placeholder, value),
                None => word,
            })
        };
        let mut command = Command::new(fill(&self.words[0]));
        command.args(self.words[1..].iter().map(fill));
        for (_, variable, value) in &values {
            if let Some(value) = value {
                command.env(variable, value);
            }
        }
        command
    }
}

/// A server that the harness starts, anew for each scenario, so that no scenario meets what another one left.
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
    running: Option<Started>,
    /// Started while the scenario before is played, because an interpreter takes its time.
    next: Option<Started>,
}

#[derive(Debug)]
struct Started {
    process: Process,
    address: SocketAddr,
}

impl Starting for Started {
    type End = ExitStatus;

    fn owns(&self, inode: u64) -> bool {
        self.process.owns(inode)
    }

    fn end(&mut self) -> Option<ExitStatus> {
        self.process.exit_status()
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
            running: None,
            next: None,
        }
    }

    /// Keeps the server apart in this way.
    #[must_use]
    pub fn confined(self, confinement: Confinement) -> Self {
        Self { confinement, ..self }
    }

    fn launch(&mut self) -> Result<Started, String> {
        let port = match self.port {
            Some(port) => {
                self.check_free(port)?;
                port
            }
            None => {
                free_port(self.host).map_err(|error| format!("{} has no free port: {error}.", self.host))?
            }
        };
        let address = SocketAddr::new(self.host, port);
        let command = self.command.command(address, Some(self.buffer_size));
        let process = Process::start(command, &self.confinement)
            .map_err(|error| format!("The command {} could not be started: {error}.", self.command))?;
        Ok(Started { process, address })
    }

    /// A port that the user has chosen may be taken by somebody else.
    fn check_free(&mut self, port: u16) -> Result<(), String> {
        let address = SocketAddr::new(self.host, port);
        let Some(table) = &mut self.table else { return Ok(()) };
        let listeners = table.listeners(port).unwrap_or_default();
        let Some(taken) = listeners.iter().find(|listener| listener.takes(address)) else { return Ok(()) };
        let who = owners_of(taken.inode).first().map_or_else(
            || "another process".to_owned(),
            |owner| format!("process {} ({})", owner.pid, owner.name),
        );
        Err(format!("Port {port} is in use: {who} listens on it. Stop that, or choose another --port."))
    }

    /// What to tell the user of a program that runs and does not listen where it should.
    fn not_listening(&mut self, started: &Started) -> String {
        let address = started.address;
        let elsewhere =
            self.table.as_mut().map(|table| started.process.listens_on(table)).unwrap_or_default();
        let waited = self.start_deadline.as_millis();
        let mut text = format!("{} did not listen on {address} within {waited} ms", self.command);
        match elsewhere.first() {
            Some(other) if other.port() == address.port() => {
                text.push_str(&format!(", but on {other}: choose that with --host."));
            }
            Some(other) => text.push_str(&format!(
                ", but on {other}. Its port can be given as {{port}} in the command, it is in PORT in its \
                 environment, and --port {} takes the one it has.",
                other.port()
            )),
            None => text.push_str(". Its port is {port} in the command, and PORT in its environment."),
        }
        text
    }
}

impl Server for CommandServer {
    fn start(&mut self, further: usize) -> Result<Endpoint, NotStarted> {
        let mut tries = TRIES_AT_A_PORT;
        let may_be_starting = loop {
            let mut started = match self.next.take() {
                Some(started) => started,
                None => self.launch()?,
            };
            tries -= 1;
            let address = started.address;
            let readiness =
                wait_for_listening(&mut started, self.table.as_mut(), address, self.start_deadline);
            match readiness {
                Readiness::Listening | Readiness::Unknown => {
                    self.running = Some(started);
                    break matches!(readiness, Readiness::Unknown);
                }
                Readiness::Ended(_) if self.port.is_none() && tries > 0 => {}
                Readiness::Ended(status) => {
                    let words = started.process.output_tail();
                    return Err(ended_early(&self.command, status, &words).into());
                }
                Readiness::NotListening => return Err(self.not_listening(&started).into()),
            }
        };
        if further > 0 && self.port.is_none() {
            // What goes wrong with the next one is told when it is its turn.
            self.next = self.launch().ok();
        }
        let address = self.running.as_ref().map(|started| started.address);
        Ok(Endpoint { addresses: address.into_iter().collect(), may_be_starting })
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&mut self) -> Result<String, String> {
        let started = self.running.as_ref().ok_or("The server is not running.")?;
        self.stopper.stop(&[started.address], Some(&started.process))
    }

    fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|started| started.process.pid())
    }

    fn was_killed(&mut self) -> bool {
        self.running.as_mut().is_some_and(|started| started.process.was_killed())
    }

    fn end(&mut self) -> Option<String> {
        let mut started = self.running.take()?;
        started.process.end();
        Some(started.process.output_tail())
    }
}

fn ended_early(command: &CommandLine, status: ExitStatus, words: &str) -> String {
    let lines = last_lines(words).join("\n");
    match &*lines {
        "" => format!("{command} ended before it listened ({status}) and printed nothing."),
        _ => format!("{command} ended before it listened ({status}). It printed last:\n{lines}"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::target::Stop;

    fn words(text: &str) -> Vec<String> {
        let line: CommandLine = text.parse().unwrap();
        let command = line.command("127.0.0.1:80".parse().unwrap(), Some(16));
        let mut words = vec![command.get_program().to_string_lossy().into_owned()];
        words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
        words
    }

    #[test]
    fn placeholders_are_filled_after_the_words_are_split() {
        assert_eq!(words("srv {host}:{port} 'a b' {buffer_size}"), ["srv", "127.0.0.1:80", "a b", "16"]);
    }

    #[test]
    fn what_cannot_be_a_command_is_refused() {
        let says = |text: &str| text.parse::<CommandLine>().unwrap_err().to_string();
        assert_eq!(says(" "), "the command is empty");
        assert_eq!(says("a 'b"), "a quote is not closed in the command a 'b");
        assert_eq!(
            says("a {prot}"),
            "{prot} stands for nothing in a command; known are {host}, {port} and {buffer_size}"
        );
    }

    #[test]
    fn somebody_elses_listener_is_not_taken_for_the_programs() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let line: CommandLine = "sleep 1000".parse().unwrap();
        let stopper = Stopper { stop: Stop::Owner, deadline: Duration::ZERO, ask: |_| Ok(()) };
        let deadline = Duration::from_millis(50);
        let mut server = CommandServer::new(line.clone(), address.ip(), None, 16, deadline, stopper);
        let process = Process::start(line.command(address, None), &Confinement::default()).unwrap();
        let readiness = wait_for_listening(
            &mut Started { process, address },
            server.table.as_mut(),
            address,
            server.start_deadline,
        );
        assert!(matches!(readiness, Readiness::NotListening));
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

    #[test]
    fn other_braces_are_left_alone() {
        assert_eq!(words("awk '{ print $1 }' {}"), ["awk", "{ print $1 }", "{}"]);
    }
}
