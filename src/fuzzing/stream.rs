//! A stream in pieces, made of the bytes of an input, and the oracle that says what it holds.

use std::io::{self, Read};

use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::wire::{DecodeError, Decoder};

/// How the bytes of an input are used: settings, the lengths of the pieces, the stream.
///
/// Nothing of it is copied. An input is read in a few nanoseconds, so that what a target costs is what it tests.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'d> {
    /// The format of the stream.
    pub assignment: Assignment,
    /// How many bytes each piece has. The last piece is whatever these leave over.
    pub(super) piece_lens: &'d [u8],
    /// All of the stream.
    pub stream: &'d [u8],
}

impl<'d> Plan<'d> {
    /// `None` if there are too few bytes to say what is to be done.
    #[must_use]
    pub fn new(data: &'d [u8]) -> Option<Self> {
        let [settings, buffer_size, pieces, rest @ ..] = data else { return None };
        let (piece_lens, stream) = rest.split_at_checked(usize::from(*pieces))?;
        Some(Self { assignment: assignment(*settings, *buffer_size), piece_lens, stream })
    }

    /// The stream in its pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        let mut rest = Some(self.stream);
        let mut lens = self.piece_lens.iter();
        std::iter::from_fn(move || {
            let stream = rest?;
            let piece;
            (piece, rest) = match lens.next() {
                Some(len) => {
                    let (piece, after) = stream.split_at(stream.len().min(usize::from(*len)));
                    (piece, Some(after))
                }
                None => (stream, None),
            };
            Some(piece)
        })
    }
}

/// The assignment that two bytes of an input ask for: the header, whether payloads are limited to 16 bytes, and the buffer.
pub(super) fn assignment(settings: u8, buffer_size: u8) -> Assignment {
    // The seeds that there are mean the widths that came first.
    let header_width = match settings & 0b11_0001 {
        0b00_0000 => HeaderWidth::Four,
        0b00_0001 => HeaderWidth::Two,
        0b01_0000 => HeaderWidth::One,
        0b01_0001 => HeaderWidth::Three,
        _ => HeaderWidth::Eight,
    };
    Assignment {
        header_width,
        byte_order: if settings & 2 == 0 { ByteOrder::BigEndian } else { ByteOrder::LittleEndian },
        counts_header: settings & 8 != 0,
        buffer_size: usize::from(buffer_size) + 1,
        payload_len_max: if settings & 4 == 0 { header_width.len_max() } else { 16 },
        ..Assignment::default()
    }
}

/// The oracle: what a stream holds, worked out from all of it at once and byte by byte. It gives the payloads, and in the end the
/// error, if there is one. It shares no code with the decoder, so that a mistake would have to be made twice.
#[derive(Debug, Clone)]
pub struct Oracle<'s> {
    rest: &'s [u8],
    width: usize,
    is_big_endian: bool,
    counted: u64,
    payload_len_max: u64,
}

impl<'s> Oracle<'s> {
    /// What `stream` holds.
    #[must_use]
    pub fn new(stream: &'s [u8], assignment: &Assignment) -> Self {
        let width = usize::from(u8::from(assignment.header_width));
        Self {
            rest: stream,
            width,
            is_big_endian: assignment.byte_order == ByteOrder::BigEndian,
            counted: if assignment.counts_header { width as u64 } else { 0 },
            payload_len_max: assignment.payload_len_max,
        }
    }

    /// What follows the payloads that were given.
    #[must_use]
    pub const fn rest(&self) -> &'s [u8] {
        self.rest
    }

    fn frame(&mut self) -> Result<&'s [u8], DecodeError> {
        let (width, rest) = (self.width, self.rest);
        if rest.len() < width {
            return Err(DecodeError::EndedInHeader { got: rest.len(), wanted: width });
        }
        let mut declared: u64 = 0;
        for place in 0..width {
            let index = if self.is_big_endian { place } else { width - 1 - place };
            declared = declared * 256 + u64::from(rest[index]);
        }
        let (max, min) = (self.payload_len_max, self.counted);
        if declared < min {
            return Err(DecodeError::TooShort { declared, min });
        }
        let declared = declared - min;
        if declared > max {
            return Err(DecodeError::TooLong { declared, max });
        }
        let (got, wanted) = (rest.len() - width, declared as usize);
        if got < wanted {
            return Err(DecodeError::EndedInPayload { got, wanted });
        }
        let (frame, rest) = rest.split_at(width + wanted);
        self.rest = rest;
        Ok(&frame[width..])
    }
}

impl<'s> Iterator for Oracle<'s> {
    type Item = Result<&'s [u8], DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let frame = self.frame();
        if frame.is_err() {
            self.rest = &[];
        }
        Some(frame)
    }
}

/// Checks that a stream that arrives as `pieces` is decoded to what the oracle says, whatever is left in a piece after a frame, and
/// that the decoder takes no more memory than what came justifies.
pub(super) fn assert_decodes<'p>(
    pieces: impl Iterator<Item = &'p [u8]>,
    assignment: &Assignment,
    mut expected: impl Iterator<Item = Result<&'p [u8], DecodeError>>,
) {
    /// What a decoder may keep of its memory between two frames, in bytes.
    const KEPT_MAX: usize = 1 << 20;
    let mut decoder = Decoder::new(assignment);
    // How many bytes came, and how many of them belong to no payload yet.
    let (mut came, mut pending) = (0, 0);
    for piece in pieces {
        came += piece.len();
        pending += piece.len();
        let mut input = piece;
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(payload)) => {
                    assert_eq!(expected.next(), Some(Ok(payload)), "a payload in the first {came} bytes");
                    let ends = [input, piece].map(|bytes| bytes.as_ptr_range().end);
                    assert_eq!(ends[0], ends[1], "the end of the piece is left");
                    pending = input.len();
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(expected.next(), Some(Err(error)), "an error in the first {came} bytes");
                    return assert_final(&mut decoder, error);
                }
            }
        }
        assert!(input.is_empty(), "{} bytes were left when more were wanted", input.len());
        let held_max = if pending == 0 { KEPT_MAX } else { usize::MAX };
        let capacity = decoder.capacity();
        assert!(capacity <= held_max.min(2 * came), "{capacity} bytes held, {pending} pending of {came}");
    }
    match decoder.finish() {
        Ok(()) => assert_eq!(expected.next(), None, "the end of the stream"),
        Err(error) => {
            assert_eq!(expected.next(), Some(Err(error)), "the end of the stream");
            assert_final(&mut decoder, error);
        }
    }
}

/// Checks that a decoder has failed for good, and has given its memory back.
fn assert_final(decoder: &mut Decoder, error: DecodeError) {
    let mut input = &b"\0\0\0\0"[..];
    assert_eq!(decoder.decode(&mut input), Err(error), "an error is final");
    assert_eq!(input.len(), 4, "nothing is taken after an error");
    assert_eq!(decoder.finish(), Err(error), "an error is final");
    assert_eq!(decoder.capacity(), 0, "nothing is held after an error");
}

/// Gives a plan's stream in its pieces, and now and then an error instead of one.
pub(super) struct Trickle<'d> {
    piece_lens: std::slice::Iter<'d, u8>,
    rest: &'d [u8],
    buffer_size: usize,
}

impl<'d> Trickle<'d> {
    pub(super) fn new(piece_lens: &'d [u8], stream: &'d [u8], buffer_size: usize) -> Self {
        Self { piece_lens: piece_lens.iter(), rest: stream, buffer_size }
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(buffer.len() <= self.buffer_size, "asked for {} bytes", buffer.len());
        match self.piece_lens.next() {
            Some(0) => Err(io::ErrorKind::Interrupted.into()),
            Some(255) => Err(io::ErrorKind::TimedOut.into()),
            Some(&len) => (&mut self.rest).take(u64::from(len)).read(buffer),
            None => self.rest.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracle_reads_what_the_assignment_shows() {
        let stream = b"\0\0\0\x03age\0\0\0\x04sa";
        let error = DecodeError::EndedInPayload { got: 2, wanted: 4 };
        let read: Vec<_> = Oracle::new(stream, &Assignment::default()).collect();
        assert_eq!(read, [Ok(&b"age"[..]), Err(error)]);
    }

    #[test]
    fn pieces_are_the_stream() {
        let pieces: Vec<_> = Plan::new(b"\0\0\x03\x01\x00\x03abcdefg").unwrap().pieces().collect();
        assert_eq!(pieces, [&b"a"[..], b"", b"bcd", b"efg"]);
        let pieces: Vec<_> = Plan::new(b"\0\0\x01\x09abc").unwrap().pieces().collect();
        assert_eq!(pieces, [&b"abc"[..], b""]);
    }
}
