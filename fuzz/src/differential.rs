//! The decoder beside another one, of other authors. The test that replays the corpus includes this file as well.

use lengthwise::Assignment;
use lengthwise::fuzzing::Plan;
use lengthwise::wire::{DecodeError, Decoder};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

/// The longest payload that is accepted, in bytes: the other decoder takes memory for what a header declares.
const PAYLOAD_LEN_MAX: u64 = 1 << 16;

/// The same stream in the same pieces comes to the same payloads here and in the `LengthDelimitedCodec` of tokio-util, piece by
/// piece, and both find something wrong with it or neither does; except where the stream ends right after a header.
pub fn differential(data: &[u8]) {
    let Some(plan) = Plan::new(data) else { return };
    // The other one refuses the longest frames that count their header: it takes the header off its limit, too.
    let longest = plan.assignment.payload_len_declarable() - plan.assignment.counted_header_len() as u64;
    let payload_len_max = plan.assignment.payload_len_max.min(PAYLOAD_LEN_MAX).min(longest);
    let assignment = Assignment { payload_len_max, ..plan.assignment };
    let (mut decoder, mut codec) = (Decoder::new(&assignment), codec(&assignment));
    let mut buffer = BytesMut::new();
    for piece in plan.pieces() {
        buffer.extend_from_slice(piece);
        let mut input = piece;
        loop {
            match (decoder.decode(&mut input), codec.decode(&mut buffer)) {
                (Ok(Some(own)), Ok(Some(other))) => assert_eq!(own, &other[..]),
                (Ok(None), Ok(None)) => break,
                (Err(_), Err(_)) => return,
                (own, other) => panic!("here {own:?}, there {other:?}"),
            }
        }
    }
    match (decoder.finish(), codec.decode_eof(&mut buffer)) {
        (Ok(()), Ok(None)) | (Err(_), Err(_)) => {}
        // The other one has taken the header and forgets that a payload was to follow.
        (Err(DecodeError::EndedInPayload { got: 0, .. }), Ok(None)) => {}
        (own, other) => panic!("at the end here {own:?}, there {other:?}"),
    }
}

/// The other decoder, told the same.
fn codec(assignment: &Assignment) -> LengthDelimitedCodec {
    let counted = assignment.counted_header_len();
    let frame_len_max = usize::try_from(assignment.payload_len_max).expect("it is short") + counted;
    let mut builder = LengthDelimitedCodec::builder();
    builder
        .length_field_length(assignment.header_width.bytes())
        .length_adjustment(-isize::try_from(counted).expect("it is a header"))
        .max_frame_length(frame_len_max);
    if assignment.byte_order == lengthwise::ByteOrder::LittleEndian {
        builder.little_endian();
    }
    builder.new_codec()
}
