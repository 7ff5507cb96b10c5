//! `harness fuzz` and `harness replay`: mistakes are found and made small, and right programs are left in peace.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lengthwise::Assignment;
use lengthwise::scenario::Case;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::harness::harness;
use crate::support::python_program::PythonProgram;
use crate::support::runtime::Runtime;

/// How many cases a right program is played, unless the environment says more.
const CASES: &str = "60";

/// Fuzzes with these arguments in a folder of its own, and returns what is saved.
fn findings(folder: &Path, arguments: &[&str]) -> Vec<PathBuf> {
    let save = folder.join("found");
    let output =
        harness(&["fuzz", "--seed", "7", "--save", save.to_str().unwrap()]).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
    let files = fs::read_dir(&save).into_iter().flatten().map(|entry| entry.unwrap().path());
    files.collect()
}

/// The right server in Python, with each of `changes` made to it.
fn changed_server(changes: &[(&str, &str)]) -> PythonProgram {
    PythonProgram::new(&change(&fs::read_to_string(fixture("servers/right/threaded.py")).unwrap(), changes))
}

#[test]
fn what_no_scenario_catches_is_found_and_replays_to_the_same_finding() {
    let folder = tempfile::tempdir().unwrap();
    let server = changed_server(&[
        ("payload.decode()[10:].encode()", "spoilt(payload, payload.decode()[10:]).encode()"),
        (
            "import os",
            "before = [None]\n\ndef spoilt(message, reply):\n    is_it = before[0] == 0 and len(message) == 4093\n    before[0] = len(message)\n    return reply[:-1] if is_it else reply\n\nimport os",
        ),
    ]);
    harness(&["--server", &server.command(), "--seed", "7", "--strict"]).assert().success();
    let found = findings(folder.path(), &["--server", &server.command(), "--for", "60s", "--fail-fast"]);
    assert!(!found.is_empty(), "nothing was found");
    let case = Case::from_file(&fs::read_to_string(&found[0]).unwrap(), &Assignment::default()).unwrap();
    let lens: Vec<usize> = case.messages().map(str::len).collect();
    assert_eq!(lens, [0, 4093], "{}", case.to_file());
    for _ in 0..env::var("LENGTHWISE_REPLAYS").map_or(3, |replays| replays.parse().unwrap()) {
        harness(&["replay", found[0].to_str().unwrap(), "--server", &server.command()])
            .assert()
            .code(1)
            .stdout(contains("0 and 4093"));
    }
}

#[test]
fn a_counter_that_wraps_is_found_across_clients() {
    let folder = tempfile::tempdir().unwrap();
    let server = changed_server(&[
        ("payload.decode()[10:].encode()", "spoilt(payload.decode()[10:]).encode()"),
        (
            "import os",
            "count = [0]\n\ndef spoilt(reply):\n    count[0] += 1\n    return reply if count[0] % 257 else reply + '!'\n\nimport os",
        ),
    ]);
    // Of several servers, each with a counter of its own, more than one may come so far.
    let options = ["--server", &server.command(), "--for", "30s", "--fail-fast", "--jobs", "1"];
    assert_eq!(findings(folder.path(), &options).len(), 1);
}

/// How a right program comes to nothing but passes.
fn is_left_in_peace(option: &str, command: &str) {
    let cases = env::var("LENGTHWISE_FUZZ_CASES").unwrap_or_else(|_| CASES.into());
    let folder = tempfile::tempdir().unwrap();
    let found = findings(folder.path(), &[option, command, "--cases", &cases, "--deadline", "20s"]);
    let texts: Vec<_> = found.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(texts.is_empty(), "{option} {command} was blamed: {}", texts.join("\n"));
}

#[test]
fn right_programs_in_four_languages_are_left_in_peace() {
    for (option, file) in [
        ("--server", "servers/right/blocking.c"),
        ("--server", "servers/right/forking.c"),
        ("--server", "servers/right/threaded.py"),
        ("--server", "servers/right/streams.py"),
        ("--server", "servers/right/events.js"),
        ("--server", "servers/right/Threaded.java"),
        ("--client", "clients/client.c"),
        ("--client", "clients/client.py"),
        ("--client", "clients/client.js"),
    ] {
        let build = tempfile::tempdir().unwrap();
        let file = fixture(file);
        let command = Runtime::of(&file).prepare(&file, build.path()).expect("it can be compiled");
        is_left_in_peace(option, &shell_words::join(command));
    }
}

#[test]
fn the_corpus_of_the_decoder_is_played_over_the_wire() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decoder");
    let folder = tempfile::tempdir().unwrap();
    let server = changed_server(&[]);
    let arguments = ["--corpus", corpus.to_str().unwrap(), "--server", &server.command()];
    assert_eq!(findings(folder.path(), &arguments), [] as [PathBuf; 0]);
    harness(&["fuzz", "--corpus", corpus.to_str().unwrap(), "--client", "cat"]).assert().code(2);
}

#[test]
fn every_format_tells_of_what_was_found_and_points_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = changed_server(&[("[10:]", "[9:]")]);
    let recording = folder.path().join("run.jsonl");
    let report = format!("jsonl={}", recording.display());
    let found =
        findings(folder.path(), &["--server", &server.command(), "--cases", "20", "--report", &report]);
    assert!(!found.is_empty());
    harness(&["render", recording.to_str().unwrap(), "-v"])
        .assert()
        .code(1)
        .stdout(contains("one-too-few-removed"))
        .stdout(contains("--scenario"))
        .stdout(contains("score").not());
    for format in ["json", "junit", "tap", "markdown", "html", "gradescope"] {
        harness(&["render", recording.to_str().unwrap(), "--report", format])
            .assert()
            .code(1)
            .stdout(contains("fuzz"));
    }
}

#[test]
fn an_interruption_ends_with_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["fuzz", "--for", "600s", "--seed", "7"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = child.stderr.take().unwrap();
    // The first progress line says that it is under way.
    std::io::Read::read_exact(&mut told, &mut [0; 16]).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    drop(told);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stdout).contains("passed"), "{output:?}");
}

#[test]
fn the_file_in_the_readme_is_played() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```json\n{\n  \"version\": 1,").unwrap();
    let text = format!("{{\n  \"version\": 1,{}", rest.split_once("```").unwrap().0);
    assert_eq!(Case::from_file(&text, &Assignment::default()).unwrap().messages().count(), 2);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.json");
    fs::write(&file, text).unwrap();
    harness(&["replay", file.to_str().unwrap()]).assert().success().stdout(contains("3 passed"));
}

#[test]
fn a_file_that_cannot_be_played_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.json");
    let path = file.to_str().unwrap();
    fs::write(
        &file,
        "{\"version\": 1,\n\"id\": \"a\",\n\"rule\": \"framing\",\n\"actions\": [\n{\"do\": \"recieve\"}]}",
    )
    .unwrap();
    harness(&["replay", path])
        .assert()
        .code(2)
        .stderr(contains("line 5: there is no recieve here: did you mean receive?"));
    harness(&["--scenario", path]).assert().code(2).stderr(contains("line 5"));
    harness(&["replay", "nosuch.json"])
        .assert()
        .code(2)
        .stderr(contains("the case nosuch.json cannot be read"));
    harness(&["fuzz", "--scenario", "short"])
        .assert()
        .code(2)
        .stderr(contains("harness replay FILE plays saved cases"));
    harness(&["fuzz", "--cases", "0"]).assert().code(2);
}
