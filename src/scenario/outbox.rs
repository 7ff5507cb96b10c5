//! What the harness's server still has to send to a client under test.

use std::collections::VecDeque;

use super::{Leaving, Script};
use crate::delivery::pieces;

/// The replies to one client, those that are cut into pieces, and how far these were sent.
///
/// The client takes only what it is told to receive, so that the pieces after the one that ends a reply have to
/// wait until it is told to receive the next.
#[derive(Debug)]
pub struct Outbox<'a> {
    script: &'a Script,
    /// The replies that the client has to receive, oldest first.
    due: VecDeque<&'a str>,
    /// How many of the newest of them were not cut yet.
    uncut: usize,
    pieces: VecDeque<Vec<u8>>,
    /// How many bytes were taken out of the pieces.
    sent_len: usize,
    /// Where each of the replies ends that the client has not been told to receive, counted like that.
    ends: VecDeque<usize>,
    ahead_len: usize,
}

impl<'a> Outbox<'a> {
    /// For a client that has sent nothing yet.
    #[must_use]
    pub const fn new(script: &'a Script) -> Self {
        Self {
            script,
            due: VecDeque::new(),
            uncut: 0,
            pieces: VecDeque::new(),
            sent_len: 0,
            ends: VecDeque::new(),
            ahead_len: 0,
        }
    }

    /// The client has sent `message`.
    pub fn owe_reply_to(&mut self, message: &'a str) {
        self.due.push_back(self.script.reply_to(message));
        self.uncut += 1;
    }

    /// Cuts the replies that were not cut yet, if there is nothing left of the last ones: as the action at `index`,
    /// and `replies_max` of them at most.
    pub fn fill(&mut self, index: usize, replies_max: usize) {
        if !self.ends.is_empty() {
            return;
        }
        let first = self.due.len() - self.uncut;
        let replies: Vec<&str> = self.due.range(first..).take(replies_max).copied().collect();
        self.uncut -= replies.len();
        let (bytes, cuts) = self.script.cut_frames(&replies, index);
        self.sent_len = 0;
        self.pieces = pieces(&bytes, &cuts).into_iter().map(<[u8]>::to_vec).collect();
        let mut end = 0;
        self.ends = replies
            .iter()
            .map(|reply| {
                end += self.script.frame(reply).len();
                end
            })
            .collect();
    }

    /// Whether some of the replies that were cut last have been sent.
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

    /// The reply that the client has been told to receive: it is owed no longer.
    pub fn take_due(&mut self) -> Option<&'a str> {
        self.due.pop_front()
    }

    /// What is still sent of the next reply by a server that leaves.
    #[must_use]
    pub fn last_part(&self, leaving: Leaving) -> Vec<u8> {
        let reply = self.due.front().map(|reply| self.script.frame(reply).to_vec()).unwrap_or_default();
        leaving.part(&reply, &self.script.assignment).to_vec()
    }
}
