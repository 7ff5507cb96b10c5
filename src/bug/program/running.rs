//! A program that runs: a server with its clients, a client with its caller.

use std::time::Duration;

use super::Program;
use super::connection::{Connection, Memory, Stream};
use super::failure::{Failure, Next};
use super::parts::{AtEnd, ConversationEnd, Serving, Stops};
use super::text::encode;
use crate::assignment::Assignment;
use crate::conversation::Answer;

/// A server: a program, and what it keeps from one client to the next.
#[derive(Debug, Clone)]
pub struct Server {
    program: Program,
    assignment: Assignment,
    memory: Memory,
    clients: usize,
    has_raised: bool,
}

impl Server {
    /// A server that has served nobody yet.
    #[must_use]
    pub fn new(program: Program, assignment: Assignment) -> Self {
        Self { program, assignment, memory: Memory::default(), clients: 0, has_raised: false }
    }

    /// Holds the conversation with one client, and returns what the server does next. `keep_running` becomes false
    /// when the server is told to stop.
    pub fn serve(&mut self, mut stream: &mut dyn Stream, keep_running: &dyn Fn() -> bool) -> Next {
        self.serve_marking(&mut stream, false, keep_running, &mut |_, _| {})
    }

    /// The same, where a conversation may be gone on with that was begun by a copy of this server. Whenever the next message is to be
    /// received, `mark` is told.
    pub(crate) fn serve_marking<S: Stream>(
        &mut self,
        stream: &mut S,
        is_begun: bool,
        keep_running: &dyn Fn() -> bool,
        mark: &mut dyn FnMut(&Self, &S),
    ) -> Next {
        let begun = if is_begun { Ok(()) } else { self.begin(stream) };
        let mut outcome = begun.and_then(|()| self.converse(stream, keep_running, mark));
        if outcome.is_ok() && self.program.serving.flushes_at_end {
            outcome = self.program.connection(&self.assignment, stream, &mut self.memory).flush();
        }
        self.end(outcome, keep_running)
    }

    /// Begins the conversation with the next client.
    fn begin(&mut self, stream: &mut dyn Stream) -> Result<(), Failure> {
        self.clients += 1;
        if self.program.serving.clears_buffer {
            self.memory = Memory::default();
        }
        self.memory.messages = 0;
        self.program
            .connection(&self.assignment, stream, &mut self.memory)
            .send_all(self.program.serving.greeting)
    }

    fn end(&mut self, outcome: Result<(), Failure>, keep_running: &dyn Fn() -> bool) -> Next {
        let failure = outcome.as_ref().err();
        self.has_raised |= failure.is_some() || self.program.uncaught.contain(failure);
        if !keep_running() && self.stops() != Next::Client {
            return self.stops();
        }
        let after_crash = self.program.variant.after_crash();
        if self.program.uncaught.contain(failure) {
            return after_crash;
        }
        let (messages, clients) = (self.memory.messages, self.clients);
        (self.program.serving.next)(&ConversationEnd { failure, messages, clients, after_crash })
    }

    /// Whether something was raised in a conversation that another program might not catch.
    pub(crate) const fn has_raised(&self) -> bool {
        self.has_raised
    }

    /// Whether it goes on when it has sent something to a client that has left.
    pub(crate) const fn sends_in_vain(&self) -> bool {
        self.program.variant.sends_in_vain
    }

    /// How long it waits for a client, where that has an end.
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.program.serving.ends_when_idle.then_some(Program::TIMEOUT)
    }

    /// Whether the connection of a conversation that is over stays open, when this is what the server does next.
    pub fn keeps_connection(&self, next: Next) -> bool {
        next.keeps_connection() || next == Next::Client && self.program.variant.forgets_connection
    }

    /// What a server does that no client has come to for a while.
    pub const fn when_idle(&self) -> Next {
        if self.program.serving.ends_when_idle { Next::NobodyWhileListening } else { Next::Client }
    }

    /// What a server does that is told to stop while it has no client.
    pub const fn stops_without_client(&self) -> Next {
        if self.program.variant.stops_in_accept { self.stops() } else { Next::Client }
    }

    /// What a server does that is told to stop: if it never stops, it accepts the next client regardless.
    const fn stops(&self) -> Next {
        match self.program.serving {
            Serving { stops: Stops::Never, .. } => Next::Client,
            Serving { closes_port: true, closes_connection: true, .. } => Next::Nobody,
            Serving { closes_port: false, closes_connection: true, .. } => Next::NobodyWhileListening,
            Serving { closes_port: true, closes_connection: false, .. } => Next::NobodyWhileConnected,
            Serving { closes_port: false, closes_connection: false, .. } => Next::Nothing,
        }
    }

    fn converse<S: Stream>(
        &mut self,
        stream: &mut S,
        keep_running: &dyn Fn() -> bool,
        mark: &mut dyn FnMut(&Self, &S),
    ) -> Result<(), Failure> {
        while self.memory.messages < self.program.serving.messages_max {
            mark(self, stream);
            let is_last = self.answer_next(stream)?;
            if is_last || self.program.serving.stops == Stops::AfterReply && !keep_running() {
                break;
            }
        }
        Ok(())
    }

    /// Receives a message and replies to it. Tells whether there was none.
    fn answer_next(&mut self, stream: &mut dyn Stream) -> Result<bool, Failure> {
        let Self { program, assignment, memory, .. } = self;
        let mut connection = program.connection(assignment, stream, memory);
        let Some(message) = program.receive(&mut connection)? else { return Ok(true) };
        connection.memory.messages += 1;
        let text = program.text_of(&message, assignment)?;
        let reply = (program.work)(&text, assignment);
        if (program.serving.answers)(&reply) {
            let frame = program.frame(reply, &message, assignment)?;
            (program.send)(&mut connection, &frame)?;
        }
        Ok(false)
    }
}

/// How a client connects.
pub type Dial = Box<dyn FnMut() -> std::io::Result<Box<dyn Stream + Send>> + Send>;

/// A client: a program, its connection, and what it keeps from one operation to the next.
pub struct Client {
    program: Program,
    assignment: Assignment,
    dial: Dial,
    stream: Option<Box<dyn Stream + Send>>,
    /// Connections that should have been closed.
    leaked: Vec<Box<dyn Stream + Send>>,
    memory: Memory,
}

impl Client {
    /// A client that connects through `dial`.
    ///
    /// # Errors
    ///
    /// Those of `dial`.
    pub fn connect(program: Program, assignment: Assignment, mut dial: Dial) -> std::io::Result<Self> {
        let stream = Some(dial()?);
        let (leaked, memory) = (Vec::new(), Memory::default());
        Ok(Self { program, assignment, dial, stream, leaked, memory })
    }

    /// `send_message`.
    pub fn send_message(&mut self, message: &str) -> Answer {
        let (program, assignment) = (self.program, self.assignment);
        if program.calling.connects_for_each && self.memory.sent > 0 {
            self.stream = None;
            match (self.dial)() {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => return Answer::Error(error.to_string()),
            }
        }
        self.memory.sent += 1;
        let sent = self.with_connection(|connection| {
            let payload = encode(message, &assignment);
            let frame = program.frame(payload.clone(), &payload, &assignment)?;
            (program.send)(connection, &frame)
        });
        match sent {
            Err(failure) if program.uncaught.contain(Some(&failure)) => Answer::Error(failure.to_string()),
            sent => (program.calling.sent)(sent),
        }
    }

    /// `receive_message`.
    pub fn receive_message(&mut self) -> Answer {
        let (program, assignment) = (self.program, self.assignment);
        if self.stream.is_none() {
            return Answer::Error(BAD_DESCRIPTOR.into());
        }
        let received = self.with_connection(|connection| {
            let payload = program.receive(connection)?;
            connection.memory.messages += usize::from(payload.is_some());
            payload.map(|payload| program.text_of(&payload, &assignment)).transpose()
        });
        let failure = match received {
            Ok(Some(text)) => return (program.calling.returns)(text, &self.assignment),
            Ok(None) => None,
            Err(failure) => Some(failure),
        };
        match (program.calling.at_end)(&self.memory) {
            AtEnd::Keeps => {}
            AtEnd::Closes => self.stream = None,
            AtEnd::Reconnects => {
                if let Ok(stream) = (self.dial)() {
                    self.leaked.extend(self.stream.replace(stream));
                    return self.receive_message();
                }
            }
        }
        let is_no_text = matches!(failure, Some(Failure::Text(_) | Failure::HeaderTooLong { .. }));
        if program.uncaught.contain(failure.as_ref()) || is_no_text && program.variant.raises_no_text {
            // Nothing is too short to be unpacked.
            let wanted = self.assignment.header_width.bytes();
            return Answer::Error(failure.unwrap_or(Failure::EndInHeader { wanted }).to_string());
        }
        (program.calling.returns_at_end)(failure.as_ref(), &self.memory)
    }

    /// `shutdown`.
    pub fn shut_down(&mut self) -> Answer {
        let closes = (self.program.calling.closes)(&self.memory);
        if closes {
            self.stream = None;
        } else if !self.program.variant.keeps_socket {
            self.leaked.extend(self.stream.take());
        }
        Answer::Done
    }

    fn with_connection<T>(
        &mut self,
        operation: impl FnOnce(&mut Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Self { program, assignment, stream, memory, .. } = self;
        let Some(stream) = stream else {
            return Err(Failure::Send(std::io::Error::other(BAD_DESCRIPTOR)));
        };
        operation(&mut program.connection(assignment, &mut **stream, memory))
    }
}

/// What Python says about an operation on a closed socket.
const BAD_DESCRIPTOR: &str = "[Errno 9] Bad file descriptor";
