//! Replies with another text than they have to have.

use crate::assignment::Work;
use crate::english::{count, number};
use crate::verdict::WrongText;

/// In which way a reply carries another text than it has to, behind the reply.
pub(super) fn wrong_text(text: WrongText, chars: usize, expected_chars: usize, work: Work) -> String {
    let (must, should) = (requirement(work), expected(expected_chars, work));
    match text {
        WrongText::FrontRemoved { chars: 0 } => format!("is the whole message; {must}"),
        _ if chars == 0 => format!("is empty; {should}"),
        WrongText::FrontRemoved { chars } => {
            format!("is the message without its {}; {must}", some("first", chars, "character"))
        }
        WrongText::BytesRemoved { bytes } => {
            format!("is the message without its {}; {must}", some("first", bytes, "byte"))
        }
        WrongText::EndRemoved { chars } => {
            format!("is the message without its {}; {must}", some("last", chars, "character"))
        }
        WrongText::CutShort => {
            let which = match left_once(work) {
                Some(once) => format!("that are {once}"),
                None => "that it should carry".into(),
            };
            format!(
                "carries only the first {} of the {} {which}",
                number(chars),
                count(expected_chars, "character")
            )
        }
        WrongText::Shorter | WrongText::Unrelated => {
            format!("carries {}; {should}", count(chars, "character"))
        }
    }
}

/// What must be done to a message.
fn requirement(work: Work) -> String {
    match removed(work) {
        Some(characters) => format!("the {characters} must be removed"),
        None => match work {
            Work::RemoveFront(_) | Work::RemoveBack(_) | Work::Echo => "all of it must be sent back".into(),
            Work::Uppercase => "it must be sent back in uppercase".into(),
            Work::Reverse => "it must be reversed".into(),
        },
    }
}

/// What the reply should be.
fn expected(chars: usize, work: Work) -> String {
    match (left_once(work), chars) {
        (Some(once), 0) => format!("it should be empty, because nothing is {once}"),
        (Some(once), 1) => format!("it should carry the 1 character that is {once}"),
        (Some(once), several) => {
            format!("it should carry the {} characters that are {once}", number(several))
        }
        (None, 0) => "it should be empty, as the message is".into(),
        (None, several) => {
            let how = match work {
                Work::RemoveFront(_) | Work::RemoveBack(_) | Work::Echo => "",
                Work::Uppercase => ", in uppercase",
                Work::Reverse => ", in reverse order",
            };
            format!("it should carry the {} of the message{how}", count(several, "character"))
        }
    }
}

/// Which characters are removed, if that is the work: `first 10 characters`.
fn removed(work: Work) -> Option<String> {
    match work {
        Work::RemoveFront(count) => Some(some("first", count, "character")),
        Work::RemoveBack(count) => Some(some("last", count, "character")),
        Work::Echo | Work::Uppercase | Work::Reverse => None,
    }
}

/// What remains of a message from which characters are removed.
fn left_once(work: Work) -> Option<String> {
    let are = if work.removed_chars() == 1 { "is" } else { "are" };
    removed(work).map(|characters| format!("left once the {characters} of the message {are} removed"))
}

/// `first character`, `first 10 characters`.
pub(super) fn some(which: &str, count: usize, noun: &str) -> String {
    match count {
        1 => format!("{which} {noun}"),
        several => format!("{which} {} {noun}s", number(several)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_text_is_compared_with_what_the_work_makes() {
        let whole = WrongText::FrontRemoved { chars: 0 };
        for (text, chars, expected_chars, work, said) in [
            (whole, 30, 30, Work::Reverse, "is the whole message; it must be reversed"),
            (
                whole,
                30,
                20,
                Work::RemoveBack(10),
                "is the whole message; the last 10 characters must be removed",
            ),
            (whole, 30, 30, Work::Uppercase, "is the whole message; it must be sent back in uppercase"),
            (
                WrongText::EndRemoved { chars: 1 },
                29,
                30,
                Work::Echo,
                "is the message without its last character; all of it must be sent back",
            ),
            (
                WrongText::CutShort,
                8,
                30,
                Work::Reverse,
                "carries only the first 8 of the 30 characters that it should carry",
            ),
            (
                WrongText::Unrelated,
                8,
                30,
                Work::Reverse,
                "carries 8 characters; it should carry the 30 characters of the message, in reverse order",
            ),
            (
                WrongText::Unrelated,
                8,
                0,
                Work::Echo,
                "carries 8 characters; it should be empty, as the message is",
            ),
        ] {
            assert_eq!(wrong_text(text, chars, expected_chars, work), said);
        }
    }
}
