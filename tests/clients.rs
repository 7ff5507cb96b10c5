//! Clients in other languages, driven by lines of JSON.

use std::path::Path;
use std::process::Command;

use predicates::str::contains;

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

#[test]
fn a_client_and_a_server_by_command_are_a_pair_too() {
    let server = format!("{} --port {{port}}", env!("CARGO_BIN_EXE_reference-server"));
    let client = format!("python3 '{}'", folder().join("client.py").display());
    harness(&["--deadline", PATIENCE, "--client", &client, "--server", &server])
        .success()
        .stdout(contains("score 30/30"));
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
