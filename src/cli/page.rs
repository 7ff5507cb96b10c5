//! Text for a person, as wide as the page that it is read on.

use std::env;
use std::io::{self, Write};

use terminal_size::{Width, terminal_size_of};

use crate::report::COLUMNS;

/// Narrower than this, nothing can be laid out.
const COLUMNS_MIN: usize = 40;
/// Wider than this, a line of prose is hard to follow.
const COLUMNS_MAX: usize = 120;

/// How many columns a report on standard output has: what COLUMNS says, or what the terminal has, within reason.
pub(super) fn columns() -> usize {
    let asked = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let of_terminal = || terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns.into());
    asked.or_else(of_terminal).map_or(COLUMNS, |columns: usize| columns.clamp(COLUMNS_MIN, COLUMNS_MAX))
}

/// A writer of lines that are broken where the page ends.
pub(super) struct Page<W> {
    out: W,
    columns: usize,
}

impl<W: Write> Page<W> {
    pub(super) const fn new(out: W, columns: usize) -> Self {
        Self { out, columns }
    }

    /// How many columns there are.
    pub(super) const fn columns(&self) -> usize {
        self.columns
    }

    /// Writes an indented paragraph, and an empty line.
    pub(super) fn paragraph(&mut self, text: &str) -> io::Result<()> {
        self.indented(text)?;
        writeln!(self.out)
    }

    /// Writes indented lines.
    pub(super) fn indented(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(text, "  ", "  ")
    }

    /// Writes lines of which the first begins with `first`, and the others with `other`.
    pub(super) fn wrapped(&mut self, text: &str, first: &str, other: &str) -> io::Result<()> {
        let options = textwrap::Options::new(self.columns).initial_indent(first).subsequent_indent(other);
        textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }
}

impl<W: Write> Write for Page<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
