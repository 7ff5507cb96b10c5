//! A script played against a client without a socket: what [`crate::play`] does, where everything is known.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::stream::{Chance, Input, Wire};
use super::{Simulated, WAITED};
use crate::bug::{Asked, Client, Dial, Program};
use crate::bytes::common_len;
use crate::scenario::{Action, Leaving, Outbox, Script};
use crate::transcript::{Answer, Command, Ending, Entry, Transcript};

/// Whether the script goes on.
type Flow = ControlFlow<()>;

/// What happens when `script` is played against a client that runs `program`.
pub(super) fn play(script: &Script, program: &Program, chance: Chance) -> Simulated {
    let mut play = Play {
        script,
        program,
        chance,
        client: None,
        wire: Shared::new(chance),
        connections: 0,
        expected: Vec::new(),
        received_len: 0,
        outbox: Outbox::new(script),
        is_broken: false,
        asked: Asked::default(),
        transcript: Transcript::default(),
    };
    for (index, action) in script.actions.iter().enumerate() {
        if play.act(index, action).is_break() {
            play.transcript.push(Entry::BrokenOff);
            break;
        }
    }
    Simulated { transcript: play.transcript, asked: play.asked }
}

/// A wire that the client has in its hands and the harness looks at.
#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<Wire>>);

impl Shared {
    fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new(Wire::new([], chance, false))))
    }

    fn lock(&self) -> MutexGuard<'_, Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client's hand on a wire: when it is dropped, the connection is closed.
struct Held(Shared);

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().read(buffer)
    }
}

impl Write for Held {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().closed = true;
    }
}

struct Play<'a> {
    script: &'a Script,
    program: &'a Program,
    chance: Chance,
    client: Option<Client>,
    /// The last connection.
    wire: Shared,
    connections: usize,
    expected: Vec<u8>,
    received_len: usize,
    outbox: Outbox<'a>,
    /// Whether the harness has broken the connection off.
    is_broken: bool,
    asked: Asked,
    transcript: Transcript,
}

impl<'a> Play<'a> {
    fn act(&mut self, index: usize, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send(messages) => messages.iter().try_for_each(|message| self.send(message)),
            Action::Receive => self.receive(index, usize::MAX),
            Action::ReceiveUntilEnd => {
                self.receive(index, 1)?;
                self.leave(Leaving::Closing);
                self.receive_nothing()
            }
            Action::ReceiveNothing => self.receive_nothing(),
            Action::ShutDownClient => self.shut_down_client(),
            Action::StopServer => Flow::Continue(()),
            Action::ServerLeaves(leaving) => {
                self.leave(*leaving);
                Flow::Continue(())
            }
            Action::TurnTo(_)
            | Action::SendRaw(..)
            | Action::HalfClose
            | Action::ResetClient
            | Action::LeaveRepliesUnread => Flow::Break(()),
        }
    }

    fn note(&mut self, command: Command, answer: Answer) -> Flow {
        let goes_on = answer == Answer::Done;
        self.transcript.push(Entry::Answered { command, answer });
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn connect(&mut self) -> Flow {
        let wire = Shared::new(self.chance);
        let (first, mut is_first) = (wire.clone(), true);
        let dial: Dial = Box::new(move || {
            if std::mem::take(&mut is_first) {
                return Ok(Box::new(Held(first.clone())));
            }
            // Who connects a second time is not taken, and waits.
            let mut wire = first.lock();
            (wire.halted, wire.has_caller) = (true, true);
            Err(io::ErrorKind::TimedOut.into())
        });
        let assignment = self.script.assignment;
        let command = Command::Connect { host: String::new(), port: 0, buffer_size: assignment.buffer_size };
        self.client = Client::connect(*self.program, assignment, dial).ok();
        self.wire = wire;
        let flow = self.note(command, Answer::Done);
        self.transcript.push(Entry::Connected { connection: self.connections });
        self.connections += 1;
        self.expected.clear();
        self.received_len = 0;
        self.outbox = Outbox::new(self.script);
        self.is_broken = false;
        flow
    }

    fn ask(&mut self, operation: impl FnOnce(&mut Client) -> Answer) -> Answer {
        let Some(client) = &mut self.client else { return Answer::Raised(String::new()) };
        let answer = operation(client);
        let wire = self.wire.lock();
        self.asked = self.asked.or(client.asked());
        if !wire.halted {
            return answer;
        }
        if wire.has_caller {
            self.transcript.push(Entry::ConnectedAgain);
        }
        Answer::Silent(WAITED)
    }

    /// Takes what the client has sent. Tells whether that is wrong.
    fn drain(&mut self) -> bool {
        if self.is_broken {
            return false;
        }
        let wire = self.wire.lock();
        let (new, wanted) = (
            &wire.written[self.received_len..],
            &self.expected[self.received_len.min(self.expected.len())..],
        );
        let diverged = common_len(new, wanted) < new.len();
        let bytes = new.to_vec();
        self.received_len = wire.written.len();
        drop(wire);
        if !bytes.is_empty() {
            self.transcript.push(Entry::Received { connection: self.connections - 1, bytes });
        }
        diverged
    }

    fn send(&mut self, message: &'a str) -> Flow {
        self.script.frame(message).append_to(&mut self.expected);
        self.outbox.owe_reply_to(message);
        let answer = self.ask(|client| client.send_message(message));
        let diverged = self.drain();
        let is_complete = matches!(answer, Answer::Raised(_)) || self.received_len >= self.expected.len();
        let flow = self.note(Command::SendMessage(message.to_owned()), answer);
        if diverged {
            return Flow::Break(());
        }
        if !is_complete {
            self.transcript.push(Entry::Silent { connection: self.connections - 1, waited: WAITED });
            return Flow::Break(());
        }
        flow
    }

    fn receive(&mut self, index: usize, replies_max: usize) -> Flow {
        self.outbox.fill(index, replies_max);
        for piece in self.outbox.next_pieces() {
            self.wire.lock().push(Input::Piece(piece.into()));
        }
        let answer = self.ask(Client::receive_message);
        if self.outbox.ahead_len() > 0 {
            let bytes = self.outbox.ahead_len().saturating_sub(self.wire.lock().unread());
            self.transcript.push(Entry::ReadAhead { bytes });
        }
        let wanted = self.outbox.take_due();
        let is_wanted = matches!(
            &answer, Answer::Received { payload, received: true } if Some(payload.as_str()) == wanted
        );
        let _ = self.note(Command::ReceiveMessage, answer);
        if is_wanted { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn leave(&mut self, leaving: Leaving) {
        let part = self.outbox.last_part(leaving);
        let mut wire = self.wire.lock();
        if !part.is_empty() {
            wire.push(Input::Piece(part.into()));
        }
        if leaving == Leaving::Resetting {
            self.is_broken = true;
            wire.push(Input::Broken);
        } else {
            wire.push(Input::End);
        }
    }

    fn receive_nothing(&mut self) -> Flow {
        let answer = self.ask(Client::receive_message);
        let noticed = matches!(answer, Answer::Received { received: false, .. });
        let _ = self.note(Command::ReceiveMessage, answer);
        if noticed { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn shut_down_client(&mut self) -> Flow {
        let answer = self.ask(Client::shut_down);
        if self.is_broken {
            return self.note(Command::ShutDown, answer);
        }
        let (closed, connection) = (self.wire.lock().closed, self.connections - 1);
        if closed {
            self.transcript.push(Entry::Ended { connection, ending: Ending::Closed });
        }
        let flow = self.note(Command::ShutDown, answer);
        if closed {
            return flow;
        }
        self.transcript.push(Entry::Silent { connection, waited: WAITED });
        Flow::Break(())
    }
}
