//! The page: one HTML document with a picture of each conversation, for a person with a browser.
//!
//! It is one file that needs nothing else: no network, no script, the fonts of the system. What comes from a program under test
//! is text everywhere, and neither markup nor a character that hides or turns what stands beside it. It is for students: what the
//! course hides from them is only counted.

mod bytes_table;
mod calls;
mod causes;
mod diagram;
mod document;
mod facts;
mod matrix;
mod page;
mod room;
mod sections;
mod trial;

use std::io::{self, Write};

pub(crate) use self::document::{Document, short};
pub(crate) use self::trial::anchor_of;
use crate::record::RunRecord;

/// Writes the page of what a run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    page::page(&record.for_students()).write(out)
}
