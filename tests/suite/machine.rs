//! Machines that lack something: a right hand-in is not blamed for that, and it is said what is missing.

use std::process::{Command, Output};

use crate::support::fixtures::fixture;

/// Grades a right hand-in, from a shell in which this was done before. Nothing where that cannot be done here.
fn grade(words: &[&str], before: &str) -> Option<Output> {
    let script = format!("{before} || exit 77; exec \"$@\"");
    let mut shell = Command::new(words[0]);
    shell.args(&words[1..]).args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_harness")]);
    shell.args(["--scenario", "short", "--submission"]).arg(fixture("handins/right/natural"));
    let output = shell.output().unwrap();
    // What `unshare` ends with where it may not do that, and the shell where it may not go on.
    let is_possible = output.stderr.starts_with(b"harness:") || output.status.success();
    is_possible.then_some(output)
}

#[track_caller]
fn assert_told(output: &Output, says: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && text.contains(says), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn where_too_few_files_may_be_open_it_is_said_and_a_limit_that_can_be_raised_is() {
    let few = grade(&["env"], "ulimit -n 20").unwrap();
    assert_told(&few, "may have only 20 files open at a time here, and needs 64");
    let soft = grade(&["env"], "ulimit -S -n 20").unwrap();
    assert!(soft.status.success(), "{soft:?}");
}

#[test]
fn without_a_loopback_interface_nothing_is_played() {
    let Some(output) = grade(&["unshare", "-n"], "true") else { return };
    assert_told(&output, "cannot reach each other at 127.0.0.1, so nothing was played");
}

#[test]
fn without_proc_nothing_is_played() {
    let Some(output) = grade(&["unshare", "-m"], "mount -t tmpfs none /proc") else { return };
    assert_told(&output, "without /proc");
}

/// Opens so many files before it becomes the harness, which may have only so many open in all.
const KEEPS_OPEN: &str = "
import os, resource, sys
for _ in range(int(sys.argv[1])):
    os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
os.execv(sys.argv[2], sys.argv[2:])
";

/// As many as that leave enough for the harness as a server and as a client, and too few between the two.
#[test]
fn where_the_harness_has_no_file_left_for_a_connection_a_pair_is_not_blamed() {
    let mut lacked = 0;
    for inherited in [32, 36, 40, 44] {
        let mut command = Command::new("python3");
        command.args(["-c", KEEPS_OPEN, &inherited.to_string(), env!("CARGO_BIN_EXE_harness")]);
        command.args(["--jobs", "1", "--scenario", "server-shutdown"]);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("FAIL"), "{inherited} files: {text}");
        lacked += u32::from(text.contains("pair    inconclusive") && text.contains("Too many open files"));
    }
    assert_ne!(lacked, 0);
}
