//! A run that was written down: its events, one JSON document a line.
//!
//! Each line is whole, so that a recording that ends early (its run was killed, its disk was full) can be read up to there. It is
//! read one line at a time, by a reader that gives up nothing of what it has read when a later line is wrong.
//!
//! This module owns the form of a line and the errors of reading one. It must not do I/O: lines come in and go out as bytes.

#[cfg(feature = "seals")]
mod seal;
mod texts;

use serde::Deserialize;

#[cfg(feature = "seals")]
pub use seal::{Key, SealError, Verifier};

use super::{EventError, RunRecord};
use crate::bytes::escaped_json;
use crate::event::{Event, FORMAT_VERSION, FORMAT_VERSION_MIN, Seal};

/// What a line ends with in front of its seal, and after it.
const BEFORE_SEAL: &[u8] = b",\"seal\":\"";
const AFTER_SEAL: &[u8] = b"\"}";

/// Writes the lines of a recording, from the first event of a run on.
#[derive(Debug, Default)]
pub struct Writer {
    texts: texts::Writer,
    #[cfg(feature = "seals")]
    sealer: Option<seal::Sealer>,
}

impl Writer {
    /// Seals every line with this key (feature `seals`). Without one, an event keeps the seal that it was recorded under.
    #[cfg(feature = "seals")]
    #[must_use]
    pub fn sealed(self, key: &Key) -> Self {
        Self { sealer: Some(seal::Sealer::new(key)), ..self }
    }

    /// The line of the next event, its end included.
    ///
    /// # Panics
    ///
    /// Never: an event has no map with keys that are not strings, and its parts serialise without errors.
    #[must_use]
    pub fn line(&mut self, event: &Event) -> Vec<u8> {
        let line = match event.seal {
            None => self.texts.write(event),
            Some(_) => self.texts.write(&Event { seal: None, ..event.clone() }),
        };
        // Whoever has it shown, as `cat` does, is harmed by nothing that a submission has sent.
        let line = String::from_utf8(line).expect("JSON is text");
        let mut line = escaped_json(&line).into_bytes();
        if let Some(seal) = self.seal(&line).or(event.seal) {
            add_seal(&mut line, seal);
        }
        line.push(b'\n');
        line
    }

    /// The seal of the next line, if it gets one of its own.
    #[cfg(feature = "seals")]
    fn seal(&mut self, line: &[u8]) -> Option<Seal> {
        self.sealer.as_mut().map(|sealer| sealer.seal(line))
    }

    #[cfg(not(feature = "seals"))]
    #[expect(clippy::unused_self, reason = "the same call with and without seals")]
    fn seal(&self, _: &[u8]) -> Option<Seal> {
        None
    }
}

/// Adds a seal to a line that has neither a seal nor its end yet.
fn add_seal(bare: &mut Vec<u8>, seal: Seal) {
    bare.truncate(bare.len().saturating_sub(1));
    bare.extend_from_slice(BEFORE_SEAL);
    bare.extend(hex::encode(seal.0).bytes());
    bare.extend_from_slice(AFTER_SEAL);
}

/// Why a recording cannot be read, or not any further. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is not even a first line.
    #[error("the recording is empty")]
    Empty,
    /// The first line is not that of a recording.
    #[error("this is no recording of a run: line 1: {why}")]
    Foreign {
        /// What is wrong with it.
        why: String,
    },
    /// The first line is cut off, or it is that of a document of several lines, which is no recording.
    #[error("line 1 ends inside a JSON document: this is no recording of a run, or only its beginning")]
    CutOpening,
    /// It was written by a harness that writes another form.
    #[error(
        "line 1: the recording has the format version {got}, written by lengthwise {by}; this harness reads {} to {}",
        FORMAT_VERSION_MIN,
        FORMAT_VERSION
    )]
    UnknownVersion {
        /// The version of the form.
        got: u32,
        /// The version of the harness that wrote it.
        by: String,
    },
    /// It ends inside a line.
    #[error("the recording is cut off inside line {line}")]
    CutInside {
        /// The line.
        line: usize,
    },
    /// It ends before the run does.
    #[error("the recording is cut off after line {line}: the run had not finished")]
    CutAfter {
        /// The last line.
        line: usize,
    },
    /// A line is not that of an event.
    #[error("line {line} of the recording is not an event: {why}")]
    NoEvent {
        /// The line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A line is that of an event that cannot have happened there.
    #[error("line {line} of the recording does not follow: {why}")]
    OutOfPlace {
        /// The line.
        line: usize,
        /// Why not.
        why: EventError,
    },
}

/// A recording that is being read, line by line.
#[derive(Debug)]
pub struct Recording {
    lines: usize,
    texts: texts::Reader,
    record: RunRecord,
}

/// What has to be known of a first line before anything else of it can be.
#[derive(Deserialize)]
struct Opening {
    event: String,
    format_version: u32,
    #[serde(default)]
    harness_version: String,
}

impl Recording {
    /// Reads the first line, with its end or without it.
    ///
    /// # Errors
    ///
    /// It is not the first line of a recording that can be read.
    pub fn open(line: &[u8]) -> Result<(Self, Event), RecordingError> {
        if line.is_empty() {
            return Err(RecordingError::Empty);
        }
        check_opening(line)?;
        let mut texts = texts::Reader::default();
        let event = event(line, 1, &mut texts)?;
        let record = RunRecord::start(&event).map_err(|why| RecordingError::OutOfPlace { line: 1, why })?;
        Ok((Self { lines: 1, texts, record }, event))
    }

    /// Reads the next line.
    ///
    /// # Errors
    ///
    /// It is not the next line of this recording. What was read before stays as it is.
    pub fn read(&mut self, line: &[u8]) -> Result<Event, RecordingError> {
        let number = self.lines + 1;
        let event = event(line, number, &mut self.texts)?;
        self.record.apply(&event).map_err(|why| RecordingError::OutOfPlace { line: number, why })?;
        self.lines = number;
        Ok(event)
    }

    /// What the run comes to, as far as it was read.
    #[must_use]
    pub const fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Whether the recording is complete, now that there are no more lines.
    ///
    /// # Errors
    ///
    /// It is not.
    pub const fn finish(&self) -> Result<(), RecordingError> {
        if self.record.is_finished() { Ok(()) } else { Err(RecordingError::CutAfter { line: self.lines }) }
    }
}

fn event(line: &[u8], number: usize, texts: &mut texts::Reader) -> Result<Event, RecordingError> {
    let no_event = |why: String| RecordingError::NoEvent { line: number, why };
    let mut value =
        serde_json::from_slice(line).map_err(|error: serde_json::Error| match error.is_eof() {
            true => RecordingError::CutInside { line: number },
            false => no_event(reason(&error)),
        })?;
    texts.expand(&mut value).map_err(|error| no_event(error.to_string()))?;
    serde_json::from_value(value).map_err(|error| no_event(reason(&error)))
}

/// Tells a recording of another version from something else.
fn check_opening(line: &[u8]) -> Result<(), RecordingError> {
    let opening: Opening = serde_json::from_slice(line).map_err(|error| match error.is_eof() {
        true => RecordingError::CutOpening,
        false => RecordingError::Foreign { why: reason(&error) },
    })?;
    let Opening { event, format_version, harness_version } = opening;
    if event != "run-started" {
        return Err(RecordingError::Foreign { why: format!("it begins with {event:?}, not with a run") });
    }
    if !(FORMAT_VERSION_MIN..=FORMAT_VERSION).contains(&format_version) {
        return Err(RecordingError::UnknownVersion { got: format_version, by: harness_version });
    }
    Ok(())
}

/// What is wrong with a line, without the place in the one line that the parser was given.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
pub(crate) mod strategies;
#[cfg(test)]
mod tests;
