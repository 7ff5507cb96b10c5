//! The page: one HTML document with a picture of each conversation, for a person with a browser.
//!
//! It is one file that needs nothing else: no network, no script, the fonts of the system. What comes from a program under test
//! is text everywhere, and neither markup nor a character that hides or turns what stands beside it. It is for students: what the
//! course hides from them is only counted.

mod bytes_table;
mod calls;
mod causes;
mod diagram;
mod facts;
mod matrix;
mod page;
mod room;
mod sections;
mod trial;

use std::io::{self, Write};

use crate::bytes::{printable, with_number_signs_as};
use crate::record::RunRecord;

/// Writes the page of what a run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let page = page::page(&record.for_students()).into_string();
    out.write_all(settled(&page).as_bytes())
}

/// Markup as it is written: with nothing that moves a cursor, turns the direction of a text or is a command to a log.
fn settled(markup: &str) -> String {
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
