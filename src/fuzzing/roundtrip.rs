//! From payloads to a stream, through every way of reading one, and back.

use arbitrary::{Result, Unstructured};

use super::payloads::{Filler, payload_len};
use super::stream::{Trickle, assert_decodes, assignment};
use crate::assignment::Assignment;
use crate::wire::{FrameReader, ReadError, encode_into};

/// No input asks for more payloads.
const PAYLOADS_MAX: usize = 8;

/// Lengths at which something changes: the buffer, what two bytes can state, and what a decoder keeps of its memory (1 MiB).
const EDGES: &[usize] = &[255, 256, 4_093, 65_535, 65_536, 1 << 20, (1 << 20) + 1];

/// What was encoded is decoded to the same payloads, however the stream is cut, by a decoder and by a reader of frames.
pub fn roundtrip(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let assignment = assignment(input.arbitrary()?, input.arbitrary()?);
    let assignment = Assignment { payload_len_max: u64::MAX, ..assignment };
    let filler = Filler::new(input.arbitrary()?);
    let pieces = usize::from(input.arbitrary::<u8>()?).min(input.len());
    let piece_lens = input.bytes(pieces)?;
    let (mut stream, mut payload, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let width = assignment.header_width.bytes();
    while ends.len() < PAYLOADS_MAX && !input.is_empty() {
        filler.fill(&mut payload, payload_len(input, EDGES)?);
        let start = stream.len() + width;
        if encode_into(&mut stream, &payload, &assignment).is_ok() {
            ends.push(start..stream.len());
        }
    }
    let payloads = || ends.iter().map(|payload| &stream[payload.clone()]);
    // A piece of a long stream is so many bytes for each byte of its length.
    let scale = stream.len() / 4096 + 1;
    let mut rest = &stream[..];
    let cut = piece_lens.iter().map(|len| {
        let (piece, after) = rest.split_at(rest.len().min(usize::from(*len) * scale));
        rest = after;
        piece
    });
    let mut pieces: Vec<&[u8]> = cut.collect();
    pieces.push(rest);
    assert_decodes(pieces.into_iter(), &assignment, payloads().map(Ok));

    // Its buffer has 256 bytes at most: what is long is the decoder's affair.
    if scale == 1 {
        let trickle = Trickle::new(piece_lens, &stream, assignment.buffer_size);
        let mut reader = FrameReader::new(trickle, &assignment);
        let mut expected = payloads();
        loop {
            match reader.next_frame() {
                Ok(Some(payload)) => assert_eq!(Some(payload), expected.next()),
                Ok(None) => break assert_eq!(expected.next(), None),
                Err(ReadError::Io(_)) => {}
                Err(ReadError::Decode(error)) => panic!("{error}"),
            }
        }
    }
    Ok(())
}
