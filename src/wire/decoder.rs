//! From bytes to frames, wherever the bytes were cut.

use crate::assignment::Assignment;
use crate::wire::DecodeError;
use crate::wire::header::{HeaderFormat, WIDTH_MAX};

/// How large a buffer outlives the frame it was grown for, in bytes. Ordinary traffic then allocates nothing,
/// and one huge frame does not occupy its memory for as long as the connection lasts.
const KEPT_CAPACITY_MAX: usize = 1 << 20;

/// Takes a stream of bytes, in chunks of any size, apart into payloads.
///
/// A payload that lies whole in a chunk is lent out of it. Only what straddles two chunks is copied, and memory
/// is taken for bytes that have come, never for a length that was merely declared.
///
/// ```
/// use lengthwise::{Assignment, wire::Decoder};
///
/// let mut decoder = Decoder::new(&Assignment::default());
/// let mut chunk: &[u8] = b"\0\0\0\x03one\0\0\0\x03t";
/// assert_eq!(decoder.decode(&mut chunk), Ok(Some(&b"one"[..])));
/// assert_eq!(decoder.decode(&mut chunk), Ok(None));
///
/// let mut chunk: &[u8] = b"wo";
/// assert_eq!(decoder.decode(&mut chunk), Ok(Some(&b"two"[..])));
/// assert_eq!(decoder.finish(), Ok(()));
/// ```
#[derive(Debug)]
pub struct Decoder {
    format: HeaderFormat,
    payload_len_max: u64,
    state: State,
    /// What has come of a payload that straddles chunks.
    held: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// No byte of the next frame has come.
    Between,
    /// The first `got` bytes of a header have come, and not all of them.
    Header {
        bytes: [u8; WIDTH_MAX],
        got: usize,
    },
    /// A header has come that declared `wanted` bytes; what came of them is held.
    Payload {
        wanted: usize,
    },
    /// A whole payload is held, and lent to the caller until the next call.
    Lent,
    Failed(DecodeError),
}

/// What a chunk came to.
pub(super) enum Progress<'c> {
    /// It was used up, and the frame is not whole.
    NeedMore,
    /// It holds the payload, and the rest follows the frame.
    InChunk { payload: &'c [u8], rest: &'c [u8] },
    /// It completed the payload that [`Decoder::held`] gives, and the rest follows the frame.
    Held { rest: &'c [u8] },
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(assignment: &Assignment) -> Self {
        Self {
            format: HeaderFormat::new(assignment),
            payload_len_max: assignment.payload_len_max,
            state: State::Between,
            held: Vec::new(),
        }
    }

    /// Takes the next whole frame out of `input` and lends its payload.
    ///
    /// `input` is advanced past the frame and no further, so a caller may stop after any frame. `None` is no
    /// error: all of `input` was taken, and the next frame needs more.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooLong`] or [`DecodeError::TooShort`] as soon as the header that says so is complete; `input` then stays where it is.
    /// An error is final: every later call gives it again.
    #[inline]
    pub fn decode<'a, 'c: 'a>(&'a mut self, input: &mut &'c [u8]) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.advance(input)? {
            Progress::NeedMore => {
                *input = &[];
                Ok(None)
            }
            Progress::InChunk { payload, rest } => {
                *input = rest;
                Ok(Some(payload))
            }
            Progress::Held { rest } => {
                *input = rest;
                Ok(Some(self.held()))
            }
        }
    }

    /// Says that the stream has ended: what was decoded is all there is.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EndedInHeader`] or [`DecodeError::EndedInPayload`] if it ended inside a frame, or the
    /// error that came before. An error is final, as for [`decode`](Self::decode).
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        let error = match self.state {
            State::Between | State::Lent => return Ok(()),
            State::Header { got, .. } => DecodeError::EndedInHeader { got, wanted: self.format.width() },
            State::Payload { wanted } => DecodeError::EndedInPayload { got: self.held.len(), wanted },
            State::Failed(error) => error,
        };
        Err(self.fail(error))
    }

    /// How many bytes of memory the decoder occupies for payloads that straddle chunks: at most twice what has
    /// come of the largest, and at most 1 MiB once that one is done with.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.held.capacity()
    }

    /// The payload that [`Progress::Held`] spoke of.
    pub(super) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Does the work of [`decode`](Self::decode), but lends only what lies in the chunk: a borrow of the decoder
    /// that is returned out of a loop could not be let go in the loop's next round.
    #[inline]
    pub(super) fn advance<'c>(&mut self, chunk: &'c [u8]) -> Result<Progress<'c>, DecodeError> {
        // Nearly all frames begin and end in one chunk, so everything else is kept out of the caller's loop.
        if let State::Between = self.state
            && let Some((declared, rest)) = self.format.split(chunk)
            && let Some(len) = self.format.payload_len(declared)
            && len <= self.payload_len_max
            && let Some((payload, rest)) = rest.split_at_checked(len as usize)
        {
            return Ok(Progress::InChunk { payload, rest });
        }
        self.resume(chunk)
    }

    /// Takes a chunk that goes on with a frame, or that begins with one and does not hold the whole of it.
    #[inline(never)]
    fn resume<'c>(&mut self, chunk: &'c [u8]) -> Result<Progress<'c>, DecodeError> {
        let (bytes, got) = match self.state {
            State::Between => ([0; WIDTH_MAX], 0),
            State::Lent => {
                self.release();
                ([0; WIDTH_MAX], 0)
            }
            State::Header { bytes, got } => (bytes, got),
            State::Payload { wanted } => return Ok(self.take_payload(wanted, chunk)),
            State::Failed(error) => return Err(error),
        };
        let (header, rest) = chunk.split_at(chunk.len().min(self.format.width() - got));
        match self.take_header(bytes, got, header)? {
            Some(wanted) => Ok(self.take_payload(wanted, rest)),
            None => Ok(Progress::NeedMore),
        }
    }

    /// Adds `more` to the header, of which the first `got` of `bytes` had come. The length of the payload, once
    /// the header is whole.
    fn take_header(
        &mut self,
        mut bytes: [u8; WIDTH_MAX],
        got: usize,
        more: &[u8],
    ) -> Result<Option<usize>, DecodeError> {
        let end = got + more.len();
        bytes[got..end].copy_from_slice(more);
        let Some((declared, _)) = self.format.split(&bytes[..end]) else {
            self.state = if end == 0 { State::Between } else { State::Header { bytes, got: end } };
            return Ok(None);
        };
        let Some(len) = self.format.payload_len(declared) else {
            return Err(self.fail(self.format.too_short(declared)));
        };
        let max = self.payload_len_max;
        match usize::try_from(len) {
            Ok(wanted) if len <= max => Ok(Some(wanted)),
            _ => Err(self.fail(DecodeError::TooLong { declared: len, max })),
        }
    }

    /// Goes on with a payload of `wanted` bytes.
    fn take_payload<'c>(&mut self, wanted: usize, chunk: &'c [u8]) -> Progress<'c> {
        if self.held.is_empty()
            && let Some((payload, rest)) = chunk.split_at_checked(wanted)
        {
            // Only the header straddled.
            self.state = State::Between;
            return Progress::InChunk { payload, rest };
        }
        let (more, rest) = chunk.split_at(chunk.len().min(wanted - self.held.len()));
        self.hold(more, wanted);
        if self.held.len() < wanted {
            self.state = State::Payload { wanted };
            return Progress::NeedMore;
        }
        self.state = State::Lent;
        Progress::Held { rest }
    }

    /// Adds `more` to what is held of a payload of `wanted` bytes. The buffer doubles, so that a payload in
    /// many pieces is not moved for each, but never beyond the payload.
    fn hold(&mut self, more: &[u8], wanted: usize) {
        let len = self.held.len() + more.len();
        if len > self.held.capacity() {
            let capacity = self.held.capacity().saturating_mul(2).clamp(len, wanted);
            self.held.reserve_exact(capacity - self.held.len());
        }
        self.held.extend_from_slice(more);
    }

    /// Takes back the payload that was lent.
    fn release(&mut self) {
        self.held.clear();
        if self.held.capacity() > KEPT_CAPACITY_MAX {
            self.held = Vec::new();
        }
        self.state = State::Between;
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.held = Vec::new();
        self.state = State::Failed(error);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::{ByteOrder, HeaderWidth};
    use crate::wire::encode;

    fn decoder() -> Decoder {
        Decoder::new(&Assignment::default())
    }

    /// Every frame of `chunks`, or the error.
    fn decode_all(decoder: &mut Decoder, chunks: &[&[u8]]) -> Result<Vec<Vec<u8>>, DecodeError> {
        let mut frames = Vec::new();
        for mut chunk in chunks.iter().copied() {
            while let Some(payload) = decoder.decode(&mut chunk)? {
                frames.push(payload.to_vec());
            }
            assert_eq!(chunk, b"", "None means that the whole chunk was taken");
        }
        decoder.finish()?;
        Ok(frames)
    }

    #[test]
    fn a_whole_frame_is_lent_out_of_the_chunk() {
        let chunk = b"\0\0\0\x04text".to_vec();
        let mut decoder = decoder();
        let mut input = &chunk[..];
        let payload = decoder.decode(&mut input).unwrap().unwrap();
        assert_eq!(payload.as_ptr(), chunk[4..].as_ptr());
        assert_eq!(decoder.capacity(), 0);
    }

    #[test]
    fn a_payload_whose_header_alone_straddles_is_lent_too() {
        let mut decoder = decoder();
        assert_eq!(
            decode_all(&mut decoder, &[b"\0\0", b"\0\x04text\0", b"\0\0\0"]).unwrap(),
            [&b"text"[..], b""]
        );
        assert_eq!(decoder.capacity(), 0);
    }

    #[test]
    fn every_cut_gives_the_same_frames() {
        let stream = b"\0\0\0\x03one\0\0\0\0\0\0\0\x05three";
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let chunks = [&stream[..first], &stream[first..second], &stream[second..]];
                let frames = decode_all(&mut decoder(), &chunks).unwrap();
                assert_eq!(frames, [&b"one"[..], b"", b"three"], "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_caller_who_stops_after_a_frame_loses_nothing() {
        let mut input: &[u8] = b"\0\0\0\x01a\0\0\0\x01b";
        let mut decoder = decoder();
        assert_eq!(decoder.decode(&mut input), Ok(Some(&b"a"[..])));
        assert_eq!(input, b"\0\0\0\x01b");
    }

    #[test]
    fn widths_and_orders_are_the_assignments() {
        for (header_width, byte_order, stream) in [
            (HeaderWidth::Two, ByteOrder::BigEndian, &b"\0\x01a"[..]),
            (HeaderWidth::Two, ByteOrder::LittleEndian, b"\x01\0a"),
            (HeaderWidth::Four, ByteOrder::LittleEndian, b"\x01\0\0\0a"),
        ] {
            let assignment = Assignment { header_width, byte_order, ..Assignment::default() };
            let frames = decode_all(&mut Decoder::new(&assignment), &[stream]);
            assert_eq!(frames.unwrap(), [b"a"], "{header_width:?} {byte_order}");
        }
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_says_where() {
        for (stream, error) in [
            (&b"\0"[..], DecodeError::EndedInHeader { got: 1, wanted: 4 }),
            (b"\0\0\0\0\0\0\0", DecodeError::EndedInHeader { got: 3, wanted: 4 }),
            (b"\0\0\0\x02", DecodeError::EndedInPayload { got: 0, wanted: 2 }),
            (b"\0\0\0\x02a", DecodeError::EndedInPayload { got: 1, wanted: 2 }),
        ] {
            assert_eq!(decode_all(&mut decoder(), &[stream]), Err(error));
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_with_its_header_and_for_good() {
        let assignment = Assignment { payload_len_max: 3, ..Assignment::default() };
        let error = DecodeError::TooLong { declared: 4, max: 3 };
        let mut decoder = Decoder::new(&assignment);
        assert_eq!(decode_all(&mut decoder, &[b"\0\0\0\x03abc\0\0\0", b"\x04"]), Err(error));
        assert_eq!(decoder.decode(&mut &b"\0\0\0\x01a"[..]), Err(error));
        assert_eq!(decoder.finish(), Err(error));
    }

    #[test]
    fn a_length_that_counts_its_header_is_at_least_as_long() {
        let assignment = Assignment { counts_header: true, ..Assignment::default() };
        let mut decoder = Decoder::new(&assignment);
        let error = DecodeError::TooShort { declared: 3, min: 4 };
        let stream = b"\0\0\0\x05a\0\0\0\x04\0\0\0\x03";
        assert_eq!(decode_all(&mut Decoder::new(&assignment), &[&stream[..9]]).unwrap(), [&b"a"[..], b""]);
        assert_eq!(decode_all(&mut decoder, &[stream]), Err(error));
        assert_eq!(decoder.finish(), Err(error));
    }

    #[test]
    fn an_early_end_is_final() {
        let mut decoder = decoder();
        let error = decode_all(&mut decoder, &[b"\0\0\0\x02a"]).unwrap_err();
        assert_eq!(decoder.decode(&mut &b"b"[..]), Err(error));
    }

    #[test]
    fn memory_follows_what_came_and_is_given_back() {
        let assignment = Assignment::default();
        let mut decoder = Decoder::new(&assignment);
        let frame = encode(&vec![b'x'; 5 << 20], &assignment).unwrap();
        let (mut first, mut last) = frame.split_at(1000);
        assert_eq!(decoder.decode(&mut first), Ok(None));
        assert!(decoder.capacity() <= 2000, "{} bytes", decoder.capacity());

        assert_eq!(decoder.decode(&mut last).unwrap().map(<[u8]>::len), Some(5 << 20));
        assert_eq!(decoder.capacity(), 5 << 20);
        assert_eq!(decoder.decode(&mut &b""[..]), Ok(None));
        assert_eq!(decoder.capacity(), 0);
    }
}
