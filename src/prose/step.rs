//! The steps of a scenario. What is repeated is said once.

use super::finding::messages_of;
use crate::assignment::Assignment;
use crate::bytes::escaped;
use crate::english::repetition::Repetition;
use crate::english::{count, number};
use crate::scenario::{CloseMode, Malformed, Payload, Size, Step};

/// What happens in a scenario: a sentence for each step, or for several that are repeated.
#[must_use]
pub fn steps(steps: &[Step], assignment: &Assignment) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut rest = steps;
    while let [first, ..] = rest {
        let Repetition { period, times } = Repetition::at_start(rest);
        match (period, times) {
            (_, 1) => sentences.push(format!("{}.", step(first, assignment))),
            (1, _) => sentences.push(format!("{}.", repeated(first, times, assignment))),
            _ => {
                let once = rest[..period].iter().map(|one| format!("{}.", step(one, assignment)));
                sentences.extend(once);
                sentences.push(again(first, period, times - 1));
            }
        }
        rest = &rest[period * times..];
    }
    sentences
}

fn repeated(one: &Step, times: usize, assignment: &Assignment) -> String {
    match one {
        Step::Receive => format!("The client receives {times} replies"),
        _ => format!("{}, {times} times", step(one, assignment)),
    }
}

/// The last `period` steps, of which `first` is the first, happen so many times more.
fn again(first: &Step, period: usize, more: usize) -> String {
    match (first, more) {
        (Step::Connect, 1) => "Another client does the same.".into(),
        (Step::Connect, _) => format!("{} more clients do the same.", number(more)),
        (_, 1) => format!("The last {period} steps are repeated once."),
        (_, 2) => format!("The last {period} steps are repeated twice."),
        (_, _) => format!("The last {period} steps are repeated {} times.", number(more)),
    }
}

/// One step, without a full stop.
fn step(step: &Step, assignment: &Assignment) -> String {
    match step {
        Step::Connect => "A client connects".into(),
        Step::SwitchClient(client) => format!("Client {} goes on", client + 1),
        Step::Send(messages) => sends(messages, assignment),
        Step::SendMalformed(kind) => match kind {
            Malformed::TruncatedHeader(len) => {
                format!("The client sends {} of a length", count(*len, "byte"))
            }
            Malformed::TruncatedPayload => "The client sends a length and half of the payload".into(),
            Malformed::OversizedLength => {
                "The client declares the greatest length there is, and sends 8 bytes".into()
            }
            Malformed::InvalidUtf8 => {
                format!("The client sends a message whose payload is not {}", assignment.charset)
            }
        },
        Step::Receive => "The client receives the next reply".into(),
        Step::ReceiveLate => {
            "The client receives the next reply, which is late; it may report that nothing was received"
                .into()
        }
        Step::Pause => "Nothing happens for a while".into(),
        Step::ReceiveUntilEnd => "The client receives replies until the server is gone".into(),
        Step::ReceiveNothing => "The client tries to receive, and must report that there was nothing".into(),
        Step::SendInVain(messages) => format!("{}, in vain", sends(messages, assignment)),
        Step::HalfClose => "The client closes its side for sending, and stays to receive".into(),
        Step::ShutDownClient => "The client shuts down".into(),
        Step::ResetClient => "The client resets the connection".into(),
        Step::CloseUnread => "The client leaves without having read its replies".into(),
        Step::CloseAtOnce => "The client closes the connection before any reply can come".into(),
        Step::StopServer => "The server is told to stop".into(),
        Step::ServerCloses(mode) => match mode {
            CloseMode::Clean => "The server closes the connection".into(),
            CloseMode::Reset => "The server resets the connection".into(),
            CloseMode::AfterPartialHeader => {
                "The server closes the connection after half of the next reply's length".into()
            }
            CloseMode::AfterPartialPayload => {
                "The server closes the connection after half of the next reply".into()
            }
        },
    }
}

fn sends(messages: &[Payload], assignment: &Assignment) -> String {
    let random: Option<Vec<usize>> = messages
        .iter()
        .map(|message| match message {
            Payload::Random(size) => Some(size.chars(assignment)),
            Payload::Prefixed(..) | Payload::Repeated(..) => None,
        })
        .collect();
    match (messages, random) {
        ([], _) => "The client sends nothing".into(),
        ([message], _) => format!("The client sends {}", payload(message, assignment)),
        (_, Some(chars)) => {
            format!("The client sends {} without waiting for a reply", messages_of(&chars))
        }
        ([first, ..], None) => format!(
            "The client sends {} without waiting for a reply; the first is {}",
            count(messages.len(), "message"),
            payload(first, assignment)
        ),
    }
}

fn payload(payload: &Payload, assignment: &Assignment) -> String {
    let shown = |text: &str| escaped(text.as_bytes());
    match payload {
        Payload::Random(size) => format!("a message of {}", described_size(*size, assignment)),
        Payload::Prefixed(start, size) => {
            format!("\"{}\" and {} more characters", shown(start), size.chars(assignment))
        }
        Payload::Repeated(start, unit, size) => {
            format!("\"{}{}…\", {} in all", shown(start), shown(unit), described_size(*size, assignment))
        }
    }
}

fn described_size(size: Size, assignment: &Assignment) -> String {
    let relation = match size {
        Size::BelowBuffer | Size::Short => ", less than the buffer",
        Size::AboveBuffer | Size::Medium => ", slightly more than the buffer",
        Size::ManyBuffers | Size::Long => ", many times the buffer",
        Size::Series
        | Size::Parallel
        | Size::Chars(_)
        | Size::SameInBothOrders
        | Size::Removed(_)
        | Size::Buffer(_)
        | Size::ReplyBuffer(_)
        | Size::FrameBuffer(_) => "",
    };
    format!("{}{relation}", count(size.chars(assignment), "character"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::find;

    fn said(id: &str) -> Vec<String> {
        steps(find(id).unwrap().steps, &Assignment::default())
    }

    #[test]
    fn what_is_repeated_is_said_once() {
        assert_eq!(
            said("load/hundred-messages"),
            [
                "A client connects.",
                "The client sends 100 messages of 40 characters each without waiting for a reply.",
                "The client receives 100 replies.",
                "The client shuts down.",
            ]
        );
        assert_eq!(
            said("close/twenty-clients"),
            [
                "A client connects.",
                "The client sends a message of 32 characters.",
                "The client receives the next reply.",
                "The client shuts down.",
                "19 more clients do the same.",
            ]
        );
        assert!(said("series").contains(&"The last 2 steps are repeated twice.".into()));
    }

    #[test]
    fn every_step_of_the_catalogue_is_a_sentence() {
        for scenario in crate::scenario::catalogue() {
            for sentence in steps(scenario.steps, &Assignment::default()) {
                assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{sentence}");
            }
        }
    }
}
