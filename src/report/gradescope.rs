//! The document that Gradescope reads: `results.json`, as its autograder specification describes it.
//!
//! There is a test for each trial that decides the grade. Those that the course hides are hidden by Gradescope: until the grades are
//! published where the course has named a date, for Gradescope cannot be told one, and else for good. It shows no student a total while
//! a test is hidden, and all are visible unless the course wants it otherwise. What explains the failures comes first, above the tests. A test that could not be decided, or was not played, has
//! neither points nor a status, so that Gradescope shows it as neither passed nor failed; the total is given, not summed up.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::{escaped_json, plain};
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    escaped_json::write(out, &Document::new(record))
}

#[derive(Serialize)]
struct Document {
    score: u32,
    /// In seconds.
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
    extra_data: Value,
}

#[derive(Serialize)]
struct Test {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_score: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Nothing for what is visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    output: String,
}

impl Document {
    fn new(record: &RunRecord) -> Self {
        let score = record.score_of_plan();
        let shown = record.for_students();
        let standings = record.standings();
        let decisive = standings.iter().filter(|trial| trial.is_decisive);
        Self {
            score: score.reached,
            execution_time: (record.elapsed.as_secs_f64() * 1e3).round() / 1e3,
            output: plain::explanation(&shown),
            output_format: "text",
            test_output_format: "text",
            test_name_format: "text",
            visibility: "visible",
            // What the grader prints is for those who look after it.
            stdout_visibility: "hidden",
            tests: decisive.map(|trial| Test::new(trial, record, &shown)).collect(),
            extra_data: json!({
                "harness_version": plain::line(&record.started.harness_version),
                "seed": record.started.run.seed,
                "verdict": record.verdict(),
                "complete": record.is_complete(),
                "max_score": score.max,
            }),
        }
    }
}

impl Test {
    /// What explains a failure, and is shown with it, is what students may see, unless the test is hidden itself.
    fn new(trial: &TrialStanding<'_>, record: &RunRecord, shown: &RunRecord) -> Self {
        let (record, visibility) = match (trial.planned.hidden, &record.started.run.course.hidden_until) {
            (false, _) => (shown, None),
            (true, None) => (record, Some("hidden")),
            (true, Some(_)) => (record, Some("after_published")),
        };
        let score = trial.score();
        let (status, output) = match trial.standing() {
            Standing::Passed => (Some("passed"), None),
            Standing::Failed { trial, .. } => (Some("failed"), Some(plain::finding(trial, record))),
            Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => (None, None),
        };
        let told = || plain::text(&prose::standing(trial, &record.started.run.assignment));
        Self {
            name: plain::line(&format!("{}: {}", trial.planned.key, trial.planned.title)),
            score: status.map(|_| score.reached),
            max_score: status.map(|_| score.max),
            status,
            visibility,
            output: output.unwrap_or_else(told),
        }
    }
}
