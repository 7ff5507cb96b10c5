//! Why a hand-in cannot be played with: what the user can change, and what the hand-in itself is to blame for.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::channel::Received;
use crate::bytes::last_lines;
use crate::os::wait::wait_until;
use crate::rule::Rule;
use crate::target::StartError;
use crate::target::process::Process;
use crate::verdict::{Evidence, Finding};

/// The oldest version that the adapter runs on.
const VERSION_MIN: (u32, u32) = (3, 8);
/// How the adapter ends where it finds its descriptors closed: `CLOSED` there.
const DESCRIPTORS_CLOSED: i32 = 93;
/// How long a process that is about to end may take.
const END_DEADLINE: Duration = Duration::from_secs(1);

/// Why there is no interpreter that could import the hand-in.
#[derive(Debug, thiserror::Error)]
pub(super) enum InterpreterError {
    #[error("The Python interpreter {} could not be started: {error}. Choose one with --python.", python.display())]
    Launch { python: PathBuf, error: io::Error },
    #[error(
        "{} is Python {version}; {}.{} or later is needed. Choose one with --python.",
        python.display(), VERSION_MIN.0, VERSION_MIN.1
    )]
    TooOld { python: PathBuf, version: String },
    #[error("{} had not started after {ms} ms. Is it a Python interpreter?", python.display())]
    Silent { python: PathBuf, ms: u128 },
    #[error("{} is no Python interpreter that can be used. It printed: {output}", python.display())]
    Unusable { python: PathBuf, output: String },
}

/// Whether the adapter runs on this version of Python.
pub(super) fn is_supported(version: &str) -> bool {
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    parts.next().zip(parts.next()).is_some_and(|version| version >= VERSION_MIN)
}

/// A hand-in that is itself to blame.
pub(super) fn fault(
    summary: String,
    expected: impl fmt::Display,
    received: String,
    output: Option<String>,
) -> StartError {
    let evidence = Evidence::Values { expected: expected.to_string(), received };
    let finding = Finding { summary, rule: Rule::HandIn, evidence, ended: "not started".into() };
    StartError::AtFault { finding: Box::new(finding), output }
}

/// What is wrong with a hand-in that is not imported.
pub(super) fn import_fault(
    file: &str,
    waited: Duration,
    process: &mut Process,
    received: Received,
) -> StartError {
    let expected = "a file that can be imported, and has the class that the assignment names";
    let (summary, received) = match received {
        Received::Frame { letter: b'F', text } => {
            let (summary, details) = text.split_once('\0').unwrap_or((&text, ""));
            (summary.to_owned(), details.to_owned())
        }
        Received::Pending => {
            // It prints where it is.
            let _ = process.signal(Signal::USR1);
            let waited = waited.as_millis();
            let where_it_is = last_lines(&process.output_tail()).join("\n");
            let received = match where_it_is.is_empty() {
                true => "nothing, not even where it is: it ignores the signal that asks for that".to_owned(),
                false => where_it_is,
            };
            (format!("The import of {file} had not ended after {waited} ms."), received)
        }
        Received::Closed => {
            let status = how_it_ended(process);
            let code = process.exit_status().and_then(|status| status.code());
            let summary = match code {
                Some(DESCRIPTORS_CLOSED) => {
                    format!("The import of {file} closed descriptors that are not its own.")
                }
                _ => format!("The import of {file} ended the interpreter: {status}."),
            };
            (summary, status)
        }
        Received::Frame { .. } | Received::Malformed => {
            let summary = format!("At its import {file} wrote to a descriptor that is not its own.");
            (summary, "bytes on the harness's channel".to_owned())
        }
    };
    process.end();
    fault(summary, expected, received, Some(process.output_tail()))
}

/// How the interpreter has ended, which it is about to do.
pub(super) fn how_it_ended(process: &mut Process) -> String {
    match wait_until(Instant::now() + END_DEADLINE, || Ok(process.exit_status())) {
        Ok(Some(status)) => status.to_string(),
        _ => "its connection to the harness is closed".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, supported) in
            [("3.8.0", true), ("3.13.1", true), ("3.7.9", false), ("4.0", true), ("x", false)]
        {
            assert_eq!(is_supported(version), supported, "{version}");
        }
    }
}
