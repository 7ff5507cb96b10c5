//! One connection as a program sees it, with `recv` and `send` as in Python.

use std::io::{self, Read, Write};
use std::mem;

use super::failure::Failure;
use super::header::HeaderCodec;
use crate::assignment::Assignment;

/// The most bytes that one read takes, however many are asked for.
const RECV_MAX: usize = 1 << 20;

/// How much a buffered stream holds back: `io.DEFAULT_BUFFER_SIZE` of Python up to 3.13, and what Java's `BufferedOutputStream` has where
/// nothing else is asked for.
const STREAM_BUFFER_LEN: usize = 8192;

/// A stream of bytes in both directions: a socket, or a simulated one. A read that finds nothing for longer than any timeout
/// may fail with [`io::ErrorKind::WouldBlock`], and be tried again.
pub trait Stream: Read + Write {}

impl<S: Read + Write + ?Sized> Stream for S {}

/// What a program remembers from one message to the next.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    /// Bytes that were read and not used yet.
    pub(super) buffer: Vec<u8>,
    /// Messages that were taken out of the buffer ahead of their turn.
    pub(super) ahead: Vec<Vec<u8>>,
    /// How many messages were taken out of the buffer since the last read into it.
    pub(super) taken_since_read: usize,
    /// How many messages a client was told to send.
    pub(super) sent: usize,
    /// How many messages were received.
    pub(in crate::bug) messages: usize,
    /// The length of the payload that was taken out of the buffer last.
    pub(super) last_len: usize,
    /// How many bytes were read into the buffer in all.
    pub(super) filled_len: usize,
    /// Bytes that were written to a buffered stream, and not flushed.
    unflushed: Vec<u8>,
}

/// A connection, in the hands of a program.
pub(in crate::bug) struct Connection<'a> {
    pub(super) header: HeaderCodec,
    pub(super) awaits_too_long: bool,
    /// Whether the end of the stream is not noticed where more of a payload is awaited.
    pub(super) never_ends_in_payload: bool,
    /// Whether the length of the message is known that is being received.
    pub(super) is_inside_payload: bool,
    pub(super) has_timeout: bool,
    /// The most that one read should ask for.
    pub(super) read_len: usize,
    pub(super) assignment: &'a Assignment,
    pub(super) stream: &'a mut dyn Stream,
    pub(super) memory: &'a mut Memory,
}

impl Connection<'_> {
    /// Waits until there is something, and returns what there is, `len` bytes at most; nothing at the end of the stream.
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.has_timeout => {
                    return Err(Failure::TimedOut);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(Failure::Receive(error)),
            }
        }
    }

    /// `len` bytes, in as many reads as that takes; fewer only if the stream ends.
    pub(super) fn exactly(&mut self, len: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let chunk = self.recv(self.buffer_size().min(len - bytes.len()))?;
            if chunk.is_empty() && !self.never_ends() {
                break;
            }
            bytes.extend(chunk);
        }
        Ok(bytes)
    }

    /// Whether the end of the stream is not noticed now.
    pub(super) const fn never_ends(&self) -> bool {
        self.never_ends_in_payload && self.is_inside_payload
    }

    /// Reads into the buffer once, and returns how many bytes came.
    pub(super) fn read_more(&mut self) -> Result<usize, Failure> {
        let chunk = self.recv(self.buffer_size())?;
        self.memory.buffer.extend(&chunk);
        self.memory.taken_since_read = 0;
        self.memory.filled_len += chunk.len();
        Ok(chunk.len())
    }

    /// Reads until `len` bytes are in the buffer or the stream ends, and returns how many reads that took.
    pub(super) fn fill(&mut self, len: usize) -> Result<usize, Failure> {
        let mut reads = 0;
        while self.memory.buffer.len() < len && (self.read_more()? > 0 || self.never_ends()) {
            reads += 1;
        }
        Ok(reads)
    }

    /// Takes `len` bytes out of the buffer, or all if there are fewer.
    pub(super) fn take(&mut self, len: usize) -> Vec<u8> {
        let len = len.min(self.memory.buffer.len());
        self.memory.buffer.drain(..len).collect()
    }

    /// Sends what the stream takes at once, and returns how much that was.
    pub(in crate::bug) fn send(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        self.stream.write(bytes).map_err(Failure::Send)
    }

    /// Sends everything. What is not taken at once is not waited for by a program with a timeout.
    pub(super) fn send_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.has_timeout && !bytes.is_empty() {
            return if self.send(bytes)? < bytes.len() { Err(Failure::TimedOut) } else { Ok(()) };
        }
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).map_err(Failure::Send)
    }

    /// Writes to a buffered stream: it sends what it holds only once more comes than it has room for.
    pub(in crate::bug) fn send_unflushed(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.memory.unflushed.len() + bytes.len() > STREAM_BUFFER_LEN {
            self.flush()?;
        }
        if bytes.len() > STREAM_BUFFER_LEN {
            return self.send_all(bytes);
        }
        self.memory.unflushed.extend(bytes);
        Ok(())
    }

    /// Sends what a buffered stream holds.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let held = mem::take(&mut self.memory.unflushed);
        self.send_all(&held)
    }

    /// The most that one read should ask for.
    pub(super) const fn buffer_size(&self) -> usize {
        self.read_len
    }

    /// How many bytes a length takes in this program.
    pub(super) fn header_len(&self) -> usize {
        (self.header.len)(self.assignment)
    }

    /// The length that `header` declares; `None` if it is empty, because the stream has ended.
    pub(super) fn declared(&mut self, header: &[u8]) -> Result<Option<usize>, Failure> {
        let wanted = self.header_len();
        match header.len() {
            0 => Ok(None),
            len if len < wanted => Err(Failure::EndInHeader { wanted }),
            _ => {
                let len = (self.header.read)(header, self.assignment);
                let is_over = len > self.assignment.payload_len_max;
                // A negative number is no length to anyone.
                let is_negative = len.cast_signed() < 0;
                let fits = !is_over || self.awaits_too_long && !is_negative;
                self.is_inside_payload = fits;
                usize::try_from(len).ok().filter(|_| fits).map(Some).ok_or(Failure::TooLong(len))
            }
        }
    }
}
