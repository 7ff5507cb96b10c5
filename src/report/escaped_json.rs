//! JSON that can be shown anywhere as it is.
//!
//! JSON has to escape only the control characters below U+0020. What else would move the cursor of a terminal, turn the direction
//! of a text or be a command to the log of a continuous integration is escaped here as well. A reader gets the same strings.

use std::io::{self, Write};

use serde::Serialize;

use crate::bytes::{is_unprintable, with_number_signs_as};

/// Writes a document, in lines.
pub(crate) fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", escaped(&serde_json::to_string_pretty(document)?))
}

/// Text as a string of JSON, on a line.
pub(super) fn string(text: &str) -> String {
    escaped(&serde_json::to_string(text).expect("a string can be written to memory"))
}

/// What is to be escaped stands only in strings, apart from the ends of lines between values.
fn escaped(json: &str) -> String {
    let json = with_number_signs_as(json, r"\u0023");
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_unprintable(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
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
