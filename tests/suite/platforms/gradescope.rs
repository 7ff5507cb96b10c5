//! Gradescope: `/autograder`, with `source`, `submission` and `results`.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use super::grader::{HandIn, Root, Trouble, python};
use crate::support::schemas::assert_valid;

/// What is uploaded. It is made once: to compress a program takes longer than to grade a hand-in.
static AUTOGRADER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let root = Root::new();
    root.pack("gradescope", "autograder.zip");
    fs::read(root.path("autograder.zip")).unwrap()
});

/// A machine on which the grader is installed and something is handed in.
fn installed(hand_in: HandIn) -> (Root, Command) {
    let root = Root::new();
    fs::write(root.path("autograder.zip"), &*AUTOGRADER).unwrap();
    let mut unpack = Command::new("python3");
    unpack.args(["-m", "zipfile", "-e"]).arg(root.path("autograder.zip")).arg(root.path("source"));
    assert!(unpack.status().unwrap().success());
    fs::copy(root.path("source/run_autograder"), root.path("run_autograder")).unwrap();
    hand_in.put_into(&root.path("submission"));
    let grader = python(root.path("run_autograder"));
    (root, grader)
}

#[test]
fn right_and_wrong_hand_ins_get_their_points_and_their_causes() {
    for (hand_in, score, status) in [(HandIn::Right, 12, "passed"), (HandIn::Wrong, 0, "failed")] {
        let (root, mut grader) = installed(hand_in);
        let printed = root.start(&mut grader);
        assert!(printed.contains("contained by:"), "instructors see the terminal's report: {printed}");
        let results = root.json("results/results.json");
        assert_valid("gradescope", &results.to_string());
        assert_eq!(results["score"], score, "{results:#}");
        assert_eq!(results["extra_data"]["max_score"], 12, "{results:#}");
        let tests = results["tests"].as_array().unwrap();
        // Three scenarios on each side.
        assert_eq!(tests.len(), 6, "{results:#}");
        assert!(tests.iter().all(|test| test["status"] == status), "{results:#}");
        let has_cause = results["output"].as_str().unwrap().contains("other-byte-order");
        assert_eq!(has_cause, score == 0, "{results:#}");
    }
}

#[test]
fn who_hands_in_other_files_is_told_which_are_missing() {
    let (root, mut grader) = installed(HandIn::Misnamed);
    root.start(&mut grader);
    let results = root.json("results/results.json");
    assert_valid("gradescope", &results.to_string());
    assert_eq!(results["score"], 0);
    assert!(results["output"].as_str().unwrap().contains("buffered_server.py"), "{results:#}");
}

/// It can be handed in later: what is there gets its points.
#[test]
fn a_side_that_was_not_handed_in_is_neither_passed_nor_failed_and_what_is_missing_is_said_first() {
    let (root, mut grader) = installed(HandIn::ServerOnly);
    root.start(&mut grader);
    let results = root.json("results/results.json");
    assert_valid("gradescope", &results.to_string());
    assert_eq!((&results["score"], &results["extra_data"]["max_score"]), (&6.into(), &12.into()));
    let statuses = |of: &str| -> Vec<_> {
        let tests = results["tests"].as_array().unwrap().iter();
        let own = tests.filter(|test| test["name"].as_str().unwrap().starts_with(of));
        own.map(|test| test["status"].as_str()).collect()
    };
    assert_eq!((statuses("server"), statuses("client")), (vec![Some("passed"); 3], vec![None; 3]));
    let output = results["output"].as_str().unwrap();
    assert!(output.split("\n\n").nth(1).unwrap().contains("buffered_client.py"), "{output}");
}

#[test]
fn a_grader_that_fails_leaves_results_and_tells_the_instructor_why() {
    for trouble in Trouble::ALL {
        let (root, mut grader) = installed(trouble.hand_in());
        trouble.cause(&root.path("source"), &mut grader);
        let printed = root.start(&mut grader);
        assert!(printed.contains(trouble.words()), "{trouble:?}: {printed}");
        let results = root.json("results/results.json");
        assert_valid("gradescope", &results.to_string());
        let (score, output) = (results["score"].as_u64().unwrap(), results["output"].as_str().unwrap());
        assert!(score < 12, "{trouble:?}: {results:#}");
        let is_told = ["no grade for this submission yet", "is not complete", "could not be decided"];
        assert!(is_told.iter().any(|words| output.contains(words)), "{trouble:?}: {output}");
    }
}
