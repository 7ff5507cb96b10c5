//! The document that an external grader of PrairieLearn leaves: `results.json`, as its guide describes it.
//!
//! `score` is the part of the points that was reached, from 0 to 1. Where something that counts could not be decided or was not
//! played, the submission is not gradable: PrairieLearn then takes no points and no attempt, and shows why. A test of 0 points of 0 is
//! shown as neither right nor wrong. It can hide nothing, so that what the course hides is in the score and nowhere else.

use std::io::{self, Write};

use serde::Serialize;

use super::{escaped_json, plain};
use crate::grade::Score;
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};

/// What PrairieLearn takes, in bytes.
const LEN_MAX: usize = 1_000_000;

/// So many reasons why a submission is not gradable are shown at most.
const ERRORS_MAX: usize = 4;

#[derive(Serialize)]
struct Document {
    gradable: bool,
    score: f64,
    message: String,
    output: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    format_errors: Vec<String>,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    description: String,
    points: u32,
    max_points: u32,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
}

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let mut document = Document::new(record);
    let mut written = Vec::new();
    escaped_json::write(&mut written, &document)?;
    if written.len() > LEN_MAX {
        // The explanation and the messages tell what matters.
        document.tests.iter_mut().for_each(|test| test.output.clear());
        written.clear();
        escaped_json::write(&mut written, &document)?;
    }
    out.write_all(&written)
}

impl Document {
    fn new(record: &RunRecord) -> Self {
        let shown = record.for_students();
        let standings = shown.standings();
        let decisive = standings.iter().filter(|trial| trial.is_decisive);
        let gradable = record.is_final();
        let message = plain::line(&prose::run(&shown));
        Self {
            gradable,
            score: part(record.score_of_plan()),
            output: plain::explanation(&shown),
            format_errors: if gradable { Vec::new() } else { errors(&shown) },
            message,
            tests: decisive.map(|trial| Test::new(trial, &shown)).collect(),
        }
    }
}

/// Why the submission is not gradable, with what its author may have to change.
fn errors(record: &RunRecord) -> Vec<String> {
    let run = prose::run(record);
    std::iter::once(run.as_str())
        .chain(prose::open_reasons(record))
        .take(ERRORS_MAX)
        .map(plain::line)
        .collect()
}

/// The part of the points that was reached; of none that is none.
fn part(score: Score) -> f64 {
    if score.max == 0 { 0.0 } else { f64::from(score.reached) / f64::from(score.max) }
}

impl Test {
    fn new(trial: &TrialStanding<'_>, record: &RunRecord) -> Self {
        let score = match trial.standing() {
            Standing::Passed | Standing::Failed { .. } => trial.score(),
            Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => Score::default(),
        };
        let output = match trial.standing() {
            Standing::Failed { trial, .. } => plain::finding(trial, record),
            Standing::Passed | Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => {
                String::new()
            }
        };
        Self {
            name: plain::line(&trial.planned.key.to_string()),
            description: plain::line(&trial.planned.title),
            points: score.reached,
            max_points: score.max,
            message: plain::line(&prose::standing(trial, &record.started.run.assignment)),
            output,
        }
    }
}
