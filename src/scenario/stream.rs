//! A case of bytes: what a client would have sent that has sent this stream in these pieces.

use std::mem;

use super::{Action, Case, FollowedBy, Malformed, Reading, Sending, Tier};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::side::Side;
use crate::wire::Header;

impl Case {
    /// A client sends `stream`, cut at these offsets, and leaves; another one has to be served after it. What is not a whole message
    /// of text is the last that is sent of it. `None` if nothing is sent at all, or what is cannot be played.
    #[must_use]
    pub fn of_stream(id: String, stream: &[u8], cuts: &[usize], assignment: &Assignment) -> Option<Self> {
        let mut actions = vec![Action::Connect];
        let (mut messages, mut start, mut rest) = (Vec::new(), 0, stream);
        while let Some((message, next)) = first_message(rest, assignment) {
            messages.push(message);
            rest = next;
        }
        let sent = stream.len() - rest.len();
        let within = |start: usize, end: usize| -> Vec<usize> {
            cuts.iter().filter(|cut| (start + 1..end).contains(cut)).map(|cut| cut - start).collect()
        };
        if !messages.is_empty() {
            let due = messages.len();
            actions.push(send(mem::take(&mut messages), within(start, sent)));
            actions.extend((0..due).map(|_| Action::Receive { batch: None }));
            start = sent;
        }
        if let Some(kind) = malformed(&stream[start..], assignment) {
            actions.push(Action::SendMalformed {
                kind,
                bytes: stream[start..].to_vec(),
                awaits_reaction: false,
            });
        }
        actions.push(Action::ShutDownClient);
        let next = [Action::Connect, send(vec!["the next one is served".into()], Vec::new())];
        actions.extend(next);
        actions.extend([Action::Receive { batch: None }, Action::ShutDownClient]);
        let case = Self {
            id,
            title: String::new(),
            tier: Tier::Hardening,
            rule: Rule::AnySplit,
            assignment: *assignment,
            delivery: Delivery::Whole,
            sending: Sending::AtOnce,
            reading: Reading::AtOnce,
            seed: 0,
            actions,
        };
        case.settle_again(Side::Server)
    }
}

fn send(messages: Vec<String>, cuts: Vec<usize>) -> Action {
    Action::Send {
        messages,
        replies: Vec::new(),
        cuts,
        awaits_reaction: false,
        followed_by: FollowedBy::Anything,
    }
}

/// The length that the header at the start declares for its payload, where there is one and it is possible.
fn declared(stream: &[u8], assignment: &Assignment) -> Option<u64> {
    Header::declared(stream, assignment)?.checked_sub(assignment.counted_header_len() as u64)
}

/// The text of the first frame, and what follows it; nothing where it is not whole or no text.
fn first_message<'s>(stream: &'s [u8], assignment: &Assignment) -> Option<(String, &'s [u8])> {
    let len = usize::try_from(declared(stream, assignment)?).ok()?;
    let payload = stream.get(assignment.header_width.bytes()..)?;
    let (payload, rest) = payload.split_at_checked(len)?;
    let text = if assignment.charset.has_invalid_bytes() {
        std::str::from_utf8(payload).ok()?.to_owned()
    } else {
        payload.iter().map(|byte| char::from(*byte)).collect()
    };
    assignment.charset.has(&text).then_some((text, rest))
}

/// In which way the bytes that are left are no message, if they can be sent as such.
fn malformed(bytes: &[u8], assignment: &Assignment) -> Option<Malformed> {
    let header_len = assignment.header_width.bytes();
    match bytes.len() {
        0 => None,
        len if len < header_len => Some(Malformed::TruncatedHeader(len)),
        len => match declared(bytes, assignment)? {
            claim if claim > assignment.payload_len_max => Some(Malformed::OversizedLength),
            claim if claim > (len - header_len) as u64 => Some(Malformed::TruncatedPayload),
            claim if claim == (len - header_len) as u64 => Some(Malformed::InvalidUtf8),
            // A payload that is no text, and more after it: nobody says what comes of that.
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side::Casting;

    #[test]
    fn a_stream_becomes_its_messages_and_what_is_left() {
        let case = |stream: &[u8], cuts: &[usize]| {
            Case::of_stream("a/b".into(), stream, cuts, &Assignment::default()).unwrap()
        };
        let whole = case(b"\0\0\0\x03one\0\0\0\x03two\0\0", &[2, 9, 15]);
        assert_eq!(whole.messages().collect::<Vec<_>>(), ["one", "two", "the next one is served"]);
        assert!(matches!(&whole.actions[1], Action::Send { cuts, .. } if *cuts == [2, 9]));
        let kinds = |case: &Case| -> Vec<Malformed> {
            let kinds = case.actions.iter().filter_map(|action| match action {
                Action::SendMalformed { kind, .. } => Some(*kind),
                _ => None,
            });
            kinds.collect()
        };
        assert_eq!(kinds(&whole), [Malformed::TruncatedHeader(2)]);
        assert_eq!(kinds(&case(b"\0\0\0\x03on", &[])), [Malformed::TruncatedPayload]);
        assert_eq!(kinds(&case(b"\xFF\xFF\xFF\xFFon", &[])), [Malformed::OversizedLength]);
        assert_eq!(kinds(&case(b"\0\0\0\x01\xFF", &[])), [Malformed::InvalidUtf8]);
        assert!(kinds(&case(b"", &[])).is_empty());
        assert!(whole.suits(Casting::SERVER));
    }
}
