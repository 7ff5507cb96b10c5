//! What a `result.json` of Classroom 50 says of the grade: version 1 of its contract.
//!
//! Whose submission it is stands in there as well, and only the workflow knows that: the `autograder.py` that `scripts/classroom50`
//! writes adds it. `passed` has to be true or false, so that what could not be decided or was not played is not passed; its
//! `verdict` and its `message` tell it from a failure, and so does the status that the `autograder.py` sets. Students see the document,
//! so that what the course hides is in the points and the verdict, and nowhere else.

use std::io::{self, Write};

use serde::Serialize;

use super::{escaped_json, plain};
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};

/// The contract.
const SCHEMA: &str = "classroom50/result/v1";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    schema: &'static str,
    score: u32,
    max_score: u32,
    tests: Vec<Test>,
    verdict: RunVerdict,
    summary: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Test {
    test_name: String,
    passed: bool,
    score: u32,
    max_score: u32,
    verdict: &'static str,
    message: String,
}

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let shown = record.for_students();
    let standings = shown.standings();
    let decisive = standings.iter().filter(|trial| trial.is_decisive);
    let score = record.score_of_plan();
    let document = Document {
        schema: SCHEMA,
        score: score.reached,
        max_score: score.max,
        tests: decisive.map(|trial| Test::new(trial, &shown)).collect(),
        verdict: record.verdict(),
        summary: plain::line(&prose::run(&shown)),
    };
    escaped_json::write(out, &document)
}

impl Test {
    fn new(trial: &TrialStanding<'_>, record: &RunRecord) -> Self {
        let score = trial.score();
        Self {
            test_name: plain::line(&trial.planned.key.to_string()),
            passed: matches!(trial.standing(), Standing::Passed),
            score: score.reached,
            max_score: score.max,
            verdict: trial.played.map_or("not-played", |played| played.finished.verdict.word()),
            message: plain::line(&prose::standing(trial, &record.started.run.assignment)),
        }
    }
}
