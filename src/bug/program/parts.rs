//! The parts of a program, each of which can be exchanged for a wrong one.

use std::time::Duration;

use super::connection::{Connection, Memory, Stream};
use super::exceptions::Exceptions;
use super::failure::{Failure, Next};
use super::header::HeaderCodec;
use super::receive::{self, Received};
use super::variant::Variant;
use crate::assignment::{Assignment, WireFormat};
use crate::conversation::Answer;

/// How each part of a program is done. [`Program::RIGHT`] does all of them right.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// How a length is encoded.
    pub(super) header: HeaderCodec,
    /// How the payload of the next message is received.
    pub(super) receive: Receive,
    /// Whether a read that brings nothing for [`Program::TIMEOUT`] fails.
    pub(super) has_timeout: bool,
    /// Decodes a payload.
    pub(in crate::bug) decode: fn(&[u8]) -> Result<String, Failure>,
    /// Removes so many characters, and encodes the rest.
    pub(in crate::bug) remove: fn(&str, usize) -> Vec<u8>,
    /// What is done to a payload before it is sent.
    pub(super) transform_payload: fn(Vec<u8>, &Assignment) -> Result<Vec<u8>, Failure>,
    /// The length that is declared for a payload. That of a reply may depend on the message that it answers.
    pub(super) declared_len: fn(payload: &[u8], message: &[u8]) -> usize,
    /// What is done to a frame, which has its length already, before it is sent.
    pub(super) transform_frame: fn(Vec<u8>, &Assignment) -> Vec<u8>,
    /// Sends a frame.
    pub(super) send: fn(&mut Connection<'_>, &[u8]) -> Result<(), Failure>,
    /// Whether an empty payload is taken for the end of the connection.
    pub(super) ends_at_empty: bool,
    /// The exceptions that it does not catch.
    pub(super) uncaught: Exceptions,
    /// What only a server does.
    pub(super) serving: Serving,
    /// What only a client does.
    pub(super) calling: Calling,
    /// What can be done in several ways.
    pub(super) variant: Variant,
}

/// How a message is received.
#[derive(Debug, Clone, Copy)]
pub(super) enum Receive {
    /// The length, and then the payload.
    Parts {
        /// Receives a length; `None` at the end of the stream.
        length: fn(&mut Connection<'_>) -> Result<Option<usize>, Failure>,
        /// Receives a payload whose length is known.
        payload: fn(&mut Connection<'_>, usize) -> Received,
    },
    /// Both in one.
    Message(fn(&mut Connection<'_>) -> Received),
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
    /// Whether the buffer is cleared before the next client is served.
    pub(super) clears_buffer: bool,
    /// What happens when a conversation is over.
    pub(super) next: fn(&SessionEnd<'_>) -> Next,
    /// When a server stops that was told to.
    pub(super) stops: Stops,
    /// Whether a server that has stopped gives up its port.
    pub(super) closes_port: bool,
    /// Whether it closes the connection of the client that it has.
    pub(super) closes_connection: bool,
}

/// A conversation with a client that is over.
#[derive(Debug, Clone, Copy)]
pub(in crate::bug) struct SessionEnd<'a> {
    /// What ended it, unless it was the end of the stream.
    pub(in crate::bug) failure: Option<&'a Failure>,
    /// How many messages it had.
    pub(in crate::bug) messages: usize,
    /// How many clients there have been, this one included.
    pub(in crate::bug) clients: usize,
    /// What a server does that crashes because of it.
    pub(in crate::bug) after_crash: Next,
}

/// When a server stops that was told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bug) enum Stops {
    AfterReply,
    BetweenClients,
    Never,
}

/// How a client deals with its caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calling {
    /// What `receive_message` returns if there is a message.
    pub(super) returns: fn(String, &Assignment) -> Answer,
    /// What it returns if there is none; without a failure the connection has ended between two messages.
    pub(super) returns_at_end: fn(Option<&Failure>, &Memory) -> Answer,
    /// What happens to the connection when nothing could be received.
    pub(super) at_end: fn(&Memory) -> AtEnd,
    /// What `send_message` returns.
    pub(super) sent: fn(Result<(), Failure>) -> Answer,
    /// Whether `shutdown` closes the connection.
    pub(super) closes: fn(&Memory) -> bool,
}

/// What happens to a client's connection when nothing could be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bug) enum AtEnd {
    Keeps,
    Closes,
    Reconnects,
}

impl Program {
    /// Everything as it should be.
    pub const RIGHT: Self = Self {
        header: HeaderCodec::RIGHT,
        receive: Receive::Parts { length: receive::length, payload: receive::payload },
        has_timeout: false,
        decode: |payload| match std::str::from_utf8(payload) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Failure::Text("'utf-8' codec can't decode the payload")),
        },
        remove: |text, count| match text.char_indices().nth(count) {
            Some((start, _)) => text.as_bytes()[start..].to_vec(),
            None => Vec::new(),
        },
        transform_payload: |payload, _| Ok(payload),
        declared_len: |payload, _| payload.len(),
        transform_frame: |frame, _| frame,
        send: |connection, frame| connection.send_all(frame),
        ends_at_empty: false,
        uncaught: Exceptions::NONE,
        serving: Serving {
            greeting: b"",
            messages_max: usize::MAX,
            answers: |_| true,
            clears_buffer: true,
            next: |_| Next::Client,
            stops: Stops::AfterReply,
            closes_port: true,
            closes_connection: true,
        },
        calling: Calling {
            returns: |payload, _| Answer::Received { payload, received: true },
            returns_at_end: |_, _| Answer::Received { payload: String::new(), received: false },
            at_end: |_| AtEnd::Keeps,
            sent: |sent| match sent {
                Ok(()) => Answer::Done,
                Err(failure) if failure.is_disconnect() => Answer::Done,
                Err(failure) => Answer::Error(failure.to_string()),
            },
            closes: |_| true,
        },
        variant: Variant::USUAL,
    };

    /// How long the reads of a program wait that have a timeout: as long as a busy machine rarely makes it wait, and no longer
    /// than the shortest deadline it is played with, which is that of the gallery. A pause outlasts no longer one.
    const TIMEOUT: Duration = Duration::from_millis(200);

    /// How long a read over a socket waits; nothing where it waits forever.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.has_timeout.then_some(Self::TIMEOUT)
    }

    /// The same program, with this variant of what can be done in several ways.
    #[must_use]
    pub const fn with_variant(self, variant: Variant) -> Self {
        Self { variant, ..self }
    }

    /// How it does what can be done in several ways.
    #[must_use]
    pub const fn variant(&self) -> Variant {
        self.variant
    }

    /// The same program, with lengths in another format.
    #[must_use]
    pub(crate) const fn in_format(self, format: WireFormat) -> Self {
        Self { header: HeaderCodec::of(format), ..self }
    }

    /// A connection in the hands of this program.
    pub(super) fn connection<'a>(
        &self,
        assignment: &'a Assignment,
        stream: &'a mut dyn Stream,
        memory: &'a mut Memory,
    ) -> Connection<'a> {
        let Self { header, has_timeout, variant: Variant { awaits_too_long, .. }, .. } = *self;
        Connection { header, awaits_too_long, has_timeout, assignment, stream, memory }
    }

    /// Receives the payload of the next message; `None` at the end of the stream, or at what is taken for it.
    pub(super) fn receive(&self, connection: &mut Connection<'_>) -> Received {
        let payload = match self.receive {
            Receive::Message(receive) => receive(connection)?,
            Receive::Parts { length, payload } => match length(connection)? {
                Some(len) => payload(connection, len)?,
                None => None,
            },
        };
        Ok(payload.filter(|payload| !payload.is_empty() || !self.ends_at_empty))
    }

    /// The frame of a payload, which for a reply answers `message`.
    pub(super) fn frame(
        &self,
        payload: Vec<u8>,
        message: &[u8],
        assignment: &Assignment,
    ) -> Result<Vec<u8>, Failure> {
        let payload = (self.transform_payload)(payload, assignment)?;
        let mut frame = (self.header.write)((self.declared_len)(&payload, message) as u64, assignment)?;
        frame.extend(payload);
        Ok((self.transform_frame)(frame, assignment))
    }
}
