//! A case played against a client without a socket: what [`crate::play`] does, where everything is known.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::prediction::{Prediction, WAITED};
use super::stream::{Input, ReadSizes, Wire};
use crate::bug::{Client, Consulted, Dial, Program};
use crate::bytes::common_len;
use crate::conversation::{Answer, Ending, Entry, Operation, ReplyQueue, Transcript};
use crate::scenario::{Action, Batch, Case, CloseMode};

/// Whether the case goes on.
type Flow = ControlFlow<()>;

/// What happens when `case` is played against a client that runs `program`.
pub(super) fn play(case: &Case, program: &Program, sizes: ReadSizes) -> Prediction {
    let mut play = Play {
        case,
        program,
        sizes,
        client: None,
        wire: Shared::new(sizes),
        connections: 0,
        expected: Vec::new(),
        received_len: 0,
        reply_queue: ReplyQueue::new(case),
        is_broken: false,
        consulted: Consulted::default(),
        transcript: Transcript::default(),
    };
    for action in &case.actions {
        if play.act(action).is_break() {
            play.transcript.push(Entry::Aborted);
            break;
        }
    }
    Prediction { transcript: play.transcript, consulted: play.consulted }
}

/// A wire that the client has in its hands and the harness looks at.
#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<Wire>>);

impl Shared {
    fn new(sizes: ReadSizes) -> Self {
        Self(Arc::new(Mutex::new(Wire::new([], sizes, false))))
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
    case: &'a Case,
    program: &'a Program,
    sizes: ReadSizes,
    client: Option<Client>,
    /// The last connection.
    wire: Shared,
    connections: usize,
    expected: Vec<u8>,
    received_len: usize,
    reply_queue: ReplyQueue<'a>,
    /// Whether the harness has broken the connection off.
    is_broken: bool,
    consulted: Consulted,
    transcript: Transcript,
}

impl<'a> Play<'a> {
    fn act(&mut self, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send { messages, .. } => messages.iter().try_for_each(|message| self.send(message)),
            Action::Receive { batch } => self.receive(batch.as_ref()),
            Action::ReceiveUntilEnd { batch } => {
                self.receive(batch.as_ref())?;
                self.leave(CloseMode::Clean);
                self.receive_nothing()
            }
            Action::ReceiveNothing => self.receive_nothing(),
            Action::ShutDownClient => self.shut_down_client(),
            Action::StopServer => Flow::Continue(()),
            Action::ServerCloses { mode } => {
                self.leave(*mode);
                Flow::Continue(())
            }
            Action::SwitchClient { .. }
            | Action::SendMalformed { .. }
            | Action::HalfClose
            | Action::ResetClient { .. }
            | Action::CloseUnread => Flow::Break(()),
        }
    }

    fn note(&mut self, operation: Operation, answer: Answer) -> Flow {
        let goes_on = answer == Answer::Done;
        self.transcript.push(Entry::Answered { operation, answer });
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn connect(&mut self) -> Flow {
        let wire = Shared::new(self.sizes);
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
        let assignment = self.case.assignment;
        let operation =
            Operation::Connect { host: String::new(), port: 0, buffer_size: assignment.buffer_size };
        self.client = Client::connect(*self.program, assignment, dial).ok();
        self.wire = wire;
        let flow = self.note(operation, Answer::Done);
        self.transcript.push(Entry::Connected { connection: self.connections });
        self.connections += 1;
        self.expected.clear();
        self.received_len = 0;
        self.reply_queue = ReplyQueue::new(self.case);
        self.is_broken = false;
        flow
    }

    fn ask(&mut self, operation: impl FnOnce(&mut Client) -> Answer) -> Answer {
        let Some(client) = &mut self.client else { return Answer::Error(String::new()) };
        let answer = operation(client);
        let wire = self.wire.lock();
        self.consulted = self.consulted.union(client.consulted());
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
        self.case.frame(message).append_to(&mut self.expected);
        self.reply_queue.push(message);
        let answer = self.ask(|client| client.send_message(message));
        let diverged = self.drain();
        let is_complete = matches!(answer, Answer::Error(_)) || self.received_len >= self.expected.len();
        let flow = self.note(Operation::SendMessage(message.to_owned()), answer);
        if diverged {
            return Flow::Break(());
        }
        if !is_complete {
            self.transcript.push(Entry::Silent { connection: self.connections - 1, waited: WAITED });
            return Flow::Break(());
        }
        flow
    }

    fn receive(&mut self, batch: Option<&Batch>) -> Flow {
        if let Some(batch) = batch {
            self.reply_queue.frame(batch);
        }
        for piece in self.reply_queue.next_pieces() {
            self.wire.lock().push(Input::Piece(piece.into()));
        }
        let answer = self.ask(Client::receive_message);
        if self.reply_queue.ahead_len() > 0 {
            let bytes = self.reply_queue.ahead_len().saturating_sub(self.wire.lock().unread());
            self.transcript.push(Entry::ReadAhead { bytes });
        }
        let wanted = self.reply_queue.take_due();
        let is_wanted = matches!(
            &answer, Answer::Received { payload, received: true } if Some(payload.as_str()) == wanted
        );
        let _ = self.note(Operation::ReceiveMessage, answer);
        if is_wanted { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn leave(&mut self, mode: CloseMode) {
        let part = self.reply_queue.last_part(mode);
        let mut wire = self.wire.lock();
        if !part.is_empty() {
            wire.push(Input::Piece(part.into()));
        }
        if mode == CloseMode::Reset {
            self.is_broken = true;
            wire.push(Input::Broken);
        } else {
            wire.push(Input::End);
        }
    }

    fn receive_nothing(&mut self) -> Flow {
        let answer = self.ask(Client::receive_message);
        let noticed = matches!(answer, Answer::Received { received: false, .. });
        let _ = self.note(Operation::ReceiveMessage, answer);
        if noticed { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn shut_down_client(&mut self) -> Flow {
        let answer = self.ask(Client::shut_down);
        if self.is_broken {
            return self.note(Operation::ShutDown, answer);
        }
        let (closed, connection) = (self.wire.lock().closed, self.connections - 1);
        if closed {
            self.transcript.push(Entry::Ended { connection, ending: Ending::Closed });
        }
        let flow = self.note(Operation::ShutDown, answer);
        if closed {
            return flow;
        }
        self.transcript.push(Entry::Silent { connection, waited: WAITED });
        Flow::Break(())
    }
}
