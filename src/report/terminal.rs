//! The report for a person, one scenario at a time, in lines of 80 columns.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::{HARNESS_VERSION, Report};
use crate::assignment::Assignment;
use crate::bytes::{Window, window};
use crate::event::{Event, Outcome, Run, RunVerdict, Summary, TargetDescription};
use crate::scenario::Casting;
use crate::verdict::{Evidence, Finding, Verdict};

/// The width that lines are broken at.
const COLUMNS: usize = 80;
/// What stands in front of everything that belongs to a scenario's own line.
const INDENT: &str = "      ";
/// The width of the names in front of a finding's parts.
const LABEL_WIDTH: usize = 10;
/// How many lines of what a submission printed are shown, from the last one backwards.
const OUTPUT_LINES_MAX: usize = 8;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// Writes as the run goes on.
pub(super) struct Terminal<W> {
    out: W,
    assignment: Assignment,
    strict: bool,
    /// Why the scenario before was not concluded: said once where it holds for several.
    last_reason: Option<String>,
    /// Whether the last line was left empty, to set a finding apart.
    is_apart: bool,
    /// What a person calls both sides.
    both_sides: &'static str,
    /// The scenarios that a side fails alone.
    failed_alone: Vec<(Casting, &'static str)>,
    /// Those of them that the pair passes.
    agreed: Vec<&'static str>,
}

impl<W: Write> Terminal<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            assignment: Assignment::default(),
            strict: false,
            last_reason: None,
            is_apart: false,
            both_sides: "client and server",
            failed_alone: Vec::new(),
            agreed: Vec::new(),
        }
    }

    fn start(&mut self, run: &Run) -> io::Result<()> {
        self.assignment = run.assignment;
        self.strict = run.strict;
        if let TargetDescription::Submission { .. } = run.target {
            self.both_sides = "two files";
        }
        let target = match &run.target {
            TargetDescription::BuiltIn => "the built-in reference client and server".into(),
            TargetDescription::Address { address } => address.clone(),
            TargetDescription::Command { command } | TargetDescription::Client { command, server: None } => {
                command.clone()
            }
            TargetDescription::Client { command, server: Some(server) } => format!("{command} and {server}"),
            TargetDescription::Submission { path, python } => format!("{path}  Python {python}"),
        };
        writeln!(self.out, "{STRONG}lengthwise {HARNESS_VERSION}{STRONG:#}  {target}  seed {}\n", run.seed)
    }

    fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        let (word, style) = match outcome.verdict {
            Verdict::Pass => ("pass", GOOD),
            Verdict::Fail(_) => ("FAIL", BAD),
            Verdict::Blocked { .. } => ("blocked", OPEN),
            Verdict::Unsupported { .. } => ("unsupported", QUIET),
            Verdict::Inconclusive { .. } => ("inconclusive", OPEN),
        };
        let points = match outcome.points_max {
            0 => String::new(),
            max => format!("{}/{max}", outcome.points),
        };
        let Outcome { scenario, casting, .. } = outcome;
        writeln!(
            self.out,
            "{style}{word:<12}{style:#} {casting:<6} {:<38} {points:>5} {QUIET}{:>10}{QUIET:#}",
            scenario.id,
            time(outcome.elapsed)
        )?;
        self.is_apart = matches!(outcome.verdict, Verdict::Fail(_));
        self.compare(outcome);
        match &outcome.verdict {
            Verdict::Pass => {}
            Verdict::Fail(finding) => self.finding(finding, outcome)?,
            Verdict::Blocked { .. } | Verdict::Unsupported { .. } | Verdict::Inconclusive { .. } => {
                self.reason(outcome)?;
            }
        }
        self.out.flush()
    }

    /// Notes what the sides do alone and together.
    fn compare(&mut self, outcome: &Outcome) {
        let id = outcome.scenario.id;
        match (&outcome.verdict, outcome.casting) {
            (Verdict::Fail(_), Casting::Server | Casting::Client) => {
                self.failed_alone.push((outcome.casting, id));
            }
            (Verdict::Pass, Casting::Pair) if self.failed_alone.iter().any(|(_, failed)| *failed == id) => {
                self.agreed.push(id);
            }
            _ => {}
        }
    }

    /// Says what it means that the sides do together what one of them cannot do alone.
    fn agreement(&mut self) -> io::Result<()> {
        if self.agreed.is_empty() {
            return Ok(());
        }
        let fails =
            |casting| self.failed_alone.iter().any(|(side, id)| *side == casting && self.agreed.contains(id));
        let who = match (fails(Casting::Server), fails(Casting::Client)) {
            (true, true) => "the server and the client each fail",
            (true, false) => "the server alone fails",
            _ => "the client alone fails",
        };
        let text = format!(
            "Together they pass {}, where {who}: your {} agree with each other, not with the assignment.",
            self.agreed.join(", "),
            self.both_sides
        );
        for line in textwrap::wrap(&text, COLUMNS) {
            writeln!(self.out, "{line}")?;
        }
        writeln!(self.out)
    }

    fn reason(&mut self, outcome: &Outcome) -> io::Result<()> {
        let reason = outcome.verdict.reason().map(str::to_owned);
        if reason != self.last_reason
            && let Some(reason) = &reason
        {
            self.paragraph(reason)?;
        }
        self.last_reason = reason;
        Ok(())
    }

    fn finding(&mut self, finding: &Finding, outcome: &Outcome) -> io::Result<()> {
        self.paragraph(outcome.scenario.title)?;
        self.paragraph(&finding.summary)?;
        match &finding.evidence {
            Evidence::Bytes { expected, received } => self.bytes(expected, received, finding)?,
            Evidence::Words { expected, received } => {
                self.labelled("expected", expected)?;
                self.labelled("received", received)?;
            }
        }
        self.labelled("ended", &finding.ended)?;
        let rule = format!("rule {}", finding.rule.number());
        self.labelled(&rule, &finding.rule.text(&self.assignment))?;
        if let Some(output) = &outcome.output {
            self.output(output)?;
        }
        // Not broken into lines, so that it can be copied.
        writeln!(self.out, "{INDENT}{QUIET}{:<LABEL_WIDTH$}{QUIET:#}{}\n", "again", outcome.again)
    }

    fn bytes(&mut self, expected: &[u8], received: &[u8], finding: &Finding) -> io::Result<()> {
        let place = finding.evidence.differs_at().unwrap_or_default();
        let Window { text: expected_text, .. } = window(expected, place);
        let Window { text: received_text, column } = window(received, place);
        self.line("expected", &expected_text)?;
        self.line("received", &received_text)?;
        let remark = if place == received.len() {
            format!("the stream stops here, at byte {place} of {}", expected.len())
        } else if place == expected.len() {
            format!("nothing should follow byte {place}")
        } else {
            format!("byte {place} is the first wrong one")
        };
        let pointer = match INDENT.len() + LABEL_WIDTH + column + 2 + remark.len() <= COLUMNS {
            true => format!("{}^ {remark}", " ".repeat(column)),
            false => format!("{:>column$} ^", remark, column = column.saturating_sub(1)),
        };
        writeln!(self.out, "{INDENT}{:LABEL_WIDTH$}{BAD}{pointer}{BAD:#}", "")
    }

    fn output(&mut self, output: &str) -> io::Result<()> {
        let lines: Vec<_> = output.lines().collect();
        let shown = &lines[lines.len().saturating_sub(OUTPUT_LINES_MAX)..];
        for (index, line) in shown.iter().enumerate() {
            let label = if index == 0 { "printed" } else { "" };
            self.line(label, &crate::bytes::escaped(line.as_bytes()))?;
        }
        Ok(())
    }

    /// A line that is shown as it is.
    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{INDENT}{QUIET}{label:<LABEL_WIDTH$}{QUIET:#}{text}")
    }

    /// Prose behind a label.
    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        for (index, line) in wrapped(text, INDENT.len() + LABEL_WIDTH).iter().enumerate() {
            self.line(if index == 0 { label } else { "" }, line)?;
        }
        Ok(())
    }

    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        for line in wrapped(text, INDENT.len()) {
            writeln!(self.out, "{INDENT}{line}")?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let counts = [
            (summary.passed, "passed"),
            (summary.failed, "failed"),
            (summary.blocked, "blocked"),
            (summary.unsupported, "unsupported"),
            (summary.inconclusive, "inconclusive"),
        ];
        let counts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let (word, style) = match summary.verdict(self.strict) {
            RunVerdict::Pass => ("PASS", GOOD.bold()),
            RunVerdict::Fail => ("FAIL", BAD),
            RunVerdict::Incomplete => ("INCOMPLETE", OPEN.bold()),
        };
        if !self.is_apart {
            writeln!(self.out)?;
        }
        self.agreement()?;
        writeln!(
            self.out,
            "{style}{word}{style:#}  {}  score {}/{}  {}",
            counts.join(", "),
            summary.score,
            summary.score_max,
            time(summary.elapsed)
        )?;
        self.out.flush()
    }
}

impl<W: Write> Report for Terminal<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => self.start(run),
            // A line appears when there is something to say; scenarios are quick.
            Event::ScenarioStarted { .. } => Ok(()),
            Event::ScenarioFinished(outcome) => self.outcome(outcome),
            Event::RunFinished(summary) => self.finish(summary),
        }
    }
}

/// `text` in lines that fit behind `indent` columns. Line breaks of its own are kept.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    textwrap::wrap(text, COLUMNS - indent).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// A duration, as precise as it is short.
fn time(duration: Duration) -> String {
    match duration.as_secs_f64() * 1e3 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}
