//! What every page is: one HTML document that loads nothing.

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::bytes::{is_unprintable, printable, with_number_signs_as};

/// The style of every page.
const BASE_STYLE: &str = include_str!("base.css");
/// No text of a program or of the system is longer than this on the page, in bytes.
const TEXT_MAX: usize = 600;
/// Nor than this where all of it is wanted: what was printed, and what the course has to say.
const LONG_TEXT_MAX: usize = 4_000;

/// A page. A browser loads nothing else for it, and runs nothing but its script.
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) harness_version: String,
    /// What is added to the style of every page.
    pub(crate) style: &'static str,
    pub(crate) script: Option<&'static str>,
    pub(crate) body: Markup,
}

impl Document {
    /// Writes it.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.written().as_bytes())
    }

    /// The whole document, as it is written.
    pub(super) fn written(&self) -> String {
        settled(&self.markup().into_string())
    }

    fn markup(&self) -> Markup {
        let style = format!("{BASE_STYLE}{}", self.style);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy(&style, self.script));
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content={ "lengthwise " (self.harness_version) };
                    title { (self.title) }
                    style { (PreEscaped(&style)) }
                }
                body {
                    (self.body)
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        }
    }
}

/// Nothing is loaded; the style is this one and no other, and so is the script, where there is one.
fn policy(style: &str, script: Option<&str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let script = script.map(|script| format!("; script-src {}", hash(script))).unwrap_or_default();
    let style = hash(style);
    format!("default-src 'none'; style-src {style}{script}; base-uri 'none'; form-action 'none'")
}

/// A text that may be of any length, shortened.
pub(crate) fn short(text: &str) -> String {
    shortened(text, TEXT_MAX)
}

/// A text of which all is wanted, shortened.
pub(super) fn long(text: &str) -> String {
    shortened(text, LONG_TEXT_MAX)
}

/// As much of a text as takes so many bytes on the page.
fn shortened(text: &str, len_max: usize) -> String {
    let mut len = 0;
    let is_beyond = |character: char| {
        len += written_len(character);
        len > len_max
    };
    match text.find(is_beyond) {
        Some(end) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// How many bytes a character takes on the page, where it is escaped.
fn written_len(character: char) -> usize {
    match character {
        '"' => "&quot;".len(),
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        '#' => "&#35;".len(),
        _ if is_unprintable(character) => character.len_utf8() * r"\xNN".len(),
        _ => character.len_utf8(),
    }
}

/// Markup as it is written: with nothing that moves a cursor, turns the direction of a text or is a command to a log.
pub(super) fn settled(markup: &str) -> String {
    // Markup has none of what is escaped here, so that none is left wherever it came from.
    let markup = printable(&with_number_signs_as(markup, "&#35;"));
    if !markup.contains("::") {
        return markup;
    }
    let mut settled = String::with_capacity(markup.len());
    for line in markup.split_inclusive('\n') {
        let text = line.trim_start();
        let (indent, _) = line.split_at(line.len() - text.len());
        match text.strip_prefix("::") {
            Some(command) => settled.extend([indent, "&#58;:", command]),
            None => settled.push_str(line),
        }
    }
    settled
}
