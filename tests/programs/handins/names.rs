//! Files of a hand-in by other names than the assignment's.

use std::fs;

use super::hand_in::natural;
use crate::support::report::grade;

/// Names that no `import` can say, and names that Python has something else by.
const NAMES: &[(&str, &str)] = &[
    ("server.v2.py", "client.v2.py"),
    ("srv", "cli"),
    ("Server.PY", "Client.PY"),
    ("my server-1.py", "my client-1.py"),
    ("1.py", "2.py"),
    ("io.py", "abc.py"),
    ("sys.py", "posix.py"),
    ("__main__.py", "__init__.py"),
    ("class.py", "def.py"),
    ("sérver.py", "größe.py"),
];

pub(crate) fn a_right_file_is_right_by_any_name() {
    for names in NAMES {
        let (server, client) = *names;
        let work = tempfile::tempdir().unwrap();
        for (from, to) in [("buffered_server.py", server), ("buffered_client.py", client)] {
            fs::copy(natural().join(from), work.path().join(to)).unwrap();
        }
        assert_full_marks(work.path().to_str().unwrap(), server, client);
    }
}

/// Each is known to the other by its own name, also while it is being imported.
pub(crate) fn files_that_import_each_other() {
    let work = tempfile::tempdir().unwrap();
    let natural = |file: &str| fs::read_to_string(natural().join(file)).unwrap();
    let files = [
        ("mine.py", "buffered_server.py", "import yours"),
        ("yours.py", "buffered_client.py", "import mine"),
    ];
    for (name, file, first_line) in files {
        fs::write(work.path().join(name), format!("{first_line}\n{}", natural(file))).unwrap();
    }
    assert_full_marks(work.path().to_str().unwrap(), "mine.py", "yours.py");
}

/// Graded is the file that was handed in, not what Python would rather import by its name.
pub(crate) fn a_file_beside_a_package_of_its_name() {
    let work = tempfile::tempdir().unwrap();
    for file in ["buffered_server.py", "buffered_client.py"] {
        fs::copy(natural().join(file), work.path().join(file)).unwrap();
        let package = work.path().join(file.trim_end_matches(".py"));
        fs::create_dir(&package).unwrap();
        fs::write(package.join("__init__.py"), "raise SystemExit('not this')").unwrap();
    }
    assert_full_marks(work.path().to_str().unwrap(), "buffered_server.py", "buffered_client.py");
}

#[track_caller]
fn assert_full_marks(folder: &str, server: &str, client: &str) {
    let options = ["--server-file", server, "--client-file", client, "--scenario", "short"];
    let report = grade(&[&["--submission", folder], &options[..]].concat());
    assert_eq!(report["verdict"], "pass", "{server} and {client}: {report:#}");
    assert_eq!(report["score"], report["max_score"], "{server} and {client}: {report:#}");
}
