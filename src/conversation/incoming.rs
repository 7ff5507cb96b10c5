//! The bytes expected on a connection, and how much of what has arrived matches them.

use super::Ending;
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
    /// Whether more bytes than the expected ones are allowed.
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

    /// Whether what comes is to be read only so that the other side is not kept from sending.
    #[must_use]
    pub fn discards(&self) -> bool {
        !self.holds && !self.is_closed && !self.ended && self.is_full()
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

    /// Waits for one more reply from now on. Returns how many bytes there are in all once it has come.
    pub fn await_next_reply(&mut self) -> usize {
        self.replies_awaited += 1;
        let last = self.replies_awaited.min(self.ends.len()).checked_sub(1);
        last.map_or(0, |last| self.ends[last])
    }

    /// Whether all that should come has come.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.received_len >= self.expected_len()
    }

    /// How many frames that should come have not come whole.
    pub(super) const fn missing(&self) -> usize {
        self.expected.len() - self.whole
    }

    /// Whether a frame that should come has come whole.
    pub(super) const fn has_any(&self) -> bool {
        self.whole > 0
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

    /// Whether the harness has closed its end.
    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The harness has closed its end.
    pub(super) const fn close(&mut self) {
        self.is_closed = true;
    }

    /// The other side has ended the connection. Tells whether that is new.
    pub(super) fn record_end(&mut self, ending: Ending) -> bool {
        let is_new = !self.ended;
        self.ended = true;
        self.reset |= is_new && ending == Ending::Reset;
        is_new
    }

    /// Bytes have come.
    pub(super) fn record(&mut self, bytes: &[u8]) {
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
