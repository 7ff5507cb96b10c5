//! What a message says, and how long it is.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::assignment::{Assignment, HeaderWidth, Work};
use crate::limits::longest_message_chars;

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Letters and digits drawn from the run's seed, so that nobody can know them beforehand.
    Random(Size),
    /// This text, and so many drawn letters and digits after it.
    Prefixed(&'static str, Size),
    /// The first text, and then the second one again and again: so many characters in all.
    Repeated(&'static str, &'static str, Size),
}

impl Payload {
    /// The texts that are not drawn.
    pub(super) const fn texts(&self) -> [&'static str; 2] {
        match self {
            Self::Random(_) => [""; 2],
            Self::Prefixed(start, _) => [start, ""],
            Self::Repeated(start, unit, _) => [start, unit],
        }
    }
}

/// How long a message, or the drawn part of it, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Shorter than the buffer: 32 characters where the buffer has room for them.
    BelowBuffer,
    /// Slightly longer than the buffer: 1,245 characters for a buffer of 1,024.
    AboveBuffer,
    /// Many times as long as the buffer: 650,000 characters for a buffer of 1,024.
    ManyBuffers,
    /// As the course has it, or [`Size::BelowBuffer`].
    Short,
    /// As the course has it, or [`Size::AboveBuffer`].
    Medium,
    /// As the course has it, or [`Size::ManyBuffers`], or what a header has room for where that is many times the buffer too.
    Long,
    /// Each of several that follow one another: as the course has it, or 1,500.
    Series,
    /// Each of several that are sent at once: as the course has it, or 1,500.
    Parallel,
    /// This many characters, whatever the buffer.
    Chars(usize),
    /// So many that their length is the same number in both byte orders, and that of a shorter text is not; none where every
    /// such length is too long to be sent.
    SameInBothOrders,
    /// As many characters as are removed, and so many more.
    Removed(isize),
    /// As many characters as the buffer has bytes, and so many more.
    Buffer(isize),
    /// So many that the reply is as long as the buffer, and so many more.
    ReplyBuffer(isize),
    /// So many that the frame, header included, is as long as the buffer, and so many more.
    FrameBuffer(isize),
}

/// How many times as long as the buffer a message is at least that is many times as long.
const MANY: usize = 8;

/// The length of each of several messages, in characters, unless a course says otherwise.
const SEVERAL_CHARS: usize = 1500;

impl Size {
    /// The number of characters.
    #[must_use]
    pub fn chars(self, assignment: &Assignment) -> usize {
        let Assignment { buffer_size: buffer, header_width, sizes, .. } = *assignment;
        let removed = assignment.work.removed_chars();
        let otherwise = |size: Self| size.chars(assignment);
        match self {
            Self::BelowBuffer => 32.min(buffer - 1).max(1),
            Self::AboveBuffer => buffer + (buffer * 221 / 1024).max(1),
            Self::ManyBuffers => longest_message_chars(buffer),
            Self::Short => sizes.short.unwrap_or_else(|| otherwise(Self::BelowBuffer)),
            Self::Medium => sizes.medium.unwrap_or_else(|| otherwise(Self::AboveBuffer)),
            Self::Long => sizes.long.unwrap_or_else(|| {
                let many = otherwise(Self::ManyBuffers);
                let declarable = usize::try_from(assignment.payload_len_declarable()).unwrap_or(usize::MAX);
                if declarable / MANY >= buffer { many.min(declarable) } else { many }
            }),
            Self::Series => sizes.series.unwrap_or(SEVERAL_CHARS),
            Self::Parallel => sizes.parallel.unwrap_or(SEVERAL_CHARS),
            Self::Chars(count) => count,
            Self::SameInBothOrders => {
                let declared = match header_width {
                    HeaderWidth::One | HeaderWidth::Eight => 0,
                    HeaderWidth::Two => 0x01_01,
                    HeaderWidth::Three => 0x00_01_00,
                    HeaderWidth::Four => 0x00_01_01_00_usize,
                };
                declared.saturating_sub(assignment.counted_header_len())
            }
            Self::Removed(more) => removed.saturating_add_signed(more),
            Self::Buffer(more) => buffer.saturating_add_signed(more),
            Self::ReplyBuffer(more) => (buffer + removed).saturating_add_signed(more),
            Self::FrameBuffer(more) => {
                buffer.saturating_sub(header_width.bytes()).saturating_add_signed(more)
            }
        }
    }
}

/// The message that `payload` stands for.
pub(super) fn text(payload: &Payload, assignment: &Assignment, random: &mut ChaCha8Rng) -> String {
    match payload {
        Payload::Random(size) => {
            let text = random_text(size.chars(assignment), random);
            match assignment.work {
                Work::RemoveFront(removed) => repeating_itself(text, removed),
                _ => text,
            }
        }
        Payload::Prefixed(start, size) => format!("{start}{}", random_text(size.chars(assignment), random)),
        Payload::Repeated(start, unit, size) => {
            start.chars().chain(unit.chars().cycle()).take(size.chars(assignment)).collect()
        }
    }
}

/// The same, where what is removed from its front comes again, as far as there is room: who removes it by what it says, and not by
/// its length, removes something else. That must not be left to chance, or points would be.
fn repeating_itself(text: String, removed: usize) -> String {
    let mut bytes = text.into_bytes();
    if removed >= 2 && bytes.len() > removed {
        // The last character that is removed is an earlier one of them, and the first that is kept is one of them.
        bytes[removed - 1] = bytes[removed / 3];
        bytes[removed] = bytes[removed / 2];
        if bytes.len() > 2 * removed + 1 {
            bytes.copy_within(..removed, removed + 1);
        }
    }
    String::from_utf8(bytes).expect("letters are ASCII")
}

/// A text of the same form as `text` that cannot be worked out from it: each letter, digit and symbol is drawn anew among
/// those of its kind that take as many bytes.
///
/// White space, control characters and punctuation stay, and so does a letter that carries a combining mark: scenarios are
/// about them. What `work` makes of a message in uppercase stays in uppercase.
pub(super) fn redrawn(text: &str, work: Work, random: &mut ChaCha8Rng) -> String {
    let is_upper = work == Work::Uppercase;
    let mut numbers = vec![0; text.chars().count()];
    random.fill_bytes(&mut numbers);
    if text.is_ascii() {
        // Most texts, and all long ones: many bytes at a time, that takes a tenth of the time.
        for (drawn, own) in numbers.iter_mut().zip(text.bytes()) {
            *drawn = redrawn_byte(own, *drawn, is_upper);
        }
        return String::from_utf8(numbers).expect("letters are ASCII");
    }
    let carries_mark = text.chars().skip(1).map(is_combining_mark).chain([false]);
    text.chars()
        .zip(carries_mark)
        .zip(numbers)
        .map(|((char, carries_mark), number)| match char {
            _ if carries_mark => char,
            '\0'..='\x7F' => char::from(redrawn_byte(char as u8, number, is_upper)),
            _ => neighbor(char, number)
                .filter(|drawn| !is_upper || drawn.to_uppercase().eq([*drawn]))
                .unwrap_or(char),
        })
        .collect()
}

/// Another of the characters that a random payload is made of, in the place of one of them.
const fn redrawn_byte(own: u8, random: u8, is_upper: bool) -> u8 {
    let is_drawn = own.is_ascii_alphanumeric() || own == b'+' || own == b'-';
    match (is_drawn, is_upper) {
        (false, _) => own,
        (true, false) => letter(random),
        (true, true) => letter(random).to_ascii_uppercase(),
    }
}

/// One of the 32 characters of the block that `char` stands in, where all of them are letters or symbols.
fn neighbor(char: char, number: u8) -> Option<char> {
    const BLOCK: u32 = 32;
    let first = char as u32 / BLOCK * BLOCK;
    let is_known = matches!(
        first,
        0xC0..=0xE0 // Latin letters with accents
            | 0x20A0 // currency symbols
            | 0x4E00..=0x9FE0 // ideographs
            | 0x1F600..=0x1F620 // faces
    );
    char::from_u32(first + u32::from(number) % BLOCK).filter(|_| is_known)
}

fn is_combining_mark(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36F}')
}

/// So many letters and digits.
pub(super) fn random_text(chars: usize, random: &mut ChaCha8Rng) -> String {
    let mut bytes = vec![0; chars];
    random.fill_bytes(&mut bytes);
    for byte in &mut bytes {
        *byte = letter(*byte);
    }
    String::from_utf8(bytes).expect("letters are ASCII")
}

/// What a random payload is made of: one of 64 characters of which none needs escaping, in any language.
///
/// Worked out instead of looked up: many at a time, that takes a quarter of the time.
const fn letter(random: u8) -> u8 {
    match random % 64 {
        number @ 0..26 => b'A' + number,
        number @ 26..52 => b'a' + (number - 26),
        number @ 52..62 => b'0' + (number - 52),
        62 => b'+',
        _ => b'-',
    }
}

/// A generator that depends on nothing but the seed and what it is for.
pub(super) fn generator(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    for (index, byte) in purpose.bytes().enumerate() {
        key[8 + index % 24] ^= byte;
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_by_what_it_says_is_something_else_whatever_the_seed() {
        let assignment = Assignment::default();
        for seed in 0..200 {
            let message =
                text(&Payload::Random(Size::BelowBuffer), &assignment, &mut generator(seed, "short"));
            let (front, reply) = message.split_at(10);
            assert_ne!(message.trim_start_matches(|char| front.contains(char)), reply, "{message}");
            assert_ne!(message.replace(front, ""), reply, "{message}");
            assert_ne!(message.split_once(front.chars().next_back().unwrap()).unwrap().1, reply, "{message}");
        }
    }

    #[test]
    fn every_letter_is_drawn_equally_often() {
        let letters: String = (0..=u8::MAX).map(|byte| char::from(letter(byte))).collect();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
        assert_eq!(letters, alphabet.repeat(4));
    }

    #[test]
    fn repeated_payloads_have_their_length_in_characters() {
        let payload = Payload::Repeated("a", "é€", Size::Chars(5));
        assert_eq!(text(&payload, &Assignment::default(), &mut generator(7, "a test")), "aé€é€");
    }

    #[test]
    fn a_redrawn_text_has_the_same_form_and_other_letters() {
        let text = "naïve café, 一二€😀 \0\r\n  e\u{301}";
        let redrawn = redrawn(text, Work::default(), &mut generator(7, "a test"));
        assert_ne!(redrawn, text);
        assert!(text.chars().map(char::len_utf8).eq(redrawn.chars().map(char::len_utf8)));
        let kept = |text: &str| text.replace(char::is_alphanumeric, "").replace(['+', '-', '€', '😀'], "");
        assert!(redrawn.ends_with("\0\r\n  e\u{301}"), "{redrawn:?}");
        assert!(kept(text).chars().all(|char| redrawn.contains(char)), "{redrawn:?}");
    }

    #[test]
    fn a_redrawn_text_in_uppercase_stays_in_uppercase() {
        for seed in 0..50 {
            let redrawn = redrawn("ÄÖÜ NAÏVE", Work::Uppercase, &mut generator(seed, "a test"));
            assert_eq!(redrawn.to_uppercase(), redrawn);
        }
    }

    #[test]
    fn whatever_is_drawn_for_a_character_takes_as_many_bytes() {
        for char in (0..0x2_0000).filter_map(char::from_u32) {
            for number in 0..=u8::MAX {
                let drawn = neighbor(char, number).unwrap_or(char);
                assert_eq!(drawn.len_utf8(), char.len_utf8(), "{char:?}");
            }
        }
    }

    fn sizes(buffer_size: usize) -> [usize; 3] {
        let assignment = Assignment { buffer_size, ..Assignment::default() };
        [Size::BelowBuffer, Size::AboveBuffer, Size::ManyBuffers].map(|size| size.chars(&assignment))
    }

    #[test]
    fn sizes_are_those_of_the_course_for_its_buffer_and_grow_with_another() {
        assert_eq!(sizes(1024), [32, 1245, 650_000]);
        assert_eq!(sizes(4096), [32, 4980, 2_600_000]);
        assert_eq!(sizes(16), [15, 19, 10_157]);
    }

    #[test]
    fn the_longest_message_fits_its_header_where_that_is_still_long() {
        let long = |header_width, buffer_size| {
            Size::Long.chars(&Assignment { header_width, buffer_size, ..Assignment::default() })
        };
        assert_eq!(long(HeaderWidth::Four, 1024), 650_000);
        assert_eq!(long(HeaderWidth::Two, 1024), 65_535);
        assert_eq!(long(HeaderWidth::Two, 16), 10_157);
        // What is no longer than a few buffers shows nothing that other scenarios do not.
        assert_eq!(long(HeaderWidth::Two, 16_384), 10_400_000);
        assert_eq!(long(HeaderWidth::One, 1024), 650_000);
    }

    #[test]
    fn sizes_keep_their_order_for_the_smallest_buffers() {
        for buffer_size in 1..100 {
            let [below, above, many] = sizes(buffer_size);
            assert!(below <= buffer_size && buffer_size < above && above < many);
        }
    }

    #[test]
    fn sizes_follow_the_assignment() {
        let assignment = Assignment { work: Work::RemoveFront(3), buffer_size: 100, ..Assignment::default() };
        assert_eq!(Size::Removed(1).chars(&assignment), 4);
        assert_eq!(Size::Buffer(-1).chars(&assignment), 99);
        assert_eq!(Size::ReplyBuffer(0).chars(&assignment), 103);
        assert_eq!(Size::FrameBuffer(0).chars(&assignment), 96);
    }
}
