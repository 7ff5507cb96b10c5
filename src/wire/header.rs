//! The length in front of a payload, as bytes, in the width and byte order that the assignment asks for.

use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::wire::{DecodeError, EncodeError};

/// The bytes of a widest header.
pub(super) const WIDTH_MAX: usize = HeaderWidth::Eight.bytes();

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
        let max = assignment.payload_len_declarable();
        if len > max {
            return Err(EncodeError::TooLong { len, max });
        }
        let mut bytes = (len + assignment.counted_header_len() as u64).to_le_bytes();
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
    /// How many of its own bytes a length counts.
    counted: u64,
}

impl HeaderFormat {
    pub(super) fn new(assignment: &Assignment) -> Self {
        Self {
            width: assignment.header_width,
            byte_order: assignment.byte_order,
            counted: assignment.counted_header_len() as u64,
        }
    }

    /// The width in bytes.
    pub(super) fn width(self) -> usize {
        self.width.bytes()
    }

    /// The length of the payload, where a header declares `declared`; nothing where that is less than the header counts of itself.
    #[inline]
    pub(super) const fn payload_len(self, declared: u64) -> Option<u64> {
        declared.checked_sub(self.counted)
    }

    /// The error of a header that declares less than it counts of itself.
    pub(super) const fn too_short(self, declared: u64) -> DecodeError {
        DecodeError::TooShort { declared, min: self.counted }
    }

    /// The length declared by the header that `bytes` begins with, and what follows it; `None` if there is less
    /// than a header.
    ///
    /// Each kind of header has a path of its own. Where the next header lies is known only once this one has been
    /// read, so a choice between two readings of its bytes would delay every frame, while a branch is predicted.
    #[inline]
    pub(super) fn split(self, bytes: &[u8]) -> Option<(u64, &[u8])> {
        match (self.width, self.byte_order) {
            (HeaderWidth::One, _) => split_with(u8::from_be_bytes, bytes),
            (HeaderWidth::Two, ByteOrder::BigEndian) => split_with(u16::from_be_bytes, bytes),
            (HeaderWidth::Two, ByteOrder::LittleEndian) => split_with(u16::from_le_bytes, bytes),
            (HeaderWidth::Three, ByteOrder::BigEndian) => {
                split_with(|[high, middle, low]| u32::from_be_bytes([0, high, middle, low]), bytes)
            }
            (HeaderWidth::Three, ByteOrder::LittleEndian) => {
                split_with(|[low, middle, high]| u32::from_le_bytes([low, middle, high, 0]), bytes)
            }
            (HeaderWidth::Four, ByteOrder::BigEndian) => split_with(u32::from_be_bytes, bytes),
            (HeaderWidth::Four, ByteOrder::LittleEndian) => split_with(u32::from_le_bytes, bytes),
            (HeaderWidth::Eight, ByteOrder::BigEndian) => split_with(u64::from_be_bytes, bytes),
            (HeaderWidth::Eight, ByteOrder::LittleEndian) => split_with(u64::from_le_bytes, bytes),
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
        use HeaderWidth::{Eight, Four, One, Three, Two};

        assert_eq!(header(0x0102, Two, BigEndian), Ok(vec![1, 2]));
        assert_eq!(header(0x0102, Two, LittleEndian), Ok(vec![2, 1]));
        assert_eq!(header(0x0102_0304, Four, BigEndian), Ok(vec![1, 2, 3, 4]));
        assert_eq!(header(0x0102_0304, Four, LittleEndian), Ok(vec![4, 3, 2, 1]));
        assert_eq!(header(0x0A, One, LittleEndian), Ok(vec![10]));
        assert_eq!(header(0x01_0203, Three, BigEndian), Ok(vec![1, 2, 3]));
        assert_eq!(header(0x01_0203, Three, LittleEndian), Ok(vec![3, 2, 1]));
        assert_eq!(header(0x0102, Eight, BigEndian), Ok(vec![0, 0, 0, 0, 0, 0, 1, 2]));
    }

    #[test]
    fn what_is_laid_out_is_read_again_and_its_own_bytes_are_counted_where_they_should_be() {
        for header_width in HeaderWidth::ALL {
            for byte_order in ByteOrder::ALL {
                for counts_header in [false, true] {
                    let assignment =
                        Assignment { header_width, byte_order, counts_header, ..Assignment::default() };
                    let format = HeaderFormat::new(&assignment);
                    for len in [0, 1, 200, assignment.payload_len_declarable()] {
                        let header = Header::new(len, &assignment).unwrap();
                        let (declared, rest) = format.split(header.as_bytes()).unwrap();
                        assert_eq!(
                            (format.payload_len(declared), rest),
                            (Some(len), &b""[..]),
                            "{assignment:?}"
                        );
                    }
                    let counted = if counts_header { header_width.bytes() as u64 } else { 0 };
                    let (declared, _) =
                        format.split(Header::new(0, &assignment).unwrap().as_bytes()).unwrap();
                    assert_eq!(declared, counted, "{assignment:?}");
                }
            }
        }
    }

    #[test]
    fn the_longest_length_is_stated_and_one_more_is_refused() {
        for (width, max) in
            [HeaderWidth::Two, HeaderWidth::Three, HeaderWidth::Four].map(|width| (width, width.len_max()))
        {
            for order in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
                assert_eq!(header(max, width, order), Ok(vec![0xff; width.bytes()]));
                assert_eq!(header(max + 1, width, order), Err(EncodeError::TooLong { len: max + 1, max }));
            }
        }
    }
}
