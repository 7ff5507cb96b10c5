//! The parts of a program, each of which can be exchanged for a wrong one.

use std::time::Duration;

use super::connection::{Connection, Memory, Stream};
use super::failure::{Failure, Next};
use super::header::HeaderCodec;
use super::receive;
use super::variant::{Consulted, Variant};
use crate::assignment::Assignment;
use crate::conversation::Answer;

/// How each part of a program is done. [`Program::RIGHT`] does all of them right.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// How a length is encoded.
    pub(in crate::bug) header: HeaderCodec,
    /// Receives the payload of the next message; `None` at the end of the stream.
    pub(in crate::bug) receive: fn(&mut Connection<'_>) -> Result<Option<Vec<u8>>, Failure>,
    /// Whether a read that brings nothing for [`Program::TIMEOUT`] fails.
    pub(in crate::bug) has_timeout: bool,
    /// Decodes a payload.
    pub(in crate::bug) decode: fn(&[u8]) -> Result<String, Failure>,
    /// Removes so many characters, and encodes the rest.
    pub(in crate::bug) remove: fn(&str, usize) -> Vec<u8>,
    /// What is done to a payload before it is sent.
    pub(in crate::bug) transform_payload: fn(Vec<u8>, &Assignment) -> Result<Vec<u8>, Failure>,
    /// The length that is declared for a payload. That of a reply may depend on the message that it answers.
    pub(in crate::bug) declared_len: fn(payload: &[u8], message: &[u8]) -> usize,
    /// Sends a frame.
    pub(in crate::bug) send: fn(&mut Connection<'_>, &[u8]) -> Result<(), Failure>,
    /// What only a server does.
    pub(in crate::bug) serving: Serving,
    /// What only a client does.
    pub(in crate::bug) calling: Calling,
    /// What can be done in several ways.
    pub(in crate::bug) variant: Variant,
}

/// How a server treats its clients.
#[derive(Debug, Clone, Copy)]
pub(in crate::bug) struct Serving {
    /// Sent to each client before anything is received.
    pub(in crate::bug) greeting: &'static [u8],
    /// How many messages of one client are answered.
    pub(in crate::bug) messages_max: usize,
    /// Whether this reply is sent.
    pub(in crate::bug) answers: fn(&[u8]) -> bool,
    /// Whether the buffer is cleared before the next client is served.
    pub(in crate::bug) clears_buffer: bool,
    /// What happens when a conversation is over.
    pub(in crate::bug) next: fn(&SessionEnd<'_>) -> Next,
    /// When a server stops that was told to.
    pub(in crate::bug) stops: Stops,
    /// Whether a server that has stopped gives up its port.
    pub(in crate::bug) closes_port: bool,
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
pub(in crate::bug) struct Calling {
    /// What `receive_message` returns.
    pub(in crate::bug) answer: fn(Result<Option<String>, Failure>, &Memory, &Assignment) -> Answer,
    /// What happens to the connection when nothing could be received.
    pub(in crate::bug) at_end: fn(&Memory) -> AtEnd,
    /// What `send_message` returns.
    pub(in crate::bug) sent: fn(Result<(), Failure>) -> Answer,
    /// Whether `shutdown` closes the connection.
    pub(in crate::bug) closes: fn(&Memory) -> bool,
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
        receive: receive::exactly,
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
        send: |connection, frame| connection.send_all(frame),
        serving: Serving {
            greeting: b"",
            messages_max: usize::MAX,
            answers: |_| true,
            clears_buffer: true,
            next: |_| Next::Client,
            stops: Stops::AfterReply,
            closes_port: true,
        },
        calling: Calling {
            answer: |received, _, _| match received {
                Ok(Some(payload)) => Answer::Received { payload, received: true },
                Ok(None) | Err(_) => Answer::Received { payload: String::new(), received: false },
            },
            at_end: |_| AtEnd::Keeps,
            sent: |sent| match sent {
                Ok(()) => Answer::Done,
                Err(failure) if failure.is_disconnect() => Answer::Done,
                Err(failure) => Answer::Error(failure.to_string()),
            },
            closes: |_| true,
        },
        variant: Variant::CAREFUL,
    };

    /// How long the reads of a program wait that have a timeout: as long as a busy machine rarely makes it wait, and no longer
    /// than the shortest deadline it is played with, which is that of the gallery. A pause outlasts no longer one.
    const TIMEOUT: Duration = Duration::from_millis(200);

    /// How long a read over a socket waits; nothing where it waits for ever.
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

    /// How much has to be assumed of it besides its bug. Of two programs that explain the same, the one that needs
    /// fewer assumptions is to be believed.
    #[must_use]
    pub const fn assumption_count(&self) -> u8 {
        self.variant.assumption_count()
    }

    /// A connection in the hands of this program.
    pub(super) fn connection<'a>(
        &self,
        assignment: &'a Assignment,
        stream: &'a mut dyn Stream,
        memory: &'a mut Memory,
        consulted: &'a mut Consulted,
    ) -> Connection<'a> {
        let too_long = self.variant.too_long;
        let Self { header, has_timeout, .. } = *self;
        Connection { header, too_long, has_timeout, assignment, stream, memory, consulted }
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
        Ok(frame)
    }
}
