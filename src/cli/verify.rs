//! `harness render --verify`: whether a recording is as the harness wrote it.

use std::io::Write;
use std::path::Path;

use super::key::{KeyError, KeyFile};
use super::render::{Lines, unreadable, unusable};
use super::{Problem, say};
use crate::event::ContainedBy;
use crate::record::recording::{Recording, RecordingError, Verifier};

/// Checks the seals of the recording at `path`, or of the one on standard input for `-`, with the key at `key`, or else in the
/// usual place, and says what came of it.
pub(super) fn verify(out: &mut impl Write, path: &Path, key: Option<&Path>) -> Result<u8, Problem> {
    let KeyFile { key, .. } = KeyFile::open(key).map_err(no_key)?;
    let mut lines = Lines::open(path).map_err(|error| unreadable(path, &error))?;
    let mut verifier = Verifier::new(&key);
    let mut recording: Option<Recording> = None;
    let end = loop {
        let line = lines.next().map_err(|error| unreadable(path, &error))?;
        let read = match &mut recording {
            Some(recording) if line.is_empty() => break recording.finish(),
            Some(recording) => recording.read(line).map(drop),
            None => Recording::open(line).map(|(opened, _)| recording = Some(opened)),
        };
        let is_cut = matches!(read, Err(RecordingError::CutInside { .. })) && !line.ends_with(b"\n");
        // What is no recording at all has no seals to break.
        if is_cut || recording.is_none() {
            break read;
        }
        // First what was changed, then what follows from that.
        let checked = verifier.check(line);
        checked.map_err(|error| Problem::Unverified(format!("{}: {error}", path.display())))?;
        if read.is_err() {
            break read;
        }
    };
    let count = verifier.lines();
    let Some(recording) = recording else { return end.map(|()| 0).map_err(|error| unusable(path, &error)) };
    if let Err(error) = end {
        let text = format!("{}: {count} events, sealed, incomplete: {error}", path.display());
        return Err(Problem::Incomplete(text));
    }
    writeln!(out, "{count} events, sealed, complete")?;
    if recording.record().started.run.target.containment() == Some(ContainedBy::Nothing) {
        say(&"nothing kept the submission from reading the key, so that it may have had these seals made");
    }
    Ok(0)
}

fn no_key(error: KeyError) -> Problem {
    let hint = match error {
        KeyError::NoHome | KeyError::NotThere(_) => {
            ". Name the key of the harness that wrote the recording with --key FILE"
        }
        _ => "",
    };
    Problem::Usage(format!("there is no key to verify with: {error}{hint}"))
}
