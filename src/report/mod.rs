//! Reports: each a function of the events of a run and of their [record](crate::record), in a file of its own.
//!
//! This module owns the table of [formats](FORMATS). A report writes to the writer that it is given. It must not read a clock or
//! see a target: rendered from a recording it is, byte for byte, what it was during the run. What the self-test comes to is a
//! document of its own, with writers of its own.

mod check50;
mod classroom50;
#[cfg(feature = "cli")]
pub(crate) mod compressed;
pub(crate) mod escaped_json;
mod feedback;
mod gradescope;
#[cfg(feature = "html")]
pub(crate) mod html;
mod json;
mod jsonl;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod plain;
mod prairielearn;
// For the command line and the tests of the gallery.
#[doc(hidden)]
pub mod selftest;
mod tap;
mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::event::Event;
use crate::record::RunRecord;
#[cfg(feature = "seals")]
use crate::record::recording::Key;

/// The width, in columns, that prose is broken at.
pub(crate) const COLUMNS: usize = 80;

/// The format that is written unless another is asked for.
pub const TERMINAL: Format =
    Format { name: "terminal", about: "for a person, while the run goes on", kind: Kind::Terminal };

/// Every format of a report.
pub const FORMATS: &[Format] = &[
    TERMINAL,
    Format { name: "json", about: "one JSON document", kind: Kind::Document(json::write) },
    Format {
        name: "jsonl",
        about: "a recording: each event as it happens, a line of JSON",
        kind: Kind::Recording,
    },
    #[cfg(feature = "html")]
    Format { name: "html", about: "a page with pictures, for a browser", kind: Kind::Document(html::write) },
    Format {
        name: "feedback",
        about: "a short text for a student, to mail or to paste",
        kind: Kind::Document(feedback::write),
    },
    Format {
        name: "gradescope",
        about: "results.json of a Gradescope autograder",
        kind: Kind::Document(gradescope::write),
    },
    #[cfg(feature = "junit")]
    Format { name: "junit", about: "JUnit XML, for the pages of a CI", kind: Kind::Document(junit::write) },
    Format {
        name: "markdown",
        about: "the summary of a step in CI, or the text of a release",
        kind: Kind::Document(markdown::write),
    },
    Format { name: "tap", about: "TAP 14, the Test Anything Protocol", kind: Kind::Document(tap::write) },
    Format {
        name: "prairielearn",
        about: "results.json of an external grader of PrairieLearn",
        kind: Kind::Document(prairielearn::write),
    },
    Format {
        name: "classroom50",
        about: "the grade in a result.json of Classroom 50",
        kind: Kind::Document(classroom50::write),
    },
    Format { name: "check50", about: "the JSON of check50", kind: Kind::Document(check50::write) },
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

    /// Has every event sealed with this key, if the report has seals. To be told before the first event, which has none yet.
    #[cfg(feature = "seals")]
    fn seal_with(&mut self, _: &Key) {}
}

/// How much a report for a person says. Those for programs always say everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
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
    kind: Kind,
}

/// How a report comes about.
#[derive(Clone, Copy)]
enum Kind {
    /// Text with colours, which grows with the run.
    Terminal,
    /// A line for each event.
    Recording,
    /// One document of what the run has come to.
    Document(WriteDocument),
}

/// Writes a document of what a run has come to.
type WriteDocument = fn(&mut dyn Write, &RunRecord) -> io::Result<()>;

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }

    /// Whether it is text with colours, which have to be taken out where they cannot be shown.
    #[must_use]
    pub const fn is_styled(&self) -> bool {
        matches!(self.kind, Kind::Terminal)
    }

    /// Whether it is what other reports can be made from.
    #[must_use]
    pub const fn is_recording(&self) -> bool {
        matches!(self.kind, Kind::Recording)
    }

    /// Whether it is one document of the whole run, which [`Report::finish`] writes and events add nothing to. Of a run that
    /// has not finished it says so.
    #[must_use]
    pub const fn is_document(&self) -> bool {
        matches!(self.kind, Kind::Document(_))
    }

    /// A report of this format, to `out`. It has no colours.
    #[must_use]
    pub fn report<'a>(self, out: Box<dyn Write + 'a>, detail: Detail) -> Box<dyn Report + 'a> {
        let out = if self.is_styled() { Box::new(strip_ansi_escapes::Writer::new(out)) } else { out };
        self.styled_report(out, detail)
    }

    /// The same for a terminal: a format that [is styled](Self::is_styled) has its colours, as ANSI escape sequences.
    #[must_use]
    pub fn styled_report<'a>(self, out: Box<dyn Write + 'a>, detail: Detail) -> Box<dyn Report + 'a> {
        match self.kind {
            Kind::Terminal => Box::new(terminal::Terminal::new(out, detail)),
            Kind::Recording => Box::new(jsonl::Jsonl::new(out)),
            Kind::Document(write) => Box::new(Document { out, write }),
        }
    }
}

/// A report that is one document of the whole run: a function of what it has come to, which writes nothing before the end.
struct Document<'a> {
    out: Box<dyn Write + 'a>,
    write: WriteDocument,
}

impl Report for Document<'_> {
    fn event(&mut self, _: &Event, _: &RunRecord) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        (self.write)(&mut *self.out, record)?;
        self.out.flush()
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Format").field(&self.name).finish()
    }
}

/// The JSON schema of the report that the format `json` writes, in the draft of 2020-12.
#[cfg(feature = "schema")]
#[must_use]
pub fn json_schema() -> serde_json::Value {
    json::schema()
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
        Self::named(&name.to_lowercase())
            .ok_or_else(|| ParseFormatError::new(name, FORMATS.iter().map(|format| format.name)))
    }
}
