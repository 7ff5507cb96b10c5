//! Reports: each a function of the events of a run and of their [record](crate::record), in a file of its own.
//!
//! This module owns the table of [formats](FORMATS). A report writes to the writer that it is given. It must not read a clock or
//! see a target: rendered from a recording it is, byte for byte, what it was during the run. What the self-test comes to is a
//! document of its own, with writers of its own.

mod html;
mod json;
mod jsonl;
// For the command line and the tests of the gallery.
#[doc(hidden)]
pub mod selftest;
mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::event::Event;
use crate::record::RunRecord;

/// The width, in columns, that prose is broken at.
pub(crate) const COLUMNS: usize = 80;

/// Every format of a report.
pub const FORMATS: &[Format] = &[
    Format {
        name: "terminal",
        about: "for a person, while the run goes on",
        is_styled: true,
        is_document: false,
        new: |out, detail| Box::new(terminal::Terminal::new(out, detail)),
    },
    Format {
        name: "json",
        about: "one JSON document",
        is_styled: false,
        is_document: true,
        new: |out, _| Box::new(json::Json::new(out)),
    },
    Format {
        name: "html",
        about: "a page with a picture of each conversation, for a browser",
        is_styled: false,
        is_document: true,
        new: |out, _| Box::new(html::Html::new(out)),
    },
    Format {
        name: "jsonl",
        about: "a recording: each event as it happens, as a line of JSON",
        is_styled: false,
        is_document: false,
        new: |out, _| Box::new(jsonl::Jsonl::new(out)),
    },
];

/// Something that turns a run into text.
pub trait Report {
    /// Takes the next event, and what the run has come to with it.
    ///
    /// # Errors
    ///
    /// Those of the writer that the report was given.
    fn event(&mut self, event: &Event, record: &RunRecord) -> io::Result<()>;

    /// There are no more events: what is still to be said of the run is said now, whether it has finished or was cut off.
    ///
    /// # Errors
    ///
    /// Those of the writer that the report was given.
    fn finish(&mut self, record: &RunRecord) -> io::Result<()>;
}

/// How much a report for a person says. Those for programs always say everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What matters most, on one screen: the verdicts, and what explains the failures.
    #[default]
    Brief,
    /// Each verdict on a line of its own, and every finding.
    Full,
}

/// A way to write a report.
#[derive(Clone, Copy)]
pub struct Format {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// Whether it is text with colours, which have to be taken out where they cannot be shown.
    pub is_styled: bool,
    /// Whether it is one document of the whole run, which [`Report::finish`] writes and events add nothing to. Of a run that
    /// has not finished it says so.
    pub is_document: bool,
    new: for<'a> fn(Box<dyn Write + 'a>, Detail) -> Box<dyn Report + 'a>,
}

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }

    /// A report of this format, to `out`.
    #[must_use]
    pub fn report<'a>(self, out: Box<dyn Write + 'a>, detail: Detail) -> Box<dyn Report + 'a> {
        (self.new)(out, detail)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Format").field(&self.name).finish()
    }
}

/// No format has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a format, one of {known}, got {got:?}")]
pub struct ParseFormatError {
    got: String,
    known: String,
}

impl ParseFormatError {
    fn new(got: &str, known: impl Iterator<Item = &'static str>) -> Self {
        Self { got: got.into(), known: known.collect::<Vec<_>>().join(", ") }
    }
}

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name).ok_or_else(|| ParseFormatError::new(name, FORMATS.iter().map(|format| format.name)))
    }
}
