//! A program that does what the assignment asks for, in parts that can be exchanged one by one.
//!
//! A [`Bug`](super::Bug) is such a program with one part, seldom two, done wrong.

use super::connection::{Connection, Failure, Memory, Stream};
use super::receiving;
use super::style::{Asked, Style};
use crate::assignment::Assignment;
use crate::conversation::Answer;
use crate::wire;

/// How each part of a program is done. [`Program::RIGHT`] does all of them right.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// What a length looks like.
    pub(super) header: Header,
    /// Receives the payload of the next message; `None` at the end of the stream.
    pub(super) receive: fn(&mut Connection<'_>) -> Result<Option<Vec<u8>>, Failure>,
    /// Makes text of a payload.
    pub(super) decode: fn(&[u8]) -> Result<String, Failure>,
    /// Removes so many characters, and makes a payload of the rest.
    pub(super) remove: fn(&str, usize) -> Vec<u8>,
    /// What becomes of a payload before it is sent.
    pub(super) dress: fn(Vec<u8>, &Assignment) -> Result<Vec<u8>, Failure>,
    /// The length that is declared for a payload; for a reply also by the message that it answers.
    pub(super) count: fn(payload: &[u8], message: &[u8]) -> usize,
    /// Sends a frame.
    pub(super) send: fn(&mut Connection<'_>, &[u8]) -> Result<(), Failure>,
    /// What only a server does.
    pub(super) serving: Serving,
    /// What only a client does.
    pub(super) calling: Calling,
    /// What can be done in several ways.
    pub(super) style: Style,
}

/// What a length looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) len: fn(&Assignment) -> usize,
    pub(super) read: fn(&[u8], &Assignment) -> u64,
    pub(super) write: fn(u64, &Assignment) -> Result<Vec<u8>, Failure>,
}

/// How a server treats its clients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Serving {
    /// Sent to each client before anything is received.
    pub(super) greeting: &'static [u8],
    /// How many messages of one client are answered.
    pub(super) messages_max: usize,
    /// Whether this reply is sent.
    pub(super) answers: fn(&[u8]) -> bool,
    /// Whether what was left in the buffer goes with the client that it came from.
    pub(super) forgets: bool,
    /// What happens when a conversation is over.
    pub(super) next: fn(&Ended<'_>) -> Next,
    /// When a server that was told to stop does so.
    pub(super) stops: Stops,
    /// Whether a server that has stopped gives up its port.
    pub(super) closes_port: bool,
}

/// How a conversation with a client was when it was over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended<'a> {
    /// What ended it, where that was not the end of the stream.
    pub(super) failure: Option<&'a Failure>,
    /// How many messages it had.
    pub(super) messages: usize,
    /// How many clients there have been, this one included.
    pub(super) clients: usize,
    /// What a server does that dies of it.
    pub(super) after_death: Next,
}

/// What a server does after a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It closes the connection and takes the next client.
    Client,
    /// It closes the connection, and its program ends.
    Nobody,
    /// It closes the connection and takes nobody any more, but still listens.
    NobodyWhileListening,
}

/// When a server that was told to stop does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stops {
    AfterReply,
    BetweenClients,
    Never,
}

/// How a client deals with its caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calling {
    /// What `receive_message` gives back.
    pub(super) answer: fn(Result<Option<String>, Failure>, &Memory) -> Answer,
    /// What becomes of the connection when nothing could be received.
    pub(super) at_end: fn(&Memory) -> AtEnd,
    /// Whether `shutdown` closes the connection.
    pub(super) closes: fn(&Memory) -> bool,
}

/// What becomes of a client's connection when nothing could be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtEnd {
    Keeps,
    Closes,
    Reconnects,
}

impl Program {
    /// Everything as it should be.
    pub const RIGHT: Self = Self {
        header: Header {
            len: |assignment| assignment.header_width.bytes(),
            read: |header, assignment| read_length(header, assignment),
            write: |len, assignment| match wire::Header::new(len, assignment) {
                Ok(header) => Ok(header.as_bytes().to_vec()),
                Err(_) => Err(Failure::Length(len)),
            },
        },
        receive: receiving::exactly,
        decode: |payload| match std::str::from_utf8(payload) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Failure::Text("'utf-8' codec can't decode the payload")),
        },
        remove: |text, count| match text.char_indices().nth(count) {
            Some((start, _)) => text.as_bytes()[start..].to_vec(),
            None => Vec::new(),
        },
        dress: |payload, _| Ok(payload),
        count: |payload, _| payload.len(),
        send: |connection, frame| connection.send_all(frame),
        serving: Serving {
            greeting: b"",
            messages_max: usize::MAX,
            answers: |_| true,
            forgets: true,
            next: |_| Next::Client,
            stops: Stops::AfterReply,
            closes_port: true,
        },
        calling: Calling {
            answer: |received, _| match received {
                Ok(Some(payload)) => Answer::Received { payload, received: true },
                Ok(None) | Err(_) => Answer::Received { payload: String::new(), received: false },
            },
            at_end: |_| AtEnd::Keeps,
            closes: |_| true,
        },
        style: Style::CAREFUL,
    };

    /// The same program, with what can be done in several ways done in this one.
    #[must_use]
    pub const fn in_style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// How it does what can be done in several ways.
    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }

    /// How much has to be assumed of it, besides its bug: of two that explain the same, the one that takes less is to
    /// be believed.
    #[must_use]
    pub const fn carelessness(&self) -> u8 {
        self.style.carelessness()
    }

    /// The frame of a payload, which for a reply answers `message`.
    fn frame(&self, payload: Vec<u8>, message: &[u8], assignment: &Assignment) -> Result<Vec<u8>, Failure> {
        let payload = (self.dress)(payload, assignment)?;
        let mut frame = (self.header.write)((self.count)(&payload, message) as u64, assignment)?;
        frame.extend(payload);
        Ok(frame)
    }
}

/// The length that a header of the assignment's own kind declares.
pub(super) fn read_length(header: &[u8], assignment: &Assignment) -> u64 {
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    match assignment.byte_order {
        crate::ByteOrder::BigEndian => header.iter().fold(0, append),
        crate::ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    }
}

/// A server: a program, and what it keeps from one client to the next.
#[derive(Debug)]
pub struct Server {
    program: Program,
    assignment: Assignment,
    memory: Memory,
    clients: usize,
    asked: Asked,
}

impl Server {
    /// A server that has served nobody yet.
    #[must_use]
    pub fn new(program: Program, assignment: Assignment) -> Self {
        Self { program, assignment, memory: Memory::default(), clients: 0, asked: Asked::default() }
    }

    /// Has the conversation with one client, and tells what the server does then. `keep_running` becomes false
    /// when the server is told to stop.
    pub fn serve(&mut self, stream: &mut dyn Stream, keep_running: &dyn Fn() -> bool) -> Next {
        self.clients += 1;
        if self.program.serving.forgets {
            self.memory = Memory::default();
        }
        self.memory.messages = 0;
        let outcome = self.converse(stream, keep_running);
        let failure = outcome.as_ref().err();
        self.asked.fatal |= Failure::is_met(failure);
        if !keep_running() && self.stops() != Next::Client {
            return self.stops();
        }
        let style = self.program.style;
        if failure.is_some_and(|failure| style.is_fatal(failure)) {
            self.asked.death = true;
            return style.after_death;
        }
        let (messages, clients) = (self.memory.messages, self.clients);
        let ended = Ended { failure, messages, clients, after_death: style.after_death };
        let next = (self.program.serving.next)(&ended);
        self.asked.death |= next != Next::Client;
        next
    }

    /// Which parts of its [`Style`] had a say until now.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        self.asked
    }

    /// What a server does that is told to stop while it has no client.
    pub fn stops_without_client(&mut self) -> Next {
        self.asked.stop = true;
        if self.program.style.stops_in_accept { self.stops() } else { Next::Client }
    }

    /// What a server does that is told to stop: it takes the next client all the same, if it never stops.
    fn stops(&self) -> Next {
        match self.program.serving {
            Serving { stops: Stops::Never, .. } => Next::Client,
            Serving { closes_port: true, .. } => Next::Nobody,
            Serving { closes_port: false, .. } => Next::NobodyWhileListening,
        }
    }

    fn converse(&mut self, stream: &mut dyn Stream, keep_running: &dyn Fn() -> bool) -> Result<(), Failure> {
        let Self { program, assignment, memory, asked, .. } = self;
        let mut connection = Connection { program, assignment, stream, memory, asked };
        let Serving { greeting, messages_max, answers, stops, .. } = program.serving;
        connection.send_all(greeting)?;
        while connection.memory.messages < messages_max {
            let Some(message) = (program.receive)(&mut connection)? else { break };
            connection.asked.empty |= message.is_empty();
            if message.is_empty() && program.style.ends_at_empty {
                break;
            }
            connection.memory.messages += 1;
            let text = (program.decode)(&message)?;
            let reply = (program.remove)(&text, assignment.removed_chars);
            if answers(&reply) {
                let frame = program.frame(reply, &message, assignment)?;
                (program.send)(&mut connection, &frame)?;
            }
            if stops == Stops::AfterReply && !keep_running() {
                break;
            }
        }
        Ok(())
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
    forgotten: Vec<Box<dyn Stream + Send>>,
    memory: Memory,
    asked: Asked,
}

impl Client {
    /// A client that connects through `dial`.
    ///
    /// # Errors
    ///
    /// Those of `dial`.
    pub fn connect(program: Program, assignment: Assignment, mut dial: Dial) -> std::io::Result<Self> {
        let stream = Some(dial()?);
        let (forgotten, memory, asked) = (Vec::new(), Memory::default(), Asked::default());
        Ok(Self { program, assignment, dial, stream, forgotten, memory, asked })
    }

    /// Which parts of its [`Style`] had a say until now.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        self.asked
    }

    /// `send_message`.
    pub fn send_message(&mut self, message: &str) -> Answer {
        let (program, assignment) = (self.program, self.assignment);
        let sent = self.with_connection(|connection| {
            let payload = message.as_bytes();
            let frame = program.frame(payload.to_vec(), payload, &assignment)?;
            (program.send)(connection, &frame)
        });
        match sent {
            Ok(()) => Answer::Done,
            Err(failure) => Answer::Error(failure.to_string()),
        }
    }

    /// `receive_message`.
    pub fn receive_message(&mut self) -> Answer {
        let Program { receive, decode, calling, style, .. } = self.program;
        if self.stream.is_none() {
            return Answer::Error(BAD_DESCRIPTOR.into());
        }
        let received = self.with_connection(|connection| {
            let payload = receive(connection)?;
            let is_empty = payload.as_ref().is_some_and(Vec::is_empty);
            connection.asked.empty |= is_empty;
            let payload = payload.filter(|_| !is_empty || !style.ends_at_empty);
            connection.memory.messages += usize::from(payload.is_some());
            payload.map(|payload| decode(&payload)).transpose()
        });
        self.asked.fatal |= Failure::is_met(received.as_ref().err());
        if !matches!(received, Ok(Some(_))) {
            match (calling.at_end)(&self.memory) {
                AtEnd::Keeps => {}
                AtEnd::Closes => self.stream = None,
                AtEnd::Reconnects => {
                    if let Ok(stream) = (self.dial)() {
                        self.forgotten.extend(self.stream.replace(stream));
                        return self.receive_message();
                    }
                }
            }
        }
        match received {
            Err(failure) if style.is_fatal(&failure) => Answer::Error(failure.to_string()),
            received => (calling.answer)(received, &self.memory),
        }
    }

    /// `shutdown`.
    pub fn shut_down(&mut self) -> Answer {
        let stream = self.stream.take();
        if !(self.program.calling.closes)(&self.memory) {
            self.forgotten.extend(stream);
        }
        Answer::Done
    }

    fn with_connection<T>(
        &mut self,
        operation: impl FnOnce(&mut Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(stream) = &mut self.stream else {
            return Err(Failure::Send(std::io::Error::other(BAD_DESCRIPTOR)));
        };
        operation(&mut Connection {
            program: &self.program,
            assignment: &self.assignment,
            stream: &mut **stream,
            memory: &mut self.memory,
            asked: &mut self.asked,
        })
    }
}

/// What Python says of an operation on a socket that was closed.
const BAD_DESCRIPTOR: &str = "[Errno 9] Bad file descriptor";
