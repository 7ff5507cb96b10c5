//! The length in front of a payload.

use super::failure::Failure;
use crate::assignment::{Assignment, ByteOrder};
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

/// The number in `header`, however wide, in the byte order of the assignment.
pub(in crate::bug) fn read_length(header: &[u8], assignment: &Assignment) -> u64 {
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    match assignment.byte_order {
        ByteOrder::BigEndian => header.iter().fold(0, append),
        ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    }
}
