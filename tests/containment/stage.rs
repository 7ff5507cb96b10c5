//! A place to run hostile programs in, and what they left there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::wait::wait_until;
use tempfile::TempDir;

use super::support::python::python;

/// How long something that is about to happen may take on a machine that is busy with other things.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The folder that the programs may write to.
const NOTES: &str = "notes";

/// What the programs have in common: a server as it should be, ways to fork away, and a note to the test.
const PRELUDE: &str = r#"
import os, signal, socket, struct, sys, threading

def serve():
    listener = socket.socket()
    listener.bind((os.environ["HOST"], int(os.environ["PORT"])))
    listener.listen()
    while True:
        stream = listener.accept()[0].makefile("rwb")
        try:
            while len(header := stream.read(4)) == 4:
                text = stream.read(struct.unpack("!I", header)[0]).decode()[10:].encode()
                stream.write(struct.pack("!I", len(text)) + text)
                stream.flush()
        except OSError:
            pass

def forks_away(work):
    "Runs work in a process whose parent has ended, in a session of its own."
    if (child := os.fork()) == 0:
        os.setsid()
        if os.fork() == 0:
            work()
        os._exit(0)
    os.waitpid(child, 0)

def sleeps():
    while True:
        signal.pause()

def note(text):
    with open("notes/note.new", "w") as file:
        file.write(str(text))
    os.rename("notes/note.new", "notes/note")
"#;

/// A folder with a hostile program, and another one for the harness's temporary files.
pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// Puts a program there, in Python, after the prelude.
    pub(crate) fn with(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("program.py"), format!("{PRELUDE}\n{program}")).unwrap();
        fs::create_dir(folder.path().join("temporary")).unwrap();
        fs::create_dir(folder.path().join(NOTES)).unwrap();
        // A program may be another user than the one who runs the tests.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.path().join(NOTES), Permissions::from_mode(0o777)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The harness, to be run from the folder against the program.
    pub(crate) fn harness(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        self.set(&mut command, arguments);
        command
    }

    /// What [`Stage::harness`] has besides its program.
    pub(crate) fn set(&self, command: &mut Command, arguments: &[&str]) {
        // The path of the folder, which nothing needs, tells the program's processes from all others.
        let server = format!("{} ./program.py {}", python(), self.path().display());
        command
            .args(["--server", &server, "--allow-write", NOTES])
            .args(arguments)
            .current_dir(self.path())
            .env("TMPDIR", self.temporary());
        if !arguments.contains(&"--deadline") {
            command.args(["--deadline", "500ms"]);
        }
    }

    /// Runs the harness to its end.
    pub(crate) fn grade(&self, arguments: &[&str]) -> Output {
        self.harness(arguments).output().unwrap()
    }

    /// Runs the harness to its end, and asserts that it ends with this code and leaves nothing. Returns its output.
    #[track_caller]
    pub(crate) fn assert_grade(&self, arguments: &[&str], code: Option<i32>) -> String {
        self.assert_run(&mut self.harness(arguments), code)
    }

    /// The same for a harness that is started in another way.
    #[track_caller]
    pub(crate) fn assert_run(&self, harness: &mut Command, code: Option<i32>) -> String {
        let output = harness.output().unwrap();
        self.assert_nothing_left();
        let text = text(&output);
        assert_eq!(output.status.code(), code, "{text}");
        text
    }

    /// Starts the harness.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.harness(arguments).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Starts the harness against a hand-in that is below the folder. It is interrupted by SIGINT from the first moment on, also where
    /// the tests ignore that, as what a shell starts in the background does.
    pub(crate) fn start_submission(&self, hand_in: &Path) -> Child {
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_harness")]);
        command.arg("--submission").arg(hand_in).env("TMPDIR", self.temporary());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub(crate) fn temporary(&self) -> PathBuf {
        self.path().join("temporary")
    }

    /// What the program has noted, once it has.
    pub(crate) fn note(&self) -> String {
        let read = || Ok(fs::read_to_string(self.path().join(NOTES).join("note")).ok());
        wait_until(Instant::now() + SOON, read).unwrap().expect("the program notes something")
    }

    /// The processes that are left, by number.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = self.path().as_os_str().as_encoded_bytes();
        let entries = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap());
        let numbered = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let is_marked = |number: &String| {
            // Nobody's who has ended: that has no arguments any more.
            let arguments = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            arguments.windows(mark.len()).any(|window| window == mark)
        };
        numbered.filter(|name| name.parse::<u32>().is_ok()).filter(is_marked).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(self.temporary()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Nothing of the program is left now, for the harness has seen to it.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        assert_eq!(self.processes(), [] as [&str; 0], "something is still running");
        assert_eq!(self.files(), [] as [&Path; 0], "something is left behind");
    }

    /// Nothing of the program is left after a while, for the harness could not see to it.
    #[track_caller]
    pub(crate) fn assert_nothing_left_soon(&self) {
        let is_clean = || Ok((self.processes().is_empty() && self.files().is_empty()).then_some(()));
        if wait_until(Instant::now() + SOON, is_clean).unwrap().is_none() {
            self.assert_nothing_left();
        }
    }
}

/// Waits for the harness to end, and calls `meanwhile` again and again until it has. One that does not end is killed,
/// and the test fails.
#[track_caller]
pub(crate) fn end_of(harness: &mut Child, mut meanwhile: impl FnMut()) -> ExitStatus {
    let ended = wait_until(Instant::now() + SOON, || {
        meanwhile();
        harness.try_wait()
    });
    ended.unwrap().unwrap_or_else(|| {
        harness.kill().unwrap();
        harness.wait().unwrap();
        panic!("the harness does not end");
    })
}

/// The words of a run, for a message.
pub(crate) fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}
