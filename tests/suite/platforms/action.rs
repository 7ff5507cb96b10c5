//! The action for GitHub: a summary, annotations and outputs.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::grader::{HandIn, Root, printed, python};

fn action(root: &Root) -> Command {
    let mut command = python(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/grade/grade.py"));
    command.env("LENGTHWISE_HARNESS", env!("CARGO_BIN_EXE_harness"));
    command.env("LENGTHWISE_OPTIONS", "--scenario 's*' --deadline 500ms");
    command.env("LENGTHWISE_SUBMISSION", root.path("submission"));
    command.env("GITHUB_STEP_SUMMARY", root.path("summary")).env("GITHUB_OUTPUT", root.path("output"));
    command
}

#[test]
fn a_step_ends_as_the_harness_does_and_tells_what_came_of_it() {
    for (hand_in, code, outputs) in [
        (HandIn::Right, 0, "score=12\nmax-score=12\nverdict=pass\n"),
        (HandIn::Wrong, 1, "score=0\nmax-score=12\nverdict=fail\n"),
    ] {
        let root = Root::new();
        hand_in.put_into(&root.path("submission"));
        let output = action(&root).output().unwrap();
        let shown = printed(&output);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        assert_eq!(fs::read_to_string(root.path("output")).unwrap(), outputs);
        assert!(fs::read_to_string(root.path("summary")).unwrap().contains("of 12 points"));
        let annotations = shown.lines().filter(|line| line.starts_with("::error")).count();
        // A cause for each side.
        assert_eq!(annotations, if code == 0 { 0 } else { 2 }, "{shown}");
    }
}

#[test]
fn nothing_that_a_submission_raises_is_a_command_to_the_log() {
    let root = Root::new();
    HandIn::Right.put_into(&root.path("submission"));
    let client = root.path("submission/buffered_client.py");
    let raises = "raise ValueError('a%b\\r\\n::error title=forged::x\\n##[error]y ##vso[task.complete]')\n";
    fs::write(&client, format!("{raises}{}", fs::read_to_string(&client).unwrap())).unwrap();
    let output = action(&root).output().unwrap();
    let shown = printed(&output);
    let is_own = |line: &str| {
        line.starts_with("::error title=client%3A ") || line.starts_with("::error title=server%3A ")
    };
    for line in shown.lines().filter(|line| line.trim_start().starts_with("::")) {
        assert!(is_own(line) && !line.contains("forged:"), "{shown}");
    }
    assert!(!shown.contains("##[") && !shown.contains("##vso["), "{shown}");
}

#[test]
fn every_script_of_the_action_is_where_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/grade");
    let action = fs::read_to_string(folder.join("action.yml")).unwrap();
    let named = action.split("$GITHUB_ACTION_PATH/").skip(1).map(|rest| rest.split('"').next().unwrap());
    let files: Vec<_> = named.map(|name| folder.join(name)).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
}

#[test]
fn the_log_has_nothing_of_what_the_course_hides() {
    let root = Root::new();
    HandIn::Wrong.put_into(&root.path("submission"));
    let course = root.path("assignment.toml");
    fs::write(&course, "[rubric]\nhidden = [\"series\", \"server-shutdown\"]\n").unwrap();
    let mut action = action(&root);
    let options =
        format!("--scenario short --scenario s* --deadline 500ms --assignment {}", course.display());
    action.env("LENGTHWISE_OPTIONS", options);
    let shown = printed(&action.output().unwrap());
    assert!(shown.contains("::error title=server%3A 1 points lost::"), "{shown}");
    let summary = fs::read_to_string(root.path("summary")).unwrap();
    for text in [&shown, &summary] {
        assert!(!text.contains("series") && !text.contains("server-shutdown"), "{text}");
    }
    let words = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("6 more scenarios, worth 10 points, are hidden."), "{summary}");
    assert_eq!(fs::read_to_string(root.path("output")).unwrap(), "score=0\nmax-score=12\nverdict=fail\n");
}
