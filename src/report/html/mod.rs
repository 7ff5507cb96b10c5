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

use crate::bytes::printable;
use crate::record::RunRecord;

/// Writes the page of what a run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let page = page::page(record).into_string();
    // Markup has none of the characters that this escapes, so that none is left wherever it came from.
    out.write_all(printable(&page).as_bytes())
}
