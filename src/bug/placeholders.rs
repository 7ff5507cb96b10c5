//! Texts that name the figures of the assignment.

use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::english::{count, number};

/// What a placeholder is filled with.
type Value = fn(&Assignment) -> String;

const PLACEHOLDERS: &[(&str, Value)] = &[
    ("{header_width}", |assignment| assignment.header_width.bytes().to_string()),
    ("{header_bits}", |assignment| (8 * assignment.header_width.bytes()).to_string()),
    ("{byte_order}", |assignment| assignment.byte_order.to_string()),
    ("{length_format}", |assignment| length_format(assignment).into()),
    ("{buffer_size}", |assignment| number(assignment.buffer_size)),
    ("{removed_chars}", |assignment| number(assignment.removed_chars)),
    ("{removed_characters}", |assignment| count(assignment.removed_chars, "character")),
];

/// `text` with the figures of `assignment` in the place of its placeholders.
pub(super) fn fill(text: &str, assignment: &Assignment) -> String {
    PLACEHOLDERS
        .iter()
        .filter(|(name, _)| text.contains(name))
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, &value(assignment)))
}

/// What Python's `pack` calls a length.
const fn length_format(assignment: &Assignment) -> &'static str {
    match (assignment.byte_order, assignment.header_width) {
        (ByteOrder::BigEndian, HeaderWidth::Two) => "!H",
        (ByteOrder::BigEndian, HeaderWidth::Four) => "!I",
        (ByteOrder::LittleEndian, HeaderWidth::Two) => "<H",
        (ByteOrder::LittleEndian, HeaderWidth::Four) => "<I",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_with_the_figure_of_the_assignment() {
        let text = PLACEHOLDERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
        let default = Assignment::default();
        assert_eq!(fill(&text, &default), "4 32 big-endian !I 1024 10 10 characters");
        let other = Assignment {
            header_width: HeaderWidth::Two,
            byte_order: ByteOrder::LittleEndian,
            removed_chars: 1,
            buffer_size: 1_000_000,
            ..default
        };
        assert_eq!(fill(&text, &other), "2 16 little-endian <H 1,000,000 1 1 character");
    }

    #[test]
    fn a_text_without_placeholders_stays_as_it_is() {
        assert_eq!(
            fill("recv(n) returns {at most} n bytes.", &Assignment::default()),
            "recv(n) returns {at most} n bytes."
        );
    }
}
