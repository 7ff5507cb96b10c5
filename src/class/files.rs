//! What is kept of each hand-in, in a directory of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::outcome::HandInGrade;
use crate::event::Event;
use crate::record::RunRecord;
use crate::record::recording::Key;
use crate::report::compressed::CompressedRecording;
use crate::report::{Detail, Format};

/// The recording, compressed.
pub(super) const RECORDING: &str = "recording.jsonl.zst";
/// What the class needs to know. It is written last: where it is, everything is.
pub(super) const GRADE: &str = "grade.json";
/// The reports, and their formats.
pub(super) const REPORTS: [(&str, &str); 3] =
    [("page.html", "html"), ("result.json", "json"), ("feedback.txt", "feedback")];

/// What a run leaves for its class, kept in memory until nothing of the hand-in is running that could write to it.
pub(crate) struct HandInFiles {
    directory: PathBuf,
    recording: CompressedRecording,
    was_stopped: Arc<AtomicBool>,
}

impl HandInFiles {
    /// For a new directory at this path. `was_stopped` tells in the end whether the run was stopped before its time.
    pub(crate) fn new(directory: &Path, was_stopped: Arc<AtomicBool>) -> io::Result<Self> {
        fs::create_dir(directory)?;
        let recording = CompressedRecording::new()?;
        Ok(Self { directory: directory.to_owned(), recording, was_stopped })
    }

    /// Seals the recording with this key.
    pub(crate) fn seal_with(&mut self, key: &Key) {
        self.recording.seal_with(key);
    }

    /// Takes the next event.
    pub(crate) fn event(&mut self, event: &Event) -> io::Result<()> {
        self.recording.add(event)
    }

    /// Writes everything, now that there are no more events.
    pub(crate) fn write(self, record: &RunRecord) -> io::Result<()> {
        let put = |name: &str, bytes: &[u8]| fs::write(self.directory.join(name), bytes);
        put(RECORDING, &self.recording.finish()?)?;
        for (file, format) in REPORTS {
            let mut document = Vec::new();
            let format = Format::named(format).expect("what is kept has the formats of reports");
            format.report(Box::new(&mut document), Detail::Brief).finish(record)?;
            put(file, &document)?;
        }
        let grade = HandInGrade::of(record, self.was_stopped.load(Ordering::Relaxed));
        put(GRADE, &serde_json::to_vec(&grade)?)
    }
}
