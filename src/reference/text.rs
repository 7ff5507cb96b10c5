//! What the server does with a message, and how text becomes a payload and a payload text.

use std::borrow::Cow;
use std::str;

use thiserror::Error;

use crate::assignment::{Charset, Work};

/// A payload is no text in the charset of the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("byte {valid_up_to} of the payload is not {charset}")]
pub struct NotText {
    charset: Charset,
    valid_up_to: usize,
}

impl NotText {
    /// How many bytes at the start of the payload are text.
    #[must_use]
    pub const fn valid_up_to(&self) -> usize {
        self.valid_up_to
    }
}

/// The text that `payload` stands for.
pub(super) fn decode(payload: &[u8], charset: Charset) -> Result<Cow<'_, str>, NotText> {
    let as_utf8 =
        || str::from_utf8(payload).map_err(|error| NotText { charset, valid_up_to: error.valid_up_to() });
    match charset {
        Charset::Utf8 => as_utf8().map(Cow::Borrowed),
        Charset::Ascii => match payload.iter().position(|byte| !byte.is_ascii()) {
            Some(valid_up_to) => Err(NotText { charset, valid_up_to }),
            None => as_utf8().map(Cow::Borrowed),
        },
        Charset::Latin1 | Charset::Bytes if payload.is_ascii() => as_utf8().map(Cow::Borrowed),
        Charset::Latin1 | Charset::Bytes => Ok(payload.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The reply to `message`.
///
/// A character is a Unicode scalar value here, because that is what a slice of a Python string counts.
pub(super) fn reply(work: Work, message: &str) -> Cow<'_, str> {
    match work {
        Work::RemoveFront(count) => without_first(count, message).into(),
        Work::RemoveBack(count) => without_last(count, message).into(),
        Work::Echo => message.into(),
        Work::Uppercase => message.to_uppercase().into(),
        Work::Reverse => message.chars().rev().collect(),
    }
}

/// What is left of `text` when `count` characters are removed from its front: nothing, if it has no more.
fn without_first(count: usize, text: &str) -> &str {
    match text.char_indices().nth(count) {
        Some((start, _)) => &text[start..],
        None => "",
    }
}

/// What is left of `text` when `count` characters are removed from its end: nothing, if it has no more.
fn without_last(count: usize, text: &str) -> &str {
    match count.checked_sub(1).and_then(|before| text.char_indices().nth_back(before)) {
        Some((end, _)) => &text[..end],
        None if count == 0 => text,
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_python_counts() {
        for (text, rest) in [
            ("", ""),
            ("short", ""),
            ("exactly 10", ""),
            ("exactly 11!", "!"),
            ("ééééééééééé", "é"),
            // Five characters each, joined into one picture: what Python slices is not what a reader sees.
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"),
            // An e and an accent of its own.
            ("123456789e\u{301}", "\u{301}"),
        ] {
            assert_eq!(without_first(10, text), rest, "{text:?}");
        }
        assert_eq!(without_first(0, "all of it"), "all of it");
    }

    #[test]
    fn every_work_is_done() {
        for (work, message, wanted) in [
            (Work::RemoveBack(3), "naïveté", "naïv"),
            (Work::RemoveBack(7), "naïveté", ""),
            (Work::RemoveBack(8), "naïveté", ""),
            (Work::RemoveBack(0), "naïveté", "naïveté"),
            (Work::Echo, "naïveté", "naïveté"),
            // One character may become several, and the language of the user does not matter.
            (Work::Uppercase, "naïveté, Straße, ıi", "NAÏVETÉ, STRASSE, II"),
            (Work::Reverse, "e\u{301}😀b", "b😀\u{301}e"),
        ] {
            assert_eq!(reply(work, message), wanted, "{work:?}");
        }
    }

    #[test]
    fn a_payload_that_is_no_text_says_where() {
        for (charset, valid_up_to) in [
            (Charset::Utf8, Some(3)),
            (Charset::Ascii, Some(1)),
            (Charset::Latin1, None),
            (Charset::Bytes, None),
        ] {
            let decoded = decode(b"a\xC3\xA9\xFF", charset);
            assert_eq!(decoded.as_ref().err().map(NotText::valid_up_to), valid_up_to, "{charset}");
        }
        assert_eq!(decode(b"na\xEFve", Charset::Latin1).unwrap(), "naïve");
    }
}
