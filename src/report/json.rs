//! The report for programs. Its form is described in the README and changes only with `format_version`.

use std::io::{self, Write};

use serde::Serialize;

use super::{HARNESS_VERSION, Report};
use crate::assignment::Assignment;
use crate::bytes::{escaped, window};
use crate::delivery::Boundary;
use crate::diagnosis::Cause;
use crate::event::{Event, Outcome, RunVerdict, Summary, TargetDescription};
use crate::scenario::Tier;
use crate::side::{Casting, Side};
use crate::verdict::{Evidence, Finding, Verdict};

const FORMAT_VERSION: u32 = 1;
/// Streams up to this length, in bytes, are written whole; of longer ones, what is around the difference.
const WHOLE_MAX: usize = 256;

/// Collects results, and writes one document at the end of the run.
pub(super) struct Json<W> {
    out: W,
    target: Option<TargetDescription>,
    assignment: Assignment,
    seed: u64,
    strict: bool,
    results: Vec<JsonResult>,
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    harness_version: &'static str,
    target: Option<&'a TargetDescription>,
    seed: u64,
    verdict: RunVerdict,
    score: u32,
    max_score: u32,
    elapsed_ms: f64,
    results: &'a [JsonResult],
}

#[derive(Serialize)]
struct JsonResult {
    id: &'static str,
    casting: Casting,
    tier: Tier,
    verdict: &'static str,
    points: u32,
    max_points: u32,
    elapsed_ms: f64,
    title: &'static str,
    reason: Option<String>,
    delivery: Option<Boundary>,
    remarks: Vec<String>,
    finding: Option<JsonFinding>,
}

#[derive(Serialize)]
struct JsonFinding {
    summary: String,
    rule: String,
    expected: String,
    received: String,
    differs_at: Option<usize>,
    ended: String,
    cause: Option<JsonCause>,
    #[serde(rename = "again")]
    reproduce: String,
    output: Option<String>,
}

#[derive(Clone, Serialize)]
struct JsonCause {
    /// Nothing where several cannot be told apart.
    bug: Option<&'static str>,
    text: String,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            target: None,
            assignment: Assignment::default(),
            seed: 0,
            strict: false,
            results: Vec::new(),
        }
    }

    fn add(&mut self, outcome: &Outcome) {
        let finding = match &outcome.verdict {
            Verdict::Fail(finding) => Some(self.finding(finding, outcome)),
            Verdict::Pass
            | Verdict::Blocked { .. }
            | Verdict::Unsupported { .. }
            | Verdict::Inconclusive { .. } => None,
        };
        self.results.push(JsonResult {
            id: outcome.scenario.id,
            casting: outcome.casting,
            tier: outcome.scenario.tier,
            verdict: outcome.verdict.word(),
            points: outcome.points,
            max_points: outcome.points_max,
            elapsed_ms: milliseconds(outcome.elapsed),
            title: outcome.scenario.title,
            reason: outcome.verdict.reason().map(str::to_owned),
            delivery: outcome.delivered,
            remarks: outcome.remarks.clone(),
            finding,
        });
    }

    fn finding(&self, finding: &Finding, outcome: &Outcome) -> JsonFinding {
        let differs_at = finding.evidence.differs_at();
        let (expected, received) = match &finding.evidence {
            Evidence::Bytes { expected, received } => {
                let place = differs_at.unwrap_or_default();
                let show = |bytes: &[u8]| {
                    if bytes.len() <= WHOLE_MAX { escaped(bytes) } else { window(bytes, place).text }
                };
                (show(expected), show(received))
            }
            Evidence::Words { expected, received } => (expected.clone(), received.clone()),
        };
        JsonFinding {
            summary: finding.summary.clone(),
            rule: format!("{}. {}", finding.rule.number(), finding.rule.text(&self.assignment)),
            expected,
            received,
            differs_at,
            ended: finding.ended.clone(),
            cause: None,
            reproduce: outcome.reproduce.clone(),
            output: outcome.output.clone(),
        }
    }

    /// Gives the findings of a side their cause.
    fn explain(&mut self, side: Side, cause: &Cause) {
        let cause = JsonCause { bug: cause.bug().map(|bug| bug.id), text: cause.text(&self.assignment) };
        let results = self.results.iter_mut().filter(|result| result.casting == side.into());
        for finding in results.filter_map(|result| result.finding.as_mut()) {
            finding.cause = Some(cause.clone());
        }
    }

    fn write(&mut self, summary: &Summary) -> io::Result<()> {
        let document = Document {
            format_version: FORMAT_VERSION,
            harness_version: HARNESS_VERSION,
            target: self.target.as_ref(),
            seed: self.seed,
            verdict: summary.verdict(self.strict),
            score: summary.score,
            max_score: summary.score_max,
            elapsed_ms: milliseconds(summary.elapsed),
            results: &self.results,
        };
        serde_json::to_writer_pretty(&mut self.out, &document)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}

impl<W: Write> Report for Json<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => {
                self.target = Some(run.target.clone());
                self.assignment = run.assignment;
                self.seed = run.seed;
                self.strict = run.strict;
                Ok(())
            }
            Event::ScenarioStarted { .. } => Ok(()),
            Event::ScenarioFinished(outcome) => {
                self.add(outcome);
                Ok(())
            }
            Event::Diagnosed { side, cause } => {
                self.explain(*side, cause);
                Ok(())
            }
            Event::RunFinished(summary) => self.write(summary),
        }
    }
}

/// To the microsecond.
fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
