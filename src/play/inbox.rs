//! What comes on a connection.

use std::net::TcpStream;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, read};
use socket2::SockRef;

use super::watch::Waited;
use crate::conversation::{Ending, Entry, Transcript};
use crate::limits::UNEXPECTED_LEN_MAX;
use crate::scenario::Reading;
use crate::wire::Frame;

/// The most that one read takes, in bytes; and how much that is where the harness reads slowly.
const CHUNK_LEN: usize = 64 << 10;
const CHUNK_LEN_SLOW: usize = 4 << 10;

/// What has come on a connection, and how far it is what should come.
#[derive(Debug)]
pub(super) struct Inbox<'a> {
    /// The number of the connection in the transcript.
    pub(super) number: usize,
    pub(super) reading: Reading,
    /// The frames that should come. They stay where their payloads lie: long ones need no room of their own.
    expected: Vec<Frame<'a>>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// How many of them have come whole, and how many bytes of the next.
    whole: usize,
    of_next: usize,
    pub(super) received_len: usize,
    pub(super) diverged: bool,
    /// Whether what comes is left unread.
    pub(super) holds: bool,
    /// Whether bytes after the expected ones are nobody's fault.
    pub(super) anything_may_follow: bool,
    pub(super) reset: bool,
    pub(super) ended: bool,
    /// What one read has brought, and room for as much as it may.
    chunk: Vec<u8>,
}

impl<'a> Inbox<'a> {
    pub(super) fn new(number: usize, reading: Reading) -> Self {
        let chunk_len = match reading {
            Reading::AtOnce => CHUNK_LEN,
            Reading::Slowly => CHUNK_LEN_SLOW,
        };
        Self {
            number,
            reading,
            expected: Vec::new(),
            ends: Vec::new(),
            whole: 0,
            of_next: 0,
            received_len: 0,
            diverged: false,
            holds: false,
            anything_may_follow: false,
            reset: false,
            ended: false,
            chunk: Vec::with_capacity(chunk_len),
        }
    }

    /// Adds a frame to what should come.
    pub(super) fn expect(&mut self, frame: Frame<'a>) {
        self.ends.push(self.expected_len() + frame.len());
        self.expected.push(frame);
    }

    /// The length of all that should come.
    pub(super) fn expected_len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The length of the first `frames` that should come, or of all where there are not so many.
    pub(super) fn len_of(&self, frames: usize) -> usize {
        let last = frames.min(self.ends.len()).checked_sub(1);
        last.map_or(0, |last| self.ends[last])
    }

    /// Whether what has come stops between two frames.
    pub(super) fn stops_between_frames(&self) -> bool {
        self.received_len == 0 || self.ends.contains(&self.received_len)
    }

    /// What has become of a wait until `len` bytes have come.
    pub(super) fn state(&self, len: usize) -> Option<Waited> {
        if self.diverged {
            Some(Waited::Diverged)
        } else if self.received_len >= len {
            Some(Waited::Complete)
        } else if self.ended {
            Some(Waited::Ended)
        } else {
            None
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.received_len >= self.expected_len() + UNEXPECTED_LEN_MAX
    }

    /// Reads what is there, without waiting. Tells whether anything was.
    pub(super) fn drain(&mut self, stream: &TcpStream, transcript: &mut Transcript) -> bool {
        let mut progress = false;
        while !self.holds && !self.ended && !self.is_full() {
            self.chunk.clear();
            match read(stream, spare_capacity(&mut self.chunk)) {
                Ok(0) => self.end(if self.reset { Ending::Reset } else { Ending::Closed }, transcript),
                Ok(_) => self.take_chunk(transcript),
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                Err(_) => self.end(Ending::Reset, transcript),
            }
            progress = true;
            if self.reading == Reading::Slowly {
                break;
            }
        }
        if progress {
            acknowledge(stream);
        }
        progress
    }

    fn take_chunk(&mut self, transcript: &mut Transcript) {
        let mut rest = &self.chunk[..];
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
        self.received_len += self.chunk.len();
        transcript.push_received(self.number, &self.chunk);
    }

    fn end(&mut self, ending: Ending, transcript: &mut Transcript) {
        self.ended = true;
        self.reset |= ending == Ending::Reset;
        transcript.push(Entry::Ended { connection: self.number, ending });
    }
}

/// Acknowledges what has come without the usual delay of 40 ms: a submission that sends a message in two writes
/// would have to wait that long with the second.
fn acknowledge(stream: &TcpStream) {
    // Where it cannot be asked for, it only takes longer.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_quickack(true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}
