//! PrairieLearn: `/grade`, with `student`, `tests`, `data` and, once the grader has made it, `results`.

use std::fs;
use std::process::Command;

use super::grader::{HandIn, Root, Trouble, python};
use crate::support::schemas::assert_valid;

fn installed(hand_in: HandIn) -> (Root, Command) {
    let root = Root::new();
    root.pack("prairielearn", "question");
    fs::rename(root.path("question/tests"), root.path("tests")).unwrap();
    fs::create_dir(root.path("data")).unwrap();
    fs::write(root.path("data/data.json"), "{}").unwrap();
    hand_in.put_into(&root.path("student"));
    let grader = python(root.path("tests/grade"));
    (root, grader)
}

#[test]
fn right_and_wrong_hand_ins_get_their_part_of_the_points() {
    for (hand_in, score) in [(HandIn::Right, 1.0), (HandIn::Wrong, 0.0)] {
        let (root, mut grader) = installed(hand_in);
        root.start(&mut grader);
        let results = root.json("results/results.json");
        assert_valid("prairielearn", &results.to_string());
        assert_eq!((&results["gradable"], &results["score"]), (&true.into(), &score.into()), "{results:#}");
        let tests = results["tests"].as_array().unwrap();
        assert!(
            tests.iter().all(|test| test["points"].is_u64() && test["max_points"].is_u64()),
            "{results:#}"
        );
    }
}

#[test]
fn the_question_asks_for_the_grader_and_gives_it_more_time_than_it_takes() {
    let (root, _) = installed(HandIn::Right);
    let options = root.json("question/info.json")["externalGradingOptions"].clone();
    assert_eq!(options["entrypoint"], "/grade/tests/grade");
    // What PrairieLearn gives where nothing else is asked for.
    assert_eq!(options["timeout"], 30);
    let seconds = root.json("tests/grading.json")["seconds"].as_f64().unwrap();
    assert!(seconds < 30.0, "{seconds}");
}

#[test]
fn what_cannot_be_graded_costs_no_attempt_and_says_why() {
    let (root, mut grader) = installed(HandIn::Misnamed);
    root.start(&mut grader);
    let results = root.json("results/results.json");
    assert_valid("prairielearn", &results.to_string());
    assert_eq!(results["gradable"], false);
    assert!(results["format_errors"][0].as_str().unwrap().contains("buffered_server.py"), "{results:#}");
    for trouble in Trouble::ALL {
        let (root, mut grader) = installed(trouble.hand_in());
        trouble.cause(&root.path("tests"), &mut grader);
        let printed = root.start(&mut grader);
        assert!(printed.contains(trouble.words()), "{trouble:?}: {printed}");
        let results = root.json("results/results.json");
        assert_valid("prairielearn", &results.to_string());
        assert_eq!(results["gradable"], false, "{trouble:?}: {results:#}");
    }
}
