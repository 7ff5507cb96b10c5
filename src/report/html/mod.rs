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

use super::Report;
use crate::bytes::printable;
use crate::event::Event;
use crate::record::RunRecord;

/// Writes one document, of what the run has come to by then: see [`Format::is_document`](super::Format::is_document).
pub(super) struct Html<W> {
    out: W,
}

impl<W: Write> Html<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Report for Html<W> {
    fn event(&mut self, _: &Event, _: &RunRecord) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        let page = page::page(record).into_string();
        // Markup has none of the characters that this escapes, so that none is left wherever it came from.
        self.out.write_all(printable(&page).as_bytes())?;
        self.out.flush()
    }
}
