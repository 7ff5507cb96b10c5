//! A grader's machine, on which the hand-ins of a class of two lie side by side: a place for attacks.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;
use tempfile::TempDir;

use super::fixtures::fixture;

/// The files of a hand-in: the server's and the client's.
pub(crate) const FILES: [&str; 2] = ["buffered_server.py", "buffered_client.py"];

/// Who grades, where that is not who runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OrdinaryUser(pub(crate) u32);

/// The folders of the class, of whom Alice has handed in right programs, and what the grader has.
pub(crate) struct Classroom {
    folder: TempDir,
    grader: Option<OrdinaryUser>,
}

impl Classroom {
    /// A machine with these programs of the grader's. Nobody but who runs the tests can use it before it is opened.
    pub(crate) fn new(programs: &[(&str, &str)], grader: Option<OrdinaryUser>) -> Self {
        let room =
            Self { folder: tempfile::tempdir().unwrap(), grader: grader.filter(|_| geteuid().is_root()) };
        for place in ["programs", "class/alice", "class/mallory", "temporary", "home", "reports"] {
            fs::create_dir_all(room.path().join(place)).unwrap();
        }
        for (name, program) in programs {
            // Where an ordinary user can start it, whatever the folder that it was built in.
            let place = room.program(name);
            // On another file system.
            let linked = fs::hard_link(program, &place);
            linked.or_else(|_| fs::copy(program, &place).map(drop)).unwrap();
        }
        for file in FILES {
            fs::copy(natural(file), room.student("alice").join(file)).unwrap();
        }
        fs::write(room.path().join("home/secret"), "a secret").unwrap();
        room
    }

    /// Gives everything but the programs to the grader. What Mallory hands in is there by now.
    pub(crate) fn open(self) -> Self {
        fs::set_permissions(self.path(), Permissions::from_mode(0o755)).unwrap();
        if let Some(OrdinaryUser(id)) = self.grader {
            for entry in walkdir::WalkDir::new(self.path()).min_depth(1) {
                let path = entry.unwrap().into_path();
                if !path.starts_with(self.path().join("programs")) {
                    lchown(path, Some(id), Some(id)).unwrap();
                }
            }
        }
        self
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

    fn program(&self, name: &str) -> PathBuf {
        self.path().join("programs").join(name)
    }

    /// The harness, run by the grader in this folder.
    pub(crate) fn harness(&self) -> Command {
        let harness = self.program("harness");
        let mut command = match self.grader {
            Some(OrdinaryUser(id)) => {
                let mut command = Command::new("setpriv");
                let id = id.to_string();
                command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]).arg(harness);
                // A Python of root's own cannot be reached by anybody else.
                command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
                command
            }
            None => Command::new(harness),
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
                let content = if is_text { content(entry.path()) } else { Vec::new() };
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

/// A file of the right hand-in.
pub(crate) fn natural(file: &str) -> PathBuf {
    fixture("handins/right/natural").join(file)
}

/// The bytes of a file, and of a huge one, which may have holes, its beginning; then its length.
fn content(path: &Path) -> Vec<u8> {
    const READ_MAX: u64 = 1 << 20;
    let mut file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    let mut bytes = Vec::new();
    file.by_ref().take(READ_MAX).read_to_end(&mut bytes).unwrap();
    bytes.extend(len.to_le_bytes());
    bytes
}
