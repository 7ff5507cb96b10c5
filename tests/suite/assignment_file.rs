//! The file of a course, end to end: where it is found, what it changes, and what reports show of it.

use std::fs;
use std::path::Path;

use lengthwise::course::{DEFAULT_FILE, FILE_NAME};
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::harness::harness;
use crate::support::not_passed::{id, not_passed};
use crate::support::report::{grade, parsed, results};

/// A folder with a hand-in in the folder `work`, made of the natural one with these changes.
fn course(server: (&str, &[(&str, &str)]), client: (&str, &[(&str, &str)])) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    for (natural, (name, changes)) in [("buffered_server.py", server), ("buffered_client.py", client)] {
        let program = fs::read_to_string(fixture("handins/right/natural").join(natural)).unwrap();
        fs::write(work.join(name), change(&program, changes)).unwrap();
    }
    folder
}

fn natural() -> TempDir {
    course(("buffered_server.py", &[]), ("buffered_client.py", &[]))
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a report in the terminal says, but for the time that the run took.
fn told(arguments: &[&str]) -> Vec<String> {
    let output = harness(arguments).args(["--seed", "7", "-v"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let is_timed = |line: &&str| line.contains(" ms") || line.contains(" s ") || line.ends_with(" s");
    text.lines().filter(|line| !is_timed(line)).map(str::to_owned).collect()
}

#[test]
fn the_default_file_changes_nothing_but_the_line_that_names_it() {
    let folder = natural();
    let work = folder.path().join("work");
    let arguments =
        ["--submission", shown(&work), "--scenario", "short", "--scenario", "text/*", "--jobs", "1"];
    let without = told(&arguments);
    fs::write(folder.path().join(FILE_NAME), DEFAULT_FILE).unwrap();
    let (named, others): (Vec<_>, Vec<_>) =
        told(&arguments).into_iter().partition(|line| line.starts_with("assignment: "));
    assert_eq!(others, without);
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named[0].ends_with(FILE_NAME), "{named:?}");
}

#[test]
fn a_student_does_not_choose_what_is_graded() {
    let folder = natural();
    let work = folder.path().join("work");
    fs::write(work.join(FILE_NAME), "[rubric.points]\n\"length/empty\" = 100\n").unwrap();
    let report = grade(&["--submission", shown(&work), "--scenario", "length/empty"]);
    assert_eq!((&report["max_score"], &report["assignment"]), (&Value::from(0), &Value::Null));
    // Nor where the hand-in is graded from inside its folder.
    let mut inside = harness(&["--submission", ".", "--scenario", "length/empty", "--report", "json"]);
    let output = inside.current_dir(&work).output().unwrap();
    let report = parsed(&output.stdout);
    assert_eq!((&report["max_score"], &report["assignment"]), (&Value::from(0), &Value::Null));
}

/// The methods of its client take bytes and return them, and its server removes bytes.
#[test]
fn a_hand_in_that_exchanges_bytes_is_graded() {
    let server = [("message[10:].encode()", "message[10:]"), ("payload.decode()", "payload")];
    let client = [
        ("message.encode()", "message"),
        ("if header is None:\n                return ''", "if header is None:\n                return b''"),
        ("if payload is None:\n                return ''", "if payload is None:\n                return b''"),
        ("payload.decode()", "payload"),
        ("except OSError:\n            return ''", "except OSError:\n            return b''"),
    ];
    let folder = course(("buffered_server.py", &server), ("buffered_client.py", &client));
    fs::write(folder.path().join(FILE_NAME), "[wire]\npayload = \"bytes\"\n").unwrap();
    let work = folder.path().join("work");
    let report = grade(&["--submission", shown(&work)]);
    let wrong: Vec<_> = not_passed(&report).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((&report["score"], &report["max_score"]), (&Value::from(30), &Value::from(30)));

    let text = course(("buffered_server.py", &server), ("buffered_client.py", &[client[0]]));
    let work = text.path().join("work");
    fs::write(text.path().join(FILE_NAME), "[wire]\npayload = \"bytes\"\n").unwrap();
    let mut graded = harness(&["--submission", shown(&work), "--scenario", "short", "--side", "client"]);
    graded.assert().code(1).stdout(contains("bytes, not str"));
}

#[test]
fn a_hand_in_with_other_names_and_another_work_is_graded() {
    let folder = course(
        (
            "mirror_server.py",
            &[
                (
                    "class BufferedTCPEchoServer",
                    "class Helper:\n    def serve(self):\n        pass\n\n    def close(self):\n        pass\n\n\nclass MirrorServer",
                ),
                (
                    "__init__(self, host='', port=36001, buffer_size=1024)",
                    "__init__(self, port, buffer_size)",
                ),
                ("self.keep_running = True", "self.alive = True"),
                (
                    "        while self.keep_running:\n            connection",
                    "        while self.alive:\n            connection",
                ),
                (
                    "while self.keep_running:\n                    message",
                    "while self.alive:\n                    message",
                ),
                ("(host, port)", "('', port)"),
                ("    def start(self)", "    def serve(self)"),
                ("message[10:].encode()", "message[::-1].encode()"),
                ("sendall(pack('!I'", "sendall(pack('!Q'"),
                ("unpack('!I'", "unpack('!Q'"),
                ("receive_exactly(connection, 4)", "receive_exactly(connection, 8)"),
                ("    def shutdown(self)", "    def close(self)"),
                (
                    "    server = BufferedTCPEchoServer()\n    server.start()\n    server.shutdown()",
                    "    MirrorServer(36001, 1024).serve()",
                ),
            ],
        ),
        (
            "mirror_client.py",
            &[
                ("def send_message", "def put"),
                ("def receive_message", "def get"),
                ("sendall(pack('!I'", "sendall(pack('!Q'"),
                ("unpack('!I'", "unpack('!Q'"),
                ("receive_exactly(4)", "receive_exactly(8)"),
                ("def shutdown", "def close"),
            ],
        ),
    );
    let work = folder.path().join("work");
    let file = fixture("terms/reverse.toml");
    let report = grade(&["--submission", shown(&work), "--assignment", shown(&file)]);
    let wrong: Vec<_> = not_passed(&report).filter(|result| result["tier"] == "graded").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((&report["score"], &report["max_score"]), (&Value::from(30), &Value::from(30)));
    assert_eq!(report["assignment"], shown(&file));
    // Sentences have the usual names, and every report for people says so.
    assert_eq!(
        (&report["names"]["receive_message"], &report["names"]["start"]),
        (&"get".into(), &"serve".into())
    );
    for format in ["terminal", "html", "markdown", "gradescope"] {
        let options = [
            "--submission",
            shown(&work),
            "--assignment",
            shown(&file),
            "--scenario",
            "short",
            "--report",
            format,
        ];
        let output = harness(&options).output().unwrap();
        let text = String::from_utf8(output.stdout)
            .unwrap()
            .replace("\\n", " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            text.contains("alive for keep_running, get for receive_message, put for send_message"),
            "{format}: {text}"
        );
    }
    // One with the usual names is not found any more.
    let natural = fixture("handins/right/natural");
    let other = harness(&["--submission", shown(&natural), "--assignment", shown(&file)]).assert().code(3);
    other.stderr(contains("neither mirror_client.py nor mirror_server.py in"));
}

#[test]
fn what_carries_points_is_what_the_file_says_and_its_texts_are_shown() {
    let folder = course(
        ("buffered_server.py", &[("while len(data) < length:", "if length:")]),
        ("buffered_client.py", &[]),
    );
    let (work, file) = (folder.path().join("work"), folder.path().join(FILE_NAME));
    fs::write(
        &file,
        "[rubric]\npartial = true\npass-mark = 9\n[rubric.points]\nshort = 1\n\"delivery/header-in-two\" = { server = 9 }\n\
         [texts]\n\"delivery/header-in-two\" = \"Slide 12.\"\n",
    )
    .unwrap();
    let recording = folder.path().join("run.jsonl");
    let to_recording = format!("jsonl={}", recording.display());
    let arguments = [
        "--submission",
        shown(&work),
        "--scenario",
        "short",
        "--scenario",
        "delivery/h*",
        "--side",
        "server",
    ];
    let report = harness(&arguments).args(["--report", "json", "--report", &to_recording]).output().unwrap();
    let report = parsed(&report.stdout);
    let result = results(&report).iter().find(|result| id(result) == "delivery/header-in-two").unwrap();
    assert_eq!(
        (&result["tier"], &result["verdict"], &result["max_points"]),
        (&"graded".into(), &"fail".into(), &9.into())
    );
    assert_eq!(result["points"], 0, "a length in two pieces fails however it is cut");
    assert_eq!(
        (&report["score"], &report["max_score"], &report["pass_mark"]),
        (&1.into(), &10.into(), &9.into())
    );
    assert_eq!(result["course"], Value::from(vec!["Slide 12."]));
    assert_eq!(report["verdict"], "fail");
    // Rendered elsewhere it is the same.
    fs::remove_file(&file).unwrap();
    let rendered = harness(&["render", shown(&recording)]).assert().code(1);
    rendered
        .stdout(contains("Slide 12.").and(contains("pass mark 9: not reached")).and(contains("score 1/10")));
}

#[test]
fn a_file_is_written_once_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let here = |arguments: &[&str]| {
        let mut command = harness(arguments);
        command.current_dir(folder.path());
        command.assert()
    };
    here(&["assignment", "check"]).code(2).stderr(contains("harness assignment init writes one"));
    here(&["assignment", "init"]).success().stdout(starts_with(FILE_NAME));
    here(&["assignment", "init"]).code(2).stderr(contains("is there already, and is not replaced"));
    here(&["assignment", "check"]).success().stdout(contains("together 30"));
    here(&["assignment", "init", "-"]).success().stdout(DEFAULT_FILE);
    fs::write(folder.path().join(FILE_NAME), "[wire]\nheadr-width = 2\n").unwrap();
    let wrong =
        "harness: assignment.toml, line 2: there is no headr-width here: did you mean header-width?\n";
    here(&["assignment", "check"]).code(2).stderr(wrong);
    here(&["--scenario", "short"]).code(2).stderr(wrong);
    here(&["list"]).code(2).stderr(wrong);
    here(&["--assignment", "nothing.toml"]).code(2).stderr(contains("nothing.toml cannot be read"));
}

#[test]
fn options_take_precedence_over_the_file() {
    let file = fixture("terms/two-bytes.toml");
    let arguments = ["--assignment", shown(&file), "--header-width", "1", "--scenario", "short"];
    harness(&arguments).assert().code(2).stderr(contains("too long for a 1-byte length"));
    let report = grade(&[
        "--assignment",
        shown(&file),
        "--header-width",
        "8",
        "--removed-chars",
        "3",
        "--scenario",
        "short",
    ]);
    assert_eq!(report["verdict"], "pass");
    let explained =
        harness(&["explain", "short", "--assignment", shown(&fixture("terms/echo.toml"))]).assert().success();
    explained.stdout(contains("comes back as it is").and(contains("(1 point)")));
}
