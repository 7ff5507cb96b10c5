//! A packed grader, and what is handed in to it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::fixtures::fixture;

/// What is graded here: enough to see points on both sides.
const SCENARIOS: [&str; 2] = ["--option=--scenario=s*", "--option=--deadline=500ms"];

/// What a student hands in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HandIn {
    Right,
    /// Both files take the bytes of a length in the other order.
    Wrong,
    /// No file is called as it has to be.
    Misnamed,
    /// The client is missing.
    ServerOnly,
    /// The server takes longer to reply than anybody waits.
    Slow,
}

impl HandIn {
    pub(crate) fn put_into(self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        for file in ["buffered_client.py", "buffered_server.py"] {
            let program = fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
            match self {
                Self::Right => fs::write(folder.join(file), program).unwrap(),
                Self::Wrong => fs::write(folder.join(file), program.replace("'!I'", "'<I'")).unwrap(),
                Self::Slow => {
                    // It counts without end.
                    let slow = program.replace("reply = message", "reply = any(iter(int, 1)) or message");
                    fs::write(folder.join(file), slow).unwrap();
                }
                Self::ServerOnly if file == "buffered_client.py" => {}
                Self::ServerOnly => fs::write(folder.join(file), program).unwrap(),
                Self::Misnamed => fs::write(folder.join(format!("my_{file}.txt")), program).unwrap(),
            }
        }
    }
}

/// The root of a platform's own folders.
pub(crate) struct Root(TempDir);

impl Root {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Has one of the project's scripts pack the harness of these tests into `out`.
    pub(crate) fn pack(&self, script: &str, out: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script);
        let mut command = python(&script);
        command.args(["--harness", env!("CARGO_BIN_EXE_harness")]).args(SCENARIOS);
        let output = command.arg("--out").arg(self.path(out)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Starts a grader that was packed, which has to end with 0 whatever it grades. Returns what it printed.
    pub(crate) fn start(&self, grader: &mut Command) -> String {
        let output = grader.env("LENGTHWISE_ROOT", self.0.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        printed(&output)
    }
}

/// All that was printed.
pub(crate) fn printed(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Python, which leaves nothing beside the programs that it runs.
pub(crate) fn python(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("python3");
    command.arg("-B").arg(program);
    command
}

/// What became of a grader that could not do its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// Its program is none.
    NoProgram,
    /// It has too little time.
    NoTime,
    /// The program does not know an option that it was packed with.
    WrongOption,
}

impl Trouble {
    pub(crate) const ALL: [Self; 3] = [Self::NoProgram, Self::NoTime, Self::WrongOption];

    /// What is handed in to a grader that has this trouble: where it is about time, what takes some.
    pub(crate) fn hand_in(self) -> HandIn {
        match self {
            Self::NoTime => HandIn::Slow,
            Self::NoProgram | Self::WrongOption => HandIn::Right,
        }
    }

    /// Brings it about: `source` is the folder of the grader.
    pub(crate) fn cause(self, source: &Path, grader: &mut Command) {
        match self {
            Self::NoProgram => fs::write(source.join("harness"), "no program").unwrap(),
            // Less than two deadlines, which is what a busy server is given in each scenario.
            Self::NoTime => drop(grader.env("LENGTHWISE_SECONDS", "0.7")),
            Self::WrongOption => {
                let settings = source.join("grading.json");
                let text = fs::read_to_string(&settings).unwrap();
                fs::write(settings, text.replace("--deadline=500ms", "--dedline=500ms")).unwrap();
            }
        }
    }

    /// What is said of it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NoProgram => "could not be started",
            Self::NoTime => "ended after 0.7 seconds",
            Self::WrongOption => "--dedline",
        }
    }
}
