//! What is certain of a program whose behavior depends on how much each read and each send transfers.

use std::iter;
use std::ops::Range;

use super::behavior::{Behavior, ConnectionBehavior, Response};
use crate::assignment::Assignment;
use crate::bytes::common_len;
use crate::wire::Header;

impl Behavior {
    /// Whether what was observed may be what a program does of which these are `predictions`, each for other transfer sizes.
    ///
    /// What they have in common, the program does whatever the sizes are. Where they begin to differ, one thing is certain still:
    /// what a single read has brought of a payload is no longer than `read_len`, which it asks for, or than what it brings at most.
    pub(super) fn may_be_one_of(
        &self,
        predictions: &[Self],
        assignment: &Assignment,
        read_len: usize,
    ) -> bool {
        let number = predictions.iter().map(|one| one.connections.len()).min().unwrap_or_default();
        let streams_fit = (0..number.min(self.connections.len())).all(|number| {
            let predicted: Vec<_> = predictions.iter().map(|one| &one.connections[number]).collect();
            self.connections[number].may_be_one_of(&predicted, assignment, read_len)
        });
        streams_fit && self.answers_may_be_of(predictions, read_len)
    }

    /// Whether everything that came until more was awaited in vain is what a program has sent that does `other`, no frame is cut, and
    /// it is something that takes work that is missing, not the end of a connection or the news of one.
    pub(super) fn is_start_of(&self, other: &Self, assignment: &Assignment) -> bool {
        let none = ConnectionBehavior::default();
        let number = self.connections.len();
        let lacks_bytes =
            self.last_len() < other.connections.get(number.wrapping_sub(1)).map_or(0, |one| one.bytes.len());
        let unanswered = self.answers.iter().position(|answer| *answer == Response::Silent);
        let lacks_answer = unanswered.and_then(|number| other.answers.get(number));
        let lacks_work = match lacks_answer {
            Some(answer) => !matches!(answer, Response::Received(_, false)),
            None => lacks_bytes || self.is_not_accepted(),
        };
        let mut streams = self.connections.iter().enumerate();
        let mut answers = self.answers.iter().enumerate();
        lacks_work
            && streams.all(|(number, observed)| {
                let stream = &other.connections.get(number).unwrap_or(&none).bytes;
                stream.starts_with(&observed.bytes) && ends_with_frame(&observed.bytes, assignment)
            })
            && answers.all(|(number, observed)| {
                *observed == Response::Silent || other.answers.get(number) == Some(observed)
            })
    }

    /// The same of the answers of a client, up to the first that depends on the sizes.
    fn answers_may_be_of(&self, predictions: &[Self], read_len: usize) -> bool {
        for (number, observed) in self.answers.iter().enumerate() {
            let predicted = predictions.iter().map(|one| one.answers.get(number)).collect::<Option<Vec<_>>>();
            let Some(predicted) = predicted else { return true };
            if predicted.iter().any(|one| *one != predicted[0]) {
                let len = |response: &Response| match response {
                    Response::Received(payload, _) => payload.len(),
                    _ => 0,
                };
                let len_max = predicted.into_iter().map(len).max().unwrap_or_default();
                return len(observed) <= len_max.max(read_len);
            }
            if observed != predicted[0] {
                return false;
            }
        }
        true
    }
}

impl ConnectionBehavior {
    fn may_be_one_of(&self, predicted: &[&Self], assignment: &Assignment, read_len: usize) -> bool {
        let Some((first, others)) = predicted.split_first() else { return true };
        let common_len = others.iter().map(|other| common_len(&first.bytes, &other.bytes)).min();
        let common_len = common_len.unwrap_or(first.bytes.len());
        if common_len > self.bytes.len() {
            return self.consistent_with(&first.cut_to(common_len));
        }
        if !self.bytes.starts_with(&first.bytes[..common_len]) {
            return false;
        }
        let declared = |bytes: &[u8]| declared_around(bytes, common_len, assignment);
        let Some(observed) = declared(&self.bytes) else { return true };
        // How far a race got says nothing about what would have come next.
        if predicted.iter().any(|one| one.is_race && declared(&one.bytes).is_none()) {
            return true;
        }
        let len_max = predicted.iter().filter_map(|one| declared(&one.bytes)).max().unwrap_or_default();
        observed <= len_max.max(read_len as u64)
    }
}

/// Whether a stream of frames ends where a frame does.
fn ends_with_frame(stream: &[u8], assignment: &Assignment) -> bool {
    frames(stream, assignment).last().is_none_or(|(frame, _)| frame.end == stream.len())
}

/// The length that the header declares which the byte at this place of a stream of frames belongs to, if it belongs to one.
fn declared_around(stream: &[u8], at: usize, assignment: &Assignment) -> Option<u64> {
    let (frame, declared) = frames(stream, assignment).find(|(frame, _)| frame.contains(&at))?;
    declared.filter(|_| at < frame.start + assignment.header_width.bytes())
}

/// Where each frame of a stream begins and ends, and the length that it declares. The last one may not be whole, and then declares
/// none where its header is not.
fn frames(stream: &[u8], assignment: &Assignment) -> impl Iterator<Item = (Range<usize>, Option<u64>)> {
    let header_len = assignment.header_width.bytes();
    let mut start = 0;
    iter::from_fn(move || {
        let rest = stream.get(start..).filter(|rest| !rest.is_empty())?;
        let declared = Header::declared(rest, assignment);
        let len = declared.and_then(|declared| usize::try_from(declared).ok()).unwrap_or(usize::MAX);
        let frame = start..start.saturating_add(header_len).saturating_add(len);
        start = frame.end;
        Some((frame, declared))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_what_is_cut() {
        let assignment = Assignment::default();
        let stream = b"\0\0\0\x02ab\0\0\0\0\0\0\0\x03xyz";
        for len in 0..=stream.len() {
            assert_eq!(ends_with_frame(&stream[..len], &assignment), [0, 6, 10, 17].contains(&len), "{len}");
        }
        let declared: Vec<_> = (0..17).map(|at| declared_around(stream, at, &assignment)).collect();
        let wanted = [[Some(2); 4].as_slice(), &[None; 2], &[Some(0); 4], &[Some(3); 4], &[None; 3]].concat();
        assert_eq!(declared, wanted);
        assert_eq!(declared_around(b"\0\0", 1, &assignment), None);
    }

    #[test]
    fn what_a_race_has_not_got_to_bounds_no_length() {
        let assignment = Assignment::default();
        let predicted = |bytes: &[u8], is_race| {
            let mut predicted = ConnectionBehavior::default();
            (predicted.bytes, predicted.is_race) = (bytes.to_vec(), is_race);
            predicted
        };
        let observed = predicted(b"\0\0\0\x64", false);
        let short = predicted(b"\0\0\0\x02ab", true);
        for (other, may_be) in [(predicted(b"", true), true), (predicted(b"\0\0\0\x03xyz", true), false)] {
            assert_eq!(observed.may_be_one_of(&[&short, &other], &assignment, 0), may_be, "{other:?}");
        }
    }
}
