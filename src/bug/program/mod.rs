//! Programs that speak the protocol, right or wrong, over any stream.
//!
//! A [`Program`] is a value made of parts that can be exchanged one by one. A [`Server`] or a [`Client`] runs it over
//! a stream that it is given. Nothing here opens a socket, and nothing here knows what a mistake is called: that is
//! the business of the [catalogue](super::catalogue).

pub(super) mod buffered;
mod change;
mod connection;
pub(super) mod decode;
mod exceptions;
mod failure;
mod header;
mod parts;
pub(super) mod receive;
mod running;
pub(super) mod text;
mod variant;

pub use connection::{Memory, Stream};
pub use failure::{Failure, Next};
pub use running::{Client, Dial, Server};
pub use variant::Variant;

pub(super) use change::Change;
pub(crate) use exceptions::Exceptions;
pub(super) use header::{HeaderCodec, read_length, write_in};
pub(super) use parts::{AtEnd, ConversationEnd, CutOff, Parts, Stops};

use std::time::Duration;

use self::connection::Connection;
use self::parts::{Calling, DeclaredLen, Receive, Serving};
use self::receive::Received;
use crate::assignment::{Assignment, WireFormat};
use crate::conversation::Answer;

/// The most bytes that one event brings.
const EVENT_LEN: usize = 65_536;

/// How each part of a program is done. [`Program::RIGHT`] does all of them right.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// How a length is encoded.
    header: HeaderCodec,
    /// How the payload of the next message is received.
    receive: Receive,
    /// Whether what one read asks for is what an event brings.
    reads_by_event: bool,
    /// What a payload is taken for that the stream ends inside.
    cut_off: CutOff,
    /// Whether a read that brings nothing for [`Program::TIMEOUT`] fails.
    has_timeout: bool,
    /// Decodes a payload.
    pub(super) decode: fn(&[u8], &Assignment) -> Result<String, Failure>,
    /// Makes a reply of a message, and encodes it.
    pub(super) work: fn(&str, &Assignment) -> Vec<u8>,
    /// What is done to a payload before it is sent.
    transform_payload: fn(Vec<u8>, &Assignment) -> Result<Vec<u8>, Failure>,
    /// The length that is declared for a payload. That of a reply may depend on the message that it answers.
    declared_len: DeclaredLen,
    /// What is done to a frame, which has its length already, before it is sent.
    transform_frame: fn(Vec<u8>, &Assignment) -> Vec<u8>,
    /// Sends a frame.
    send: fn(&mut Connection<'_>, &[u8]) -> Result<(), Failure>,
    /// Whether an empty payload is taken for the end of the connection.
    ends_at_empty: bool,
    /// The exceptions that it does not catch.
    uncaught: Exceptions,
    /// What only a server does.
    serving: Serving,
    /// What only a client does.
    calling: Calling,
    /// What can be done in several ways.
    variant: Variant,
}

impl Program {
    /// Everything as it should be.
    pub const RIGHT: Self = Self {
        header: HeaderCodec::RIGHT,
        receive: Receive::Parts { length: receive::length, payload: receive::payload },
        reads_by_event: false,
        cut_off: CutOff::Nothing,
        has_timeout: false,
        decode: |payload, assignment| text::decode(payload, assignment),
        work: |message, assignment| text::work(message, assignment),
        transform_payload: |payload, _| Ok(payload),
        declared_len: |payload, _, _| Ok(payload.len()),
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
            flushes_at_end: false,
            ends_when_idle: false,
            stops: Stops::AfterReply,
            closes_port: true,
            closes_connection: true,
        },
        calling: Calling {
            returns: |payload, _| Answer::Received { payload, received: true },
            returns_at_end: |_, _| Answer::Received { payload: String::new(), received: false },
            at_end: |_| AtEnd::Keeps,
            connects_for_each: false,
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

    /// The most that one read asks for, in bytes, where it is not the length of what is read.
    pub(crate) fn read_len(&self, assignment: &Assignment) -> usize {
        if self.reads_by_event { EVENT_LEN } else { self.variant.read_len(assignment) }
    }

    /// The text that a payload is taken for.
    fn text_of(&self, payload: &[u8], assignment: &Assignment) -> Result<String, Failure> {
        match (self.decode)(payload, assignment) {
            Err(Failure::Text(why)) if self.variant.replaces_no_text => {
                text::replaced(payload, assignment).ok_or(Failure::Text(why))
            }
            decoded => decoded,
        }
    }

    /// The same program, with lengths in another format.
    #[must_use]
    pub(crate) const fn in_format(self, format: WireFormat) -> Self {
        Self { header: HeaderCodec::of(format), ..self }
    }

    /// A connection in the hands of this program.
    fn connection<'a>(
        &self,
        assignment: &'a Assignment,
        stream: &'a mut dyn Stream,
        memory: &'a mut Memory,
    ) -> Connection<'a> {
        let Self { header, has_timeout, variant, .. } = *self;
        let (awaits_too_long, is_inside_payload) = (variant.awaits_too_long, false);
        Connection {
            header,
            awaits_too_long,
            never_ends_in_payload: self.cut_off == CutOff::Awaited,
            is_inside_payload,
            has_timeout,
            read_len: self.read_len(assignment),
            assignment,
            stream,
            memory,
        }
    }

    /// Receives the payload of the next message; `None` at the end of the stream, or at what is taken for it.
    fn receive(&self, connection: &mut Connection<'_>) -> Received {
        connection.is_inside_payload = false;
        let received = match self.receive {
            Receive::Message(receive) => receive(connection),
            Receive::Parts { length, payload } => match length(connection)? {
                Some(len) => payload(connection, len),
                None => Ok(None),
            },
        };
        let payload = match (received, self.cut_off) {
            (Err(Failure::EndInPayload { received }), CutOff::Whole) => Some(received),
            (Err(Failure::EndInPayload { .. }), CutOff::Empty) => Some(Vec::new()),
            (received, _) => received?,
        };
        Ok(payload.filter(|payload| !payload.is_empty() || !self.ends_at_empty))
    }

    /// The frame of a payload, which for a reply answers `message`.
    fn frame(&self, payload: Vec<u8>, message: &[u8], assignment: &Assignment) -> Result<Vec<u8>, Failure> {
        let payload = (self.transform_payload)(payload, assignment)?;
        let len = (self.declared_len)(&payload, message, assignment)?;
        let mut frame = (self.header.write)(len as u64, assignment)?;
        frame.extend(payload);
        Ok((self.transform_frame)(frame, assignment))
    }
}
