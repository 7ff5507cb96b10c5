//! The seals of a recording: what was changed in it, and where, and what becomes of a recording that has none.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use tempfile::TempDir;

use crate::support::harness::harness;

/// A folder with a recording of a short run, and the key that it was sealed with.
struct Sealed(TempDir);

impl Sealed {
    fn new() -> Self {
        let sealed = Self(tempfile::tempdir().unwrap());
        sealed.record(&["--key", sealed.path("key").to_str().unwrap()]).success().stderr("");
        sealed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Records a run with these options.
    fn record(&self, options: &[&str]) -> Assert {
        let report = format!("jsonl={}", self.path("run.jsonl").display());
        let few = ["--seed", "7", "--scenario", "short", "--scenario", "length/empty"];
        harness(&[&few[..], &["--report", &report], options].concat()).assert()
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path("run.jsonl")).unwrap().lines().map(|line| format!("{line}\n")).collect()
    }

    fn verify(&self, recording: &str) -> Assert {
        let (path, key) = (self.path("run.jsonl"), self.path("key"));
        fs::write(&path, recording).unwrap();
        verify(&path, &["--key", key.to_str().unwrap()])
    }
}

fn verify(path: &Path, options: &[&str]) -> Assert {
    harness(&[&["render", path.to_str().unwrap(), "--verify"], options].concat()).assert()
}

#[test]
fn a_recording_that_is_as_it_was_written_is_verified() {
    let sealed = Sealed::new();
    let lines = sealed.lines();
    let says = format!("{} events, sealed, complete\n", lines.len());
    sealed.verify(&lines.concat()).success().stdout(says.clone()).stderr("");
    let key = sealed.path("key");
    let arguments = ["render", "-", "--verify", "--key", key.to_str().unwrap()];
    harness(&arguments).write_stdin(lines.concat()).assert().success().stdout(says.clone());
    // Made again, it is the same, its seals included.
    let again = harness(&["render", "-", "--report", "jsonl"]).write_stdin(lines.concat()).output().unwrap();
    sealed.verify(&String::from_utf8(again.stdout).unwrap()).success().stdout(says);
}

#[test]
fn what_was_changed_is_found_and_its_line_is_named() {
    let sealed = Sealed::new();
    let lines = sealed.lines();
    let last = lines.len();
    let changed = |number: usize, change: &dyn Fn(&str) -> String| {
        let mut changed = lines.clone();
        changed[number - 1] = change(&changed[number - 1]);
        changed.concat()
    };
    let worth_more = |line: &str| line.replacen("\"worth\":1", "\"worth\":9", 1);
    let later = |line: &str| line.replacen("\"at_ns\":", "\"at_ns\":1", 1);
    let unsealed = |line: &str| format!("{}}}\n", line.split_once(",\"seal\"").unwrap().0);
    let nothing = |_: &str| String::new();
    let cut = |line: &str| format!("{}\n", &line[..line.len() / 2]);
    for (recording, says) in [
        (changed(1, &worth_more), "the seal of line 1 is wrong".to_owned()),
        (changed(1, &unsealed), "line 1 has no seal".to_owned()),
        (changed(3, &later), "the chain of seals breaks at line 3".to_owned()),
        (changed(3, &unsealed), "the chain of seals breaks at line 3, which has none".to_owned()),
        (changed(3, &cut), "the chain of seals breaks at line 3".to_owned()),
        // From the next one on nothing follows.
        (changed(3, &nothing), "the chain of seals breaks at line 3".to_owned()),
        (changed(last, &later), format!("the chain of seals breaks at line {last}")),
        (lines.concat() + &lines[last - 1], format!("the chain of seals breaks at line {}", last + 1)),
        (lines.concat() + "{}\n", format!("the chain of seals breaks at line {}", last + 1)),
    ] {
        assert_ne!(recording, lines.concat());
        sealed.verify(&recording).code(1).stdout("").stderr(contains(says));
    }
}

#[test]
fn a_recording_that_ends_too_early_is_incomplete() {
    let sealed = Sealed::new();
    let lines = sealed.lines();
    let whole = lines[..3].concat();
    sealed
        .verify(&whole)
        .code(3)
        .stdout("")
        .stderr(contains("3 events, sealed, incomplete").and(contains("after line 3")));
    let inside = whole.clone() + &lines[3][..lines[3].len() / 2];
    sealed
        .verify(&inside)
        .code(3)
        .stderr(contains("3 events, sealed, incomplete").and(contains("inside line 4")));
    sealed.verify("").code(3).stderr(contains("empty"));
    sealed.verify("a poem\n").code(2).stderr(contains("no recording of a run"));
}

#[test]
fn every_reader_reads_a_sealed_recording_and_one_without_seals_alike() {
    let sealed = Sealed::new();
    let bare: String = sealed
        .lines()
        .iter()
        .map(|line| format!("{}}}\n", line.split_once(",\"seal\"").unwrap().0))
        .collect();
    for report in ["json", "terminal"] {
        let [with, without] = [sealed.lines().concat(), bare.clone()].map(|recording| {
            let rendered =
                harness(&["render", "-", "--report", report]).write_stdin(recording).output().unwrap();
            assert!(rendered.status.success() && rendered.stderr.is_empty(), "{rendered:?}");
            rendered.stdout
        });
        assert!(with == without && !with.is_empty(), "{report}");
    }
}

#[test]
fn another_key_does_not_verify() {
    let (sealed, other) = (Sealed::new(), Sealed::new());
    let key = other.path("key");
    verify(&sealed.path("run.jsonl"), &["--key", key.to_str().unwrap()])
        .code(1)
        .stderr(contains("or it was sealed with another key"));
    let missing = sealed.path("missing");
    verify(&sealed.path("run.jsonl"), &["--key", missing.to_str().unwrap()])
        .code(2)
        .stderr(contains("missing is not there").and(contains("--key FILE")));
    assert!(!missing.exists());
}

#[test]
fn the_usual_key_is_made_once_where_programs_keep_their_state() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("run.jsonl");
    let report = format!("jsonl={}", recording.display());
    let run = |arguments: &[&str], state: Option<&str>| {
        let mut command = harness(arguments);
        command.env("HOME", folder.path()).env_remove("XDG_STATE_HOME");
        command.envs(state.map(|state| ("XDG_STATE_HOME", folder.path().join(state))));
        command.assert()
    };
    for (state, place) in [(None, ".local/state/lengthwise/key"), (Some("state"), "state/lengthwise/key")] {
        let grade = || run(&["--scenario", "short", "--report", &report], state).success().stderr("");
        grade();
        let key = fs::read(folder.path().join(place)).unwrap();
        assert_eq!(key.len(), 32);
        assert_eq!(fs::metadata(folder.path().join(place)).unwrap().permissions().mode() & 0o777, 0o600);
        grade();
        assert_eq!(fs::read(folder.path().join(place)).unwrap(), key);
        run(&["render", recording.to_str().unwrap(), "--verify"], state)
            .success()
            .stdout(contains("complete"));
    }
    // Without a recording there is nothing to seal.
    let other = tempfile::tempdir().unwrap();
    harness(&["--scenario", "short"]).env("XDG_STATE_HOME", other.path()).assert().success();
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
}

#[test]
fn where_no_key_can_be_made_the_recording_has_no_seals_and_it_is_said_once() {
    let sealed = Sealed(tempfile::tempdir().unwrap());
    let report = format!("jsonl={}", sealed.path("run.jsonl").display());
    let mut command = harness(&["--scenario", "short", "--report", &report]);
    let run = command.env("XDG_STATE_HOME", "/proc/nowhere").assert().success();
    let says = "harness: the recording gets no seals, because there is no key: /proc/nowhere/lengthwise/key cannot be made";
    run.stderr(contains(says).and(contains("--key FILE")).and(contains("harness:").count(1)));
    assert!(!sealed.lines().concat().contains("\"seal\""));
    harness(&["render", sealed.path("run.jsonl").to_str().unwrap()]).assert().success().stderr("");
    sealed.record(&["--key", sealed.path("key").to_str().unwrap()]).success();
    let bare = sealed.lines()[0].split_once(",\"seal\"").unwrap().0.to_owned() + "}\n";
    sealed.verify(&bare).code(1).stderr(contains("line 1 has no seal: the recording was made without a key"));
}

#[test]
fn a_key_that_is_of_no_use_is_said_before_anything_is_played() {
    let sealed = Sealed(tempfile::tempdir().unwrap());
    let key = sealed.path("key");
    let key = key.to_str().unwrap();
    fs::write(key, [7; 32]).unwrap();
    fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap();
    sealed
        .record(&["--key", key])
        .code(2)
        .stdout("")
        .stderr(contains("can be used by others than its owner"));
    fs::write(key, "short").unwrap();
    sealed.record(&["--key", key]).code(2).stderr(contains("has 5 bytes, and a key has 32"));
    sealed.record(&["--key", "/proc/nowhere/key"]).code(2).stderr(contains("cannot be made"));
    assert!(!sealed.path("run.jsonl").exists());
    fs::remove_file(key).unwrap();
    let folder = sealed.0.path().to_str().unwrap();
    let server = ["--server", "true", "--allow-write", folder, "--key", key];
    sealed.record(&server).code(2).stderr(contains("where --allow-write lets the submission write"));
}

#[test]
fn options_that_change_nothing_are_refused() {
    let key = concat!(env!("CARGO_TARGET_TMPDIR"), "/unused-key");
    let run = harness(&["--key", key, "--scenario", "short"]).assert().code(2);
    run.stdout(is_empty()).stderr(contains("--report jsonl=FILE"));
    assert!(!Path::new(key).exists());
    harness(&["render", "run.jsonl", "--key", key]).assert().code(2).stderr(contains("--verify"));
    for option in [&["--report", "json"][..], &["-v"]] {
        let arguments = [&["render", "run.jsonl", "--verify"], option].concat();
        harness(&arguments).assert().code(2).stderr(contains("cannot be used with"));
    }
}
