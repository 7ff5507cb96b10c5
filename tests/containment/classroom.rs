//! How a hand-in that attacks is graded: by whom, and kept apart by what.

use std::fs;
use std::ops::Deref;
use std::os::unix::process::ExitStatusExt;
use std::process::{Output, Stdio};

use rustix::process::geteuid;
use serde_json::Value;

use super::stage::{end_of, text};
use super::support::classroom::{Classroom as Shared, FILES, OrdinaryUser, natural};

/// The programs that a grader has installed.
const PROGRAMS: [(&str, &str); 3] = [
    ("harness", env!("CARGO_BIN_EXE_harness")),
    ("reference-server", env!("CARGO_BIN_EXE_reference-server")),
    ("reference-client", env!("CARGO_BIN_EXE_reference-client")),
];
/// The user who grades where that is not root.
const ORDINARY: OrdinaryUser = OrdinaryUser(64_980);

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

    pub(crate) const fn options(self) -> &'static [&'static str] {
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

    /// Whether the harness has ended by its own decision, with a report of the whole run.
    pub(crate) fn has_decided(&self) -> bool {
        let is_complete = self.report.as_ref().is_some_and(|report| report["complete"] == true);
        self.output.status.signal().is_none() && is_complete
    }
}

/// A machine on which Mallory has handed in a server.
pub(crate) struct Classroom(Shared);

impl Classroom {
    /// The server finds in its source, in place of `CLASSROOM`, where all this is.
    pub(crate) fn new(grader: Grader, server: &str) -> Self {
        let room = Shared::new(&PROGRAMS, (grader == Grader::Ordinary).then_some(ORDINARY));
        let mallory = room.student("mallory");
        let server = server.replace("CLASSROOM", room.path().to_str().unwrap());
        fs::write(mallory.join(FILES[0]), server).unwrap();
        fs::copy(natural(FILES[1]), mallory.join(FILES[1])).unwrap();
        Self(room.open())
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
}

impl Deref for Classroom {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
