//! The parts of a program that are more than a function, and sets of parts.

use super::change::Change;
use super::connection::{Connection, Memory};
use super::failure::{Failure, Next};
use super::receive::Received;
use crate::assignment::Assignment;
use crate::conversation::Answer;

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

/// The length that is declared for a payload, where what it answers is `message`.
pub(in crate::bug) type DeclaredLen =
    fn(payload: &[u8], message: &[u8], assignment: &Assignment) -> Result<usize, Failure>;

/// What a payload is taken for that the stream ends inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bug) enum CutOff {
    /// For what it is: no message.
    Nothing,
    /// For a message that is as long as what has come.
    Whole,
    /// For an empty message.
    Empty,
    /// For one that goes on: the end is not noticed, and the rest is asked for again and again.
    Awaited,
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
    pub(super) next: fn(&ConversationEnd<'_>) -> Next,
    /// Whether what a buffered stream holds is sent when the client has left.
    pub(super) flushes_at_end: bool,
    /// Whether it takes it for the end that no client comes for a while.
    pub(super) ends_when_idle: bool,
    /// When a server stops that was told to.
    pub(super) stops: Stops,
    /// Whether a server that has stopped gives up its port.
    pub(super) closes_port: bool,
    /// Whether it closes the connection of the client that it has.
    pub(super) closes_connection: bool,
}

/// A conversation with a client that is over.
#[derive(Debug, Clone, Copy)]
pub(in crate::bug) struct ConversationEnd<'a> {
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
    /// Whether each message but the first is sent on a connection of its own.
    pub(super) connects_for_each: bool,
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

/// Parts of a program, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::bug) struct Parts(u32);

impl Parts {
    /// What any of `changes` replaces.
    pub(in crate::bug) fn of(changes: &[Change]) -> Self {
        Self(changes.iter().fold(0, |parts, change| parts | change.parts()))
    }

    /// Whether the two have a part in common.
    pub(in crate::bug) const fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Change {
    /// A bit for each part that it replaces. What is not caught adds up, and so does nothing to any other change; and how much comes
    /// with an event belongs to how that is received.
    const fn parts(&self) -> u32 {
        const LENGTH: u32 = 1 << 3;
        const PAYLOAD: u32 = 1 << 4;
        match self {
            Self::HeaderLen(_) => 1,
            Self::ReadHeader(_) => 1 << 1,
            Self::WriteHeader(_) => 1 << 2,
            Self::ReceiveLength(_) => LENGTH,
            Self::ReceivePayload(_) => PAYLOAD,
            Self::ReceiveMessage(_) => LENGTH | PAYLOAD,
            Self::Decode(_) => 1 << 5,
            Self::Work(_) => 1 << 6,
            Self::TransformPayload(_) => 1 << 7,
            Self::DeclaredLen(_) => 1 << 8,
            Self::Send(_) => 1 << 9,
            Self::EndsAtEmpty => 1 << 10,
            Self::Uncaught(_) | Self::ReadsByEvent => 0,
            Self::Greeting(_) => 1 << 11,
            Self::MessagesMax(_) => 1 << 12,
            Self::Answers(_) => 1 << 13,
            Self::KeepsBuffer => 1 << 14,
            Self::Next(_) => 1 << 15,
            Self::Stops(_) => 1 << 16,
            Self::KeepsPort => 1 << 17,
            Self::Returns(_) => 1 << 18,
            Self::ReturnsAtEnd(_) => 1 << 19,
            Self::AtEnd(_) => 1 << 20,
            Self::Closes(_) => 1 << 21,
            Self::TransformFrame(_) => 1 << 22,
            Self::Timeout => 1 << 23,
            Self::Sent(_) => 1 << 24,
            Self::KeepsConnection => 1 << 25,
            Self::EndsWhenIdle => 1 << 26,
            Self::CutOff(_) => 1 << 27,
            Self::ConnectsForEach => 1 << 28,
            Self::FlushesAtEnd => 1 << 29,
        }
    }
}
