//! Where a stream of bytes is not the frames that it has to be.

use crate::assignment::{Assignment, ByteOrder, Charset};
use crate::rule::Rule;
use crate::verdict::Mismatch;
use crate::wire::Frame;

/// Compares `received` with `frames`; `None` where they are the same.
///
/// The comparison knows nothing but frames: whether a frame that has another length carries another text, or comes
/// after bytes that nobody asked for, is told by [`unsolicited_prefix`] and
/// [`wrong_text`](super::wrong_text::wrong_text).
pub(super) fn mismatch(frames: &[Frame<'_>], received: &[u8], assignment: &Assignment) -> Option<Mismatch> {
    let header_len = assignment.header_width.bytes();
    let mut rest = received;
    for (index, frame) in frames.iter().enumerate() {
        let common = frame.common_len(rest);
        if common == frame.len() {
            rest = &rest[common..];
        } else if common == rest.len() {
            return Some(Mismatch::Stops { whole: index, of_next: common, next_len: frame.len() });
        } else if common < header_len {
            let expected = frame.len() - header_len + assignment.counted_header_len();
            return Some(match declared_len(rest, assignment) {
                Some(declared) => Mismatch::Length { frame: index, declared, expected },
                None => Mismatch::PartialHeader { frame: index, len: rest.len() },
            });
        } else {
            let payload = &rest[header_len..rest.len().min(frame.len())];
            let is_text = is_text(payload, rest.len() < frame.len(), assignment.charset);
            return Some(Mismatch::Payload { frame: index, byte: common - header_len, is_text });
        }
    }
    (!rest.is_empty()).then_some(Mismatch::Extra { len: rest.len() })
}

/// The length that `stream` declares at its start, whatever it counts; `None` where the header is not whole.
pub(super) fn declared_len(stream: &[u8], assignment: &Assignment) -> Option<u64> {
    let header = stream.get(..assignment.header_width.bytes())?;
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    Some(match assignment.byte_order {
        ByteOrder::BigEndian => header.iter().fold(0, append),
        ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    })
}

/// The length of the payload in a frame that declares `declared`: what a length counts of itself is no payload.
pub(super) fn payload_len(declared: u64, assignment: &Assignment) -> usize {
    let len = declared.saturating_sub(assignment.counted_header_len() as u64);
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// How many bytes come before a frame, counted from 0, where it should start: nothing where it does not come soon.
pub(super) fn unsolicited_prefix(
    frames: &[Frame<'_>],
    index: usize,
    received: &[u8],
    assignment: &Assignment,
) -> Option<usize> {
    /// What is sent unasked is a greeting, or a line end.
    const SEARCHED_MAX: usize = 4 << 10;
    let (frame, rest) = (&frames[index], from_frame(frames, index, received)?);
    // What is as long as a header is one, and the zeros of an empty frame may be anything.
    let header_len = assignment.header_width.bytes();
    let searched = if frame.len() > header_len { SEARCHED_MAX } else { header_len };
    (1..rest.len().min(searched)).find(|at| frame.common_len(&rest[*at..]) == frame.len())
}

/// Whether another one of the frames came whole where a frame should have come: one reply was left out, made twice, or sent too early.
/// A frame without a payload would be no sign of that.
pub(super) fn is_other_reply(
    frames: &[Frame<'_>],
    index: usize,
    received: &[u8],
    assignment: &Assignment,
) -> bool {
    let header_len = assignment.header_width.bytes();
    let Some(rest) = from_frame(frames, index, received) else { return false };
    let came = |frame: &Frame<'_>| frame.common_len(rest) == frame.len();
    let others =
        frames.iter().enumerate().filter(|(other, frame)| *other != index && frame.len() > header_len);
    others.map(|(_, frame)| frame).any(came)
}

/// What came from the start of a frame on, if everything before it is right.
pub(super) fn from_frame<'r>(frames: &[Frame<'_>], index: usize, received: &'r [u8]) -> Option<&'r [u8]> {
    received.get(frames[..index].iter().map(Frame::len).sum()..)
}

/// Whether `payload` is text, as far as it came.
fn is_text(payload: &[u8], is_cut: bool, charset: Charset) -> bool {
    if charset != Charset::Utf8 {
        return charset.chars(payload).is_some();
    }
    std::str::from_utf8(payload).map_or_else(|error| is_cut && error.error_len().is_none(), |_| true)
}

/// The rule that a wrong length breaks: what a length counts, where it counts something else of the payload than its bytes,
/// or else what a length looks like.
pub(super) fn rule_of_length(declared: u64, payload: &str, assignment: &Assignment) -> Rule {
    let len = assignment.charset.encode(payload).len();
    let counted = assignment.counted_header_len();
    let counts = |len: usize| u64::try_from(len).is_ok_and(|len| len == declared);
    // What it should count of itself and does not, or the other way around.
    let other = len + assignment.header_width.bytes() - counted;
    if counts(payload.chars().count() + counted) || counts(other) {
        Rule::LengthInBytes
    } else {
        Rule::Framing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> [Frame<'static>; 2] {
        [&b"age"[..], b"sage"].map(|payload| Frame::new(payload, &Assignment::default()).unwrap())
    }

    fn mismatch_of(received: &[u8]) -> Option<Mismatch> {
        mismatch(&frames(), received, &Assignment::default())
    }

    #[test]
    fn another_frame_in_the_place_of_one_is_seen() {
        let is_other =
            |index, received: &[u8]| is_other_reply(&frames(), index, received, &Assignment::default());
        assert!(is_other(0, b"\0\0\0\x04sage\0\0\0\x03age"));
        assert!(is_other(1, b"\0\0\0\x03age\0\0\0\x03age"));
        assert!(!is_other(1, b"\0\0\0\x03age\0\0\0\x04mage"));
    }

    #[test]
    fn every_way_to_leave_the_frames_is_told_apart() {
        let stops = |whole, of_next, next_len| Some(Mismatch::Stops { whole, of_next, next_len });
        let partial = |frame, len| Some(Mismatch::PartialHeader { frame, len });
        assert_eq!(mismatch_of(b"\0\0\0\x03age\0\0\0\x04sage"), None);
        assert_eq!(mismatch_of(b""), stops(0, 0, 7));
        assert_eq!(mismatch_of(b"\0\0\0\x03age\0\0"), stops(1, 2, 8));
        assert_eq!(mismatch_of(b"\n"), partial(0, 1));
        assert_eq!(mismatch_of(b"\0\0\0\x03age\0\n"), partial(1, 2));
        let length = Mismatch::Length { frame: 0, declared: 0x0300_0000, expected: 3 };
        assert_eq!(mismatch_of(b"\x03\0\0\0age"), Some(length));
        let payload = Mismatch::Payload { frame: 0, byte: 2, is_text: true };
        assert_eq!(mismatch_of(b"\0\0\0\x03agX"), Some(payload));
        assert_eq!(mismatch_of(b"\0\0\0\x03age\0\0\0\x04sage\n"), Some(Mismatch::Extra { len: 1 }));
    }

    #[test]
    fn a_length_that_counts_something_else_breaks_another_rule_than_one_of_the_wrong_form() {
        let rule = |declared| rule_of_length(declared, "naïve", &Assignment::default());
        assert_eq!([rule(5), rule(10)], [Rule::LengthInBytes; 2]);
        assert_eq!([rule(0x0600_0000), rule(0)], [Rule::Framing; 2]);
        let counting = Assignment { counts_header: true, ..Assignment::default() };
        let rule = |declared| rule_of_length(declared, "naïve", &counting);
        assert_eq!([rule(9), rule(6)], [Rule::LengthInBytes; 2]);
        assert_eq!(rule(5), Rule::Framing);
    }

    #[test]
    fn bytes_before_a_frame_are_counted() {
        let before =
            |received: &[u8], index| unsolicited_prefix(&frames(), index, received, &Assignment::default());
        assert_eq!(before(b"Hi\n\0\0\0\x03age", 0), Some(3));
        assert_eq!(before(b"\0\0\0\x03age\n\0\0\0\x04sage", 1), Some(1));
        assert_eq!(before(b"\x03\0\0\0age", 0), None);
    }

    #[test]
    fn a_payload_that_is_no_text_is_told_from_one_that_is_cut() {
        let is_text = |received: &[u8]| match mismatch_of(received) {
            Some(Mismatch::Payload { is_text, .. }) => is_text,
            other => panic!("{other:?}"),
        };
        assert!(!is_text(b"\0\0\0\x03\xFFge"));
        assert!(!is_text(b"\0\0\0\x03ag\xC3\0\0"));
        assert!(is_text(b"\0\0\0\x03X\xC3"));
        assert!(is_text(b"\0\0\0\x03aXe"));
    }

    #[test]
    fn lengths_are_read_in_the_byte_order_of_the_assignment() {
        let little = Assignment { byte_order: ByteOrder::LittleEndian, ..Assignment::default() };
        assert_eq!(declared_len(&[1, 2, 3, 4], &Assignment::default()), Some(0x0102_0304));
        assert_eq!(declared_len(&[1, 2, 3, 4], &little), Some(0x0403_0201));
        assert_eq!(declared_len(&[1, 2, 3], &little), None);
    }
}
