//! Runs that were recorded, and what they had come to after each of their events.

use std::fs;

use lengthwise::record::RunRecord;
use lengthwise::record::recording::Recording;
use lengthwise::report::{Detail, FORMATS, Format};
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::harness::harness;

pub(crate) struct Recorded(Vec<u8>);

impl Recorded {
    /// Runs the harness to its end.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let output = harness(arguments).args(["--report", "jsonl"]).output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        Self(output.stdout)
    }

    /// What the run had come to after each event.
    pub(crate) fn records(&self) -> Vec<RunRecord> {
        records(&self.0)
    }
}

/// What the run had come to after each event of a recording, as far as its lines are whole.
pub(crate) fn records(recording: &[u8]) -> Vec<RunRecord> {
    let mut lines = recording.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let Some(first) = lines.next() else { return Vec::new() };
    let (mut recording, _) = Recording::open(first).unwrap();
    let mut records = vec![recording.record().clone()];
    for line in lines {
        recording.read(line).unwrap();
        records.push(recording.record().clone());
    }
    records
}

/// The formats that are one document.
pub(crate) fn documents() -> impl Iterator<Item = Format> {
    FORMATS.iter().copied().filter(|format| format.is_document())
}

/// The document of what a run has come to.
pub(crate) fn written(format: Format, record: &RunRecord) -> String {
    let mut out = Vec::new();
    format.report(Box::new(&mut out), Detail::Brief).finish(record).unwrap();
    String::from_utf8(out).unwrap()
}

/// A hand-in whose files are what `change` makes of the right ones, by their names.
pub(crate) fn hand_in(change: impl Fn(&str, &str) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["buffered_client.py", "buffered_server.py"] {
        let program = fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
        let changed = change(file, &program);
        assert_ne!(changed, program, "{file} is another one now");
        fs::write(folder.path().join(file), changed).unwrap();
    }
    folder
}
