//! The encoder: every header, and every length around its edges.

use arbitrary::{Result, Unstructured};

use super::payloads::{EDGES, Filler, payload_len};
use super::stream::{Oracle, assignment};
use crate::assignment::{Assignment, ByteOrder};
use crate::wire::{EncodeError, Frame, Header, encode, encode_into};

/// No input asks for more payloads.
const PAYLOADS_MAX: usize = 4;

/// Whatever encodes reads back naively to the same payloads; a payload is refused exactly if the header cannot state its length, and
/// a header without a payload says any length that there is room for.
pub fn encoder(data: &[u8]) {
    // Nothing that is read of an input can be missing: it reads as zeros.
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let assignment = assignment(input.arbitrary()?, input.arbitrary()?);
    let len = input.arbitrary::<u64>()? >> (input.arbitrary::<u8>()? % 64);
    assert_header(len, &assignment);
    let filler = Filler::new(input.arbitrary()?);
    let mut stream = Vec::new();
    let (mut lens, mut stated) = ([0; PAYLOADS_MAX], 0);
    let mut buffer = Vec::new();
    while stated < PAYLOADS_MAX && !input.is_empty() {
        let len = payload_len(input, EDGES)?;
        filler.fill(&mut buffer, len);
        if append(&mut stream, &buffer, &assignment) {
            lens[stated] = len;
            stated += 1;
        } else {
            break;
        }
    }
    let accepts_all = Assignment { payload_len_max: u64::MAX, ..assignment };
    let mut read = Oracle::new(&stream, &accepts_all);
    for len in &lens[..stated] {
        filler.fill(&mut buffer, *len);
        assert_eq!(read.next(), Some(Ok(&buffer[..])));
    }
    assert_eq!(read.next(), None);
    Ok(())
}

/// Encodes a payload in each of the ways there are, and tells whether it could be.
fn append(stream: &mut Vec<u8>, payload: &[u8], assignment: &Assignment) -> bool {
    let max = assignment.payload_len_declarable();
    let before = stream.len();
    let result = encode_into(stream, payload, assignment);
    let len = payload.len() as u64;
    if len > max {
        assert_eq!(result, Err(EncodeError::TooLong { len, max }));
        assert_eq!(encode(payload, assignment), Err(EncodeError::TooLong { len, max }));
        assert_eq!(stream.len(), before, "a refused payload leaves nothing behind");
        return false;
    }
    assert_eq!(result, Ok(()));
    let (earlier, frame) = stream.split_at(before);
    assert_eq!(encode(payload, assignment).as_deref(), Ok(frame));
    let whole = Frame::new(payload, assignment).expect("it was encoded before");
    assert_eq!(whole.len(), frame.len());
    assert_eq!(whole.common_len(frame), frame.len(), "all of a frame is its own");
    let start = earlier.len() % (frame.len() + 1);
    assert_eq!(whole.common_len_from(start, &frame[start..]), frame.len() - start);
    let common = whole.common_len(earlier);
    assert!(frame[..common] == earlier[..common], "what two streams have in common is the same in both");
    assert!(
        frame.get(common).is_none_or(|byte| earlier.get(common) != Some(byte)),
        "and the next byte is not"
    );
    true
}

/// A header states a length digit by digit, in base 256, or it does not state it at all.
fn assert_header(len: u64, assignment: &Assignment) {
    let width = usize::from(u8::from(assignment.header_width));
    let counted = if assignment.counts_header { width as u128 } else { 0 };
    let states = u128::from(len) + counted;
    let too_long = states >= 1 << (8 * width);
    let header = match Header::new(len, assignment) {
        Err(EncodeError::TooLong { len: refused, max }) => {
            assert!(too_long, "{len} bytes were refused");
            assert_eq!((refused, u128::from(max)), (len, (1 << (8 * width)) - 1 - counted));
            return;
        }
        Ok(header) => header,
    };
    assert!(!too_long, "{len} bytes were stated in {width}");
    let mut digits = header.as_bytes().to_vec();
    if assignment.byte_order == ByteOrder::LittleEndian {
        digits.reverse();
    }
    assert_eq!(digits.len(), width);
    assert_eq!(digits.iter().fold(0, |value, digit| value * 256 + u128::from(*digit)), states);
    let declared = u64::try_from(states).expect("it fits in eight bytes");
    assert_eq!(Header::declared(header.as_bytes(), assignment), Some(declared));
    assert_eq!(Header::declared(&header.as_bytes()[1..], assignment), None);
}
