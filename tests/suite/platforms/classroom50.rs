//! Classroom 50: the working directory is the student's checkout, and the environment says whose it is.

use std::fs;
use std::process::Command;

use super::grader::{HandIn, Root, Trouble, python};
use crate::support::schemas::assert_valid;

fn installed(hand_in: HandIn) -> (Root, Command) {
    let root = Root::new();
    root.pack("classroom50", "bundle/sockets");
    hand_in.put_into(&root.path("checkout"));
    let mut grader = python(root.path("bundle/sockets/autograder.py"));
    grader.current_dir(root.path("checkout"));
    grader.envs([
        ("CLASSROOM", "networks"),
        ("ASSIGNMENT", "sockets"),
        ("SUBMISSION_TAG", "submit/2026-06-01T14-32-05Z-a1b2c3d"),
        ("COMMIT_URL", "https://example.com/commit"),
        ("RELEASE_URL", "https://example.com/release"),
    ]);
    grader.env("GITHUB_OUTPUT", root.path("output"));
    (root, grader)
}

#[test]
fn right_and_wrong_hand_ins_get_whole_points_a_release_and_a_status() {
    for (hand_in, score, status) in [(HandIn::Right, 12, "success"), (HandIn::Wrong, 0, "failure")] {
        let (root, mut grader) = installed(hand_in);
        root.start(&mut grader);
        let result = root.json("checkout/result.json");
        assert_valid("classroom50-result", &result.to_string());
        assert_eq!((&result["score"], &result["max-score"]), (&score.into(), &12.into()), "{result:#}");
        assert_eq!(result["assignment"], "sockets");
        let body = fs::read_to_string(root.path("checkout/release-body.md")).unwrap();
        assert!(body.starts_with(&format!("## {score} of 12 points\n")), "{body}");
        let output = fs::read_to_string(root.path("output")).unwrap();
        assert!(output.starts_with(&format!("status={status}\nsummary=")), "{output}");
        assert_eq!(output.lines().count(), 2, "{output}");
    }
}

#[test]
fn where_there_is_no_grade_the_status_is_an_error_and_the_release_says_why() {
    let no_grade = |root: &Root, mut grader: Command, words: &str| {
        root.start(&mut grader);
        assert_valid("classroom50-result", &root.json("checkout/result.json").to_string());
        let output = fs::read_to_string(root.path("output")).unwrap();
        assert!(output.starts_with("status=error\n"), "{output}");
        let body = fs::read_to_string(root.path("checkout/release-body.md")).unwrap();
        assert!(words.is_empty() || body.contains(words), "{body}");
    };
    let (root, grader) = installed(HandIn::Misnamed);
    no_grade(&root, grader, "buffered_server.py");
    for trouble in Trouble::ALL {
        let (root, mut grader) = installed(trouble.hand_in());
        trouble.cause(&root.path("bundle/sockets"), &mut grader);
        // Where it had no time there is a grade, which is not final.
        no_grade(&root, grader, if matches!(trouble, Trouble::NoTime) { "" } else { trouble.words() });
    }
}

/// A submission may have left anything where the results belong.
#[test]
fn what_lies_in_the_checkout_already_is_replaced_and_never_followed() {
    let (root, mut grader) = installed(HandIn::Wrong);
    fs::write(root.path("precious"), "precious").unwrap();
    for name in ["result.json", "release-body.md"] {
        std::os::unix::fs::symlink(root.path("precious"), root.path("checkout").join(name)).unwrap();
    }
    root.start(&mut grader);
    assert_eq!(fs::read_to_string(root.path("precious")).unwrap(), "precious");
    assert_eq!(root.json("checkout/result.json")["score"], 0);
}
