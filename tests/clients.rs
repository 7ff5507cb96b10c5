//! Clients in other languages, driven by lines of JSON.

use std::path::Path;
use std::process::Command;

use predicates::str::contains;
use serde_json::Value;

/// A right client is never waited for in vain; its interpreter may be long in starting.
const PATIENCE: &str = "20s";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients"))
}

fn harness(arguments: &[&str]) -> assert_cmd::assert::Assert {
    assert_cmd::Command::cargo_bin("harness").unwrap().args(arguments).assert()
}

fn graded(command: &[&str]) {
    let text = shell_words::join(command);
    harness(&["--deadline", PATIENCE, "--client", &text]).success().stdout(contains("score 15/15"));
}

#[test]
fn a_client_in_c_gets_full_marks() {
    let build = tempfile::tempdir().unwrap();
    let program = build.path().join("client");
    let source = folder().join("client.c");
    let status =
        Command::new("cc").args(["-Wall", "-Wextra", "-Werror", "-o"]).arg(&program).arg(source).status();
    assert!(status.expect("there is a C compiler").success());
    graded(&[program.to_str().unwrap()]);
}

#[test]
fn a_client_in_javascript_gets_full_marks() {
    graded(&["node", folder().join("client.js").to_str().unwrap()]);
}

#[test]
fn a_client_in_python_gets_full_marks() {
    graded(&["python3", folder().join("client.py").to_str().unwrap()]);
}

/// The client in Python, with each of `changes` made to it, and the scenarios about much and slow data that it fails.
fn failed_by_changed_client(changes: &[(&str, &str)]) -> Vec<String> {
    let mut program = std::fs::read_to_string(folder().join("client.py")).unwrap();
    for (old, new) in changes {
        assert!(program.contains(old), "the client in Python has no {old} any more");
        program = program.replace(old, new);
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("client.py");
    std::fs::write(&path, program).unwrap();
    let command = format!("python3 {}", path.display());
    let scenarios = ["--scenario", "long", "--scenario", "delivery/*", "--scenario", "load/*"];
    let mut run = assert_cmd::Command::cargo_bin("harness").unwrap();
    run.args(["--client", &command, "--deadline", "3s", "--report", "json"]).args(scenarios);
    let report: Value = serde_json::from_slice(&run.output().unwrap().stdout).unwrap();
    let results = report["results"].as_array().unwrap();
    assert!(results.len() > 5, "{report:#}");
    let failed = results.iter().filter(|result| result["verdict"] != "pass");
    failed.map(|result| result["id"].as_str().unwrap().to_owned()).collect()
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
    let client = format!("python3 '{}'", folder().join("client.py").display());
    harness(&["--deadline", PATIENCE, "--client", &client, "--server", &server])
        .success()
        .stdout(contains("score 30/30"));
}

#[test]
fn of_a_pair_that_fails_both_outputs_are_told() {
    let program = env!("CARGO_BIN_EXE_reference-server");
    let server = format!("sh -c 'echo here is the server; exec {program} --port {{port}} >/dev/null'");
    let output = |script: &str| {
        let client = shell_words::join(["sh", "-c", script]);
        let mut run = assert_cmd::Command::cargo_bin("harness").unwrap();
        run.args(["--server", &server, "--client", &client, "--side", "pair", "--scenario", "short"]);
        let json = run.args(["--report", "json"]).output().unwrap().stdout;
        let report: Value = serde_json::from_slice(&json).unwrap();
        report["results"][0]["finding"]["output"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(
        output("echo here is the client >&2; read line; exit 3"),
        "The client printed:\nhere is the client\nThe server printed:\nhere is the server"
    );
    // Where one printed nothing, the other needs no name.
    assert_eq!(output("read line; exit 3"), "here is the server");
}

#[test]
fn what_a_client_does_instead_of_answering_is_told() {
    for (script, told) in [
        ("read line; exit 3", "its program ended: exit status: 3"),
        ("read line; echo done", "printed a line that is no JSON object: done"),
        ("read line; echo '[]'", "printed a line that is no JSON object: []"),
        ("read line; echo '{\"error\":\"no route\"}'", "fails: no route"),
        ("echo hello; exec cat", ": hello"),
        ("no-such-command", "its program ended: exit status: 127"),
    ] {
        let command = shell_words::join(["sh", "-c", script]);
        let arguments = ["--client", &command, "--scenario", "short", "--deadline", "1s", "--report", "json"];
        harness(&arguments).code(1).stdout(contains(told));
    }
}

#[test]
fn a_placeholder_has_no_value_for_a_client() {
    harness(&["--client", "client {port}"]).code(2).stderr(contains("--client has no address"));
}
