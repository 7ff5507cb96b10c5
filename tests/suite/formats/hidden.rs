//! What a course hides from students: every format does with it what its reader is promised.

use std::fs;

use lengthwise::record::RunRecord;
use lengthwise::report::{Detail, FORMATS, Format};
use serde_json::Value;

use super::recorded::{Recorded, documents, hand_in, written};
use crate::support::harness::harness;
use crate::support::schemas;

/// The documents that have everything, because they are for whoever grades.
const COMPLETE: &[&str] = &["json"];
/// What is hidden in all of these runs.
const HIDDEN: &str = "client-reconnect";
/// What the sentence of the hidden scenario says, in one of its forms.
const DATE: &str = "2999-12-24";

/// A course that hides a scenario that counts.
fn course(until: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("[rubric]\nhidden = [\"{HIDDEN}\"]\n{until}")).unwrap();
    file
}

fn until(date: &str) -> String {
    format!("hidden-until = {date}\n")
}

/// A server that serves one client and no other: nothing but what is hidden shows that.
fn serves_once(file: &str, program: &str) -> String {
    match file {
        "buffered_server.py" => program.replace(
            "        while self.keep_running:\n            connection",
            "        if True:\n            connection",
        ),
        _ => format!("{program}\n"),
    }
}

fn grade(submission: &tempfile::TempDir, assignment: &str) -> Recorded {
    let path = submission.path().to_str().unwrap();
    Recorded::new(&[
        "--submission",
        path,
        "--assignment",
        assignment,
        "--side",
        "server",
        "--deadline",
        "500ms",
        "--scenario",
        "short",
        "--scenario",
        HIDDEN,
    ])
}

fn last(run: &Recorded) -> RunRecord {
    run.records().pop().unwrap()
}

fn json(format: &str, record: &RunRecord) -> Value {
    serde_json::from_str(&written(Format::named(format).unwrap(), record)).unwrap()
}

#[test]
fn students_are_told_how_much_is_hidden_and_nothing_of_what_it_has_shown() {
    let course = course(&until(DATE));
    let run = grade(&hand_in(serves_once), course.path().to_str().unwrap());
    let whole = last(&run);
    let cause = whole.causes[0].1.bugs[0].clone();
    assert!(whole.score.reached == 1 && whole.score.max == 3, "{:?}", whole.score);
    for (moment, record) in run.records().iter().enumerate() {
        for format in documents() {
            let document = written(format, record);
            schemas::assert_valid(format.name, &document);
            let told = match format.name {
                // The hidden test itself is hidden by Gradescope.
                "gradescope" => json("gradescope", record)["output"].as_str().unwrap().to_owned(),
                _ => document,
            };
            let is_complete = COMPLETE.contains(&format.name);
            if moment + 1 == run.records().len() {
                assert_eq!(told.contains(HIDDEN), is_complete, "{}: {told}", format.name);
                assert_eq!(told.contains(&cause), is_complete, "{}: {told}", format.name);
                assert!(told.contains(DATE), "{}: {told}", format.name);
            } else if !is_complete {
                assert!(!told.contains(HIDDEN), "{}, event {moment}: {told}", format.name);
            }
        }
    }
    let mut terminal = Vec::new();
    Format::named("terminal").unwrap().report(Box::new(&mut terminal), Detail::Brief).finish(&whole).unwrap();
    let terminal = String::from_utf8(terminal).unwrap();
    assert!(terminal.contains(&cause), "{terminal}");
    assert!(
        terminal.contains("From students, 1 scenario, worth 2 points, is hidden until 2999-12-24."),
        "{terminal}"
    );
}

#[test]
fn a_grade_has_the_points_of_what_is_hidden() {
    let course = course(&until(DATE));
    let whole = last(&grade(&hand_in(serves_once), course.path().to_str().unwrap()));
    let gradescope = json("gradescope", &whole);
    assert_eq!(gradescope["score"], 1);
    let tests: Vec<_> = gradescope["tests"].as_array().unwrap().iter().collect();
    assert_eq!(tests.len(), 2);
    assert_eq!((&tests[0]["visibility"], &tests[1]["visibility"]), (&Value::Null, &"after_published".into()));
    assert_eq!((&tests[1]["status"], &tests[1]["max_score"]), (&"failed".into(), &2.into()));
    let output = gradescope["output"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(output.contains("Everything that is shown and counts has passed: 1 of 1 point."), "{output}");
    assert!(output.contains("1 more scenario, worth 2 points, is hidden until 2999-12-24."), "{output}");

    let prairielearn = json("prairielearn", &whole);
    assert!((prairielearn["score"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(
        (prairielearn["tests"].as_array().unwrap().len(), &prairielearn["gradable"]),
        (1, &true.into())
    );
    let classroom50 = json("classroom50", &whole);
    assert_eq!(
        (&classroom50["score"], &classroom50["max-score"], &classroom50["verdict"]),
        (&1.into(), &3.into(), &"fail".into())
    );
    assert_eq!(classroom50["tests"].as_array().unwrap().len(), 1);
    let check50 = json("check50", &whole);
    assert_eq!(
        (&check50["results"][1]["name"], &check50["results"][1]["passed"]),
        (&"hidden".into(), &Value::Null)
    );
    let json = json("json", &whole);
    assert_eq!(json["hidden_until"], DATE);
    let hidden: Vec<_> =
        json["results"].as_array().unwrap().iter().map(|result| result["hidden"].clone()).collect();
    assert_eq!(hidden, [false, true]);
}

#[test]
fn what_has_no_date_is_hidden_for_good_and_what_is_due_is_not_hidden() {
    let submission = hand_in(serves_once);
    for (until, visibility) in [
        (String::new(), Some("hidden")),
        (until("2000-01-01"), None),
        (until("2000-01-01T00:00:00-12:00"), None),
    ] {
        let course = course(&until);
        let whole = last(&grade(&submission, course.path().to_str().unwrap()));
        let gradescope = json("gradescope", &whole);
        assert_eq!(gradescope["tests"][1]["visibility"].as_str(), visibility, "{until}");
        for format in
            documents().filter(|format| !COMPLETE.contains(&format.name) && format.name != "gradescope")
        {
            let document = written(format, &whole);
            assert_eq!(document.contains(HIDDEN), visibility.is_none(), "{}: {document}", format.name);
            // Nothing is said of hiding where nothing is hidden.
            assert_eq!(document.contains("is hidden."), visibility.is_some(), "{}: {document}", format.name);
        }
    }
}

#[test]
fn who_grades_can_have_everything_shown_during_a_run_and_afterwards() {
    let course = course(&until(DATE));
    let folder = tempfile::tempdir().unwrap();
    let (during, recording) = (folder.path().join("page.html"), folder.path().join("run.jsonl"));
    let submission = hand_in(serves_once);
    let mut run = harness(&[
        "--submission",
        submission.path().to_str().unwrap(),
        "-q",
        "--side",
        "server",
        "--deadline",
        "500ms",
    ]);
    run.args(["--scenario", "short", "--scenario", HIDDEN, "--show-hidden"])
        .arg("--assignment")
        .arg(course.path());
    run.arg("--report").arg(format!("html={}", during.display()));
    run.arg("--report").arg(format!("jsonl={}", recording.display()));
    assert_eq!(run.output().unwrap().status.code(), Some(1));
    let render = |options: &[&str]| {
        let mut render = harness(&["render", recording.to_str().unwrap(), "--report", "html"]);
        String::from_utf8(render.args(options).output().unwrap().stdout).unwrap()
    };
    let shown = render(&["--show-hidden"]);
    assert!(shown.contains(HIDDEN) && !shown.contains(DATE), "{shown}");
    assert_eq!(fs::read_to_string(during).unwrap(), shown);
    assert!(!render(&[]).contains(HIDDEN));
}

#[test]
fn every_format_has_decided_what_becomes_of_what_is_hidden() {
    // One that is new is a document for students unless it is put among these.
    let complete: Vec<_> =
        FORMATS.iter().filter(|format| !format.is_document()).map(|format| format.name).collect();
    assert_eq!(complete, ["terminal", "jsonl"]);
    assert!(COMPLETE.iter().all(|name| Format::named(name).is_some_and(|format| format.is_document())));
}
