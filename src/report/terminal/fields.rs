//! Text in the width of a terminal, and the named parts of a finding.

use crate::bytes::printable;
use crate::report::COLUMNS;

use super::QUIET;

/// What stands in front of everything that belongs to a scenario's own line.
pub(super) const INDENT: &str = "      ";
/// The width of the names in front of a finding's parts.
pub(super) const LABEL_WIDTH: usize = 10;

/// `text` in lines that fit behind `indent` columns. Line breaks of its own are kept, what else moves the cursor is escaped.
pub(in crate::report) fn wrapped(text: &str, indent: usize) -> Vec<String> {
    // A name or a number with a hyphen in it stays whole.
    let options =
        textwrap::Options::new(COLUMNS - indent).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&printable(text), options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// Items with commas between them, in lines that fit behind `indent` columns. No item is broken.
pub(super) fn wrapped_list(items: &[String], indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        let line = lines.last_mut().expect("there is one from the start");
        if line.is_empty() {
            *line = format!("{item}{comma}");
        } else if line.chars().count() + 1 + item.chars().count() + comma.len() <= COLUMNS - indent {
            *line += &format!(" {item}{comma}");
        } else {
            lines.push(format!("{item}{comma}"));
        }
    }
    lines
}

/// A line behind a label.
pub(super) fn line(label: &str, text: &str) -> String {
    let text = printable(text);
    match label {
        // Without a style, in front of which nobody sees that a line begins.
        "" => format!("{INDENT}{label:<LABEL_WIDTH$}{text}"),
        _ => format!("{INDENT}{QUIET}{label:<LABEL_WIDTH$}{QUIET:#}{text}"),
    }
}

/// Lines behind a label, which stands in front of the first.
pub(super) fn under_label(label: &str, lines: &[String]) -> Vec<String> {
    let label = |index| if index == 0 { label } else { "" };
    lines.iter().enumerate().map(|(index, text)| line(label(index), text)).collect()
}

/// Prose behind a label.
pub(super) fn labelled(label: &str, text: &str) -> Vec<String> {
    under_label(label, &wrapped(text, INDENT.len() + LABEL_WIDTH))
}

pub(super) fn paragraph(text: &str) -> Vec<String> {
    wrapped(text, INDENT.len()).iter().map(|line| format!("{INDENT}{line}")).collect()
}
