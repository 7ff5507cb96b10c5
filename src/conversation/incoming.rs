//! What should come on a connection, and how far what has come is that.

use std::time::Duration;

use super::{Clock, Ending, Entry, Transcript};
use crate::limits::UNEXPECTED_LEN_MAX;
use crate::wire::Frame;

/// One direction of one connection: from the side under test to the harness.
#[derive(Debug, Default)]
pub struct Incoming<'a> {
    /// The frames that should come. They stay where their payloads are: long ones need no room of their own.
    expected: Vec<Frame<'a>>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// How many of them have come whole, and how many bytes of the next.
    whole: usize,
    of_next: usize,
    received_len: usize,
    /// How many replies were awaited.
    replies_awaited: usize,
    diverged: bool,
    /// Whether what comes is left unread.
    holds: bool,
    /// Whether bytes after the expected ones are nobody's fault.
    anything_may_follow: bool,
    reset: bool,
    ended: bool,
    /// Whether the harness has closed its end, and takes nothing more.
    is_closed: bool,
}

impl<'a> Incoming<'a> {
    /// Adds a frame to what should come.
    pub fn expect(&mut self, frame: Frame<'a>) {
        self.ends.push(self.expected_len() + frame.len());
        self.expected.push(frame);
    }

    /// From here on, more than what should come may come.
    pub const fn expect_anything(&mut self) {
        self.anything_may_follow = true;
    }

    /// From here on, what comes is left unread.
    pub const fn hold(&mut self) {
        self.holds = true;
    }

    /// Whether what comes is to be read.
    #[must_use]
    pub fn takes(&self) -> bool {
        !self.holds && !self.is_closed && !self.ended && !self.is_full()
    }

    /// The length of all that should come, in bytes.
    #[must_use]
    pub fn expected_len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// How many bytes have come.
    #[must_use]
    pub const fn received_len(&self) -> usize {
        self.received_len
    }

    /// One more reply is awaited. Returns how many bytes have come once it has.
    pub fn await_reply(&mut self) -> usize {
        self.replies_awaited += 1;
        let last = self.replies_awaited.min(self.ends.len()).checked_sub(1);
        last.map_or(0, |last| self.ends[last])
    }

    /// Whether all that should come has come.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.received_len >= self.expected_len()
    }

    /// Whether what has come stops between two frames.
    #[must_use]
    pub fn stops_between_frames(&self) -> bool {
        self.received_len == 0 || self.ends.contains(&self.received_len)
    }

    /// Whether bytes have come that should not.
    #[must_use]
    pub const fn diverged(&self) -> bool {
        self.diverged
    }

    /// Whether the other side has ended the connection.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the connection was reset.
    #[must_use]
    pub const fn was_reset(&self) -> bool {
        self.reset
    }

    /// A write has found out that the connection was reset: a read that follows sees a plain end of stream.
    pub const fn note_reset(&mut self) {
        self.reset = true;
    }

    /// Whether so much has come that more would say nothing new.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.received_len >= self.expected_len() + UNEXPECTED_LEN_MAX
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(frame) = self.expected.get(self.whole) {
            let common = frame.common_len_from(self.of_next, rest);
            rest = &rest[common..];
            self.of_next += common;
            if self.of_next < frame.len() {
                break;
            }
            (self.whole, self.of_next) = (self.whole + 1, 0);
        }
        let is_more = self.whole == self.expected.len() && self.anything_may_follow;
        self.diverged |= !rest.is_empty() && !is_more;
        self.received_len += bytes.len();
    }
}

/// What happens in a conversation: the transcript, and the state of each connection that follows from it.
///
/// A link adds what comes, the interpreter everything else.
#[derive(Debug)]
pub struct Log<'a> {
    clock: Clock<'a>,
    transcript: Transcript,
    connections: Vec<Incoming<'a>>,
}

impl<'a> Log<'a> {
    /// Of a conversation that begins.
    #[must_use]
    pub fn new(clock: Clock<'a>) -> Self {
        Self { clock, transcript: Transcript::default(), connections: Vec::new() }
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Adds what happened last.
    pub fn push(&mut self, entry: Entry) {
        self.transcript.push(self.now(), entry);
    }

    /// Everything that happened.
    #[must_use]
    pub fn into_transcript(self) -> Transcript {
        self.transcript
    }

    /// Everything that has happened until now.
    #[must_use]
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Whether no connection is open at the harness's end.
    #[must_use]
    pub fn are_all_closed(&self) -> bool {
        self.connections.iter().all(|connection| connection.is_closed)
    }

    /// A connection was made. Returns its number.
    pub fn connected(&mut self) -> usize {
        let connection = self.connections.len();
        self.connections.push(Incoming::default());
        self.push(Entry::Connected { connection });
        connection
    }

    /// The connection with this number, as long as the harness's end of it is open.
    #[must_use]
    pub fn open(&mut self, connection: usize) -> Option<&mut Incoming<'a>> {
        self.connections.get_mut(connection).filter(|connection| !connection.is_closed)
    }

    /// The state of a connection that was made.
    ///
    /// # Panics
    ///
    /// Where no connection has this number.
    #[must_use]
    pub fn incoming(&mut self, connection: usize) -> &mut Incoming<'a> {
        &mut self.connections[connection]
    }

    /// Bytes have come.
    pub fn received(&mut self, connection: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.connections[connection].take(bytes);
            self.transcript.push_received(self.now(), connection, bytes);
        }
    }

    /// The other side has ended a connection.
    pub fn ended(&mut self, connection: usize, ending: Ending) {
        let incoming = &mut self.connections[connection];
        if !incoming.ended {
            incoming.ended = true;
            incoming.reset |= ending == Ending::Reset;
            self.push(Entry::Ended { connection, ending });
        }
    }

    /// The harness has closed its end of a connection.
    pub fn closed(&mut self, connection: usize) {
        self.connections[connection].is_closed = true;
    }
}
