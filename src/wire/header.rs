//! The length in front of a payload, as bytes, in the width and byte order that the assignment asks for.

use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::wire::EncodeError;

/// The bytes of a widest header.
pub(super) const WIDTH_MAX: usize = HeaderWidth::Four.bytes();

/// The header of one frame, ready to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Only the first `width` are sent.
    bytes: [u8; WIDTH_MAX],
    width: usize,
}

impl Header {
    /// A header that declares `len` bytes of payload. No payload of that length needs to exist: a test may well
    /// send a header that claims more than will follow.
    ///
    /// # Errors
    ///
    /// [`EncodeError::TooLong`] if the header is too narrow for `len`. What a peer accepts is not asked here.
    pub fn new(len: u64, assignment: &Assignment) -> Result<Self, EncodeError> {
        let width = assignment.header_width;
        let max = width.payload_len_max();
        if len > max {
            return Err(EncodeError::TooLong { len, max });
        }
        // Nothing is cut off: no header is wider than 32 bits.
        let mut bytes = (len as u32).to_le_bytes();
        if assignment.byte_order == ByteOrder::BigEndian {
            bytes[..width.bytes()].reverse();
        }
        Ok(Self { bytes, width: width.bytes() })
    }

    /// The length that the header at the start of `bytes` declares; nothing where there is less than a header.
    #[must_use]
    pub fn declared(bytes: &[u8], assignment: &Assignment) -> Option<u64> {
        HeaderFormat::new(assignment).split(bytes).map(|(len, _)| len)
    }

    /// The bytes as they are sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.width]
    }
}

/// How to read a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderFormat {
    width: HeaderWidth,
    byte_order: ByteOrder,
}

impl HeaderFormat {
    pub(super) fn new(assignment: &Assignment) -> Self {
        Self { width: assignment.header_width, byte_order: assignment.byte_order }
    }

    /// The width in bytes.
    pub(super) fn width(self) -> usize {
        self.width.bytes()
    }

    /// The length declared by the header that `bytes` begins with, and what follows it; `None` if there is less
    /// than a header.
    ///
    /// Each kind of header has a path of its own. Where the next header lies is known only once this one has been
    /// read, so a choice between two readings of its bytes would delay every frame, while a branch is predicted.
    #[inline]
    pub(super) fn split(self, bytes: &[u8]) -> Option<(u64, &[u8])> {
        match (self.width, self.byte_order) {
            (HeaderWidth::Two, ByteOrder::BigEndian) => split_with(u16::from_be_bytes, bytes),
            (HeaderWidth::Two, ByteOrder::LittleEndian) => split_with(u16::from_le_bytes, bytes),
            (HeaderWidth::Four, ByteOrder::BigEndian) => split_with(u32::from_be_bytes, bytes),
            (HeaderWidth::Four, ByteOrder::LittleEndian) => split_with(u32::from_le_bytes, bytes),
        }
    }
}

#[inline]
fn split_with<const WIDTH: usize, N: Into<u64>>(
    read: impl Fn([u8; WIDTH]) -> N,
    bytes: &[u8],
) -> Option<(u64, &[u8])> {
    let (header, rest) = bytes.split_first_chunk()?;
    Some((read(*header).into(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(len: u64, header_width: HeaderWidth, byte_order: ByteOrder) -> Result<Vec<u8>, EncodeError> {
        let assignment = Assignment { header_width, byte_order, ..Assignment::default() };
        Header::new(len, &assignment).map(|header| header.as_bytes().to_vec())
    }

    #[test]
    fn a_length_is_laid_out_by_width_and_order() {
        use ByteOrder::{BigEndian, LittleEndian};
        use HeaderWidth::{Four, Two};

        assert_eq!(header(0x0102, Two, BigEndian), Ok(vec![1, 2]));
        assert_eq!(header(0x0102, Two, LittleEndian), Ok(vec![2, 1]));
        assert_eq!(header(0x0102_0304, Four, BigEndian), Ok(vec![1, 2, 3, 4]));
        assert_eq!(header(0x0102_0304, Four, LittleEndian), Ok(vec![4, 3, 2, 1]));
    }

    #[test]
    fn the_longest_length_is_stated_and_one_more_is_refused() {
        for (width, max) in [(HeaderWidth::Two, 0xffff), (HeaderWidth::Four, 0xffff_ffff)] {
            for order in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
                assert_eq!(header(max, width, order), Ok(vec![0xff; width.bytes()]));
                assert_eq!(header(max + 1, width, order), Err(EncodeError::TooLong { len: max + 1, max }));
            }
        }
    }
}
