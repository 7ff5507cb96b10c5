//! Frames from a blocking reader.

use std::io::{self, Read};

use crate::assignment::Assignment;
use crate::wire::decoder::Progress;
use crate::wire::{Decoder, ReadError};

/// Reads frames from a [`Read`], asking for at most [`Assignment::buffer_size`] bytes at a time.
///
/// Frames that arrive in one read are kept for the calls that follow, so each is given once and in order.
///
/// ```
/// use lengthwise::{Assignment, wire::FrameReader};
///
/// let stream: &[u8] = b"\0\0\0\x03one\0\0\0\x03two";
/// let mut reader = FrameReader::new(stream, &Assignment::default());
/// assert_eq!(reader.next_frame()?, Some(&b"one"[..]));
/// assert_eq!(reader.next_frame()?, Some(&b"two"[..]));
/// assert_eq!(reader.next_frame()?, None);
/// # Ok::<(), lengthwise::wire::ReadError>(())
/// ```
#[derive(Debug)]
pub struct FrameReader<R> {
    reader: R,
    decoder: Decoder,
    chunk: Box<[u8]>,
    /// `chunk[start..end]` was read and not yet decoded.
    start: usize,
    end: usize,
}

impl<R> FrameReader<R> {
    /// The reader underneath. What was read ahead is not in it any more.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader underneath, to set a deadline on it, say. Reading from it would take bytes out of frames.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }
}

impl<R: Read> FrameReader<R> {
    /// Reads frames from `reader`, which stands at the start of one.
    ///
    /// # Panics
    ///
    /// If the assignment's buffer size is 0: a read into it could not be told from the stream's end.
    pub fn new(reader: R, assignment: &Assignment) -> Self {
        assert!(assignment.buffer_size > 0, "buffer size is 0 bytes, wanted at least 1");
        Self {
            reader,
            decoder: Decoder::new(assignment),
            chunk: vec![0; assignment.buffer_size].into(),
            start: 0,
            end: 0,
        }
    }

    /// The payload of the next frame, read for as long as it takes; `None` if the stream ended between frames.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] if the reader failed. A read that timed out or would block is such a failure, and
    /// the next call goes on from there. A read that was interrupted is simply repeated.
    /// [`ReadError::Decode`] if the stream is no sequence of whole frames, which is final.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, ReadError> {
        Ok(self.next_frame_and_reader()?.map(|(payload, _)| payload))
    }

    /// The same, with the reader underneath: so that what is also written to can be answered out of the payload.
    ///
    /// # Errors
    ///
    /// Those of [`next_frame`](Self::next_frame).
    pub fn next_frame_and_reader(&mut self) -> Result<Option<(&[u8], &mut R)>, ReadError> {
        loop {
            match self.decoder.advance(&self.chunk[self.start..self.end])? {
                Progress::InChunk { payload, rest } => {
                    let payload_len = payload.len();
                    self.start = self.end - rest.len();
                    let payload = &self.chunk[self.start - payload_len..self.start];
                    return Ok(Some((payload, &mut self.reader)));
                }
                Progress::Held { rest } => {
                    self.start = self.end - rest.len();
                    return Ok(Some((self.decoder.held(), &mut self.reader)));
                }
                Progress::NeedMore => {
                    // Emptied before the read, which may fail: these bytes must not be decoded twice.
                    (self.start, self.end) = (0, 0);
                    self.end = self.read()?;
                    if self.end == 0 {
                        self.decoder.finish()?;
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Reads once; 0 at the stream's end.
    fn read(&mut self) -> io::Result<usize> {
        loop {
            match self.reader.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::error::Error;

    use super::*;
    use crate::wire::DecodeError;

    /// Gives what it was told to, a read at a time, and then the end.
    struct Script(VecDeque<io::Result<&'static [u8]>>);

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(bytes) = self.0.pop_front().transpose()? else { return Ok(0) };
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    fn reader<const N: usize>(reads: [io::Result<&'static [u8]>; N]) -> FrameReader<Script> {
        FrameReader::new(Script(reads.into()), &Assignment::default())
    }

    #[test]
    fn frames_of_one_read_are_kept_for_the_next_calls() {
        let mut reader = reader([Ok(b"\0\0\0\x01a\0\0\0\0\0\0\0\x02b"), Ok(b"c")]);
        assert_eq!(reader.next_frame().unwrap(), Some(&b"a"[..]));
        assert_eq!(reader.next_frame().unwrap(), Some(&b""[..]));
        assert_eq!(reader.get_ref().0.len(), 1, "the third frame alone needs another read");
        assert_eq!(reader.next_frame().unwrap(), Some(&b"bc"[..]));
        assert_eq!(reader.next_frame().unwrap(), None);
        assert_eq!(reader.next_frame().unwrap(), None);
    }

    #[test]
    fn interrupted_reads_are_repeated() {
        let mut reader = reader([
            Err(io::ErrorKind::Interrupted.into()),
            Ok(b"\0\0\0"),
            Err(io::ErrorKind::Interrupted.into()),
            Ok(b"\x01a"),
        ]);
        assert_eq!(reader.next_frame().unwrap(), Some(&b"a"[..]));
    }

    #[test]
    fn a_read_that_timed_out_loses_nothing() {
        let mut reader = reader([Ok(b"\0\0\0\x02a"), Err(io::ErrorKind::TimedOut.into()), Ok(b"b")]);
        let error = reader.next_frame().unwrap_err();
        assert!(matches!(&error, ReadError::Io(error) if error.kind() == io::ErrorKind::TimedOut));
        assert!(error.source().is_some_and(|source| source.is::<io::Error>()));
        assert_eq!(reader.next_frame().unwrap(), Some(&b"ab"[..]));
    }

    #[test]
    fn an_end_inside_a_frame_is_final() {
        let mut reader = reader([Ok(b"\0\0\0\x02a"), Ok(b""), Ok(b"b")]);
        for _ in 0..2 {
            let error = reader.next_frame().unwrap_err();
            assert!(matches!(error, ReadError::Decode(DecodeError::EndedInPayload { got: 1, wanted: 2 })));
        }
    }

    #[test]
    fn a_read_asks_for_no_more_than_the_buffer_size() {
        let assignment = Assignment { buffer_size: 3, ..Assignment::default() };
        let mut reader = FrameReader::new(&b"\0\0\0\x02ab"[..], &assignment);
        assert_eq!(reader.next_frame().unwrap(), Some(&b"ab"[..]));
        let mut reader = FrameReader::new(&b"\0\0\0\0rest"[..], &assignment);
        reader.next_frame().unwrap();
        assert_eq!(*reader.get_ref(), b"st");
    }
}
