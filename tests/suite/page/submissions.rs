//! Hand-ins that were graded, and the page and the recording of each.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::harness::harness;

/// A wrong hand-in: what is changed in the natural one's server, and in its client.
pub(crate) struct Submission {
    pub(crate) name: &'static str,
    server: &'static [(&'static str, &'static str)],
    client: &'static [(&'static str, &'static str)],
}

/// Mistakes that look different.
pub(crate) const SUBMISSIONS: &[Submission] = &[
    Submission {
        name: "removes-nothing",
        server: &[("message[10:].encode()", "message.encode()")],
        client: &[],
    },
    Submission {
        name: "reads-length-at-once",
        server: &[("self.receive_exactly(connection, 4)", "connection.recv(4) or None")],
        client: &[],
    },
    Submission {
        name: "little-endian",
        server: &[("sendall(pack('!I'", "sendall(pack('<I'"), ("unpack('!I'", "unpack('<I'")],
        client: &[("sendall(pack('!I'", "sendall(pack('<I'"), ("unpack('!I'", "unpack('<I'")],
    },
    Submission {
        name: "hangs-up",
        server: &[("+ reply)", "+ reply)\n                    break")],
        client: &[],
    },
    Submission {
        name: "crashes",
        server: &[("message[10:].encode()", "message[10:] + len(message)")],
        client: &[],
    },
];

/// What the harness has written of a run.
pub(crate) struct Graded {
    folder: TempDir,
}

impl Graded {
    /// Grades a wrong hand-in.
    pub(crate) fn submission(submission: &Submission) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let handed_in = folder.path().join(submission.name);
        fs::create_dir(&handed_in).unwrap();
        let sides = [("buffered_server.py", submission.server), ("buffered_client.py", submission.client)];
        for (file, changes) in sides {
            let natural = fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
            fs::write(handed_in.join(file), change(&natural, changes)).unwrap();
        }
        Self::run(folder, &["--submission", handed_in.to_str().unwrap(), "--deadline", "500ms"])
    }

    /// Grades the reference.
    pub(crate) fn reference() -> Self {
        Self::run(tempfile::tempdir().unwrap(), &[])
    }

    fn run(folder: TempDir, arguments: &[&str]) -> Self {
        let graded = Self { folder };
        let report = |format: &str, path: &Path| format!("{format}={}", path.display());
        let (html, jsonl) = (report("html", &graded.page_file()), report("jsonl", &graded.recording()));
        let output =
            harness(arguments).args(["--seed", "7", "--report", &html, "--report", &jsonl]).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
        graded
    }

    pub(crate) fn page_file(&self) -> PathBuf {
        self.folder.path().join("page.html")
    }

    pub(crate) fn page(&self) -> String {
        fs::read_to_string(self.page_file()).unwrap()
    }

    pub(crate) fn recording(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }
}
