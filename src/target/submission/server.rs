//! The server of a hand-in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::channel::{Channel, Received};
use super::interpreter::{Child, Interpreter, fault};
use crate::os::sock_diag::SocketTable;
use crate::target::listening::{Readiness, Starting, TRIES_AT_A_PORT, free_port, wait_for_listening};
use crate::target::{Endpoint, NotStarted, Server};

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// How long it may take to clear a flag.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// The class of `buffered_server.py`, in a process of its own and at a port of its own for each scenario.
#[derive(Debug)]
pub struct SubmissionServer {
    pub(super) interpreter: Interpreter,
    buffer_size: usize,
    start_deadline: Duration,
    table: Option<SocketTable>,
    running: Option<Child>,
    /// Why it was waited for in vain, so that nobody waits for it again.
    hung: Option<NotStarted>,
}

/// A child whose server was constructed, and told to start.
struct Started<'a> {
    interpreter: &'a Interpreter,
    channel: &'a mut Channel,
}

impl Starting for Started<'_> {
    type End = String;

    fn owns(&self, inode: u64) -> bool {
        self.interpreter.owns(inode)
    }

    fn end(&mut self) -> Option<String> {
        match self.channel.receive(Duration::ZERO) {
            Received::Frame { letter: b'Z', text } => Some(text),
            Received::Pending => None,
            Received::Frame { .. } | Received::Garbled | Received::Closed => Some("its process ended".into()),
        }
    }
}

/// Why a server does not listen.
enum Failure {
    /// Another port may help.
    Ended(NotStarted),
    Hung(NotStarted),
}

impl SubmissionServer {
    pub(super) fn new(interpreter: Interpreter, buffer_size: usize, start_deadline: Duration) -> Self {
        let table = SocketTable::open().ok();
        Self { interpreter, buffer_size, start_deadline, table, running: None, hung: None }
    }

    /// Constructs the server, lets it start, and waits until it listens. Tells whether that could be seen.
    fn listen(&mut self, child: &mut Child, address: SocketAddr) -> Result<bool, Failure> {
        // Where this does not arrive, no answer does.
        let _ =
            child.channel.send(b'c', &format!("{}\0{}\0{}", address.ip(), address.port(), self.buffer_size));
        let waited = self.start_deadline.as_millis();
        let constructed = "an object, made from host, port and buffer size";
        match child.channel.receive(self.start_deadline) {
            Received::Frame { letter: b'D', .. } => {}
            Received::Frame { letter: b'X', text } => {
                let summary = "The constructor of the server failed.";
                return Err(self.ended(child, summary, constructed, text));
            }
            Received::Pending => {
                let summary = format!("The constructor of the server had not returned after {waited} ms.");
                return Err(self.hung(child, summary, constructed, "nothing".into()));
            }
            Received::Closed | Received::Frame { .. } | Received::Garbled => {
                let status = self.interpreter.end(child);
                let summary = "The process of the server ended in its constructor.";
                return Err(self.ended(child, summary, constructed, status));
            }
        }
        let mut started = Started { interpreter: &self.interpreter, channel: &mut child.channel };
        let readiness = wait_for_listening(&mut started, self.table.as_mut(), address, self.start_deadline);
        let listening = format!("start() listens on {address}");
        match readiness {
            Readiness::Listening => Ok(true),
            Readiness::Unknown => Ok(false),
            Readiness::Ended(how) => Err(self.ended(
                child,
                "The server's start() ended before it listened on its port.",
                &listening,
                how,
            )),
            Readiness::NotListening => {
                let elsewhere =
                    self.table.as_mut().map(|table| self.interpreter.listens_on(table)).unwrap_or_default();
                let received =
                    elsewhere.first().map_or("nothing".to_owned(), |other| format!("it listens on {other}"));
                let summary = format!("The server did not listen on its port within {waited} ms.");
                Err(self.hung(child, summary, &listening, received))
            }
        }
    }

    fn ended(&mut self, child: &mut Child, summary: &str, expected: &str, received: String) -> Failure {
        self.interpreter.end(child);
        Failure::Ended(fault(summary.into(), expected, received, Some(child.output_tail())))
    }

    fn hung(&mut self, child: &mut Child, summary: String, expected: &str, received: String) -> Failure {
        self.interpreter.end(child);
        Failure::Hung(fault(summary, expected, received, Some(child.output_tail())))
    }
}

impl Server for SubmissionServer {
    fn start(&mut self, _further: usize) -> Result<Endpoint, NotStarted> {
        if let Some(why) = &self.hung {
            return Err(why.clone());
        }
        let mut tries = TRIES_AT_A_PORT;
        loop {
            let mut child = self.interpreter.fork()?;
            let port = free_port(HOST).map_err(|error| format!("{HOST} has no free port: {error}."))?;
            let address = SocketAddr::new(HOST, port);
            tries -= 1;
            match self.listen(&mut child, address) {
                Ok(seen) => {
                    self.running = Some(child);
                    return Ok(Endpoint { addresses: vec![address], may_be_starting: !seen });
                }
                Err(Failure::Ended(_)) if tries > 0 => {}
                Err(Failure::Ended(why)) => return Err(why),
                Err(Failure::Hung(why)) => {
                    self.hung = Some(why.clone());
                    return Err(why);
                }
            }
        }
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&mut self) -> Result<String, String> {
        let channel = &mut self.running.as_mut().ok_or("The server is not running.")?.channel;
        // Where this does not arrive, no answer does.
        let _ = channel.send(b'k', "");
        loop {
            match channel.receive(STOP_WAIT) {
                Received::Frame { letter: b'D', .. } => return Ok("keep_running = False".into()),
                // That start() had ended before matters only if it shows on the wire.
                Received::Frame { letter: b'Z', .. } => {}
                Received::Frame { text, .. } => {
                    return Err(format!("keep_running could not be set: {text}."));
                }
                Received::Pending => return Err("Nothing happened when keep_running was to be set.".into()),
                Received::Garbled | Received::Closed => {
                    return Err("The server's process had ended before it was told to stop.".into());
                }
            }
        }
    }

    fn pid(&self) -> Option<u32> {
        self.interpreter.pid()
    }

    fn was_killed(&mut self) -> bool {
        // It is not told to stop by a signal.
        false
    }

    fn end(&mut self) -> Option<String> {
        let mut child = self.running.take()?;
        self.interpreter.end(&mut child);
        Some(child.output_tail())
    }
}
