//! How a hand-in that attacks is graded: by whom, and kept apart by what.

use std::fs;
use std::ops::Deref;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::wait::wait_until;
use lengthwise::side::Side;
use rustix::process::geteuid;
use serde_json::Value;

use super::attack::Attack;
use crate::support::classroom::{Classroom, OrdinaryUser};
use crate::support::fixtures::fixture;

/// The user who grades where nothing contains the attacks: nobody else's processes are within reach.
const ORDINARY: OrdinaryUser = OrdinaryUser(64_971);
/// No harness takes as long, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who grades, and what keeps the hand-in apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grader {
    /// Root, with every layer that there is.
    Contained,
    /// An ordinary user, without any.
    Uncontained,
}

impl Grader {
    /// Never root with less than everything: an attack that works would then work on the machine that runs the tests.
    const fn option(self) -> &'static str {
        match self {
            Self::Contained => "--sandbox",
            Self::Uncontained => "--no-sandbox",
        }
    }

    /// Whether every layer holds here, an own user for each hand-in among them.
    pub(crate) fn can_contain() -> bool {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command
            .args(["--sandbox", "--scenario", "short", "--submission"])
            .arg(fixture("handins/right/natural"));
        geteuid().is_root() && command.stdout(Stdio::null()).status().unwrap().success()
    }
}

/// What a run has come to.
#[derive(Debug)]
pub(crate) struct Graded {
    pub(crate) output: Output,
    /// The report file, if it is one.
    pub(crate) report: Option<Value>,
    /// What was printed.
    pub(crate) text: String,
}

/// A machine on which Mallory has handed in an attack.
pub(crate) struct Room {
    classroom: Classroom,
    grader: Grader,
}

impl Room {
    pub(crate) fn new(grader: Grader, attack: &Attack) -> Self {
        let harness = [("harness", env!("CARGO_BIN_EXE_harness"))];
        let classroom = Classroom::new(&harness, (grader == Grader::Uncontained).then_some(ORDINARY));
        attack.write(&classroom.student("mallory"), classroom.path());
        Self { classroom: classroom.open(), grader }
    }

    /// Grades one scenario of the attacker. A harness that does not end is killed, and the test fails.
    pub(crate) fn grade(&self, side: Side) -> Graded {
        let file = self.report_file();
        let mut command = self.harness();
        command.arg(self.grader.option()).args(["--side", &side.to_string()]);
        command.args(["--scenario", "short", "--deadline", "1s", "-v"]);
        command.arg("--submission").arg(self.student("mallory"));
        command.arg("--report").arg(format!("json={}", file.display())).args(["--report", "terminal"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut harness = command.spawn().unwrap();
        if wait_until(Instant::now() + PATIENCE, || harness.try_wait()).unwrap().is_none() {
            harness.kill().unwrap();
            panic!("the harness does not end: {:?}", harness.wait_with_output());
        }
        let output = harness.wait_with_output().unwrap();
        let report = fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
        Graded { output, report, text }
    }
}

impl Deref for Room {
    type Target = Classroom;

    fn deref(&self) -> &Classroom {
        &self.classroom
    }
}
