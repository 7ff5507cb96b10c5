//! What every page is: one HTML document that loads nothing.

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::bytes::{printable, with_number_signs_as};

/// The style of every page.
const BASE_STYLE: &str = include_str!("base.css");
/// No text of a program or of the system is longer than this, in characters.
const TEXT_MAX: usize = 600;

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
    /// Writes it so that no character in it hides or turns what stands beside it, and no line is a command to the log of a CI.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let page = self.markup().into_string();
        // Markup has none of what is escaped here, so that none is left wherever it came from.
        let page = with_number_signs_as(&printable(&page), "&#35;");
        for line in page.split_inclusive('\n') {
            let text = line.trim_start();
            let (indent, _) = line.split_at(line.len() - text.len());
            match text.strip_prefix("::") {
                Some(command) => write!(out, "{indent}&#58;:{command}")?,
                None => out.write_all(line.as_bytes())?,
            }
        }
        Ok(())
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
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
