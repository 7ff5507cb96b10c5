//! JSON in which nothing moves a cursor, turns the direction of a text or is a command to a log: see
//! [`escaped_json`](crate::bytes::escaped_json).

use std::io::{self, Write};

use serde::Serialize;

use crate::bytes::escaped_json;

/// Writes a document, in lines.
pub(crate) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", escaped_json(&serde_json::to_string_pretty(document)?))
}

/// Text as a string of JSON, on a line.
pub(super) fn string(text: &str) -> String {
    escaped_json(&serde_json::to_string(text).expect("a string can be written to memory"))
}
