//! What comes on a connection.

use std::io::{self, Read};
use std::net::TcpStream;

use socket2::SockRef;

use super::watch::Waited;
use crate::scenario::Reading;
use crate::transcript::{Ending, Entry, Transcript};

/// How much more than what was expected is kept: enough to see what it is, and no matter how much there is.
const UNEXPECTED_MAX: usize = 16 << 10;
/// The most that one read takes, in bytes; and how much that is where the harness reads slowly.
const CHUNK_LEN: usize = 64 << 10;
const CHUNK_LEN_SLOW: usize = 4 << 10;

/// What has come on a connection, and how far it is what should come.
#[derive(Debug)]
pub(super) struct Inbox {
    /// The number of the connection in the transcript.
    pub(super) number: usize,
    pub(super) reading: Reading,
    pub(super) expected: Vec<u8>,
    pub(super) received_len: usize,
    pub(super) diverged: bool,
    /// Whether what comes is left unread.
    pub(super) holds: bool,
    /// Whether bytes after the expected ones are nobody's fault.
    pub(super) anything_may_follow: bool,
    pub(super) reset: bool,
    pub(super) ended: bool,
    /// What one read has brought.
    chunk: Box<[u8]>,
}

impl Inbox {
    pub(super) fn new(number: usize, reading: Reading) -> Self {
        let chunk_len = match reading {
            Reading::AtOnce => CHUNK_LEN,
            Reading::Slowly => CHUNK_LEN_SLOW,
        };
        Self {
            number,
            reading,
            expected: Vec::new(),
            received_len: 0,
            diverged: false,
            holds: false,
            anything_may_follow: false,
            reset: false,
            ended: false,
            chunk: vec![0; chunk_len].into(),
        }
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

    pub(super) const fn is_full(&self) -> bool {
        self.received_len >= self.expected.len() + UNEXPECTED_MAX
    }

    /// Reads what is there, without waiting. Tells whether anything was.
    pub(super) fn drain(&mut self, mut stream: &TcpStream, transcript: &mut Transcript) -> bool {
        let mut progress = false;
        while !self.holds && !self.ended && !self.is_full() {
            match stream.read(&mut self.chunk) {
                Ok(0) => self.end(if self.reset { Ending::Reset } else { Ending::Closed }, transcript),
                Ok(len) => self.take(len, transcript),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
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

    /// Takes the first `len` bytes of the chunk.
    fn take(&mut self, len: usize, transcript: &mut Transcript) {
        let bytes = &self.chunk[..len];
        let wanted = self.expected.get(self.received_len..).unwrap_or_default();
        let common = len.min(wanted.len());
        let is_more = len > wanted.len() && !self.anything_may_follow;
        self.diverged |= is_more || bytes[..common] != wanted[..common];
        self.received_len += len;
        transcript.push_received(self.number, bytes);
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
