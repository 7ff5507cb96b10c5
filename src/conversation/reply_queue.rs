//! What the harness's server still has to send to a client under test.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::delivery::pieces;
use crate::scenario::{Case, CloseMode, ReplyBatch};
use crate::wire::Frame;

/// The replies to one client, those that are cut into pieces, and how far these were sent.
///
/// The client takes only what it is told to receive, so that the pieces after the one that ends a reply have to
/// wait until it is told to receive the next.
#[derive(Debug)]
pub struct ReplyQueue<'a> {
    case: &'a Case,
    /// The replies that the client has to receive, oldest first.
    due: VecDeque<Cow<'a, str>>,
    /// How many of the newest of them were not framed yet.
    unframed: usize,
    pieces: VecDeque<Vec<u8>>,
    /// How many bytes were taken out of the pieces.
    sent_len: usize,
    /// Where each of the replies ends that the client has not been told to receive, counted like that.
    ends: VecDeque<usize>,
    ahead_len: usize,
}

impl<'a> ReplyQueue<'a> {
    /// For a client that has sent nothing yet.
    #[must_use]
    pub const fn new(case: &'a Case) -> Self {
        Self {
            case,
            due: VecDeque::new(),
            unframed: 0,
            pieces: VecDeque::new(),
            sent_len: 0,
            ends: VecDeque::new(),
            ahead_len: 0,
        }
    }

    /// The client has sent a message, and this reply is due.
    pub fn push(&mut self, reply: Cow<'a, str>) {
        self.due.push_back(reply);
        self.unframed += 1;
    }

    /// Frames the replies of `batch` and cuts them.
    pub fn frame(&mut self, batch: &ReplyBatch) {
        let first = self.due.len() - self.unframed;
        let replies = self.due.range(first..).take(batch.replies);
        let frames: Vec<Frame<'_>> = replies.map(|reply| self.case.frame(&**reply)).collect();
        self.unframed -= frames.len();
        self.sent_len = 0;
        let bytes = Frame::concat(&frames);
        self.pieces = pieces(&bytes, &batch.cuts).into_iter().map(<[u8]>::to_vec).collect();
        self.ends = frames
            .iter()
            .scan(0, |end, frame| {
                *end += frame.len();
                Some(*end)
            })
            .collect();
    }

    /// Whether some of the replies that were framed last have been sent.
    #[must_use]
    pub const fn is_begun(&self) -> bool {
        self.sent_len > 0
    }

    /// Takes the pieces that the next reply needs.
    pub fn next_pieces(&mut self) -> Vec<Vec<u8>> {
        let Some(end) = self.ends.pop_front() else { return Vec::new() };
        let mut pieces = Vec::new();
        while self.sent_len < end
            && let Some(piece) = self.pieces.pop_front()
        {
            self.sent_len += piece.len();
            pieces.push(piece);
        }
        self.ahead_len = self.sent_len - end;
        pieces
    }

    /// How many of the bytes that were taken out belong to the replies after the one that is received.
    #[must_use]
    pub const fn ahead_len(&self) -> usize {
        self.ahead_len
    }

    /// The reply that the client has been told to receive: it is due no longer.
    pub fn take_due(&mut self) -> Option<Cow<'a, str>> {
        self.due.pop_front()
    }

    /// What is still sent of the next reply by a server that closes in this way.
    #[must_use]
    pub fn last_part(&self, mode: CloseMode) -> Vec<u8> {
        let reply = self.due.front().map(|reply| self.case.frame(&**reply).to_vec()).unwrap_or_default();
        mode.part(&reply, &self.case.assignment).to_vec()
    }
}
