//! A stream without a network, for tests, and frames made without the code under test.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};

use proptest::prelude::*;

use crate::assignment::{Assignment, ByteOrder, HeaderWidth, Work};

/// Gives what it was made of, at most one piece a read, and keeps what is written to it.
pub(super) struct Simulated {
    incoming: VecDeque<io::Result<Vec<u8>>>,
    /// What was written, one entry a write.
    pub(super) written: Vec<Vec<u8>>,
    /// The most bytes that one write takes.
    pub(super) write_len_max: usize,
}

impl Simulated {
    pub(super) fn new(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Self {
        Self { incoming: pieces.into_iter().collect(), written: Vec::new(), write_len_max: usize::MAX }
    }

    /// Gives `bytes` in pieces of these lengths, over and over, and then the end.
    pub(super) fn in_pieces(bytes: &[u8], lens: &[usize]) -> Self {
        let mut rest = bytes;
        Self::new(lens.iter().cycle().map_while(|&len| {
            let (piece, after) = rest.split_at(len.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then(|| Ok(piece.to_vec()))
        }))
    }
}

impl Read for Simulated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.incoming.pop_front().transpose()? else { return Ok(0) };
        let rest = piece.split_off(piece.len().min(buffer.len()));
        if !rest.is_empty() {
            self.incoming.push_front(Ok(rest));
        }
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

impl Write for Simulated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.write_len_max);
        self.written.push(bytes[..taken].to_vec());
        Ok(taken)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write(&parts.iter().flat_map(|part| part.to_vec()).collect::<Vec<_>>())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn frame(payload: &[u8], assignment: &Assignment) -> Vec<u8> {
    let width = assignment.header_width.bytes();
    let counted = if assignment.counts_header { width } else { 0 };
    let mut header = ((payload.len() + counted) as u64).to_be_bytes().to_vec();
    header.drain(..header.len() - width);
    if assignment.byte_order == ByteOrder::LittleEndian {
        header.reverse();
    }
    [&header, payload].concat()
}

pub(super) fn frames<'a>(payloads: impl IntoIterator<Item = &'a str>, assignment: &Assignment) -> Vec<u8> {
    payloads.into_iter().flat_map(|payload| frame(payload.as_bytes(), assignment)).collect()
}

/// Any assignment, with a buffer that is small enough to matter.
pub(super) fn assignments() -> impl Strategy<Value = Assignment> {
    // A message may be longer than a single byte can declare.
    let widths = prop::sample::select(&HeaderWidth::ALL[1..]);
    let orders = prop::sample::select(&ByteOrder::ALL[..]);
    (widths, orders, any::<bool>(), 0..20_usize, 1..64_usize).prop_map(
        |(header_width, byte_order, counts_header, removed_chars, buffer_size)| Assignment {
            header_width,
            byte_order,
            counts_header,
            work: Work::RemoveFront(removed_chars),
            buffer_size,
            ..Assignment::default()
        },
    )
}

pub(super) fn messages() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(r"\PC{0,40}|[a-zé€😀\r\n\x00]{0,300}", 0..8)
}

/// Lengths of the pieces that a stream comes in.
pub(super) fn piece_lens() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..100_usize, 1..20)
}
