//! A frame in its two parts.

use std::borrow::Cow;

use crate::assignment::Assignment;
use crate::bytes::common_len;
use crate::wire::{EncodeError, Header};

/// One frame, its payload borrowed where it already exists: long ones can be compared with a stream without being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    header: Header,
    payload: Cow<'a, [u8]>,
}

impl<'a> Frame<'a> {
    /// The frame that carries `payload`.
    ///
    /// # Errors
    ///
    /// As [`encode`](super::encode).
    pub fn new(payload: impl Into<Cow<'a, [u8]>>, assignment: &Assignment) -> Result<Self, EncodeError> {
        let payload = payload.into();
        Ok(Self { header: Header::new(payload.len() as u64, assignment)?, payload })
    }

    /// The length of the whole, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a frame has a header")]
    pub fn len(&self) -> usize {
        self.header.as_bytes().len() + self.payload.len()
    }

    /// How many bytes the frame and `stream` have in common at their start.
    #[must_use]
    pub fn common_len(&self, stream: &[u8]) -> usize {
        self.common_len_from(0, stream)
    }

    /// The same for what follows the first `start` bytes of the frame.
    ///
    /// # Panics
    ///
    /// If the frame is shorter than that.
    #[must_use]
    pub fn common_len_from(&self, start: usize, stream: &[u8]) -> usize {
        let header = self.header.as_bytes();
        let (header, payload) = match start.checked_sub(header.len()) {
            Some(start) => (&[][..], &self.payload[start..]),
            None => (&header[start..], &*self.payload),
        };
        match common_len(header, stream) {
            len if len < header.len() => len,
            len => len + common_len(payload, &stream[len..]),
        }
    }

    /// Appends the frame to `out`.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(&self.payload);
    }

    /// Several frames, one after the other.
    #[must_use]
    pub fn concat(frames: &[Self]) -> Vec<u8> {
        let mut all = Vec::with_capacity(frames.iter().map(Self::len).sum());
        frames.iter().for_each(|frame| frame.append_to(&mut all));
        all
    }

    /// The frame as it is sent.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        Self::concat(std::slice::from_ref(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_one_another() {
        let frame = |payload: &'static [u8]| Frame::new(payload, &Assignment::default()).unwrap();
        let frames = [frame(b"first"), frame(b"")];
        assert_eq!(Frame::concat(&frames), b"\0\0\0\x05first\0\0\0\0");
        assert_eq!(frames.each_ref().map(Frame::len), [9, 4]);
        assert_eq!(frames[1].to_vec(), [0; 4]);
    }

    #[test]
    fn a_stream_leaves_a_frame_in_its_header_in_its_payload_or_after_it() {
        let frame = Frame::new(&b"age"[..], &Assignment::default()).unwrap();
        for (stream, common) in [
            (&b""[..], 0),
            (b"\0\0", 2),
            (b"\0\0\x03age", 2),
            (b"\0\0\0\x03", 4),
            (b"\0\0\0\x03aged", 7),
            (b"\0\0\0\x03agX", 6),
            (b"\0\0\0\x04sage", 3),
        ] {
            assert_eq!(frame.common_len(stream), common, "{stream:?}");
            for start in 0..=common {
                let rest = frame.common_len_from(start, &stream[start..]);
                assert_eq!(rest, common - start, "{stream:?} from {start}");
            }
        }
    }
}
