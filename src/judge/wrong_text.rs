//! Telling a reply with a wrong text from one with a wrong length.
//!
//! A server that removes another number of characters sends another length, too, and rightly so: the length comes
//! first on the wire, and the promise that is broken is the one about the text.

use super::exchange_end::ends_in_frame;
use super::mismatch::declared_len;
use crate::assignment::Assignment;
use crate::verdict::WrongText;

/// So many bytes of a text that was cut are not by accident those of the message, and neither are all of one.
const TELLING_LEN: usize = 16;

/// What is wrong with the text of the frame that `stream` starts with, and how many characters that has, if the frame is
/// well formed. `right` is the text that has to come in reply to `message`.
pub(super) fn wrong_text(
    message: &str,
    right: &str,
    stream: &[u8],
    assignment: &Assignment,
) -> Option<(WrongText, usize)> {
    let declared = usize::try_from(declared_len(stream, assignment)?).ok()?;
    let rest = &stream[assignment.header_width.bytes()..];
    let came = &rest[..declared.min(rest.len())];
    let is_whole = came.len() == declared;
    let is_sound = is_whole && !ends_in_frame(stream, assignment);
    // The right text after another length is a fault of the length.
    let is_right_text_behind_wrong_length =
        !is_sound && !right.is_empty() && rest.starts_with(right.as_bytes());
    if is_right_text_behind_wrong_length || !is_whole && came.len() < TELLING_LEN {
        return None;
    }
    let chars = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().count();
    let part = related(message, right, declared, came).filter(|_| declared > 0 || is_sound);
    match part {
        Some((text, all)) => Some((text, chars(all))),
        None if is_sound && std::str::from_utf8(came).is_ok() => Some((WrongText::Unrelated, chars(came))),
        None => None,
    }
}

/// The part of `message` of this length that starts with `came`, and which part that is.
fn related<'m>(message: &'m str, right: &'m str, len: usize, came: &[u8]) -> Option<(WrongText, &'m [u8])> {
    let bytes = message.as_bytes();
    let start = bytes.len().checked_sub(len)?;
    let (from_front, from_end) = (&bytes[start..], &bytes[..len]);
    if from_front.starts_with(came) {
        let text = match message.get(..start) {
            Some(front) => WrongText::FrontRemoved { chars: front.chars().count() },
            None => WrongText::BytesRemoved { bytes: start },
        };
        return Some((text, from_front));
    }
    if let Some(part) = right.as_bytes().get(..len).filter(|part| part.starts_with(came)) {
        return Some((WrongText::CutShort, part));
    }
    let end = message.get(len..).filter(|_| from_end.starts_with(came))?;
    Some((WrongText::EndRemoved { chars: end.chars().count() }, from_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::encode;

    const MESSAGE: &str = "Four score and seven years ago";
    const RIGHT: &str = " and seven years ago";

    fn frame(text: &str) -> Vec<u8> {
        encode(text.as_bytes(), &Assignment::default()).unwrap()
    }

    fn told(stream: &[u8]) -> Option<(WrongText, usize)> {
        wrong_text(MESSAGE, RIGHT, stream, &Assignment::default())
    }

    #[test]
    fn a_well_formed_reply_is_compared_with_its_message() {
        assert_eq!(told(&frame(MESSAGE)), Some((WrongText::FrontRemoved { chars: 0 }, 30)));
        assert_eq!(told(&frame(&MESSAGE[9..])), Some((WrongText::FrontRemoved { chars: 9 }, 21)));
        assert_eq!(told(&frame(&MESSAGE[..20])), Some((WrongText::EndRemoved { chars: 10 }, 20)));
        assert_eq!(told(&frame(&RIGHT[..12])), Some((WrongText::CutShort, 12)));
        assert_eq!(told(&frame("pong")), Some((WrongText::Unrelated, 4)));
        assert_eq!(told(&frame(" and seven years ago\n")), Some((WrongText::Unrelated, 21)));
        assert_eq!(told(&frame("")), Some((WrongText::FrontRemoved { chars: 30 }, 0)));
    }

    #[test]
    fn a_reply_that_was_cut_is_recognised_by_its_start() {
        let whole = frame(MESSAGE);
        assert_eq!(told(&whole[..24]), Some((WrongText::FrontRemoved { chars: 0 }, 30)));
        assert_eq!(told(&whole[..12]), None, "too little to tell");
    }

    #[test]
    fn bytes_are_told_from_characters() {
        let message = "éééééééééé and more";
        let reply = frame("#")[..4].iter().copied().chain(message.bytes().skip(9)).collect::<Vec<_>>();
        let reply = [&(message.len() as u32 - 9).to_be_bytes()[..], &reply[4..]].concat();
        let told = wrong_text(message, " and more", &reply, &Assignment::default());
        assert_eq!(told, Some((WrongText::BytesRemoved { bytes: 9 }, 15)));
    }

    #[test]
    fn a_wrong_length_is_no_wrong_text() {
        let text = RIGHT.as_bytes();
        // In the other byte order, counting the header, of the whole message, and two bytes wide.
        for header in [&[20, 0, 0, 0][..], &[0, 0, 0, 24], &[0, 0, 0, 30], &[0, 20]] {
            assert_eq!(told(&[header, text].concat()), None, "{header:?}");
            let twice = [header, text, header, text].concat();
            assert_eq!(told(&twice), None, "{header:?}, twice");
        }
        // Counting fewer than there are.
        assert_eq!(told(&[&[0, 0, 0, 19][..], text].concat()), None);
    }
}
