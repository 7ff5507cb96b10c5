//! Which of a program's calls shows what went wrong.
//!
//! A call is named only for what it did in fact, and only where that stands right before what is wrong: the last one before the
//! first wrong byte, or before the program's silence or end. Where none does, none is named.

use std::borrow::Cow;

use crate::conversation::Answer;
use crate::event::{CallOutcome, CallShows, CulpritCall, SocketCall};
use crate::scenario::{Action, Case};
use crate::side::{Casting, Side};
use crate::verdict::{ExchangeEnd, Fault, Finding, Mismatch};

/// What a call raises that only looks whether there is something.
const LOOKS: &[&str] = &["timeout", "TimeoutError", "BlockingIOError"];

/// The call that shows what went wrong in `case`, if one does.
pub(super) fn culprit_call(
    case: &Case,
    side: Side,
    finding: &Finding,
    calls: &[SocketCall],
) -> Option<CulpritCall> {
    let connection = finding.connection();
    let on_it: Vec<usize> =
        (0..calls.len()).filter(|index| calls[*index].connection == Some(connection)).collect();
    let header_len = case.assignment.header_width.bytes();
    let story = Story { calls, on_it, ends: frame_ends(case, side, connection), header_len };
    // One that goes on looks again. One that has given up was ended by what its look has raised.
    let gives_up = !matches!(finding.ended, ExchangeEnd::Silent { .. });
    match &finding.fault {
        Fault::Bytes {
            mismatch: Mismatch::Stops { whole: missing, .. } | Mismatch::PartialHeader { frame: missing, .. },
            ..
        } => story
            .raised(gives_up)
            .or_else(|| story.sent_part())
            .or_else(|| story.took_of(*missing))
            .or_else(|| story.read_amiss(calls.len()))
            .or_else(|| story.waited().filter(|_| !story.awaits_another(*missing))),
        Fault::Bytes { .. } => {
            let wrong = story.sends_byte(finding.differs_at()?)?;
            story.read_amiss(wrong).or(Some(CulpritCall { call: wrong, shows: CallShows::SentWrong }))
        }
        Fault::Answer { answer: Answer::Silent(_), .. } => {
            story.read_amiss(calls.len()).or_else(|| story.waited())
        }
        Fault::Answer { .. } => story.raised(true).or_else(|| story.read_amiss(calls.len())),
        Fault::ConnectionHeld { .. } | Fault::PortHeld { .. } | Fault::NotAccepted { .. } => {
            Story { on_it: (0..calls.len()).collect(), ..story }.waited()
        }
        Fault::NotConnected { .. }
        | Fault::NeverConnected { .. }
        | Fault::NotClosed { .. }
        | Fault::HandIn { .. } => None,
    }
}

/// Where the messages end that the harness sends to `side` on a connection, in bytes from the start.
fn frame_ends(case: &Case, side: Side, connection: usize) -> Vec<usize> {
    let (mut current, mut made, mut ends, mut len) = (0, 0, Vec::new(), 0);
    for action in &case.actions {
        match action {
            Action::Connect => {
                current = made;
                made += 1;
            }
            Action::SwitchClient { client } => current = *client,
            Action::Send { messages, .. } if current == connection => {
                let payloads: Vec<Cow<'_, str>> = match side {
                    Side::Server => messages.iter().map(Into::into).collect(),
                    Side::Client => case.replies(action, Casting::CLIENT).collect(),
                };
                for payload in payloads {
                    len += case.frame(payload).len();
                    ends.push(len);
                }
            }
            // Where a message ends then is anybody's guess.
            Action::SendMalformed { .. } if current == connection => return Vec::new(),
            _ => {}
        }
    }
    ends
}

/// What a program did on one connection.
struct Story<'a> {
    calls: &'a [SocketCall],
    /// The places of the calls on the connection.
    on_it: Vec<usize>,
    ends: Vec<usize>,
    header_len: usize,
}

impl Story<'_> {
    fn reads(&self) -> impl Iterator<Item = (usize, &SocketCall)> {
        let on_it = self.on_it.iter().map(|index| (*index, &self.calls[*index]));
        on_it.filter(|(_, call)| call.method.starts_with("recv"))
    }

    /// The last read before the call at `until`, where it took of the next message, or left a message incomplete that is not
    /// read any further.
    fn read_amiss(&self, until: usize) -> Option<CulpritCall> {
        let mut position = 0;
        let mut last = None;
        for (index, call) in self.reads().take_while(|(index, _)| *index < until) {
            match call.outcome {
                CallOutcome::Returned { len: Some(len) } => {
                    last = Some((index, position, len));
                    position += len;
                }
                // From here on it is not known what was read.
                CallOutcome::Returned { len: None } => return None,
                CallOutcome::Raised { .. } | CallOutcome::Waits => {}
            }
        }
        let (call, from, len) = last?;
        let goes_on = self.reads().any(|(index, _)| call < index && index < until);
        if len == 0 {
            // The other side has left.
            return None;
        }
        let end = *self.ends.iter().find(|end| **end > from)?;
        let to = from + len;
        let start = self.ends.iter().rfind(|end| **end <= from).copied().unwrap_or_default();
        let shows = match end.checked_sub(to) {
            Some(0) => return None,
            // It is read on, or has brought the length, which is all that it was to bring.
            Some(_) if goes_on || to == start + self.header_len => return None,
            Some(missing) => CallShows::Incomplete { len, missing },
            None => CallShows::TookOfNext { len: to - end },
        };
        Some(CulpritCall { call, shows })
    }

    /// The read that took the end of a message and the beginning of the next, by its number, which has no reply.
    fn took_of(&self, next: usize) -> Option<CulpritCall> {
        let end = *self.ends.get(next.checked_sub(1)?)?;
        let mut position = 0;
        for (call, read) in self.reads() {
            let CallOutcome::Returned { len: Some(len) } = read.outcome else { continue };
            let from = position;
            position += len;
            if from < end && end < position {
                return Some(CulpritCall { call, shows: CallShows::TookOfNext { len: position - end } });
            }
        }
        None
    }

    /// The call of `send` after which some of what it was given is missing.
    fn sent_part(&self) -> Option<CulpritCall> {
        let call = *self.on_it.iter().rfind(|index| self.calls[**index].method.starts_with("send"))?;
        match (self.calls[call].asked, &self.calls[call].outcome) {
            (Some(asked), CallOutcome::Returned { len: Some(len) }) if *len < asked => {
                Some(CulpritCall { call, shows: CallShows::SentPart { len: *len } })
            }
            _ => None,
        }
    }

    /// The call that sends the byte at this offset.
    fn sends_byte(&self, offset: usize) -> Option<usize> {
        let mut sent = 0;
        let mut sends = self.on_it.iter().filter(|index| self.calls[**index].method.starts_with("send"));
        sends
            .find(|index| {
                if let CallOutcome::Returned { len: Some(len) } = self.calls[**index].outcome {
                    sent += len;
                }
                sent > offset
            })
            .copied()
    }

    /// Whether the program has read the message with this number, and waits for the length of another.
    fn awaits_another(&self, number: usize) -> bool {
        let lens = self.reads().filter_map(|(_, call)| match call.outcome {
            CallOutcome::Returned { len } => len,
            CallOutcome::Raised { .. } | CallOutcome::Waits => None,
        });
        let read: usize = lens.sum();
        let waiting = self.reads().find(|(_, call)| call.outcome == CallOutcome::Waits);
        self.ends.get(number).is_some_and(|end| read >= *end)
            && waiting.is_some_and(|(_, call)| call.asked == Some(self.header_len))
    }

    /// The last call, but for what cleans up, where it raised an exception; that of a look only where that counts.
    fn raised(&self, looks_count: bool) -> Option<CulpritCall> {
        let call = *self.on_it.iter().rfind(|index| self.calls[**index].method != "close")?;
        let CallOutcome::Raised { error } = &self.calls[call].outcome else { return None };
        let kind = error.split(':').next().unwrap_or_default();
        (looks_count || !LOOKS.contains(&kind)).then_some(CulpritCall { call, shows: CallShows::Raised })
    }

    /// The call that has not returned, where there is only one.
    fn waited(&self) -> Option<CulpritCall> {
        let mut waits = self.on_it.iter().filter(|index| self.calls[**index].outcome == CallOutcome::Waits);
        let call = *waits.next()?;
        waits.next().is_none().then_some(CulpritCall { call, shows: CallShows::Waited })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Assignment;
    use crate::conversation::OperationKind;
    use crate::delivery::Delivery;
    use crate::rule::Rule;
    use crate::scenario;
    use crate::silence::Silence;
    use crate::verdict::{ExpectedAnswer, Sent, Stimulus};

    const WAITED: Silence = Silence::of_deadline(std::time::Duration::from_secs(1));

    fn case(id: &str) -> Case {
        Case::new(scenario::find(id).unwrap(), &Assignment::default(), &Delivery::Whole, 7)
    }

    fn call(method: &str, asked: usize, outcome: CallOutcome) -> SocketCall {
        let (file, method) = ("buffered_server.py".into(), method.into());
        SocketCall { file, line: 1, method, connection: Some(0), asked: Some(asked), outcome }
    }

    fn returned(method: &str, asked: usize, len: usize) -> SocketCall {
        call(method, asked, CallOutcome::Returned { len: Some(len) })
    }

    fn stops(whole: usize) -> Mismatch {
        Mismatch::Stops { whole, of_next: 0, next_len: 26 }
    }

    fn culprit(
        case: &Case,
        mismatch: Mismatch,
        received: &[u8],
        calls: &[SocketCall],
    ) -> Option<(usize, CallShows)> {
        let sent = Sent {
            client: 0,
            message_chars: Vec::new(),
            sends: 1,
            delivery: Delivery::Whole,
            pieces_max: 1,
            malformed_len: 0,
            undelivered: None,
        };
        let fault = Fault::Bytes {
            from: Side::Server,
            mismatch,
            frames: 1,
            expected: vec![0; 26],
            received: received.to_vec(),
        };
        let ended = ExchangeEnd::Silent { silence: WAITED };
        let finding = Finding { stimulus: Stimulus::Send(sent), fault, rule: Rule::Framing, ended };
        culprit_call(case, Side::Server, &finding, calls).map(|culprit| (culprit.call, culprit.shows))
    }

    #[test]
    fn a_read_that_takes_of_the_next_message_is_told_where_a_reply_is_missing_after_it() {
        let case = case("parallel");
        let first = frame_ends(&case, Side::Server, 0)[0];
        let calls = [
            returned("recv", 1024, first + 12),
            returned("sendall", 26, 26),
            call("recv", 1024, CallOutcome::Waits),
        ];
        assert_eq!(culprit(&case, stops(1), &[], &calls), Some((0, CallShows::TookOfNext { len: 12 })));
    }

    #[test]
    fn a_read_that_is_not_continued_leaves_its_message_incomplete() {
        let case = case("short");
        let whole = frame_ends(&case, Side::Server, 0)[0];
        let calls = [returned("recv", 4, 2)];
        let shows = CallShows::Incomplete { len: 2, missing: whole - 2 };
        assert_eq!(culprit(&case, stops(0), &[], &calls), Some((0, shows)));
        // One that is continued does not, and the program waits for the rest.
        let calls = [returned("recv", 4, 2), call("recv", 2, CallOutcome::Waits)];
        assert_eq!(culprit(&case, stops(0), &[], &calls), Some((1, CallShows::Waited)));
    }

    #[test]
    fn a_wrong_byte_is_told_where_it_is_sent_if_what_was_read_before_is_right() {
        let case = case("short");
        let whole = frame_ends(&case, Side::Server, 0)[0];
        let calls = [
            returned("recv", 4, 4),
            returned("recv", 1024, whole - 4),
            returned("send", 4, 4),
            returned("send", 22, 22),
        ];
        let length = Mismatch::Length { frame: 0, declared: 23, expected: 22 };
        assert_eq!(culprit(&case, length, &[0, 0, 0, 23], &calls), Some((2, CallShows::SentWrong)));
    }

    #[test]
    fn what_is_read_after_a_wrong_reply_excuses_nothing_before_it() {
        let case = case("short");
        let whole = frame_ends(&case, Side::Server, 0)[0];
        let calls = [
            returned("recv", 4, 4),
            returned("recv", 16, 16),
            returned("sendall", 10, 10),
            call("recv", 4, CallOutcome::Waits),
        ];
        let length = Mismatch::Length { frame: 0, declared: 6, expected: 22 };
        let shows = CallShows::Incomplete { len: 16, missing: whole - 20 };
        assert_eq!(culprit(&case, length, &[0, 0, 0, 6], &calls), Some((1, shows)));
    }

    #[test]
    fn an_exception_of_the_last_call_is_told_and_that_of_a_look_is_not() {
        let case = case("short");
        let raised = |error: &str| call("recv", 4, CallOutcome::Raised { error: error.into() });
        let calls =
            [raised("ConnectionResetError: reset"), call("close", 0, CallOutcome::Returned { len: None })];
        assert_eq!(culprit(&case, stops(0), &[], &calls), Some((0, CallShows::Raised)));
        assert_eq!(culprit(&case, stops(0), &[], &[raised("timeout: timed out")]), None);
    }

    #[test]
    fn of_several_that_wait_none_is_told() {
        let case = case("short");
        let waits = call("accept", 0, CallOutcome::Waits);
        assert_eq!(culprit(&case, stops(0), &[], std::slice::from_ref(&waits)), Some((0, CallShows::Waited)));
        assert_eq!(culprit(&case, stops(0), &[], &[waits.clone(), waits]), None);
    }

    #[test]
    fn a_client_is_told_what_it_did_with_the_replies() {
        let case = case("short");
        let reply = frame_ends(&case, Side::Client, 0)[0];
        let fault = Fault::Answer {
            operation: OperationKind::ReceiveMessage,
            expected: ExpectedAnswer::Return,
            answer: Answer::Done,
            connected_again: false,
            is_of_own_message: false,
        };
        let stimulus = Stimulus::Ask { client: 0, messages: 1 };
        let finding = Finding { stimulus, fault, rule: Rule::Framing, ended: ExchangeEnd::StillOpen };
        let calls = [returned("sendall", 36, 36), returned("recv", 4, 3)];
        let found = culprit_call(&case, Side::Client, &finding, &calls).unwrap();
        assert_eq!((found.call, found.shows), (1, CallShows::Incomplete { len: 3, missing: reply - 3 }));
    }
}
