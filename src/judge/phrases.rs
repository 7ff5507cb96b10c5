//! The parts that the sentences of a finding are made of.

use std::time::Duration;

use crate::assignment::{Assignment, ByteOrder};
use crate::conversation::{Ending, Entry, Transcript};
use crate::wire::Frame;

/// How the other side's bytes on one connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    ClosedInFrame,
    Reset,
    Silent(Duration),
    Unfinished(Duration),
    Open,
}

impl End {
    /// How `connection` ended. `received` is all that came on it.
    pub(super) fn of(
        transcript: &Transcript,
        connection: usize,
        received: &[u8],
        assignment: &Assignment,
    ) -> Self {
        let last = transcript.entries.iter().rev().find_map(|entry| match entry {
            Entry::Ended { connection: on, ending } if *on == connection => Some(match ending {
                Ending::Closed if ends_in_frame(received, assignment) => Self::ClosedInFrame,
                Ending::Closed => Self::Closed,
                Ending::Reset => Self::Reset,
            }),
            Entry::Silent { connection: on, waited } if *on == connection => Some(Self::Silent(*waited)),
            Entry::Unfinished { connection: on, waited } if *on == connection => {
                Some(Self::Unfinished(*waited))
            }
            _ => None,
        });
        last.unwrap_or(Self::Open)
    }

    /// For the field `ended` of a finding.
    pub(super) fn noun(self) -> String {
        match self {
            Self::Closed => "closed cleanly".into(),
            Self::ClosedInFrame => "closed inside a frame".into(),
            Self::Reset => "reset".into(),
            Self::Silent(waited) => format!("silent for {} ms", waited.as_millis()),
            Self::Unfinished(waited) => format!("still sending after {} ms", waited.as_millis()),
            Self::Open => "left open".into(),
        }
    }

    /// What the other side did after its last byte: `then sent nothing for 1000 ms`.
    pub(super) fn then(self) -> String {
        match self {
            Self::Closed | Self::ClosedInFrame => "then closed the connection".into(),
            Self::Reset => "then reset the connection".into(),
            Self::Silent(waited) => format!("then sent nothing for {} ms", waited.as_millis()),
            Self::Unfinished(waited) => format!("and was not done after {} ms", waited.as_millis()),
            Self::Open => "and no more was awaited".into(),
        }
    }

    /// The same, where it had sent nothing at all: `sent nothing for 1000 ms`.
    pub(super) fn instead(self) -> String {
        let then = self.then();
        then.strip_prefix("then ").unwrap_or(&then).to_owned()
    }
}

/// Whether `stream`, taken frame by frame at its own word, stops inside a frame.
fn ends_in_frame(stream: &[u8], assignment: &Assignment) -> bool {
    let mut rest = stream;
    while !rest.is_empty() {
        let Some(len) = declared_len(rest, assignment) else { return true };
        let frame =
            usize::try_from(len).unwrap_or(usize::MAX).saturating_add(assignment.header_width.bytes());
        match rest.get(frame..) {
            Some(next) => rest = next,
            None => return true,
        }
    }
    false
}

/// The length that `stream` declares at its start; `None` where the header is not whole.
pub(super) fn declared_len(stream: &[u8], assignment: &Assignment) -> Option<u64> {
    let header = stream.get(..assignment.header_width.bytes())?;
    let append = |len: u64, byte: &u8| len << 8 | u64::from(*byte);
    Some(match assignment.byte_order {
        ByteOrder::BigEndian => header.iter().fold(0, append),
        ByteOrder::LittleEndian => header.iter().rev().fold(0, append),
    })
}

/// Where a stream of bytes leaves the frames that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// It stops. So many frames are whole, and so many bytes of the next have come.
    Stops { whole: usize, of_next: usize },
    /// So many bytes follow a whole frame that are too few for a length, and that the next cannot start with.
    /// That frame counts from 0.
    Stray { frame: usize, len: usize },
    /// The length of a frame, counted from 0, is wrong; this is what it declares.
    Length { frame: usize, declared: u64 },
    /// The payload of a frame is wrong, from this byte of it on.
    Payload { frame: usize, byte: usize },
    /// All frames are there, and so many bytes follow.
    Extra { len: usize },
}

/// Compares `received` with `frames`; `None` where they are the same.
pub(super) fn departure(frames: &[Frame<'_>], received: &[u8], assignment: &Assignment) -> Option<Departure> {
    let header_len = assignment.header_width.bytes();
    let mut rest = received;
    for (index, frame) in frames.iter().enumerate() {
        let common = frame.common_len(rest);
        if common == frame.len() {
            rest = &rest[common..];
        } else if common == rest.len() {
            return Some(Departure::Stops { whole: index, of_next: common });
        } else if common < header_len {
            return Some(match declared_len(rest, assignment) {
                Some(declared) => Departure::Length { frame: index, declared },
                None => Departure::Stray { frame: index, len: rest.len() },
            });
        } else {
            return Some(Departure::Payload { frame: index, byte: common - header_len });
        }
    }
    (!rest.is_empty()).then_some(Departure::Extra { len: rest.len() })
}

/// How many bytes come before a frame, counted from 0, where it should start: nothing where it does not come soon.
pub(super) fn uninvited(frames: &[Frame<'_>], index: usize, received: &[u8]) -> Option<usize> {
    /// What is sent unasked is a greeting, or a line end.
    const SEARCHED_MAX: usize = 4 << 10;
    let start: usize = frames[..index].iter().map(Frame::len).sum();
    let (frame, rest) = (&frames[index], received.get(start..)?);
    (1..rest.len().min(SEARCHED_MAX)).find(|at| frame.common_len(&rest[*at..]) == frame.len())
}

/// Whether the payload of a frame, counted from 0, is not UTF-8 as far as it came. Its length is right.
pub(super) fn is_not_utf8(
    frames: &[Frame<'_>],
    index: usize,
    received: &[u8],
    assignment: &Assignment,
) -> bool {
    let before: usize = frames[..index].iter().map(Frame::len).sum();
    let frame = &received[before..received.len().min(before + frames[index].len())];
    let payload = frame.get(assignment.header_width.bytes()..).unwrap_or_default();
    let is_whole = frame.len() == frames[index].len();
    std::str::from_utf8(payload).is_err_and(|error| is_whole || error.error_len().is_some())
}

/// `1 byte`, `2 bytes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Which of several: `the reply` where there is one, else `reply 2 of 3`. `index` counts from 0.
pub(super) fn which(noun: &str, index: usize, of: usize) -> String {
    match of {
        1 => format!("the {noun}"),
        _ => format!("{noun} {} of {of}", index + 1),
    }
}

/// `sentence` with a capital at its start.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> [Frame<'static>; 2] {
        [&b"age"[..], b"sage"].map(|payload| Frame::new(payload, &Assignment::default()).unwrap())
    }

    fn departs(received: &[u8]) -> Option<Departure> {
        departure(&frames(), received, &Assignment::default())
    }

    #[test]
    fn every_way_to_leave_the_frames_is_told_apart() {
        assert_eq!(departs(b"\0\0\0\x03age\0\0\0\x04sage"), None);
        assert_eq!(departs(b""), Some(Departure::Stops { whole: 0, of_next: 0 }));
        assert_eq!(departs(b"\0\0\0\x03age\0\0"), Some(Departure::Stops { whole: 1, of_next: 2 }));
        assert_eq!(departs(b"\n"), Some(Departure::Stray { frame: 0, len: 1 }));
        assert_eq!(departs(b"\0\0\0\x03age\0\n"), Some(Departure::Stray { frame: 1, len: 2 }));
        assert_eq!(departs(b"\x03\0\0\0age"), Some(Departure::Length { frame: 0, declared: 0x0300_0000 }));
        assert_eq!(departs(b"\0\0\0\x03agX"), Some(Departure::Payload { frame: 0, byte: 2 }));
        assert_eq!(departs(b"\0\0\0\x03age\0\0\0\x04sage\n"), Some(Departure::Extra { len: 1 }));
    }

    #[test]
    fn bytes_before_a_frame_are_counted() {
        let before = |received: &[u8], index| uninvited(&frames(), index, received);
        assert_eq!(before(b"Hi\n\0\0\0\x03age", 0), Some(3));
        assert_eq!(before(b"\0\0\0\x03age\n\0\0\0\x04sage", 1), Some(1));
        assert_eq!(before(b"\x03\0\0\0age", 0), None);
    }

    #[test]
    fn a_payload_that_is_no_text_is_told_from_one_that_is_cut() {
        let no_text = |received: &[u8]| is_not_utf8(&frames(), 0, received, &Assignment::default());
        assert!(no_text(b"\0\0\0\x03\xFFge"));
        assert!(no_text(b"\0\0\0\x03ag\xC3\0\0"));
        assert!(!no_text(b"\0\0\0\x03a\xC3"));
        assert!(!no_text(b"\0\0\0\x03aXe"));
    }

    #[test]
    fn a_stream_ends_inside_a_frame_by_its_own_lengths() {
        let assignment = Assignment::default();
        assert!(!ends_in_frame(b"", &assignment));
        assert!(!ends_in_frame(b"\0\0\0\x03age", &assignment));
        assert!(ends_in_frame(b"\0\0\0\x03age\0", &assignment));
        assert!(ends_in_frame(b"\0\0\0\x03ag", &assignment));
        assert!(ends_in_frame(b"\xFF\xFF\xFF\xFFag", &assignment));
    }

    #[test]
    fn lengths_are_read_in_the_byte_order_of_the_assignment() {
        let little = Assignment { byte_order: ByteOrder::LittleEndian, ..Assignment::default() };
        assert_eq!(declared_len(&[1, 2, 3, 4], &Assignment::default()), Some(0x0102_0304));
        assert_eq!(declared_len(&[1, 2, 3, 4], &little), Some(0x0403_0201));
        assert_eq!(declared_len(&[1, 2, 3], &little), None);
    }
}
