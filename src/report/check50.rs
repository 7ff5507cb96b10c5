//! The JSON that check50 writes with `-o json`, for tools that read it.
//!
//! A check for each trial that decides. `passed` is null where nothing was found out, which check50 shows as skipped. So is one check
//! that stands for all that the course hides from students.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{escaped_json, plain};
use crate::assignment::Assignment;
use crate::bytes::Framed;
use crate::prose::{self, Evidence};
use crate::record::{RunRecord, Standing, TrialStanding};
use crate::verdict::Finding;

#[derive(Serialize)]
struct Document {
    slug: &'static str,
    results: Vec<Check>,
    /// That of the harness.
    version: String,
}

#[derive(Serialize)]
struct Check {
    name: String,
    description: String,
    passed: Option<bool>,
    log: Vec<String>,
    cause: Option<Cause>,
    data: Map<String, Value>,
    /// None depends on another.
    dependency: Option<String>,
}

#[derive(Serialize)]
struct Cause {
    rationale: String,
    help: Option<String>,
    #[serde(flatten)]
    mismatch: Option<Mismatch>,
}

#[derive(Serialize)]
struct Mismatch {
    expected: String,
    actual: String,
}

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let record = &*record.for_students();
    let standings = record.standings();
    let decisive = standings.iter().filter(|trial| trial.is_decisive);
    let checks = decisive.map(|trial| Check::new(trial, record));
    let document = Document {
        slug: "lengthwise",
        results: checks.chain(prose::left_out(record).map(Check::left_out)).collect(),
        version: plain::line(&record.started.harness_version),
    };
    escaped_json::write(out, &document)
}

impl Check {
    /// The one that stands for what is hidden.
    fn left_out(sentences: String) -> Self {
        let cause = Cause { rationale: plain::line(&sentences), help: None, mismatch: None };
        Self {
            name: "hidden".to_owned(),
            description: "What is hidden from students".to_owned(),
            passed: None,
            log: Vec::new(),
            cause: Some(cause),
            data: Map::new(),
            dependency: None,
        }
    }

    fn new(trial: &TrialStanding<'_>, record: &RunRecord) -> Self {
        let assignment = &record.started.run.assignment;
        let rationale = plain::line(&prose::standing(trial, assignment));
        let undecided = |rationale| (None, Some(Cause { rationale, help: None, mismatch: None }));
        let (passed, cause) = match trial.standing() {
            Standing::Passed => (Some(true), None),
            Standing::Failed { finding, .. } => {
                let help = record.cause(&trial.planned.key).map(|cause| plain::line(&cause.text));
                (
                    Some(false),
                    Some(Cause { rationale, help, mismatch: Some(Mismatch::new(finding, assignment)) }),
                )
            }
            Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => undecided(rationale),
        };
        let log = match trial.standing() {
            Standing::Failed { trial, .. } => plain::finding(trial, record),
            _ => String::new(),
        };
        let score = trial.score();
        let data = [("points", score.reached), ("max_points", score.max)];
        Self {
            name: plain::line(&trial.planned.key.to_string()),
            description: plain::line(&trial.planned.title),
            passed,
            log: log.lines().map(str::to_owned).collect(),
            cause,
            data: data.into_iter().map(|(key, points)| (key.to_owned(), points.into())).collect(),
            dependency: None,
        }
    }
}

impl Mismatch {
    fn new(finding: &Finding, assignment: &Assignment) -> Self {
        match prose::evidence(finding, assignment) {
            Evidence::Bytes(comparison) => {
                let shown = |stream: &Framed<'_>| stream.window(comparison.place).text;
                Self { expected: shown(&comparison.expected), actual: shown(&comparison.received) }
            }
            Evidence::Words { expected, received } => {
                Self { expected: plain::text(&expected), actual: plain::text(&received) }
            }
        }
    }
}
