//! How long a run takes, what ends it, and what is shown of it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};

use super::{hand_in, harness};
use crate::support::fixtures::fixture;
use crate::support::terminal::in_terminal;

#[test]
fn the_first_failure_ends_a_run_that_fails_fast() {
    let server = format!("python3 {}", fixture("servers/wrong/sends_once.py").display());
    let told = harness(&["--server", &server, "--fail-fast", "--jobs", "1"]).assert().code(1);
    told.stdout(contains("FAIL          long 0/2").and(contains("inconclusive  series 0/3")))
        .stderr(contains("stopped at the first failure"));
    harness(&["--fail-fast", "--scenario", "short"]).assert().success().stderr("");
}

#[test]
fn a_run_takes_no_longer_than_it_may() {
    let silent = ["--server", "sleep 1h", "--start-deadline", "1h", "--scenario", "short"];
    let told = harness(&[&silent[..], &["--max-time", "300ms"]].concat()).assert().code(3);
    told.stderr(contains("stopped after --max-time")).stdout(contains("INCOMPLETE"));
    harness(&["--max-time", "1m", "--scenario", "short"]).assert().success().stderr("");
}

#[test]
fn generated_cases_have_limits_of_their_own() {
    for option in ["--list", "--watch", "--max-time 1s"] {
        super::refused(&format!("fuzz {option}"), 2, "harness fuzz ends after --for or --cases");
    }
}

#[test]
fn what_would_be_played_is_listed() {
    let listed = harness(&["--list", "--scenario", "short,delivery/header-in-two"]).assert().success();
    listed.stdout("server  short  1 point\nclient  short  1 point\npair    short\nserver  delivery/header-in-two\nclient  delivery/header-in-two\n");
}

/// The harness with these arguments in a directory, with pipes for what it tells.
fn started(directory: &std::path::Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.args(arguments).current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(harness: &Child) {
    kill_process(Pid::from_child(harness), Signal::INT).unwrap();
}

#[test]
fn ctrl_c_shows_what_there_is_and_exits_as_a_shell_has_it() {
    let room = tempfile::tempdir().unwrap();
    // It tells that it is there, and never listens.
    let server = "sh -c 'echo > there; exec sleep 1h'";
    let arguments = ["--server", server, "--start-deadline", "1h", "--scenario", "short", "--no-sandbox"];
    let mut harness = started(room.path(), &arguments);
    let there = room.path().join("there");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    lengthwise::os::wait::wait_until(deadline, || Ok(there.exists().then_some(()))).unwrap().unwrap();
    interrupt(&harness);
    let (mut report, mut said) = (String::new(), String::new());
    harness.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    harness.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(harness.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("interrupted") && report.contains("INCOMPLETE"), "{said}\n{report}");
}

#[test]
fn a_hand_in_that_is_watched_is_graded_again_when_it_changes() {
    let room = hand_in("buffered_server.py", "buffered_client.py");
    let server = room.path().join("buffered_server.py");
    let right = fs::read_to_string(&server).unwrap();
    let arguments = [".", "--watch", "--scenario", "short", "--side", "server", "--no-sandbox"];
    let mut harness = started(room.path(), &arguments);
    let mut said = BufReader::new(harness.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut says = |wanted: &str| {
        let line = said.find(|line| line.contains(wanted));
        line.unwrap_or_else(|| panic!("{wanted} was not said"))
    };
    says("press Ctrl-C to stop");
    fs::write(&server, "raise SystemExit\n").unwrap();
    assert!(says("worse:").contains("server short"));
    says("score 0/1, was 1/1");
    says("press Ctrl-C to stop");
    fs::write(&server, right).unwrap();
    assert!(says("better:").contains("server short"));
    says("press Ctrl-C to stop");
    interrupt(&harness);
    assert_eq!(harness.wait().unwrap().code(), Some(130));
    super::refused("--watch", 2, "--watch needs something that can change");
}

/// As many editors do it.
#[test]
fn a_program_that_is_watched_may_be_replaced_by_another_file() {
    let room = tempfile::tempdir().unwrap();
    let server = room.path().join("server.sh");
    let reference = env!("CARGO_BIN_EXE_reference-server");
    let right = format!("exec '{reference}' --port $1\n");
    fs::write(&server, &right).unwrap();
    let arguments = ["--server", "sh server.sh {port}", "--watch", "--scenario", "short", "--no-sandbox"];
    let mut harness = started(room.path(), &arguments);
    let mut said = BufReader::new(harness.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut says = |wanted: &str| assert!(said.any(|line| line.contains(wanted)), "{wanted} was not said");
    says("watching server.sh");
    for (text, told) in [("exit 1\n", "worse: server short"), (&right, "better: server short")] {
        let new = room.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &server).unwrap();
        says(told);
        says("press Ctrl-C to stop");
    }
    interrupt(&harness);
    assert_eq!(harness.wait().unwrap().code(), Some(130));
}

#[test]
fn colours_can_be_asked_for_and_left_out() {
    let short = ["--scenario", "short", "--color"];
    let styled = predicate::str::contains("\u{1b}[");
    harness(&[&short[..], &["always"]].concat()).assert().success().stdout(styled.clone());
    for when in ["never", "auto"] {
        harness(&[&short[..], &[when]].concat()).assert().success().stdout(styled.clone().not());
    }
    harness(&[&short[..], &["sometimes"]].concat()).assert().code(2).stderr(contains("auto, always"));
}

#[test]
fn a_run_that_takes_more_than_a_second_shows_how_far_it_is() {
    let slow = format!("python3 {} sleeps 1.5", fixture("slow/programs/slow.py").display());
    let run = ["--server", &slow, "--scenario", "short"];
    let shown = in_terminal(80, &run);
    assert!(shown.contains("0 of 1") && shown.contains("server short"), "{shown}");
    // What takes no time has no such line, and where nobody looks, there is none either.
    let shown = in_terminal(80, &["--scenario", "short"]);
    assert!(!shown.contains(" of 3"), "{shown}");
    harness(&run).assert().success().stderr("");
}
