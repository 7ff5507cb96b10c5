//! The harness as the client of a server under test.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::Timing;
use super::connection::{Connection, Waited};
use super::stopping::{self, Told};
use crate::pace::wait::wait_until;
use crate::scenario::{Action, Script};
use crate::target::{Endpoint, Server};
use crate::transcript::{Ending, Entry, Transcript};

/// Whether the script goes on.
type Flow = ControlFlow<()>;

pub(super) fn play(
    script: &Script,
    server: &mut dyn Server,
    endpoint: &Endpoint,
    timing: &mut Timing,
) -> Transcript {
    let mut play = Play {
        script,
        server,
        endpoint,
        timing,
        transcript: Transcript::default(),
        connections: 0,
        current: None,
        reply_ends: Vec::new(),
        received: 0,
        stopping: false,
    };
    for action in &script.actions {
        if play.act(action).is_break() {
            break;
        }
    }
    play.transcript
}

struct Play<'a> {
    script: &'a Script,
    server: &'a mut dyn Server,
    endpoint: &'a Endpoint,
    timing: &'a mut Timing,
    transcript: Transcript,
    connections: usize,
    current: Option<Connection>,
    /// Where each reply ends in what should come on the current connection.
    reply_ends: Vec<usize>,
    /// How many replies were waited for on the current connection.
    received: usize,
    stopping: bool,
}

impl Play<'_> {
    fn act(&mut self, action: &Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send(messages) => self.send(messages),
            Action::Receive => self.receive(),
            Action::ReceiveUntilEnd => self.receive_until_end(),
            Action::ShutDownClient => self.shut_down_client(),
            Action::StopServer => self.stop_server(),
        }
    }

    fn connect(&mut self) -> Flow {
        match connect(self.endpoint, self.timing).and_then(|stream| Connection::new(stream, self.connections))
        {
            Ok(connection) => {
                self.transcript.push(Entry::Connected { connection: self.connections });
                self.connections += 1;
                self.current = Some(connection);
                self.reply_ends.clear();
                self.received = 0;
                Flow::Continue(())
            }
            Err(error) => {
                self.transcript.push(stopping::not_connected(&error));
                Flow::Break(())
            }
        }
    }

    fn send(&mut self, messages: &[String]) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        let mut bytes = Vec::new();
        for message in messages {
            bytes.extend(self.script.frame(message));
            connection.expect(&self.script.frame(&self.script.reply_to(message)));
            self.reply_ends.push(connection.expected_len());
        }
        let written = connection.send(&bytes, self.timing, &mut self.transcript);
        self.transcript.push(Entry::Sent {
            connection: connection.number(),
            messages: messages.len(),
            len: bytes.len(),
            written,
            pieces: 1,
        });
        if written == bytes.len() || self.stopping {
            return Flow::Continue(());
        }
        let waited = if connection.ended() { Waited::Ended } else { Waited::Silent(self.timing.deadline) };
        self.give_up(waited)
    }

    fn receive(&mut self) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        let end = self.reply_ends.get(self.received).copied().unwrap_or(connection.expected_len());
        self.received += 1;
        match connection.receive(end, self.timing, &mut self.transcript) {
            Waited::Complete => Flow::Continue(()),
            waited => self.give_up(waited),
        }
    }

    /// Notes why what should have come has not, and what came instead.
    fn give_up(&mut self, waited: Waited) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        let number = connection.number();
        match waited {
            Waited::Complete | Waited::Ended => {}
            Waited::Diverged => {
                let (wait, limit) = (self.timing.aftermath(), self.timing.limit());
                connection.receive_end(wait, limit, &mut self.transcript);
            }
            Waited::Silent(waited) => {
                let accepted = connection.accepted_by_peer(self.timing);
                self.transcript.push(Entry::Silent { connection: number, waited });
                if accepted == Some(false) {
                    self.transcript.push(Entry::NotAccepted { connection: number, waited });
                }
            }
            Waited::Unfinished(waited) => {
                self.transcript.push(Entry::Unfinished { connection: number, waited });
            }
        }
        Flow::Break(())
    }

    fn shut_down_client(&mut self) -> Flow {
        let Some(mut connection) = self.current.take() else { return Flow::Continue(()) };
        connection.half_close();
        connection.receive_rest(self.timing.aftermath(), self.timing, &mut self.transcript);
        if connection.diverged() { Flow::Break(()) } else { Flow::Continue(()) }
    }

    fn stop_server(&mut self) -> Flow {
        self.stopping = true;
        match stopping::tell(self.server, &mut self.transcript) {
            Told::Yes => Flow::Continue(()),
            Told::No => Flow::Break(()),
        }
    }

    fn receive_until_end(&mut self) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        let (wait, limit) = (self.timing.deadline, self.timing.limit());
        match connection.receive_end(wait, limit, &mut self.transcript) {
            Waited::Ended => {}
            waited => return self.give_up(waited),
        }
        let received = connection.received_len();
        let is_whole = received == 0 || self.reply_ends.contains(&received);
        let reset = Entry::Ended { connection: connection.number(), ending: Ending::Reset };
        let explains_itself = is_whole || self.transcript.entries.contains(&reset);
        let port = stopping::watch_port(self.endpoint, self.timing);
        self.transcript.push(port);
        // Whether a cut reply is the server's own doing depends on how its program ended, which comes last; after
        // a reset it never is.
        let wait = if explains_itself { Duration::ZERO } else { self.timing.deadline };
        let deadline = Instant::now() + wait;
        let killed = wait_until(deadline, || Ok(self.server.was_killed().then_some(())));
        if matches!(killed, Ok(Some(()))) {
            self.transcript.push(Entry::KilledBySignal);
        }
        Flow::Continue(())
    }
}

/// Connects to the first of the addresses that takes a connection.
fn connect(endpoint: &Endpoint, timing: &Timing) -> io::Result<TcpStream> {
    let deadline = Instant::now() + timing.deadline;
    let any = || {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in &endpoint.addresses {
            match connect_to(*address, deadline) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    };
    if !endpoint.may_be_starting {
        return any();
    }
    let connected = wait_until(deadline, || match any() {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
        result => result.map(Some),
    });
    connected?.ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
}

fn connect_to(address: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let left = deadline.saturating_duration_since(Instant::now());
    TcpStream::connect_timeout(&address, left.max(Duration::from_millis(1)))
}
