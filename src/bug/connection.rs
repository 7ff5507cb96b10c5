//! One connection as a program sees it: with `recv` and `send` as Python has them.

use std::io::{self, Read, Write};

use super::program::Program;
use super::style::{Asked, TooLong};
use crate::assignment::Assignment;

/// The most that one read takes, whatever is asked for, in bytes.
const RECV_MAX: usize = 1 << 20;

/// A stream of bytes in both directions: a socket, or a simulated one.
pub trait Stream: Read + Write {}

impl<S: Read + Write + ?Sized> Stream for S {}

/// Why a program got no further with a connection: the exceptions that Python would raise.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The stream ended when a part of a length had come.
    #[error("unpack requires a buffer of {wanted} bytes")]
    EndInHeader {
        /// How many bytes a length has.
        wanted: usize,
    },
    /// The stream ended when a part of a payload had come.
    #[error("the connection ended inside a message")]
    EndInPayload,
    /// A message is longer than there is room for.
    #[error("no room for {0} bytes")]
    TooLong(u64),
    /// Bytes that are not text, or text that does not go into bytes.
    #[error("{0}")]
    Text(&'static str),
    /// A number that does not go into a length.
    #[error("the length {0} is out of range")]
    Length(u64),
    /// The stream failed while it was read.
    #[error("{0}")]
    Receive(#[source] io::Error),
    /// The stream failed while it was written.
    #[error("{0}")]
    Send(#[source] io::Error),
}

impl Failure {
    /// Whether nothing has failed, but what is waited for will never come: a stream without a socket says so.
    fn is_standstill(&self) -> bool {
        matches!(self, Self::Receive(error) | Self::Send(error) if error.kind() == io::ErrorKind::TimedOut)
    }

    /// Whether it depends on the style what becomes of it.
    pub(super) fn is_met(failure: Option<&Self>) -> bool {
        failure.is_some_and(|failure| !failure.is_standstill())
    }
}

/// What a program keeps in mind between two messages.
#[derive(Debug, Default)]
pub struct Memory {
    /// Bytes that were read and not used yet.
    pub(super) buffer: Vec<u8>,
    /// Messages that were taken out of the buffer ahead of their turn.
    pub(super) ahead: Vec<Vec<u8>>,
    /// How many messages were taken out of the buffer since it was filled last.
    pub(super) taken_since_read: usize,
    /// How many messages were received.
    pub(super) messages: usize,
    /// How long the payload was that was taken out of the buffer last.
    pub(super) last_len: usize,
    /// How many bytes were ever read into the buffer.
    pub(super) filled_len: usize,
}

/// A connection, in the hands of a program.
pub(super) struct Connection<'a> {
    pub(super) program: &'a Program,
    pub(super) assignment: &'a Assignment,
    pub(super) stream: &'a mut dyn Stream,
    pub(super) memory: &'a mut Memory,
    pub(super) asked: &'a mut Asked,
}

impl Connection<'_> {
    /// What is there, `len` bytes at most, after waiting until there is something. Nothing at the end.
    pub(super) fn recv(&mut self, len: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; len.min(RECV_MAX)];
        if bytes.is_empty() {
            return Ok(bytes);
        }
        loop {
            match self.stream.read(&mut bytes) {
                Ok(len) => {
                    bytes.truncate(len);
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Receive(error)),
            }
        }
    }

    /// `len` bytes, in as many reads as that takes; fewer only where the stream ends.
    pub(super) fn exactly(&mut self, len: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let chunk = self.recv(self.buffer_size().min(len - bytes.len()))?;
            if chunk.is_empty() {
                break;
            }
            bytes.extend(chunk);
        }
        Ok(bytes)
    }

    /// Reads into the buffer once. Tells how many bytes came.
    pub(super) fn read_more(&mut self) -> Result<usize, Failure> {
        let chunk = self.recv(self.buffer_size())?;
        self.memory.buffer.extend(&chunk);
        self.memory.taken_since_read = 0;
        self.memory.filled_len += chunk.len();
        Ok(chunk.len())
    }

    /// Reads until `len` bytes are in the buffer, or the stream ends. Tells how often that was.
    pub(super) fn fill(&mut self, len: usize) -> Result<usize, Failure> {
        let mut reads = 0;
        while self.memory.buffer.len() < len && self.read_more()? > 0 {
            reads += 1;
        }
        Ok(reads)
    }

    /// Takes `len` bytes, or all that there are, out of the buffer.
    pub(super) fn take(&mut self, len: usize) -> Vec<u8> {
        let len = len.min(self.memory.buffer.len());
        self.memory.buffer.drain(..len).collect()
    }

    /// Sends what the stream takes at once, and tells how much that was.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        self.stream.write(bytes).map_err(Failure::Send)
    }

    /// Sends everything.
    pub(super) fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).map_err(Failure::Send)
    }

    /// The most that one read should ask for.
    pub(super) const fn buffer_size(&self) -> usize {
        self.assignment.buffer_size
    }

    /// How many bytes this program takes for a length.
    pub(super) fn header_len(&self) -> usize {
        (self.program.header.len)(self.assignment)
    }

    /// The length that `header` declares; `None` where it is empty, because the stream has ended.
    pub(super) fn declared(&mut self, header: &[u8]) -> Result<Option<usize>, Failure> {
        let wanted = self.header_len();
        match header.len() {
            0 => Ok(None),
            len if len < wanted => Err(Failure::EndInHeader { wanted }),
            _ => {
                let len = (self.program.header.read)(header, self.assignment);
                let is_over = len > self.assignment.payload_len_max;
                self.asked.limit |= is_over;
                let fits = !is_over || self.program.style.too_long == TooLong::Awaited;
                usize::try_from(len).ok().filter(|_| fits).map(Some).ok_or(Failure::TooLong(len))
            }
        }
    }

    /// Receives a length; `None` at the end of the stream.
    pub(super) fn length(&mut self) -> Result<Option<usize>, Failure> {
        let header = self.exactly(self.header_len())?;
        self.declared(&header)
    }
}
