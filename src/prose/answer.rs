//! What operations of a client returned, and what they should have returned.

use super::silence;
use super::wrong_text::some;
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
        // What a hand-in connects with is its constructor.
        Answer::Error(text) if operation == OperationKind::Connect => format!("It {}.", raised(text)),
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
            format!("Its {name} did not return a pair: a text, and whether it was received.")
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
        chars => part(expected, payload)
            .unwrap_or_else(|| format!("another payload, of {}", count(chars, "character"))),
    };
    match (received, expected) {
        (true, ExpectedAnswer::Disconnect) => format!("returned {what} and reported it as received"),
        (true, _) => format!("returned {what}"),
        (false, _) if payload.is_empty() => "reported that nothing was received".to_owned(),
        (false, _) => format!("returned {what}, but reported that nothing was received"),
    }
}

/// `only the first 3 characters of the reply`, where what was returned is a part of it.
fn part(expected: &ExpectedAnswer, payload: &str) -> Option<String> {
    let reply = reply(expected)?;
    let first = |text: &str| some("first", text.chars().count(), "character");
    if reply.starts_with(payload) {
        return Some(format!("only the {} of the reply", first(payload)));
    }
    Some(format!("the reply without its {}", first(reply.strip_suffix(payload)?)))
}

fn is_reply(expected: &ExpectedAnswer, payload: &str) -> bool {
    reply(expected).is_some_and(|reply| reply == payload && !reply.is_empty())
}

fn reply(expected: &ExpectedAnswer) -> Option<&str> {
    match expected {
        ExpectedAnswer::Reply(reply) | ExpectedAnswer::ReplyOrDisconnect(reply) => Some(reply),
        ExpectedAnswer::Return
        | ExpectedAnswer::ReturnOrFail
        | ExpectedAnswer::Fail
        | ExpectedAnswer::Disconnect => None,
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

/// What an operation has to give back, and what it gave back, as evidence: two texts that begin alike are shown from shortly before
/// where they do not.
pub(super) fn compared(expected: &ExpectedAnswer, answer: &Answer) -> (String, String) {
    /// What the two have in common is left out if it is longer than this, in characters, but for so many at its end.
    const IN_COMMON_MAX: usize = 20;
    const IN_COMMON_SHOWN: usize = 8;
    let in_common = match (reply(expected), answer) {
        (Some(reply), Answer::Received { payload, .. }) if reply != payload => {
            reply.chars().zip(payload.chars()).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    let from = if in_common > IN_COMMON_MAX { in_common - IN_COMMON_SHOWN } else { 0 };
    (expected_from(expected, from), answered_from(answer, from))
}

/// What an operation has to give back.
pub(super) fn expected_answer(expected: &ExpectedAnswer) -> String {
    expected_from(expected, 0)
}

fn expected_from(expected: &ExpectedAnswer, from: usize) -> String {
    match expected {
        ExpectedAnswer::Return | ExpectedAnswer::ReturnOrFail => "returns".to_owned(),
        ExpectedAnswer::Fail => "an error".to_owned(),
        ExpectedAnswer::Reply(reply) => received_text(reply, true, from),
        ExpectedAnswer::Disconnect => received_text("", false, 0),
        ExpectedAnswer::ReplyOrDisconnect(reply) => {
            format!("{} or {}", received_text(reply, true, from), received_text("", false, 0))
        }
    }
}

/// What an operation gave back.
pub(super) fn answered(answer: &Answer) -> String {
    answered_from(answer, 0)
}

fn answered_from(answer: &Answer, from: usize) -> String {
    match answer {
        Answer::Done => "returned, without a value".to_owned(),
        Answer::Received { payload, received } => received_text(payload, *received, from),
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

/// The payload, from this character on.
fn received_text(payload: &str, received: bool, from: usize) -> String {
    /// Of a longer payload no more than this is shown, in characters.
    const SHOWN_MAX: usize = 40;
    let mut shown = String::from(if from > 0 { "…" } else { "" });
    shown.extend(payload.chars().skip(from).take(SHOWN_MAX));
    let len = payload.chars().count();
    if len > from + SHOWN_MAX {
        shown.push('…');
    }
    format!("{shown:?} ({}), received: {received}", count(len, "character"))
}
