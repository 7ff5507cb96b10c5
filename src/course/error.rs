//! What is wrong with a file, and where.

use std::ops::Range;

use crate::suggestion::nearest;

/// Something in a file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct CourseError {
    /// The line, counted from 1.
    line: usize,
    /// What is wrong, and what would be right.
    why: String,
}

impl CourseError {
    /// What is wrong at a place of `text`.
    pub(super) fn at(text: &str, span: &Range<usize>, why: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        Self { line: before.matches('\n').count() + 1, why: why.into() }
    }

    /// What the parser says of `text`.
    pub(super) fn of_parser(text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        Self::at(text, &span, readable(error.message()))
    }
}

/// The message of the parser, with the name that was meant where it does not know one.
fn readable(message: &str) -> String {
    let message = message.trim().lines().collect::<Vec<_>>().join(", ");
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names[..] {
        [wrong, ref known @ ..] if message.starts_with("unknown") && !known.is_empty() => {
            format!("there is no {wrong} here: {}", meant(wrong, known.iter().copied()))
        }
        _ => message,
    }
}

/// `did you mean buffer?`, or which there are.
pub(super) fn meant<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}
