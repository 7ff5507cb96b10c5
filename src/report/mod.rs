//! Reports: each a fold over the events of a run, in a file of its own; and what the gallery came to.

mod gallery;
mod json;
mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::event::Event;
use crate::gallery::Exhibit;

/// The version that every report names.
const HARNESS_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Something that turns the events of a run into text.
pub trait Report {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// Those of the writer that the report was given.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;
}

/// The formats that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person, while the run goes on.
    Terminal,
    /// For a program, once the run is over.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Terminal, Self::Json];

    /// A report of this format, to `out`.
    #[must_use]
    pub fn report<'a>(self, out: Box<dyn Write + 'a>) -> Box<dyn Report + 'a> {
        match self {
            Self::Terminal => Box::new(terminal::Terminal::new(out)),
            Self::Json => Box::new(json::Json::new(out)),
        }
    }

    /// Writes what the gallery came to.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn gallery(self, exhibits: &[Exhibit], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Terminal => gallery::terminal(out, exhibits)?,
            Self::Json => gallery::json(out, exhibits)?,
        }
        out.flush()
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
        })
    }
}

/// No format has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a format, one of {known}, got {0:?}", known = names())]
pub struct ParseFormatError(String);

fn names() -> String {
    Format::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().copied().find(|format| format.to_string() == text);
        named.ok_or_else(|| ParseFormatError(text.into()))
    }
}
