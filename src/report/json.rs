//! The report for programs. Its form is described in the README and changes only with `format_version`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::escaped_json;
use crate::assignment::Assignment;
use crate::bytes::Framed;
use crate::delivery::Boundary;
use crate::event::{NamedCause, NamedMistake, SocketCall, TargetDescription, Trace, TrialFinished};
use crate::grade::RunVerdict;
use crate::prose::{self, Evidence};
use crate::record::{Agreement, FailureGroup, OtherFormat, RunRecord, TrialRecord};
use crate::scenario::Tier;
use crate::side::{Casting, Side};
use crate::verdict::{Finding, Verdict};

/// The `format_version` of this report. That of a recording is [`crate::event::FORMAT_VERSION`].
const REPORT_FORMAT_VERSION: u32 = 1;
/// Streams up to this length, in bytes, are written whole; of longer ones, what is around the difference.
const WHOLE_MAX: usize = 256;

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    escaped_json::write(out, &Document::new(record))
}

/// The report of a run of lengthwise. Keys may be added; a change of what a key means changes `format_version`.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Report"))]
struct Document<'a> {
    /// The version of this form.
    format_version: u32,
    /// The version of the harness that played.
    harness_version: &'a str,
    target: &'a TargetDescription,
    /// What all texts are drawn from.
    seed: u64,
    /// The assignment.toml that was used; null where there was none.
    assignment: Option<&'a str>,
    verdict: RunVerdict,
    /// False while the run goes on, and where it was ended before its time.
    complete: bool,
    /// The points that were reached.
    score: u32,
    /// The points within reach.
    max_score: u32,
    /// The points that the course wants to be reached; null where it has not said so.
    pass_mark: Option<u32>,
    /// The date until which the course hides some results from students; null where it hides none, or hides them for good.
    hidden_until: Option<&'a str>,
    /// What the course calls methods and keep_running, where that differs.
    names: &'a BTreeMap<String, String>,
    /// How long the run took, in milliseconds.
    elapsed_ms: f64,
    /// What the pair passes and each side fails alone by the same mistake.
    agreement: Option<JsonAgreement<'a>>,
    /// The sides that did what right ones would do with another header width or byte order.
    other_formats: Vec<JsonOtherFormat>,
    /// The failures by what they have in common, those that cost the most points first.
    causes: Vec<JsonFailures<'a>>,
    /// What came of each scenario, in the order of the catalogue.
    results: Vec<JsonResult<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonAgreement<'a> {
    scenarios: Vec<&'a str>,
    failing_sides: Vec<Side>,
    text: String,
}

/// Sides that do what right ones would do with another format of a length.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonOtherFormat {
    sides: Vec<Side>,
    options: String,
    text: String,
}

impl From<OtherFormat> for JsonOtherFormat {
    fn from(format: OtherFormat) -> Self {
        let text = format.to_string();
        let OtherFormat { sides, options } = format;
        Self { sides, options, text }
    }
}

/// Failures that have one explanation, or look alike.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonFailures<'a> {
    casting: Casting,
    /// Nothing where no cause is known.
    text: Option<&'a str>,
    /// What explains them together; none where no cause is known.
    mistakes: Vec<JsonMistake<'a>>,
    points_lost: u32,
    scenarios: Vec<&'a str>,
    example: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonMistake<'a> {
    bugs: &'a [String],
    text: &'a str,
    scenarios: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonResult<'a> {
    id: &'a str,
    casting: Casting,
    tier: Tier,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["pass", "fail", "blocked", "unsupported", "inconclusive"])))]
    verdict: &'static str,
    points: u32,
    max_points: u32,
    /// Whether students are not to see it.
    hidden: bool,
    elapsed_ms: f64,
    title: &'a str,
    reason: Option<&'a str>,
    #[serde(rename = "delivery")]
    boundary: Option<Boundary>,
    #[serde(rename = "remarks")]
    notes: Vec<String>,
    finding: Option<JsonFinding<'a>>,
    /// What the course has to say of it.
    #[serde(rename = "course")]
    texts: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonFinding<'a> {
    summary: String,
    rule: String,
    expected: String,
    received: String,
    differs_at: Option<usize>,
    ended: String,
    cause: Option<JsonCause<'a>>,
    /// Where in the program it shows.
    #[serde(rename = "where")]
    place: Option<String>,
    calls: Option<&'a [SocketCall]>,
    #[serde(rename = "again")]
    reproduce: &'a str,
    output: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct JsonCause<'a> {
    /// Nothing where several cannot be told apart.
    bug: Option<&'a str>,
    text: &'a str,
}

impl<'a> Document<'a> {
    fn new(record: &'a RunRecord) -> Self {
        let run = &record.started.run;
        Self {
            format_version: REPORT_FORMAT_VERSION,
            harness_version: &record.started.harness_version,
            target: &run.target,
            seed: run.seed,
            assignment: run.course.file.as_deref(),
            verdict: record.verdict(),
            complete: record.is_complete(),
            score: record.score.reached,
            max_score: record.score.max,
            pass_mark: run.course.pass_mark,
            names: &run.course.names,
            hidden_until: run.course.hidden_until.as_deref(),
            elapsed_ms: milliseconds(record.elapsed),
            agreement: record.agreement().map(JsonAgreement::from),
            other_formats: record.other_formats().into_iter().map(JsonOtherFormat::from).collect(),
            causes: record.failures().iter().map(JsonFailures::new).collect(),
            results: record.trials.iter().map(|trial| JsonResult::new(trial, record)).collect(),
        }
    }
}

impl<'a> From<Agreement<'a>> for JsonAgreement<'a> {
    fn from(agreement: Agreement<'a>) -> Self {
        let text = agreement.to_string();
        Self { scenarios: agreement.scenarios, failing_sides: agreement.sides, text }
    }
}

impl<'a> JsonFailures<'a> {
    fn new(group: &FailureGroup<'a>) -> Self {
        let mistake = |one: &'a NamedMistake| {
            let NamedMistake { bugs, text, scenarios } = one;
            JsonMistake { bugs, text, scenarios }
        };
        let mistakes = group.cause.into_iter().flat_map(|cause| &cause.mistakes);
        Self {
            casting: group.casting,
            text: group.cause.map(|cause| cause.text.as_str()),
            mistakes: mistakes.map(mistake).collect(),
            points_lost: group.points_lost(),
            scenarios: group.scenarios().collect(),
            example: &group.example().finished.key.scenario,
        }
    }
}

impl<'a> JsonResult<'a> {
    fn new(trial: &'a TrialRecord, record: &'a RunRecord) -> Self {
        let TrialRecord { planned, finished, score } = trial;
        let finding = match &finished.verdict {
            Verdict::Fail(finding) => {
                let cause = record.cause(&finished.key);
                let trace = record.trace(&finished.key);
                Some(JsonFinding::new(finding, finished, cause, trace, &record.started.run.assignment))
            }
            Verdict::Pass
            | Verdict::Blocked { .. }
            | Verdict::Unsupported { .. }
            | Verdict::Inconclusive { .. } => None,
        };
        Self {
            id: &finished.key.scenario,
            casting: finished.key.casting,
            tier: planned.tier,
            verdict: finished.verdict.word(),
            points: score.reached,
            max_points: score.max,
            hidden: planned.hidden,
            elapsed_ms: milliseconds(finished.elapsed),
            title: &planned.title,
            reason: finished.verdict.reason(),
            boundary: finished.boundary,
            notes: finished.notes.iter().map(prose::note).collect(),
            texts: match &finding {
                Some(_) => record.course_texts(&finished.key),
                None => Vec::new(),
            },
            finding,
        }
    }
}

impl<'a> JsonFinding<'a> {
    fn new(
        finding: &'a Finding,
        finished: &'a TrialFinished,
        cause: Option<&'a NamedCause>,
        trace: Option<&'a Trace>,
        assignment: &Assignment,
    ) -> Self {
        let differs_at = finding.differs_at();
        let (expected, received) = match prose::evidence(finding, assignment) {
            Evidence::Bytes(comparison) => {
                let place = comparison.place;
                let show = |stream: &Framed<'_>| {
                    if stream.bytes.len() <= WHOLE_MAX { stream.escaped() } else { stream.window(place).text }
                };
                (show(&comparison.expected), show(&comparison.received))
            }
            Evidence::Words { expected, received } => (expected, received),
        };
        Self {
            summary: prose::failure(finding, finished, assignment),
            rule: format!("{}. {}", finding.rule.number(), finding.rule.text(assignment)),
            expected,
            received,
            differs_at,
            ended: prose::ended(finding.ended),
            cause: cause.map(|cause| JsonCause { bug: cause.bug(), text: &cause.text }),
            place: trace.and_then(prose::place),
            calls: trace.map(|trace| trace.calls.as_slice()),
            reproduce: &finished.reproduce,
            output: finished.output.as_ref().map(prose::output),
        }
    }
}

/// What [`write`] writes, as a JSON schema.
#[cfg(feature = "schema")]
pub(super) fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Document<'_>>().into()
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
