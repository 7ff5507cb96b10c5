//! Golden output: what a person or a program reads of the harness, recorded, so that every change of it is seen.
//!
//! Each test compares a text with a snapshot under `tests/suite/golden/snapshots`. Where a change is meant, record again and
//! read the difference before it is committed:
//!
//! ```text
//! INSTA_UPDATE=always cargo test --test suite golden::
//! git diff tests/suite/golden/snapshots
//! ```
//!
//! Without `INSTA_UPDATE` a difference fails, and the new text is left beside the recorded one in a file that Git
//! ignores (`*.snap.new`). Where the environment has `CI` set, it only fails. Nothing recorded depends on the machine,
//! the clock or the version: what is reported was written by hand or simulated.

mod brief;
mod command_line;
mod findings;
mod reports;
mod run;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use lengthwise::event::Event;
use lengthwise::record::RunRecord;
use lengthwise::report::{Detail, Format};

/// Compares `text` with the snapshot of this name.
#[track_caller]
fn assert_golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The report on a run with these events, as it is written to a file.
fn report(format: Format, detail: Detail, events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut report = format.report(Box::new(&mut out), detail);
    let [first, rest @ ..] = events else { panic!("a run starts") };
    let mut record = RunRecord::start(first).unwrap();
    report.event(first, &record).unwrap();
    for event in rest {
        record.apply(event).unwrap();
        report.event(event, &record).unwrap();
    }
    report.finish(&record).unwrap();
    drop(report);
    String::from_utf8(out).unwrap()
}

#[test]
fn every_snapshot_belongs_to_something() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/golden/snapshots");
    let known: HashSet<_> =
        [command_line::names(), findings::names(), reports::names()].into_iter().flatten().collect();
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".snap");
        assert!(name.is_none_or(|name| known.contains(name)), "nothing is compared with {file} any more");
    }
}
