//! Texts that name the figures of the assignment.

use super::{Assignment, ByteOrder, HeaderWidth};
use crate::english::{count, number};

/// What a placeholder is filled with.
type Value = fn(&Assignment) -> String;

const PLACEHOLDERS: &[(&str, Value)] = &[
    ("{header_width}", |assignment| assignment.header_width.bytes().to_string()),
    ("{header_bits}", |assignment| (8 * assignment.header_width.bytes()).to_string()),
    ("{byte_order}", |assignment| assignment.byte_order.to_string()),
    ("{length_format}", length_format),
    ("{buffer_size}", |assignment| number(assignment.buffer_size)),
    ("{removed_chars}", |assignment| number(assignment.work.removed_chars())),
    ("{removed_characters}", |assignment| count(assignment.work.removed_chars(), "character")),
    ("{charset}", |assignment| assignment.charset.to_string()),
    ("{codec}", |assignment| assignment.charset.codec().into()),
    ("{comes_back}", |assignment| assignment.work.comes_back().into()),
    ("{when_done}", |assignment| assignment.work.when().into()),
];

/// `text` with the figures of `assignment` in the place of its placeholders.
pub(crate) fn fill(text: &str, assignment: &Assignment) -> String {
    PLACEHOLDERS
        .iter()
        .filter(|(name, _)| text.contains(name))
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, &value(assignment)))
}

/// What Python's `pack` calls a length. It has no letter for three bytes.
fn length_format(assignment: &Assignment) -> String {
    use ByteOrder::{BigEndian, LittleEndian};
    let prefix = match assignment.byte_order {
        BigEndian => '!',
        LittleEndian => '<',
    };
    match (assignment.header_width, assignment.byte_order) {
        (HeaderWidth::One, _) => format!("\"{prefix}B\""),
        (HeaderWidth::Two, _) => format!("\"{prefix}H\""),
        (HeaderWidth::Three, BigEndian) => "\"!I\" without its first byte".into(),
        (HeaderWidth::Three, LittleEndian) => "\"<I\" without its last byte".into(),
        (HeaderWidth::Four, _) => format!("\"{prefix}I\""),
        (HeaderWidth::Eight, _) => format!("\"{prefix}Q\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::{Charset, Work};

    #[test]
    fn every_placeholder_is_filled_with_the_figure_of_the_assignment() {
        let text = PLACEHOLDERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
        let default = Assignment::default();
        assert_eq!(
            fill(&text, &default),
            "4 32 big-endian \"!I\" 1024 10 10 characters UTF-8 utf-8 without its first characters when the front is \
             removed"
        );
        let other = Assignment {
            header_width: HeaderWidth::Two,
            byte_order: ByteOrder::LittleEndian,
            work: Work::RemoveBack(1),
            buffer_size: 1_000_000,
            charset: Charset::Latin1,
            ..default
        };
        assert_eq!(
            fill(&text, &other),
            "2 16 little-endian \"<H\" 1,000,000 1 1 character Latin-1 latin-1 without its last characters when the end \
             is removed"
        );
    }

    #[test]
    fn a_text_without_placeholders_stays_as_it_is() {
        assert_eq!(
            fill("recv(n) returns {at most} n bytes.", &Assignment::default()),
            "recv(n) returns {at most} n bytes."
        );
    }
}
