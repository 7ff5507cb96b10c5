//! The machine of a grader, on which the hand-in of an attacker lies beside another one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::wait::wait_until;
use rustix::process::geteuid;
use serde_json::Value;
use tempfile::TempDir;

use super::attack::{Attack, Side};
use super::support::fixtures::fixture;

/// The user who grades where nothing contains the attacks: nobody else's processes are within reach.
const ORDINARY_ID: u32 = 64_971;
/// No harness takes as long, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(120);

const GUESSING: &str = r#"
import socket

class BufferedTCPClient:
    def __init__(self, host, port, buffer_size):
        self.sock = socket.create_connection((host, port))
        self.sent = []

    def send_message(self, message):
        data = message.encode()
        self.sock.sendall(len(data).to_bytes(4, "big") + data)
        self.sent.append(message)

    def receive_message(self):
        return self.sent.pop(0)[10:], True

    def shutdown(self):
        self.sock.close()
"#;

const IDLE: &str = r#"
class BufferedTCPEchoServer:
    def __init__(self, host, port, buffer_size):
        self.keep_running = True

    def start(self):
        pass

    def shutdown(self):
        pass
"#;

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

pub(crate) struct Room {
    folder: TempDir,
    grader: Grader,
}

impl Room {
    pub(crate) fn new(grader: Grader, attack: &Attack) -> Self {
        let room = Self { folder: tempfile::tempdir().unwrap(), grader };
        for place in ["class/alice", "class/mallory", "temporary", "home", "reports"] {
            fs::create_dir_all(room.path().join(place)).unwrap();
        }
        // Where an ordinary user can start it, whatever the folder that it was built in.
        let harness = Path::new(env!("CARGO_BIN_EXE_harness"));
        let linked = fs::hard_link(harness, room.harness());
        linked.or_else(|_| fs::copy(harness, room.harness()).map(drop)).unwrap();
        let natural = |file: &str| fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
        for file in [Side::Server.file(), Side::Client.file()] {
            fs::write(room.path().join("class/alice").join(file), natural(file)).unwrap();
        }
        fs::write(room.path().join("home/secret"), "a secret").unwrap();
        let mallory = room.mallory();
        for (path, text) in [(attack.side.file(), attack.source)].iter().chain(attack.files) {
            let text = text
                .replace("NATURAL", &natural(attack.side.file()))
                .replace("GUESSING", GUESSING)
                .replace("IDLE", IDLE)
                .replace("ROOM", room.path().to_str().unwrap());
            let path = mallory.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (attack.prepare)(&mallory);
        fs::set_permissions(room.path(), Permissions::from_mode(0o755)).unwrap();
        if geteuid().is_root() && grader == Grader::Uncontained {
            for entry in walkdir::WalkDir::new(room.path()).min_depth(1) {
                let path = entry.unwrap().into_path();
                if path != room.harness() {
                    lchown(path, Some(ORDINARY_ID), Some(ORDINARY_ID)).unwrap();
                }
            }
        }
        room
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn harness(&self) -> PathBuf {
        self.path().join("harness")
    }

    fn mallory(&self) -> PathBuf {
        self.path().join("class/mallory")
    }

    /// Grades one scenario of the attacker. A harness that does not end is killed, and the test fails.
    pub(crate) fn grade(&self, side: Side) -> Graded {
        let file = self.path().join("reports/report");
        let mut command = self.command();
        command.args(["--side", side.word(), "--scenario", "short", "--deadline", "1s", "-v"]);
        command.arg("--submission").arg(self.mallory());
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

    fn command(&self) -> Command {
        let mut command = match self.grader {
            Grader::Uncontained if geteuid().is_root() => {
                let mut command = Command::new("setpriv");
                let id = ORDINARY_ID.to_string();
                command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]).arg(self.harness());
                // A Python of root's own cannot be reached by anybody else.
                command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
                command
            }
            _ => Command::new(self.harness()),
        };
        command.arg(self.grader.option());
        command.env("TMPDIR", self.path().join("temporary")).env("HOME", self.path().join("home"));
        command.env_remove("LD_LIBRARY_PATH").current_dir(self.path());
        command
    }

    /// What a hand-in must not have changed: everything outside of its private directory.
    pub(crate) fn outside(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for place in ["class", "home"] {
            for entry in walkdir::WalkDir::new(self.path().join(place)).sort_by_file_name() {
                let entry = entry.unwrap();
                let is_short = entry.file_type().is_file() && entry.metadata().unwrap().len() < 1 << 20;
                let content = if is_short { fs::read(entry.path()).unwrap() } else { Vec::new() };
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
