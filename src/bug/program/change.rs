//! One part of a program, exchanged for another.

use super::Program;
use super::connection::{Connection, Memory};
use super::exceptions::Exceptions;
use super::failure::{Failure, Next};
use super::parts::{AtEnd, ConversationEnd, CutOff, DeclaredLen, Receive, Stops};
use super::receive::{self, Received};
use crate::assignment::Assignment;
use crate::conversation::Answer;

/// A part of a program that is done in another way than the right one. Two changes of different parts compose.
#[derive(Debug, Clone, Copy)]
pub(in crate::bug) enum Change {
    /// How many bytes a length takes.
    HeaderLen(fn(&Assignment) -> usize),
    /// How a length is decoded.
    ReadHeader(fn(&[u8], &Assignment) -> u64),
    /// How a length is encoded.
    WriteHeader(fn(u64, &Assignment) -> Result<Vec<u8>, Failure>),
    /// How a length is received.
    ReceiveLength(fn(&mut Connection<'_>) -> Result<Option<usize>, Failure>),
    /// How a payload is received.
    ReceivePayload(fn(&mut Connection<'_>, usize) -> Received),
    /// How both are received in one.
    ReceiveMessage(fn(&mut Connection<'_>) -> Received),
    /// A read brings what an event brings, however long that is.
    ReadsByEvent,
    /// How a payload is decoded.
    Decode(fn(&[u8], &Assignment) -> Result<String, Failure>),
    /// How a reply is made of a message, and encoded.
    Work(fn(&str, &Assignment) -> Vec<u8>),
    /// What is done to a payload before it is sent.
    TransformPayload(fn(Vec<u8>, &Assignment) -> Result<Vec<u8>, Failure>),
    /// Which length is declared.
    DeclaredLen(DeclaredLen),
    /// What is done to a frame, which has its length already, before it is sent.
    TransformFrame(fn(Vec<u8>, &Assignment) -> Vec<u8>),
    /// How a frame is sent.
    Send(fn(&mut Connection<'_>, &[u8]) -> Result<(), Failure>),
    /// An empty payload is taken for the end of the connection.
    EndsAtEmpty,
    /// What a payload is that the stream ends inside.
    CutOff(CutOff),
    /// A read that brings nothing for a while fails.
    Timeout,
    /// Exceptions that are not caught.
    Uncaught(Exceptions),
    /// What is sent to each client before anything is received.
    Greeting(&'static [u8]),
    /// How many messages of one client are answered.
    MessagesMax(usize),
    /// Whether a reply is sent.
    Answers(fn(&[u8]) -> bool),
    /// The buffer is kept for the next client.
    KeepsBuffer,
    /// What happens when a conversation is over.
    Next(fn(&ConversationEnd<'_>) -> Next),
    /// What a buffered stream holds is sent when the client has left.
    FlushesAtEnd,
    /// A server ends when no client comes for a while.
    EndsWhenIdle,
    /// When a server stops that was told to.
    Stops(Stops),
    /// The port is kept after the stop.
    KeepsPort,
    /// The connection is kept after the stop.
    KeepsConnection,
    /// What `receive_message` returns if there is a message.
    Returns(fn(String, &Assignment) -> Answer),
    /// What it returns if there is none.
    ReturnsAtEnd(fn(Option<&Failure>, &Memory) -> Answer),
    /// What happens to a client's connection when nothing could be received.
    AtEnd(fn(&Memory) -> AtEnd),
    /// A client connects anew for each message but the first.
    ConnectsForEach,
    /// What `send_message` returns.
    Sent(fn(Result<(), Failure>) -> Answer),
    /// Whether `shutdown` closes the connection.
    Closes(fn(&Memory) -> bool),
}

impl Program {
    /// The same program with other parts.
    #[must_use]
    pub(in crate::bug) fn with(self, changes: &[Change]) -> Self {
        changes.iter().fold(self, Self::changed)
    }

    fn changed(mut self, change: &Change) -> Self {
        match *change {
            Change::HeaderLen(len) => self.header.len = len,
            Change::ReadHeader(read) => self.header.read = read,
            Change::WriteHeader(write) => self.header.write = write,
            Change::ReceiveLength(length) => {
                let payload = match self.receive {
                    Receive::Parts { payload, .. } => payload,
                    Receive::Message(_) => receive::payload,
                };
                self.receive = Receive::Parts { length, payload };
            }
            Change::ReceivePayload(payload) => {
                let length = match self.receive {
                    Receive::Parts { length, .. } => length,
                    Receive::Message(_) => receive::length,
                };
                self.receive = Receive::Parts { length, payload };
            }
            Change::ReceiveMessage(receive) => self.receive = Receive::Message(receive),
            Change::ReadsByEvent => self.reads_by_event = true,
            Change::Decode(decode) => self.decode = decode,
            Change::Work(work) => self.work = work,
            Change::TransformPayload(transform) => self.transform_payload = transform,
            Change::DeclaredLen(declared) => self.declared_len = declared,
            Change::TransformFrame(transform) => self.transform_frame = transform,
            Change::Send(send) => self.send = send,
            Change::EndsAtEmpty => self.ends_at_empty = true,
            Change::CutOff(cut_off) => self.cut_off = cut_off,
            Change::Timeout => self.has_timeout = true,
            Change::Uncaught(exceptions) => self.uncaught = self.uncaught.union(exceptions),
            Change::Greeting(greeting) => self.serving.greeting = greeting,
            Change::MessagesMax(max) => self.serving.messages_max = max,
            Change::Answers(answers) => self.serving.answers = answers,
            Change::KeepsBuffer => self.serving.clears_buffer = false,
            Change::Next(next) => self.serving.next = next,
            Change::FlushesAtEnd => self.serving.flushes_at_end = true,
            Change::EndsWhenIdle => self.serving.ends_when_idle = true,
            Change::Stops(stops) => self.serving.stops = stops,
            Change::KeepsPort => self.serving.closes_port = false,
            Change::KeepsConnection => self.serving.closes_connection = false,
            Change::Returns(returns) => self.calling.returns = returns,
            Change::ReturnsAtEnd(returns) => self.calling.returns_at_end = returns,
            Change::AtEnd(at_end) => self.calling.at_end = at_end,
            Change::ConnectsForEach => self.calling.connects_for_each = true,
            Change::Sent(sent) => self.calling.sent = sent,
            Change::Closes(closes) => self.calling.closes = closes,
        }
        self
    }
}
