//! What is wrong with a file, and where.

use std::ops::Range;

use crate::suggestion::readable;

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
