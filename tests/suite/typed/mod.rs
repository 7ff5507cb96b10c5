//! The command line as people type it: what they mean is understood, or they are told what to type.

mod hand_in;
mod help;
mod names;
mod run;
mod values;
mod width;

use std::fs;
use std::path::Path;

use predicates::str::contains;
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::harness::harness;

/// The arguments, between spaces, in this directory: what is told is this, under this exit code.
#[track_caller]
fn refused(line: &str, code: i32, says: &str) {
    let arguments: Vec<&str> = line.split(' ').collect();
    let told = harness(&arguments).assert().code(code).stdout("").stderr(contains(says));
    let text = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(text.lines().count() <= 5, "{text}");
}

/// A directory with the two files of a right hand-in, under these paths.
fn hand_in(server: &str, client: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (from, to) in [("buffered_server.py", server), ("buffered_client.py", client)] {
        copy(from, &directory.path().join(to));
    }
    directory
}

/// Puts a file of a right hand-in there.
fn copy(file: &str, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(fixture("handins/right/natural").join(file), to).unwrap();
}
