//! The length in front of a payload.

use super::failure::Failure;
use crate::assignment::{Assignment, ByteOrder, HeaderWidth, WireFormat};
use crate::wire;

/// How a length is encoded.
#[derive(Debug, Clone, Copy)]
pub(in crate::bug) struct HeaderCodec {
    /// How many bytes it takes.
    pub(in crate::bug) len: fn(&Assignment) -> usize,
    pub(in crate::bug) read: fn(&[u8], &Assignment) -> u64,
    pub(in crate::bug) write: fn(u64, &Assignment) -> Result<Vec<u8>, Failure>,
}

impl HeaderCodec {
    /// The encoding that the assignment asks for.
    pub(in crate::bug) const RIGHT: Self = Self {
        len: |assignment| assignment.header_width.bytes(),
        read: |header, assignment| read_length(header, assignment),
        write: |len, assignment| match wire::Header::new(len, assignment) {
            Ok(header) => Ok(header.as_bytes().to_vec()),
            Err(_) => Err(Failure::Length(len)),
        },
    };
}

impl HeaderCodec {
    /// The encoding in this format, whatever the assignment asks for.
    pub(super) const fn of(format: WireFormat) -> Self {
        use ByteOrder::{BigEndian, LittleEndian};
        use HeaderWidth::{Four, Two};
        match (format.header_width, format.byte_order) {
            (Two, BigEndian) => Self::fixed::<2, false>(),
            (Two, LittleEndian) => Self::fixed::<2, true>(),
            (Four, BigEndian) => Self::fixed::<4, false>(),
            (Four, LittleEndian) => Self::fixed::<4, true>(),
        }
    }

    const fn fixed<const WIDTH: usize, const IS_LITTLE: bool>() -> Self {
        Self { len: |_| WIDTH, read: read_fixed::<IS_LITTLE>, write: write_fixed::<WIDTH, IS_LITTLE> }
    }
}

fn in_order<const IS_LITTLE: bool>(assignment: &Assignment) -> Assignment {
    let byte_order = if IS_LITTLE { ByteOrder::LittleEndian } else { ByteOrder::BigEndian };
    Assignment { byte_order, ..*assignment }
}

fn read_fixed<const IS_LITTLE: bool>(header: &[u8], assignment: &Assignment) -> u64 {
    read_length(header, &in_order::<IS_LITTLE>(assignment))
}

fn write_fixed<const WIDTH: usize, const IS_LITTLE: bool>(
    len: u64,
    assignment: &Assignment,
) -> Result<Vec<u8>, Failure> {
    let header_width = if WIDTH == 2 { HeaderWidth::Two } else { HeaderWidth::Four };
    (HeaderCodec::RIGHT.write)(len, &Assignment { header_width, ..in_order::<IS_LITTLE>(assignment) })
}

/// The number in `header`, however wide, in the byte order of the assignment.
pub(in crate::bug) fn read_length(header: &[u8], assignment: &Assignment) -> u64 {
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    match assignment.byte_order {
        ByteOrder::BigEndian => header.iter().fold(0, append),
        ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    }
}
