//! The key of the seals: no submission that is contained reads it, wherever it is.

use std::fs;
use std::process::Command;

use super::classroom::{Classroom, Grader, Kept};
use super::stage::{Stage, text};
use super::{FAILED, INCOMPLETE, SHORT};

/// Ends with what it could read of the key. Where it cannot tell one refusal from another, the key is kept.
const READS: &str = r#"
import os, sys
def outcome(path):
    try:
        with open(path, "rb") as file:
            return "read %d" % len(file.read())
    except (PermissionError, FileNotFoundError):
        return "kept"
raise SystemExit("the key: " + outcome("CLASSROOM/home/.local/state/lengthwise/key"))
"#;

fn run(command: &mut Command, options: &[&str]) -> (Option<i32>, String) {
    let output = command.args(options).output().unwrap();
    (output.status.code(), text(&output))
}

#[test]
fn a_hand_in_does_not_read_the_key_of_the_seals() {
    for grader in Grader::possible() {
        for kept in Kept::for_attacks(grader) {
            let room = Classroom::new(grader, READS);
            let recording = room.path().join("reports/run.jsonl");
            let report = format!("jsonl={}", recording.display());
            let mallory = room.student("mallory");
            let options =
                ["--side", "server", "--report", &report, "--report", "terminal", "-v", "--submission"];
            // Everything in the home may be read but the key.
            let home = room.path().join("home");
            let allow = [mallory.to_str().unwrap(), "--allow-read", home.to_str().unwrap()];
            let contained = *kept != Kept::ByNothing;
            let given = &allow[..if contained { 3 } else { 1 }];
            let arguments = [SHORT, kept.options(), &options, given].concat();
            let (code, text) = run(&mut room.harness(), &arguments);
            let wanted = if contained { "the key: kept" } else { "the key: read 32" };
            assert!(code == FAILED && text.contains(wanted), "{grader:?} {kept:?}: {code:?} {text}");
            assert!(home.join(".local/state/lengthwise/key").exists());
            let (code, text) = run(&mut room.harness(), &["render", recording.to_str().unwrap(), "--verify"]);
            assert!(code == Some(0) && text.contains("sealed, complete"), "{text}");
            assert_eq!(
                text.contains("nothing kept the submission from reading the key"),
                !contained,
                "{text}"
            );
        }
    }
}

#[test]
fn a_key_in_the_working_directory_of_a_program_is_kept_from_it() {
    let stage = Stage::with(
        r#"
for path in ["program.py", "keys/other", "keys/key"]:
    try:
        open(path).close()
        print("outcome:", path, "read")
    except OSError:
        print("outcome:", path, "kept")
sys.exit(1)
"#,
    );
    fs::create_dir(stage.path().join("keys")).unwrap();
    fs::write(stage.path().join("keys/other"), "").unwrap();
    for choice in [&[][..], &["--contain", "landlock"]] {
        let recording = ["--key", "keys/key", "--report", "jsonl=run.jsonl", "--report", "terminal"];
        let text = stage.assert_grade(&[SHORT, choice, &recording].concat(), INCOMPLETE);
        for wanted in ["program.py read", "keys/other read", "keys/key kept"] {
            assert!(text.contains(&format!("outcome: {wanted}")), "{choice:?} {wanted}: {text}");
        }
    }
}
