//! What is certain of a program whose behavior depends on how much each read and each send transfers.

use super::behavior::{Behavior, ConnectionBehavior, Response};
use crate::assignment::Assignment;
use crate::wire::Header;

impl Behavior {
    /// Whether what was observed may be what a program does of which these are `predictions`, each for other transfer sizes.
    ///
    /// What they have in common, the program does whatever the sizes are. Where they begin to differ, one thing is certain still:
    /// what a single read has brought of a payload is no longer than the buffer, or than what it brings at most.
    pub(super) fn may_be_one_of(&self, predictions: &[Self], assignment: &Assignment) -> bool {
        let number = predictions.iter().map(|one| one.connections.len()).min().unwrap_or_default();
        let streams_fit = (0..number.min(self.connections.len())).all(|number| {
            let predicted: Vec<_> = predictions.iter().map(|one| &one.connections[number]).collect();
            self.connections[number].may_be_one_of(&predicted, assignment)
        });
        streams_fit && self.answers_may_be_of(predictions, assignment)
    }

    /// The same of the answers of a client, up to the first that depends on the sizes.
    fn answers_may_be_of(&self, predictions: &[Self], assignment: &Assignment) -> bool {
        for (number, observed) in self.answers.iter().enumerate() {
            let predicted = predictions.iter().map(|one| one.answers.get(number)).collect::<Option<Vec<_>>>();
            let Some(predicted) = predicted else { return true };
            if predicted.iter().any(|one| *one != predicted[0]) {
                let len = |response: &Response| match response {
                    Response::Received(payload, _) => payload.len(),
                    _ => 0,
                };
                let len_max = predicted.into_iter().map(len).max().unwrap_or_default();
                return len(observed) <= len_max.max(assignment.buffer_size);
            }
            if observed != predicted[0] {
                return false;
            }
        }
        true
    }
}

impl ConnectionBehavior {
    fn may_be_one_of(&self, predicted: &[&Self], assignment: &Assignment) -> bool {
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
        let len_max = predicted.iter().filter_map(|one| declared(&one.bytes)).max().unwrap_or_default();
        observed <= len_max.max(assignment.buffer_size as u64)
    }
}

/// How many bytes of the two streams are the same, from the start.
fn common_len(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(byte, other)| byte == other).count()
}

/// The length that the header declares which the byte at this place of a stream of frames belongs to, if it belongs to one.
fn declared_around(stream: &[u8], at: usize, assignment: &Assignment) -> Option<u64> {
    let header_len = assignment.header_width.bytes();
    let mut start = 0;
    loop {
        let declared = Header::declared(stream.get(start..)?, assignment)?;
        if at < start + header_len {
            return Some(declared);
        }
        start = start.checked_add(header_len)?.checked_add(usize::try_from(declared).ok()?)?;
        if at < start {
            return None;
        }
    }
}
