//! A grader's machine, on which a hand-in lies beside another student's: a place for attacks.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::geteuid;
use serde_json::Value;
use tempfile::TempDir;

use super::stage::{end_of, text};
use super::support::fixtures::fixture;

/// The programs that a grader has installed.
const PROGRAMS: [(&str, &str); 3] = [
    ("harness", env!("CARGO_BIN_EXE_harness")),
    ("reference-server", env!("CARGO_BIN_EXE_reference-server")),
    ("reference-client", env!("CARGO_BIN_EXE_reference-client")),
];
const FILES: [&str; 2] = ["buffered_server.py", "buffered_client.py"];
/// The user who grades where that is not root.
const ORDINARY_ID: u32 = 64_980;

/// Who grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grader {
    Root,
    Ordinary,
}

/// What keeps the hand-in apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    InEveryWay,
    ByLandlock,
    ByNothing,
}

impl Kept {
    pub(crate) const ALL: [Self; 3] = [Self::InEveryWay, Self::ByLandlock, Self::ByNothing];

    /// What an attack may be played under. Never by root without anything that keeps it apart: an attack that works would then
    /// work on the machine that runs the tests. That it is an attack shows with an ordinary user.
    pub(crate) const fn for_attacks(grader: Grader) -> &'static [Self] {
        match grader {
            Grader::Ordinary => &Self::ALL,
            Grader::Root => &[Self::InEveryWay, Self::ByLandlock],
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::InEveryWay => &[],
            Self::ByLandlock => &["--contain", "landlock"],
            Self::ByNothing => &["--no-sandbox"],
        }
    }
}

impl Grader {
    /// Those that this test can be.
    pub(crate) fn possible() -> Vec<Self> {
        match geteuid().is_root() {
            true => vec![Self::Root, Self::Ordinary],
            false => vec![Self::Ordinary],
        }
    }
}

/// What a run has come to.
#[derive(Debug)]
pub(crate) struct Graded {
    pub(crate) output: Output,
    /// The report file, if it is one.
    pub(crate) report: Option<Value>,
}

impl Graded {
    /// The points that the report says.
    pub(crate) fn score(&self) -> Option<i64> {
        self.report.as_ref()?["score"].as_i64()
    }

    /// What the harness has printed.
    pub(crate) fn text(&self) -> String {
        text(&self.output)
    }

    /// Whether the harness has ended by its own decision.
    pub(crate) fn has_decided(&self) -> bool {
        self.output.status.signal().is_none() && self.report.is_some()
    }
}

/// The folders of a class of two, and what the grader has.
pub(crate) struct Classroom {
    folder: TempDir,
    grader: Grader,
}

impl Classroom {
    /// In which Mallory has handed in this server. It finds in its source, in place of `CLASSROOM`, where all this is.
    pub(crate) fn new(grader: Grader, server: &str) -> Self {
        let room = Self { folder: tempfile::tempdir().unwrap(), grader };
        for place in ["programs", "class/alice", "class/mallory", "temporary", "home", "reports"] {
            fs::create_dir_all(room.path().join(place)).unwrap();
        }
        for (name, program) in PROGRAMS {
            let place = room.path().join("programs").join(name);
            // On another file system.
            let linked = fs::hard_link(program, &place);
            linked.or_else(|_| fs::copy(program, &place).map(drop)).unwrap();
        }
        let natural = fixture("handins/right/natural");
        for student in ["alice", "mallory"] {
            for file in FILES {
                fs::copy(natural.join(file), room.student(student).join(file)).unwrap();
            }
        }
        let server = server.replace("CLASSROOM", room.path().to_str().unwrap());
        fs::write(room.student("mallory").join(FILES[0]), server).unwrap();
        fs::write(room.path().join("home/secret"), "a secret").unwrap();
        fs::set_permissions(room.path(), Permissions::from_mode(0o755)).unwrap();
        if geteuid().is_root() && grader == Grader::Ordinary {
            for entry in walkdir::WalkDir::new(room.path()).min_depth(1) {
                let entry = entry.unwrap();
                if !entry.path().starts_with(room.path().join("programs")) {
                    lchown(entry.path(), Some(ORDINARY_ID), Some(ORDINARY_ID)).unwrap();
                }
            }
        }
        room
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn student(&self, name: &str) -> PathBuf {
        self.path().join("class").join(name)
    }

    pub(crate) fn report_file(&self) -> PathBuf {
        self.path().join("reports/report")
    }

    /// Grades Mallory's server. A harness that does not end is killed, and the test fails.
    pub(crate) fn grade(&self, kept: Kept, scenario: &str) -> Graded {
        self.grade_within(kept, scenario, &["--deadline", "500ms"])
    }

    /// The same with these options for how long anything may take.
    pub(crate) fn grade_within(&self, kept: Kept, scenario: &str, deadlines: &[&str]) -> Graded {
        let mut command = self.harness();
        command.args(kept.options()).args(["--side", "server", "--scenario", scenario]).args(deadlines);
        command.arg("--submission").arg(self.student("mallory"));
        command.arg("--report").arg(format!("json={}", self.report_file().display()));
        command.arg("--report").arg("terminal").arg("-v");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut harness = command.spawn().unwrap();
        end_of(&mut harness, || {});
        let output = harness.wait_with_output().unwrap();
        let report = fs::read(self.report_file()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Graded { output, report }
    }

    fn harness(&self) -> Command {
        let harness = self.path().join("programs/harness");
        let mut command = match self.grader {
            Grader::Ordinary if geteuid().is_root() => {
                let mut command = Command::new("setpriv");
                let id = ORDINARY_ID.to_string();
                command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]).arg(harness);
                // A Python of root's own cannot be reached by anybody else.
                command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
                command
            }
            _ => Command::new(harness),
        };
        command
            .env_remove("LD_LIBRARY_PATH")
            .env("TMPDIR", self.path().join("temporary"))
            .env("HOME", self.path().join("home"))
            .current_dir(self.path());
        command
    }

    /// What a submission must not have changed: the names and contents of everything outside of its directory.
    pub(crate) fn outside(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for place in ["class", "home", "programs"] {
            for entry in walkdir::WalkDir::new(self.path().join(place)).sort_by_file_name() {
                let entry = entry.unwrap();
                let is_text = entry.file_type().is_file() && place != "programs";
                let content = if is_text { fs::read(entry.path()).unwrap() } else { Vec::new() };
                found.push((entry.into_path(), content));
            }
        }
        found
    }

    /// Nothing of the hand-in runs any more, and its directories are gone.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        let left: Vec<_> = fs::read_dir(self.path().join("temporary")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        let mark = self.path().as_os_str().as_encoded_bytes();
        let is_marked = |path: &PathBuf| {
            let arguments = fs::read(path.join("cmdline")).unwrap_or_default();
            arguments.windows(mark.len()).any(|window| window == mark)
        };
        let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
        let left: Vec<_> = processes.filter(is_marked).collect();
        assert!(left.is_empty(), "{left:?} are still running");
    }
}
