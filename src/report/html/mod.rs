//! The page: one HTML document with a picture of each conversation, for a person with a browser.
//!
//! It is one file that needs nothing else: no network, no script, the fonts of the system. What comes from a program under test
//! is text everywhere, and neither markup nor a character that hides or turns what stands beside it.

mod bytes_table;
mod calls;
mod causes;
mod diagram;
mod facts;
mod matrix;
mod page;
mod sections;
mod trial;

use std::io::{self, Write};

use crate::bytes::{printable, with_number_signs_as};
use crate::record::RunRecord;

/// Writes the page of what a run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let page = page::page(record).into_string();
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
