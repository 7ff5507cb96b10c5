//! JSON that can be shown anywhere as it is.
//!
//! JSON has to escape only the control characters below U+0020. What else would move the cursor of a terminal, turn the direction
//! of a text or be a command to the log of a continuous integration is escaped here as well. A reader gets the same strings.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use crate::bytes::is_unprintable;

/// Writes a document, in lines.
pub(super) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    let formatter = Escaping(PrettyFormatter::new());
    document.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    writeln!(out)
}

/// Text as a string of JSON, on a line.
pub(super) fn string(text: &str) -> String {
    let mut out = Vec::new();
    let formatter = Escaping(PrettyFormatter::new());
    let written = text.serialize(&mut Serializer::with_formatter(&mut out, formatter));
    written.expect("a string can be written to memory");
    String::from_utf8(out).expect("what is written is UTF-8")
}

struct Escaping(PrettyFormatter<'static>);

/// What GitHub Actions and Azure Pipelines take for a command anywhere in a line, and the same with one character escaped.
const COMMANDS: [(&str, &str); 2] = [("##[", r"#\u0023["), ("##vso[", r"#\u0023vso[")];

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // No character of theirs ends a fragment, and so none is cut in two.
        let mut text = fragment.to_owned();
        for (command, escaped) in COMMANDS {
            text = text.replace(command, escaped);
        }
        for character in text.chars() {
            if is_unprintable(character) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                writer.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_do_harm_where_it_is_shown_is_escaped_and_read_back_the_same() {
        let text = "é \u{9b}2J \u{202e}\u{feff}\u{e0041} ##[error]x ##vso[y] ###[z \u{1b}[2J\n\"\\";
        let json = string(text);
        assert_eq!(
            json,
            r##""é \u009b2J \u202e\ufeff\udb40\udc41 #\u0023[error]x #\u0023vso[y] ##\u0023[z \u001b[2J\n\"\\""##
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
