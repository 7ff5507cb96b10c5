//! Why a hand-in cannot be played with: what the user can change, and what the hand-in itself is to blame for.

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{io, mem};

use rustix::process::Signal;

use super::channel::Received;
use super::places::OwnNames;
use crate::bytes::last_lines;
use crate::english::system_error;
use crate::os::wait::wait_until;
use crate::target::StartError;
use crate::target::process::{Bounds, Limits, Process};
use crate::verdict::{Fault, Finding, HandInFault};

/// The oldest version that the adapter runs on.
const VERSION_MIN: (u32, u32) = (3, 8);
/// How the adapter ends where it finds its descriptors closed: `CLOSED` there.
const DESCRIPTORS_CLOSED: i32 = 93;
/// How long a process that is about to end may take.
const END_DEADLINE: Duration = Duration::from_secs(1);

/// Why there is no interpreter that could import the hand-in.
#[derive(Debug, thiserror::Error)]
pub(super) enum InterpreterError {
    #[error(
        "The Python interpreter {} could not be started: {}. Choose one with --python.",
        python.display(), system_error(error)
    )]
    Launch { python: PathBuf, error: io::Error },
    #[error(
        "{} is Python {version}; {}.{} or later is needed. Choose one with --python.",
        python.display(), VERSION_MIN.0, VERSION_MIN.1
    )]
    TooOld { python: PathBuf, version: String },
    #[error("{} cannot be read: it is not a regular file, is too large, or may not be opened.", .0.display())]
    NotCopied(PathBuf),
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
pub(super) fn fault(why: HandInFault, output: String) -> StartError {
    StartError::AtFault { finding: Box::new(Finding::hand_in(why)), output: Some(output), refused: None }
}

/// The same fault, with the limit in what was printed that the hand-in has met, if it has, and the file that it was refused:
/// before it is asked for anything that is no excuse.
pub(super) fn with_bounds_named(
    mut fault: StartError,
    limits: &Limits,
    bounds: Option<&Bounds>,
) -> StartError {
    let StartError::AtFault { finding, output, refused } = &mut fault else { return fault };
    let text = match &mut finding.fault {
        Fault::HandIn {
            why: HandInFault::NotLoaded { details: text, .. } | HandInFault::ConstructorFailed { error: text },
        } => text,
        _ => output.get_or_insert_default(),
    };
    *text = limits.named_in(mem::take(text), None);
    let said = output.as_deref().into_iter().chain(finding.said());
    *refused = bounds.and_then(|bounds| said.into_iter().find_map(|text| bounds.refused_in(text)));
    fault
}

/// What is wrong with a hand-in that is not imported.
pub(super) fn import_fault(
    file: &str,
    waited: Duration,
    process: &mut Process,
    names: &OwnNames,
    received: Received,
) -> StartError {
    let file = file.to_owned();
    let why = match received {
        Received::Frame { letter: b'F', text } => {
            let (why, details) = text.split_once('\0').unwrap_or((&text, ""));
            HandInFault::NotLoaded { why: why.to_owned(), details: details.to_owned() }
        }
        Received::Pending => {
            // It prints where it is, and ends.
            let _ = process.signal(Signal::USR1);
            let _ = wait_until(Instant::now() + END_DEADLINE, || Ok(process.exit_status()));
            let place = last_lines(&process.printed()).join("\n");
            HandInFault::ImportHung { file, waited, place: Some(place).filter(|place| !place.is_empty()) }
        }
        Received::Closed => {
            let status = how_it_ended(process);
            match process.exit_status().and_then(|status| status.code()) {
                Some(DESCRIPTORS_CLOSED) => HandInFault::ImportClosedDescriptors { file, status },
                _ => HandInFault::ImportEnded { file, status },
            }
        }
        Received::Frame { .. } | Received::Malformed | Received::Forged => {
            HandInFault::ImportWroteToChannel { file }
        }
    };
    process.end();
    fault(why, names.put_into(process.printed()))
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
