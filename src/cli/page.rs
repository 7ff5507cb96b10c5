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

/// Breaks lines of a report that are longer than a narrow terminal is wide, which a terminal would break inside of words.
pub(super) struct Narrowed<W: Write> {
    out: W,
    columns: usize,
    /// What has come of a line.
    line: Vec<u8>,
}

impl<W: Write> Narrowed<W> {
    pub(super) const fn new(out: W, columns: usize) -> Self {
        Self { out, columns, line: Vec::new() }
    }

    fn put_line(&mut self) -> io::Result<()> {
        /// How far what goes on stands behind where the line began, at most.
        const INDENT_MAX: usize = 8;
        let line = String::from_utf8_lossy(&self.line);
        let line = line.trim_end_matches('\n');
        let indent = " ".repeat((line.len() - line.trim_start().len() + 2).min(INDENT_MAX));
        let options = textwrap::Options::new(self.columns)
            .subsequent_indent(&indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(line, options) {
            writeln!(self.out, "{line}")?;
        }
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for Narrowed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The report itself keeps to this width.
        if self.columns >= COLUMNS {
            return self.out.write(bytes);
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.put_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words_and_nothing_is_lost() {
        let text = "\u{1b}[1mlengthwise\u{1b}[0m  a server with a long name  seed 7\n\n      cause     It assumes that one call sends everything.\n";
        let mut narrow = Vec::new();
        let mut writer = Narrowed::new(&mut narrow, 40);
        text.as_bytes().chunks(7).for_each(|piece| writer.write_all(piece).unwrap());
        let shown = String::from_utf8(narrow).unwrap();
        assert!(
            anstream::adapter::strip_str(&shown).to_string().lines().all(|line| line.len() <= 40),
            "{shown}"
        );
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&shown), words(text));
    }
}
