//! Clients in other languages, driven by lines of JSON.

use std::fs;

use predicates::str::contains;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::harness::harness;
use crate::support::not_passed::{id, not_passed};
use crate::support::python_program::PythonProgram;
use crate::support::report::{grade, parsed, results};
use crate::support::runtime::Runtime;

/// A right client is never waited for in vain; its interpreter may be long in starting.
const PATIENCE: &str = "20s";

fn graded(program: &str) {
    let build = tempfile::tempdir().unwrap();
    let file = fixture("clients").join(program);
    let command = Runtime::of(&file).prepare(&file, build.path()).expect("it can be compiled");
    harness(&["--deadline", PATIENCE, "--client", &shell_words::join(command)])
        .assert()
        .success()
        .stdout(contains("score 15/15"));
}

#[test]
fn a_client_in_c_gets_full_marks() {
    graded("client.c");
}

#[test]
fn a_client_in_javascript_gets_full_marks() {
    graded("client.js");
}

#[test]
fn a_client_in_python_gets_full_marks() {
    graded("client.py");
}

/// The client in Python, with each of `changes` made to it, and the scenarios about much and slow data that it fails.
fn failed_by_changed_client(changes: &[(&str, &str)]) -> Vec<String> {
    let program = fs::read_to_string(fixture("clients/client.py")).unwrap();
    let client = PythonProgram::new(&change(&program, changes));
    let scenarios = ["--scenario", "long", "--scenario", "delivery/*", "--scenario", "load/*"];
    let options = ["--client", &client.command(), "--deadline", "3s"];
    let report = grade(&[&options[..], &scenarios].concat());
    assert!(results(&report).len() > 5, "{report:#}");
    not_passed(&report).map(|result| id(result).to_owned()).collect()
}

const SENDS_ONCE: (&str, &str) = ("self.socket.sendall(", "self.socket.send(");

#[test]
fn a_client_that_sends_once_with_a_timeout_fails_where_it_is_read_slowly() {
    let with_timeout = ("create_connection((host, port))", "create_connection((host, port), timeout=9)");
    assert_eq!(failed_by_changed_client(&[SENDS_ONCE, with_timeout]), ["delivery/slow-reader"]);
}

/// What the explanation of the bug `sends-once` says of this system.
#[test]
#[cfg(target_os = "linux")]
fn a_client_that_sends_once_without_a_timeout_sends_everything_on_linux() {
    assert!(failed_by_changed_client(&[SENDS_ONCE]).is_empty());
}

#[test]
fn a_client_and_a_server_by_command_are_a_pair_too() {
    let server = format!("{} --port {{port}}", env!("CARGO_BIN_EXE_reference-server"));
    let client = format!("python3 '{}'", fixture("clients/client.py").display());
    harness(&["--deadline", PATIENCE, "--client", &client, "--server", &server])
        .assert()
        .success()
        .stdout(contains("score 30/30"));
}

#[test]
fn of_a_pair_that_fails_both_outputs_are_told() {
    let program = env!("CARGO_BIN_EXE_reference-server");
    let server = format!("sh -c 'echo here is the server; exec {program} --port {{port}} >/dev/null'");
    let run = |script: &str| {
        let client = shell_words::join(["sh", "-c", script]);
        let mut run = assert_cmd::Command::cargo_bin("harness").unwrap();
        run.args(["--server", &server, "--client", &client, "--side", "pair", "--scenario", "short"]);
        run
    };
    let output = |script: &str| {
        let json = run(script).args(["--report", "json"]).output().unwrap().stdout;
        let report = parsed(&json);
        report["results"][0]["finding"]["output"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(
        output("echo here is the client >&2; read line; exit 3"),
        "The client printed:\nhere is the client\nThe server printed:\nhere is the server"
    );
    assert_eq!(output("read line; exit 3"), "The server printed:\nhere is the server");

    let terminal = run("seq 100 >&2; read line; exit 3").arg("-v").output().unwrap().stdout;
    let terminal = String::from_utf8(terminal).unwrap();
    let printed = terminal.split_once("printed").unwrap().1;
    let printed = printed.split_once("again").unwrap().0.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "by the client: 1 2 3 … 89 lines left out … 93 94 95 96 97 98 99 100 \
                    by the server: here is the server";
    assert_eq!(printed, expected);
}

#[test]
fn what_a_client_does_instead_of_answering_is_told() {
    for (script, told) in [
        ("read line; exit 3", "its program ended: exit status: 3"),
        ("read line; echo done", "printed a line that is no JSON object: done"),
        ("read line; echo '[]'", "printed a line that is no JSON object: []"),
        ("read line; echo '{\"error\":\"no route\"}'", "failed: no route"),
        ("echo hello; exec cat", ": hello"),
        ("no-such-command", "its program ended: exit status: 127"),
    ] {
        let command = shell_words::join(["sh", "-c", script]);
        let arguments = ["--client", &command, "--scenario", "short", "--deadline", "1s", "--report", "json"];
        harness(&arguments).assert().code(1).stdout(contains(told));
    }
}

#[test]
fn a_placeholder_has_no_value_for_a_client() {
    harness(&["--client", "client {port}"]).assert().code(2).stderr(contains("--client has no address"));
}
