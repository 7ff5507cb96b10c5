//! A class, the grader's machine around it, and what is left there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lengthwise::class::ClassRecord;
use lengthwise::os::wait::wait_until;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::harness::search_path;

const PATIENCE: Duration = Duration::from_secs(120);
/// What is in the directory of each hand-in.
pub(crate) const FILES: [&str; 5] =
    ["feedback.txt", "grade.json", "page.html", "recording.jsonl.zst", "result.json"];

/// A folder with a class, its results and the temporary files of the harness in it.
pub(crate) struct Room(TempDir);

impl Room {
    /// A class of these hand-ins: the name of each, and the folder below `tests/handins` that it is a copy of, but for a comment.
    pub(crate) fn new<N: AsRef<str>>(hand_ins: impl IntoIterator<Item = (N, &'static str)>) -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        for place in ["class", "temporary", "state"] {
            fs::create_dir(room.path().join(place)).unwrap();
        }
        for (name, fixture) in hand_ins {
            room.hand_in(name.as_ref(), fixture, name.as_ref());
        }
        room
    }

    /// A class of so many right hand-ins.
    pub(crate) fn of_right(count: usize) -> Self {
        Self::new((1..=count).map(|number| (format!("right-{number:02}"), "right/natural")))
    }

    /// Adds a hand-in, whose files end with a comment.
    pub(crate) fn hand_in(&self, name: &str, of: &str, comment: &str) {
        let folder = self.class().join(name);
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(fixture("handins").join(of)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let text = fs::read_to_string(entry.path()).unwrap();
                fs::write(folder.join(entry.file_name()), format!("{text}\n# {comment}\n")).unwrap();
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn class(&self) -> PathBuf {
        self.path().join("class")
    }

    pub(crate) fn results(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The harness that grades the class with these options and one seed, each hand-in with one scenario.
    pub(crate) fn grade(&self, out: &str, options: &[&str]) -> Command {
        let mut command = self.grade_whole(out, &["--scenario", "short"]);
        command.args(options);
        command
    }

    /// The same, with every scenario.
    pub(crate) fn grade_whole(&self, out: &str, options: &[&str]) -> Command {
        let mut command = self.harness(&["class", "class", "--out", out, "--seed", "7"]);
        command.args(options);
        command
    }

    pub(crate) fn harness(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.args(arguments).current_dir(self.path());
        command.env("TMPDIR", self.path().join("temporary")).env("XDG_STATE_HOME", self.path().join("state"));
        command.env("PATH", search_path()).stdin(Stdio::null());
        command
    }

    /// Nothing that was started is running any more, and no temporary directory is left.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        let root = self.path().canonicalize().unwrap();
        let is_inside = |process: &PathBuf| {
            let link = fs::read_link(process.join("cwd")).unwrap_or_default();
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            let root = root.as_os_str().as_encoded_bytes();
            link.as_os_str().as_encoded_bytes().starts_with(root)
                || environment.windows(root.len()).any(|window| window == root)
        };
        let left = || -> Vec<PathBuf> {
            let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
            let processes = processes.filter(is_inside);
            let temporary = fs::read_dir(self.path().join("temporary")).unwrap();
            processes.chain(temporary.map(|entry| entry.unwrap().path())).collect()
        };
        // What a killed harness leaves is cleaned up behind it.
        let gone = wait_until(Instant::now() + PATIENCE, || Ok(left().is_empty().then_some(())));
        assert!(gone.unwrap().is_some(), "{:?} are left", left());
    }
}

/// What a harness said and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

#[track_caller]
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
}

#[track_caller]
pub(crate) fn succeeds(command: &mut Command) -> Ran {
    let ran = run(command);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.error);
    ran
}

pub(crate) fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `look` is true, or the harness has ended.
pub(crate) fn wait_for(child: &mut Child, mut look: impl FnMut() -> bool) {
    let seen =
        wait_until(Instant::now() + PATIENCE, || Ok((look() || child.try_wait()?.is_some()).then_some(())));
    assert!(seen.unwrap().is_some(), "it has neither ended nor come to anything");
}

#[track_caller]
pub(crate) fn record(results: &Path) -> ClassRecord {
    let text = fs::read(results.join("class.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Everything in a directory of results that does not depend on the time that it took, byte for byte.
pub(crate) fn timeless(results: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(results) {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(results).unwrap().to_owned();
        let name = entry.file_name().to_str().unwrap();
        let text = match name {
            // These show when something happened.
            "recording.jsonl.zst" | "page.html" => String::new(),
            _ => fs::read_to_string(entry.path()).unwrap(),
        };
        let text = if name.ends_with(".json") { without_times(&text) } else { text };
        found.insert(path, text);
    }
    found
}

/// The document, in which every time is 0.
fn without_times(text: &str) -> String {
    let mut document: Value = serde_json::from_str(text).unwrap();
    let mut left = vec![&mut document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => left.extend(map.iter_mut().map(|(key, value)| {
                if key == "elapsed_ms" {
                    *value = 0.into();
                }
                value
            })),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    serde_json::to_string_pretty(&document).unwrap()
}
