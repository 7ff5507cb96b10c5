//! `--report FORMAT[=PATH]`.

use std::path::PathBuf;
use std::str::FromStr;

use crate::report::selftest::WRITERS;
use crate::report::{FORMATS, Format, ParseFormatError};

/// What the option for reports is for.
pub(super) const REPORT_HELP: &str = "A report, to a file or to standard output (repeatable)";

/// The paths that name standard output.
const STANDARD_OUTPUT: &[&str] = &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// The same, with the formats that there are.
pub(super) fn formats_help() -> String {
    let width = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or_default();
    let formats = FORMATS.iter().map(|Format { name, about, .. }| format!("  {name:<width$}  {about}\n"));
    format!(
        "{REPORT_HELP}. Without a path, or with - as the path, it goes to standard output.\n\nThe formats:\n{}",
        formats.collect::<String>().trim_end()
    )
}

/// What the same option of the gallery is for.
pub(super) fn writers_help() -> String {
    let names: Vec<_> = WRITERS.iter().map(|writer| writer.name).collect();
    format!("{REPORT_HELP}: {}", names.join(", "))
}

/// A form, and the file that it goes to.
#[derive(Debug, Clone)]
pub(super) struct ReportArgument<F> {
    pub(super) format: F,
    /// Nothing for standard output.
    pub(super) path: Option<PathBuf>,
}

/// The reports that are to be written: the one for the terminal is among them, unless another goes to standard output or it is not
/// wanted.
pub(super) fn with_terminal<F: Clone>(
    terminal: F,
    wanted: &[ReportArgument<F>],
    is_quiet: bool,
) -> Vec<ReportArgument<F>> {
    let is_taken = wanted.iter().any(|report| report.path.is_none());
    let terminal = ReportArgument { format: terminal, path: None };
    (!is_quiet && !is_taken).then_some(terminal).into_iter().chain(wanted.iter().cloned()).collect()
}

impl<F: FromStr<Err = ParseFormatError>> FromStr for ReportArgument<F> {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) = match text.split_once('=') {
            Some((format, path)) if STANDARD_OUTPUT.contains(&path) => (format, None),
            Some((format, path)) => (format, Some(path.into())),
            None => (text, None),
        };
        Ok(Self { format: format.parse()?, path })
    }
}
