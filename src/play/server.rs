//! The harness as the client of a server under test.

use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::connection::Connection;
use super::sending::{sent, unsuited};
use super::stopping::{self, Told};
use super::watch::Waited;
use super::{Timing, slowly};
use crate::delivery::pieces;
use crate::os::proc::memory_of;
use crate::os::wait::wait_until;
use crate::scenario::{Action, Raw, Reading, Script};
use crate::target::{Endpoint, Server};
use crate::transcript::{Entry, Transcript};

/// Whether the script goes on.
type Flow = ControlFlow<()>;

/// How long to wait for a connection to be accepted before something is sent on it all the same.
const ACCEPT_WAIT_MAX: Duration = Duration::from_millis(500);

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
        clients: Clients::default(),
        stopping: false,
    };
    for (index, action) in script.actions.iter().enumerate() {
        if play.act(index, action).is_break() {
            play.transcript.push(Entry::BrokenOff);
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
    clients: Clients<'a>,
    stopping: bool,
}

/// The connections of all clients.
#[derive(Default)]
struct Clients<'a> {
    /// In the order in which they connected; nothing where one has left.
    connections: Vec<Option<Connection<'a>>>,
    /// Whose turn it is.
    turn: usize,
}

impl<'a> Clients<'a> {
    fn current(&mut self) -> Option<&mut Connection<'a>> {
        self.connections.get_mut(self.turn)?.as_mut()
    }

    /// The client whose turn it is leaves.
    fn take_current(&mut self) -> Option<Connection<'a>> {
        self.connections.get_mut(self.turn)?.take()
    }
}

impl<'a> Play<'a> {
    fn act(&mut self, index: usize, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::TurnTo(client) => {
                self.clients.turn = *client;
                Flow::Continue(())
            }
            Action::Send(messages) => self.send(index, messages),
            Action::SendRaw(raw, bytes) => self.send_raw(*raw, bytes),
            Action::Receive => self.receive(),
            Action::ReceiveUntilEnd => self.receive_until_end(),
            Action::HalfClose => self.half_close(),
            Action::ShutDownClient => self.shut_down_client(),
            Action::ResetClient => self.reset_client(index),
            Action::LeaveRepliesUnread => self.leave_replies_unread(),
            Action::StopServer => self.stop_server(),
            Action::ReceiveNothing | Action::ServerLeaves(_) => unsuited(action, &mut self.transcript),
        }
    }

    fn connect(&mut self) -> Flow {
        let number = self.clients.connections.len();
        let reading = self.script.scenario.reading;
        let connected = connect(self.endpoint, reading, self.timing)
            .and_then(|socket| Connection::new(socket.into(), number, reading, self.timing));
        match connected {
            Ok(connection) => {
                self.transcript.push(Entry::Connected { connection: number });
                let is_alone = self.clients.connections.iter().all(Option::is_none);
                self.clients.connections.push(Some(connection));
                self.clients.turn = number;
                if is_alone { self.watch_accept() } else { Flow::Continue(()) }
            }
            Err(error) => {
                self.transcript.push(stopping::not_connected(&error, self.endpoint, self.timing));
                Flow::Break(())
            }
        }
    }

    /// Waits a while for the server to take the connection, where that can be seen.
    ///
    /// A server that ends, or stops to listen, resets what waits to be accepted. That must not look as if it had
    /// reset a client that it serves.
    fn watch_accept(&mut self) -> Flow {
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        if !connection.is_watched() {
            return Flow::Continue(());
        }
        let number = connection.number();
        let (timing, transcript) = (&mut *self.timing, &mut self.transcript);
        let wait = ACCEPT_WAIT_MAX.min(timing.deadline);
        let seen = wait_until(Instant::now() + wait, || {
            let Some(peer) = connection.peer_state(timing) else {
                connection.drain(transcript);
                return Ok(connection.ended().then_some(false));
            };
            Ok((peer.accepted() || timing.is_interrupted()).then_some(true))
        });
        // A server that still listens has taken the connection before it broke it off.
        if matches!(seen, Ok(Some(false))) && !stopping::listens(self.endpoint, self.timing) {
            let why = "the server stopped listening without having accepted it".to_owned();
            self.transcript.push(Entry::NotAccepted { connection: number, why });
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    fn send(&mut self, index: usize, messages: &'a [String]) -> Flow {
        let (bytes, cuts) = self.script.cut_frames(messages, index);
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        for message in messages {
            connection.expect(self.script.frame(self.script.reply_to(message)));
        }
        match self.script.actions.get(index + 1) {
            Some(Action::LeaveRepliesUnread) => connection.hold(),
            Some(Action::HalfClose) => connection.hold_back(),
            _ => {}
        }
        let pieces = pieces(&bytes, &cuts);
        let mut delivered = pieces.clone();
        if self.script.actions.get(index + 1) == Some(&Action::ResetClient) {
            // What was not read yet would be lost with the connection: the server would not even begin to answer.
            delivered.push(b"");
        }
        let (boundaries, undelivered) = connection.deliver(&delivered, self.timing, &mut self.transcript);
        let is_sent = undelivered.is_none();
        let entry =
            sent(connection.number(), messages.len(), &pieces, &boundaries, undelivered, "the server");
        self.transcript.push(entry);
        // What came back although not everything could be sent tells more than that it could not.
        if is_sent || self.stopping { Flow::Continue(()) } else { self.receive() }
    }

    /// Sends bytes after which the server can only wait, and sees that it has read them, so that what the
    /// client does next finds it waiting.
    fn send_raw(&mut self, raw: Raw, bytes: &[u8]) -> Flow {
        let memory_before = self.server_memory();
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        if raw == Raw::NotUtf8 {
            connection.expect_anything();
        }
        let (_, undelivered) = connection.deliver(&[bytes, b""], self.timing, &mut self.transcript);
        let entry = sent(connection.number(), 0, &[bytes], &[], undelivered, "the server");
        self.transcript.push(entry);
        if raw == Raw::LongestClaim
            && let (Some(before), Some(after)) = (memory_before, self.server_memory())
        {
            self.transcript.push(Entry::MemoryGrew { bytes: after.saturating_sub(before) });
        }
        Flow::Continue(())
    }

    /// How much memory the program at the other end of the current connection uses, where that can be seen.
    fn server_memory(&mut self) -> Option<u64> {
        let connection = self.clients.current()?;
        memory_of(connection.peer_state(self.timing)?.inode)
    }

    fn receive(&mut self) -> Flow {
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        match connection.receive_reply(self.timing, &mut self.transcript) {
            Waited::Complete => Flow::Continue(()),
            waited => self.give_up(waited),
        }
    }

    /// Notes why what should have come has not, and what came instead.
    fn give_up(&mut self, waited: Waited) -> Flow {
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        let number = connection.number();
        match waited {
            Waited::Complete | Waited::Ended => {}
            Waited::Diverged => connection.receive_aftermath(self.timing, &mut self.transcript),
            Waited::Starved(_) => self.transcript.entries.extend(waited.trouble()),
            Waited::Silent(waited) => {
                let accepted = connection.peer_state(self.timing).map(|peer| peer.accepted());
                self.transcript.push(Entry::Silent { connection: number, waited });
                if accepted == Some(false) {
                    let why = format!("the server did not accept it within {} ms", waited.as_millis());
                    self.transcript.push(Entry::NotAccepted { connection: number, why });
                }
            }
            Waited::Unfinished(waited) => {
                self.transcript.push(Entry::Unfinished { connection: number, waited });
            }
        }
        Flow::Break(())
    }

    fn half_close(&mut self) -> Flow {
        if let Some(connection) = self.clients.current() {
            connection.half_close();
        }
        Flow::Continue(())
    }

    fn shut_down_client(&mut self) -> Flow {
        let Some(mut connection) = self.clients.take_current() else {
            return Flow::Continue(());
        };
        connection.half_close();
        connection.receive_rest(self.timing, &mut self.transcript);
        if connection.diverged() { Flow::Break(()) } else { Flow::Continue(()) }
    }

    fn reset_client(&mut self, index: usize) -> Flow {
        let before = index.checked_sub(1).and_then(|before| self.script.actions.get(before));
        if let Some(mut connection) = self.clients.take_current() {
            // An answer to what is no message must not depend on who is faster.
            if matches!(before, Some(Action::SendRaw(..))) {
                connection.receive_retort(self.timing, &mut self.transcript);
            }
            connection.reset();
        }
        Flow::Continue(())
    }

    fn leave_replies_unread(&mut self) -> Flow {
        if let Some(connection) = self.clients.take_current() {
            // Closing with bytes unread makes the kernel send a reset.
            connection.wait_for_unread(self.timing);
        }
        Flow::Continue(())
    }

    fn stop_server(&mut self) -> Flow {
        self.stopping = true;
        match stopping::tell(self.server, self.endpoint, self.timing, &mut self.transcript) {
            Told::Yes => Flow::Continue(()),
            Told::No => Flow::Break(()),
        }
    }

    fn receive_until_end(&mut self) -> Flow {
        let Some(connection) = self.clients.current() else { return Flow::Break(()) };
        match connection.receive_end(self.timing, &mut self.transcript) {
            Waited::Ended => {}
            waited => return self.give_up(waited),
        }
        // A reset explains a cut by itself.
        let is_cut = !connection.stops_between_frames() && !connection.was_reset();
        self.transcript.push(stopping::watch_port(self.endpoint, self.timing));
        // Whether a cut reply is the server's own doing depends on how its program ended, which comes last.
        let patience = if is_cut { self.timing.deadline } else { Duration::ZERO };
        let killed = wait_until(Instant::now() + patience, || {
            let is_known = self.server.was_killed() || self.timing.is_interrupted();
            Ok(is_known.then(|| self.server.was_killed()))
        });
        if matches!(killed, Ok(Some(true))) {
            self.transcript.push(Entry::KilledBySignal);
        }
        Flow::Continue(())
    }
}

/// Connects to the first of the addresses that takes a connection.
fn connect(endpoint: &Endpoint, reading: Reading, timing: &Timing) -> io::Result<Socket> {
    let deadline = Instant::now() + timing.deadline;
    let any = || {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in &endpoint.addresses {
            match connect_to(*address, reading, deadline) {
                Ok(socket) => return Ok(socket),
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

fn connect_to(address: SocketAddr, reading: Reading, deadline: Instant) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if reading == Reading::Slowly {
        slowly::narrow(&socket)?;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    socket.connect_timeout(&address.into(), left.max(Duration::from_millis(1)))?;
    Ok(socket)
}
