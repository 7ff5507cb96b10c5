//! Telling a reply with a wrong text from one with a wrong length.
//!
//! A server that removes another number of characters sends another length, too, and rightly so: the length comes
//! first on the wire, and the promise that is broken is the one about the text.

use super::exchange_end::ends_in_frame;
use super::mismatch::{declared_len, payload_len};
use crate::assignment::{Assignment, Charset};
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
    let charset = assignment.charset;
    let texts = Texts { charset, message: &charset.encode(message), right: &charset.encode(right) };
    let declared = payload_len(declared_len(stream, assignment)?, assignment);
    let rest = &stream[assignment.header_width.bytes()..];
    let came = &rest[..declared.min(rest.len())];
    let is_whole = came.len() == declared;
    let is_sound = is_whole && !ends_in_frame(stream, assignment);
    // The right text after another length is a fault of the length.
    let is_right_text_behind_wrong_length = !is_sound && !right.is_empty() && rest.starts_with(texts.right);
    if is_right_text_behind_wrong_length || !is_whole && came.len() < TELLING_LEN {
        return None;
    }
    let part = texts.related(declared, came).filter(|_| declared > 0 || is_sound);
    match part {
        Some((text, all)) => Some((text, texts.about(all))),
        None if is_sound => charset.chars(came).map(|chars| (WrongText::Unrelated, chars)),
        None => None,
    }
}

/// A message and the right reply to it, encoded.
struct Texts<'a> {
    charset: Charset,
    message: &'a [u8],
    right: &'a [u8],
}

impl<'a> Texts<'a> {
    /// The number of characters in what is mostly text.
    fn about(&self, bytes: &[u8]) -> usize {
        self.charset.chars(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).chars().count())
    }

    /// The part of the message, or of the right reply, of this length that starts with `came`, and which part that is.
    fn related(&self, len: usize, came: &[u8]) -> Option<(WrongText, &'a [u8])> {
        let start = self.message.len().checked_sub(len)?;
        let (from_front, from_end) = (&self.message[start..], &self.message[..len]);
        // Of a text that repeats itself, what is missing at the one end may as well be missing at the other.
        if start > 0 && len > 0 && from_front.starts_with(came) && from_end.starts_with(came) {
            return Some((WrongText::Shorter, from_front));
        }
        if from_front.starts_with(came) {
            let text = match self.charset.chars(&self.message[..start]) {
                Some(chars) => WrongText::FrontRemoved { chars },
                None => WrongText::BytesRemoved { bytes: start },
            };
            return Some((text, from_front));
        }
        if let Some(part) = self.right.get(..len).filter(|part| part.starts_with(came)) {
            return Some((WrongText::CutShort, part));
        }
        let chars = self.charset.chars(&self.message[len..]).filter(|_| from_end.starts_with(came))?;
        Some((WrongText::EndRemoved { chars }, from_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Work;
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
    fn of_a_text_that_repeats_itself_it_is_not_said_which_end_is_missing() {
        let told =
            |text: &str| wrong_text(&"x".repeat(30), &"x".repeat(20), &frame(text), &Assignment::default());
        assert_eq!(told(&"x".repeat(29)), Some((WrongText::Shorter, 29)));
        assert_eq!(told(&"x".repeat(30)), Some((WrongText::FrontRemoved { chars: 0 }, 30)));
        assert_eq!(told(&"x".repeat(12)), Some((WrongText::Shorter, 12)));
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
    fn whatever_the_work_is_a_message_that_is_sent_back_is_recognised() {
        let assignment =
            Assignment { work: Work::Reverse, charset: Charset::Latin1, ..Assignment::default() };
        let reply = encode(b"na\xEFve", &assignment).unwrap();
        let told = wrong_text("naïve", "evïan", &reply, &assignment);
        assert_eq!(told, Some((WrongText::FrontRemoved { chars: 0 }, 5)));
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
