//! What operations of a client returned, and what they should have returned.

use super::silence;
use crate::conversation::{Answer, Malformation, OperationKind};
use crate::english::{count, ms};
use crate::side::Side;
use crate::silence::KnownBy;
use crate::verdict::ExpectedAnswer;

/// What came of an operation, and what should have come of it, in a sentence.
pub(super) fn outcome(
    operation: OperationKind,
    expected: &ExpectedAnswer,
    answer: &Answer,
    connected_again: bool,
) -> String {
    let name = operation.name();
    match answer {
        Answer::Done if *expected == ExpectedAnswer::Fail => {
            format!("Its {name} returned as if it had sent the message, although the client was shut down.")
        }
        Answer::Error(text) => format!("Its {name} {}.", raised(text)),
        Answer::Silent(waited) => {
            let instead = if connected_again { " Instead, it connected again." } else { "" };
            silence::in_vain(&format!("Its {name} did not return"), Side::Client, *waited) + instead
        }
        Answer::Exited(_) => format!("Its program ended during {name}."),
        Answer::Forged => format!("The submission answered {name} in the grader's place."),
        Answer::Malformed(Malformation::Bytes, _) => format!("Its {name} returned bytes instead of text."),
        Answer::Malformed(Malformation::Swapped, _) => {
            format!("Its {name} returned its two values in the wrong order.")
        }
        Answer::Malformed(Malformation::TextAlone, _) => {
            format!("Its {name} returned a text, and not whether it was received.")
        }
        Answer::Malformed(Malformation::NoText, _) => {
            format!("Its {name} returned nothing in the place of the text.")
        }
        Answer::Malformed(Malformation::Nothing, _) => format!("Its {name} returned nothing."),
        Answer::Malformed(Malformation::Other, _) if operation == OperationKind::ReceiveMessage => {
            format!("Its {name} did not return a text and whether it was received.")
        }
        Answer::Malformed(Malformation::Other, _) => format!("The answer to {name} makes no sense."),
        Answer::Done => format!("Its {name} returned nothing; {}.", should_have(expected, "")),
        Answer::Received { payload, received } => {
            format!(
                "Its {name} {}; {}.",
                returned(payload, *received, expected),
                should_have(expected, payload)
            )
        }
    }
}

/// `returned another payload, of 5 characters`
fn returned(payload: &str, received: bool, expected: &ExpectedAnswer) -> String {
    let what = match payload.chars().count() {
        _ if is_reply(expected, payload) => "the reply".to_owned(),
        0 => "an empty payload".to_owned(),
        chars if matches!(expected, ExpectedAnswer::Disconnect) => {
            format!("a payload of {}", count(chars, "character"))
        }
        chars => format!("another payload, of {}", count(chars, "character")),
    };
    match (received, expected) {
        (true, ExpectedAnswer::Disconnect) => format!("returned {what} and reported it as received"),
        (true, _) => format!("returned {what}"),
        (false, _) if payload.is_empty() => "reported that nothing was received".to_owned(),
        (false, _) => format!("returned {what}, but reported that nothing was received"),
    }
}

fn is_reply(expected: &ExpectedAnswer, payload: &str) -> bool {
    match expected {
        ExpectedAnswer::Reply(reply) | ExpectedAnswer::ReplyOrDisconnect(reply) => {
            reply == payload && !reply.is_empty()
        }
        ExpectedAnswer::Return
        | ExpectedAnswer::ReturnOrFail
        | ExpectedAnswer::Fail
        | ExpectedAnswer::Disconnect => false,
    }
}

/// `it should have returned the reply, of 22 characters`
fn should_have(expected: &ExpectedAnswer, payload: &str) -> String {
    let reply = |reply: &str| match reply.chars().count() {
        0 => "the reply, which is empty".to_owned(),
        chars => format!("the reply, of {}", count(chars, "character")),
    };
    match expected {
        ExpectedAnswer::Return | ExpectedAnswer::ReturnOrFail => "it should return nothing".to_owned(),
        ExpectedAnswer::Fail => "it should have failed, because the client was shut down".to_owned(),
        ExpectedAnswer::Reply(_) if is_reply(expected, payload) => {
            "it should have reported that a message was received".to_owned()
        }
        ExpectedAnswer::Reply(text) => format!("it should have returned {}", reply(text)),
        ExpectedAnswer::Disconnect => {
            "the server was gone, so it should have returned an empty payload and reported that nothing was received"
                .to_owned()
        }
        ExpectedAnswer::ReplyOrDisconnect(text) => {
            format!("it should have returned {}, or reported that nothing was received", reply(text))
        }
    }
}

/// What an operation has to give back, as evidence.
pub(super) fn expected_answer(expected: &ExpectedAnswer) -> String {
    match expected {
        ExpectedAnswer::Return | ExpectedAnswer::ReturnOrFail => "returns".to_owned(),
        ExpectedAnswer::Fail => "an error".to_owned(),
        ExpectedAnswer::Reply(reply) => received_text(reply, true),
        ExpectedAnswer::Disconnect => received_text("", false),
        ExpectedAnswer::ReplyOrDisconnect(reply) => {
            format!("{} or {}", received_text(reply, true), received_text("", false))
        }
    }
}

/// What an operation gave back, as evidence.
pub(super) fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Done => "returned, without a value".to_owned(),
        Answer::Received { payload, received } => received_text(payload, *received),
        Answer::Error(text) if has_name(text) => format!("raised {text}"),
        Answer::Error(text) => format!("failed: {text}"),
        Answer::Silent(waited) => match waited.known_by {
            KnownBy::Deadline | KnownBy::Spinning => format!("nothing for {}", ms(waited.waited)),
            KnownBy::Blocked(_) => "nothing: it waits for ever".to_owned(),
        },
        Answer::Malformed(_, what) | Answer::Exited(what) => what.clone(),
        Answer::Forged => "an answer that is not the grader's".to_owned(),
    }
}

/// What an operation did that came to no answer: `raised KeyError`, or `failed` where the error has no name.
fn raised(text: &str) -> String {
    if has_name(text) { format!("raised {}", name(text)) } else { "failed".to_owned() }
}

/// Whether an error is told as Python does: `KeyError: 'x'`.
fn has_name(text: &str) -> bool {
    let name = name(text);
    !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || ['_', '.'].contains(&one))
}

/// What stands in front of all that an error says.
fn name(text: &str) -> &str {
    text.split([':', ',']).next().unwrap_or_default()
}

fn received_text(payload: &str, received: bool) -> String {
    /// Of a longer payload no more than this is shown, in characters.
    const SHOWN_MAX: usize = 40;
    let mut shown: String = payload.chars().take(SHOWN_MAX).collect();
    let len = payload.chars().count();
    if len > SHOWN_MAX {
        shown.push('…');
    }
    format!("{shown:?} ({}), received: {received}", count(len, "character"))
}
