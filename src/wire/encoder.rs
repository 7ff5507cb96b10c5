//! From payloads to frames.

use crate::assignment::Assignment;
use crate::wire::{EncodeError, Frame};

/// One frame: the header, then `payload`.
///
/// # Errors
///
/// [`EncodeError::TooLong`] if the header is too narrow for the payload's length. The assignment's
/// `payload_len_max` does not matter here: it limits what is accepted, not what may be sent.
pub fn encode(payload: &[u8], assignment: &Assignment) -> Result<Vec<u8>, EncodeError> {
    Ok(Frame::new(payload, assignment)?.to_vec())
}

/// Appends one frame to `out`, so that several can be sent in one write.
///
/// # Errors
///
/// As [`encode`]; `out` is then as it was.
pub fn encode_into(out: &mut Vec<u8>, payload: &[u8], assignment: &Assignment) -> Result<(), EncodeError> {
    Frame::new(payload, assignment)?.append_to(out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::HeaderWidth;

    #[test]
    fn frames_follow_one_another() {
        let mut out = encode(b"first", &Assignment::default()).unwrap();
        encode_into(&mut out, b"", &Assignment::default()).unwrap();
        assert_eq!(out, b"\0\0\0\x05first\0\0\0\0");
    }

    #[test]
    fn a_refused_payload_leaves_the_output_alone() {
        let assignment = Assignment { header_width: HeaderWidth::Two, ..Assignment::default() };
        let mut out = b"kept".to_vec();
        let refused = encode_into(&mut out, &[0; 65_536], &assignment);
        assert_eq!(refused, Err(EncodeError::TooLong { len: 65_536, max: 65_535 }));
        assert_eq!(out, b"kept");
    }
}
