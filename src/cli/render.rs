//! `harness render`: reports from a recording, as the run itself would have written them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::Problem;
use super::outputs::Reports;
use super::report_argument::ReportArgument;
use crate::record::recording::{Recording, RecordingError};
use crate::report::compressed::decompressed;
use crate::report::{Detail, Format};

/// Renders the recording at `path`, or the one on standard input for `-`. Returns the exit code that the run had.
pub(super) fn render(
    path: &Path,
    arguments: &[ReportArgument<Format>],
    detail: Detail,
    shows_hidden: bool,
) -> Result<u8, Problem> {
    if let Some(argument) = arguments.iter().find(|argument| is_same_file(path, argument)) {
        let text =
            format!("the report {} would replace the recording that it is made from", argument.format.name);
        return Err(Problem::Usage(text));
    }
    let mut lines = Lines::open(path).map_err(|error| unreadable(path, &error))?;
    let first = lines.next().map_err(|error| unreadable(path, &error))?;
    // Before anything is opened: what is no recording replaces no report.
    let (mut recording, event) = Recording::open(first).map_err(|error| unusable(path, &error))?;
    let mut reports = Reports::open(arguments, detail)?.showing_hidden(shows_hidden);
    reports.event(&event, recording.record());
    let end = loop {
        match lines.next().map_err(|error| unreadable(path, &error))? {
            [] => break recording.finish(),
            line => match recording.read(line) {
                Ok(event) => reports.event(&event, recording.record()),
                Err(error) => break Err(error),
            },
        }
    };
    reports.finish(recording.record());
    reports.finalize(recording.record())?;
    match end {
        Ok(()) => Ok(recording.record().verdict().exit_code()),
        Err(error) => {
            let text = format!("{}: {error}; what comes before it is rendered", path.display());
            Err(Problem::Incomplete(text))
        }
    }
}

/// A line is shorter, in bytes: it has all of a conversation, in which no message is longer than 64 MiB.
const LINE_LEN_MAX: u64 = 512 << 20;

/// The lines of a recording, which may be compressed, with their ends.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let input: Box<dyn BufRead> = if path == Path::new("-") {
            decompressed(io::stdin().lock())?
        } else {
            decompressed(BufReader::new(File::open(path)?))?
        };
        Ok(Self { input, line: Vec::new() })
    }

    /// The next line; an empty one at the end. One that was compressed may end anywhere.
    pub(super) fn next(&mut self) -> io::Result<&[u8]> {
        self.line.clear();
        match (&mut self.input).take(LINE_LEN_MAX).read_until(b'\n', &mut self.line) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            Ok(_) | Err(_) => {}
        }
        if self.line.len() as u64 == LINE_LEN_MAX {
            return Err(io::Error::other("a line is longer than any of a recording"));
        }
        Ok(&self.line)
    }
}

fn is_same_file(recording: &Path, argument: &ReportArgument<Format>) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let Some(report) = argument.path.as_deref().and_then(real) else { return false };
    report.is_file() && real(recording) == Some(report)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::Usage(format!("the recording {} cannot be read: {error}", path.display()))
}

/// A recording of which nothing can be rendered: one that ended too early, or something else.
pub(super) fn unusable(path: &Path, error: &RecordingError) -> Problem {
    let text = format!("{}: {error}", path.display());
    match error {
        RecordingError::Empty
        | RecordingError::CutOpening
        | RecordingError::CutInside { .. }
        | RecordingError::CutAfter { .. } => Problem::Incomplete(text),
        RecordingError::Foreign { .. }
        | RecordingError::UnknownVersion { .. }
        | RecordingError::NoEvent { .. }
        | RecordingError::OutOfPlace { .. } => Problem::Usage(text),
    }
}
