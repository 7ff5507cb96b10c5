//! What messages say, and how long they are: around every length at which sums go wrong.

use proptest::prelude::{Just, any};
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::super::payload::random_text;
use crate::assignment::{Assignment, Work};
use crate::limits::longest_message_chars;

/// Longer messages cost more time than they show.
const LEN_MAX: usize = 70_000;
/// What fits into every buffer between two programs.
const SHORT_LEN_MAX: usize = 2000;

/// What a message is to be.
#[derive(Debug, Clone)]
pub(super) struct TextPlan {
    kind: Kind,
    /// How many bytes it takes where a character takes one, and about as many otherwise.
    len: usize,
    seed: u64,
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters and digits.
    Letters,
    /// Characters of so many bytes each.
    Wide(usize),
    /// All of these.
    Mixed,
    /// What a program may trip over: NUL, line ends, spaces, quotes, escapes, and what looks like a header.
    Awkward,
    /// Byte order marks among letters.
    Marked,
    /// Letters with combining marks.
    Combining,
    /// Digits, as somebody writes a length as text.
    Digits,
}

impl TextPlan {
    /// A message that nothing is special about.
    pub(super) const fn plain() -> Self {
        Self { kind: Kind::Letters, len: 32, seed: 1 }
    }

    /// A message of whose reply something is left that can be cut in half.
    pub(super) fn long_enough(assignment: &Assignment) -> Self {
        Self { kind: Kind::Letters, len: assignment.work.removed_chars() + 22, seed: 2 }
    }

    /// A message that is longer than all buffers between two programs.
    pub(super) const fn longest(assignment: &Assignment) -> Self {
        Self { kind: Kind::Letters, len: longest_message_chars(assignment.buffer_size), seed: 3 }
    }

    /// Whether it fits into every buffer between two programs.
    pub(super) const fn is_short(&self) -> bool {
        self.len <= SHORT_LEN_MAX
    }

    /// The text: no longer than a header can declare, and of characters that the assignment has.
    pub(super) fn write(&self, assignment: &Assignment) -> String {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let len = self.len.min(usize::try_from(len_max(assignment)).unwrap_or(usize::MAX));
        let mut text = match self.kind {
            Kind::Letters => random_text(len, &mut random),
            Kind::Digits => (0..len).map(|_| char::from(random.random_range(b'0'..=b'9'))).collect(),
            Kind::Wide(width) => filled(len, || wide(width, &mut random)),
            Kind::Mixed => filled(len, || match random.random_range(0..4) {
                0 => char::from(random.random_range(b' '..=b'~')),
                more => wide(more + 1, &mut random),
            }),
            Kind::Awkward => {
                const AWKWARD: &[u8] = b"\0\0\0\x01\x04\x0A\x0D\t \"'\\{}%[];,\x7F\x1E";
                filled(len, || char::from(AWKWARD[random.random_range(0..AWKWARD.len())]))
            }
            Kind::Marked => filled(len, || match random.random_range(0..4) {
                0 => '\u{FEFF}',
                _ => random.random_range('a'..='z'),
            }),
            Kind::Combining => {
                let mut is_mark = true;
                filled(len, || {
                    is_mark = !is_mark;
                    if is_mark { '\u{301}' } else { 'e' }
                })
            }
        };
        let suits = |char: &char| has_one_uppercase(*char, assignment.work);
        if !assignment.charset.has(&text) || !text.chars().all(|char| suits(&char)) {
            text = random_text(len, &mut random);
        }
        text
    }
}

/// Languages differ in what they make of other characters.
fn has_one_uppercase(char: char, work: Work) -> bool {
    let mut upper = char.to_uppercase();
    work != Work::Uppercase
        || upper.next().is_some_and(|upper| upper.len_utf8() == char.len_utf8()) && upper.next().is_none()
}

/// The longest payload that can be sent, in bytes.
pub(super) fn len_max(assignment: &Assignment) -> u64 {
    assignment.payload_len_declarable().min(assignment.payload_len_max)
}

/// Characters until so many bytes are filled, the last of them with a plain one.
fn filled(len: usize, mut next: impl FnMut() -> char) -> String {
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let char = next();
        text.push(if text.len() + char.len_utf8() <= len { char } else { 'x' });
    }
    text
}

/// A character that takes so many bytes in UTF-8.
fn wide(width: usize, random: &mut ChaCha8Rng) -> char {
    let (first, last) = match width {
        2 => ('à', 'ÿ'),
        3 => ('一', '丿'),
        _ => ('😀', '😿'),
    };
    random.random_range(first..=last)
}

/// Messages of every length that is worth it.
pub(super) fn texts(assignment: &Assignment) -> BoxedStrategy<TextPlan> {
    let edges = edges(assignment);
    let lens = prop_oneof![
        2 => Just(0),
        5 => 1_usize..=40,
        7 => select(edges),
        1 => 41_usize..=3000,
    ];
    (kinds(), lens, any::<u64>()).prop_map(|(kind, len, seed)| TextPlan { kind, len, seed }).boxed()
}

/// Messages that many of go into one write.
pub(super) fn short_texts() -> BoxedStrategy<TextPlan> {
    (kinds(), 0_usize..=24, any::<u64>()).prop_map(|(kind, len, seed)| TextPlan { kind, len, seed }).boxed()
}

fn kinds() -> BoxedStrategy<Kind> {
    prop_oneof![
        4 => Just(Kind::Letters),
        1 => Just(Kind::Wide(2)),
        1 => Just(Kind::Wide(3)),
        1 => Just(Kind::Wide(4)),
        1 => Just(Kind::Mixed),
        1 => Just(Kind::Awkward),
        1 => Just(Kind::Marked),
        1 => Just(Kind::Combining),
        1 => Just(Kind::Digits),
    ]
    .boxed()
}

/// The lengths at which sums go wrong, in bytes. The long ones are rare, because they take their time.
fn edges(assignment: &Assignment) -> Vec<usize> {
    let Assignment { buffer_size: buffer, header_width, .. } = *assignment;
    let (removed, header) = (assignment.work.removed_chars(), header_width.bytes());
    let near = |len: usize| [len.saturating_sub(1), len, len + 1];
    let short = [near(removed), near(2 * removed), near(removed + 127), near(removed + 255)];
    let buffers = [
        near(buffer),
        near(buffer.saturating_sub(header)),
        near(buffer + removed),
        near((buffer + removed).saturating_sub(header)),
        near(2 * buffer),
        near(3 * buffer),
        [127, 128, 129],
        [255, 256, 257],
        [4092, 4093, 4094],
        [4095, 4096, 4097],
    ];
    let long = [near(65_535), near(65_535 + removed)];
    let usual = short.into_iter().chain(buffers).flatten();
    let often = usual.cycle().take(4 * 3 * (short.len() + buffers.len()));
    often.chain(long.into_iter().flatten()).map(|len| len.min(LEN_MAX)).collect()
}
