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
        read: |header, assignment| {
            // However wide a program takes its length to be, that is what it counts.
            let counted = if assignment.counts_header { header.len() as u64 } else { 0 };
            read_length(header, assignment).saturating_sub(counted)
        },
        write: |len, assignment| match wire::Header::new(len, assignment) {
            Ok(header) => Ok(header.as_bytes().to_vec()),
            Err(_) => Err(Failure::Length(len)),
        },
    };

    /// The encoding in this format, whatever the assignment asks for.
    pub(super) const fn of(format: WireFormat) -> Self {
        match format.byte_order {
            ByteOrder::BigEndian => Self::in_order::<false>(format.header_width),
            ByteOrder::LittleEndian => Self::in_order::<true>(format.header_width),
        }
    }

    const fn in_order<const IS_LITTLE: bool>(width: HeaderWidth) -> Self {
        match width {
            HeaderWidth::One => Self::fixed::<1, IS_LITTLE>(),
            HeaderWidth::Two => Self::fixed::<2, IS_LITTLE>(),
            HeaderWidth::Three => Self::fixed::<3, IS_LITTLE>(),
            HeaderWidth::Four => Self::fixed::<4, IS_LITTLE>(),
            HeaderWidth::Eight => Self::fixed::<8, IS_LITTLE>(),
        }
    }

    const fn fixed<const WIDTH: u8, const IS_LITTLE: bool>() -> Self {
        Self {
            len: |_| WIDTH as usize,
            read: read_fixed::<IS_LITTLE>,
            write: write_fixed::<WIDTH, IS_LITTLE>,
        }
    }
}

fn in_order<const IS_LITTLE: bool>(assignment: &Assignment) -> Assignment {
    let byte_order = if IS_LITTLE { ByteOrder::LittleEndian } else { ByteOrder::BigEndian };
    Assignment { byte_order, ..*assignment }
}

fn read_fixed<const IS_LITTLE: bool>(header: &[u8], assignment: &Assignment) -> u64 {
    (HeaderCodec::RIGHT.read)(header, &in_order::<IS_LITTLE>(assignment))
}

fn write_fixed<const WIDTH: u8, const IS_LITTLE: bool>(
    len: u64,
    assignment: &Assignment,
) -> Result<Vec<u8>, Failure> {
    let header_width = HeaderWidth::try_from(WIDTH).map_err(|_| Failure::Length(len))?;
    write_in(header_width, len, &in_order::<IS_LITTLE>(assignment))
}

/// A length of this width, otherwise as the assignment asks for.
pub(in crate::bug) fn write_in(
    header_width: HeaderWidth,
    len: u64,
    assignment: &Assignment,
) -> Result<Vec<u8>, Failure> {
    (HeaderCodec::RIGHT.write)(len, &Assignment { header_width, ..*assignment })
}

/// The number in `header`, however wide, in the byte order of the assignment.
pub(in crate::bug) fn read_length(header: &[u8], assignment: &Assignment) -> u64 {
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    match assignment.byte_order {
        ByteOrder::BigEndian => header.iter().fold(0, append),
        ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    }
}
