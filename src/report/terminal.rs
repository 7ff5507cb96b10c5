//! The report for a person, one scenario at a time, in lines of 80 columns.

mod finding;

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::{HARNESS_VERSION, Report};
use crate::assignment::Assignment;
use crate::event::{Event, Outcome, Run, RunVerdict, Summary};
use crate::scenario::Tier;
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// The width that lines are broken at.
const COLUMNS: usize = 80;
/// What stands in front of everything that belongs to a scenario's own line.
const INDENT: &str = "      ";
/// The width of the names in front of a finding's parts.
const LABEL_WIDTH: usize = 10;

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
    /// The hardening scenarios that were not given a line of their own.
    quiet: Vec<Quiet>,
    /// The remarks and reasons that were given already: once is enough.
    told: HashSet<String>,
    /// What failed, to be told once it is known what explains it.
    failures: Vec<Outcome>,
    /// What explains the failures of a side.
    causes: Vec<(Side, String)>,
    /// What a person calls both sides.
    both_sides: &'static str,
    /// The scenarios that a side fails alone.
    failed_alone: Vec<(Side, &'static str)>,
    /// Those of them that the pair passes.
    agreed: Vec<&'static str>,
}

/// Hardening scenarios of one casting with one verdict, about which there is nothing more to say.
struct Quiet {
    style: Style,
    word: &'static str,
    casting: Casting,
    count: usize,
    elapsed: Duration,
}

impl<W: Write> Terminal<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            assignment: Assignment::default(),
            strict: false,
            quiet: Vec::new(),
            told: HashSet::new(),
            failures: Vec::new(),
            causes: Vec::new(),
            both_sides: "client and server",
            failed_alone: Vec::new(),
            agreed: Vec::new(),
        }
    }

    fn start(&mut self, run: &Run) -> io::Result<()> {
        self.assignment = run.assignment;
        self.strict = run.strict;
        if run.target.kind() == "submission" {
            self.both_sides = "two files";
        }
        let target = run.target.title();
        writeln!(self.out, "{STRONG}lengthwise {HARNESS_VERSION}{STRONG:#}  {target}  seed {}\n", run.seed)
    }

    fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        let Outcome { scenario, casting, elapsed, .. } = outcome;
        self.compare(outcome);
        if scenario.tier == Tier::Graded || self.quiet.iter().any(|quiet| quiet.casting != *casting) {
            self.write_quiet()?;
        }
        let (style, word) = match outcome.verdict {
            Verdict::Pass => (GOOD, outcome.verdict.word()),
            Verdict::Fail(_) => (BAD, "FAIL"),
            Verdict::Unsupported { .. } => (QUIET, outcome.verdict.word()),
            Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => (OPEN, outcome.verdict.word()),
        };
        let is_failure = matches!(outcome.verdict, Verdict::Fail(_));
        let sayings: Vec<_> = match outcome.verdict.reason() {
            Some(reason) => vec![reason.to_owned()],
            None if is_failure => Vec::new(),
            None => outcome.remarks.clone(),
        };
        let news: Vec<_> = sayings.into_iter().filter(|saying| self.told.insert(saying.clone())).collect();
        if scenario.tier == Tier::Hardening && !is_failure && news.is_empty() {
            self.count_quietly(style, word, outcome);
            return Ok(());
        }
        let points = match outcome.points_max {
            0 => String::new(),
            max => format!("{}/{max}", outcome.points),
        };
        self.verdict(style, word, *casting, scenario.id, &points, *elapsed)?;
        if is_failure {
            self.failures.push(outcome.clone());
        }
        for saying in news {
            self.paragraph(&saying)?;
        }
        self.out.flush()
    }

    /// Notes what the sides do alone and together.
    fn compare(&mut self, outcome: &Outcome) {
        let id = outcome.scenario.id;
        match (&outcome.verdict, outcome.casting) {
            (Verdict::Fail(_), Casting::Of(side)) => {
                self.failed_alone.push((side, id));
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
        let fails = |of| self.failed_alone.iter().any(|(side, id)| *side == of && self.agreed.contains(id));
        let who = match (fails(Side::Server), fails(Side::Client)) {
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

    /// The line that a verdict begins with.
    fn verdict(
        &mut self,
        style: Style,
        word: &str,
        casting: Casting,
        what: &str,
        points: &str,
        elapsed: Duration,
    ) -> io::Result<()> {
        let time = time(elapsed);
        writeln!(
            self.out,
            "{style}{word:<12}{style:#} {casting:<6} {what:<38} {points:>5} {QUIET}{time:>10}{QUIET:#}"
        )
    }

    fn count_quietly(&mut self, style: Style, word: &'static str, outcome: &Outcome) {
        let Outcome { casting, elapsed, .. } = *outcome;
        match self.quiet.iter_mut().find(|quiet| quiet.word == word) {
            Some(quiet) => {
                quiet.count += 1;
                quiet.elapsed += elapsed;
            }
            None => self.quiet.push(Quiet { style, word, casting, count: 1, elapsed }),
        }
    }

    /// A line for all the hardening scenarios with the same verdict.
    fn write_quiet(&mut self) -> io::Result<()> {
        for Quiet { style, word, casting, count, elapsed } in std::mem::take(&mut self.quiet) {
            let what = if count == 1 {
                "1 hardening scenario".into()
            } else {
                format!("{count} hardening scenarios")
            };
            self.verdict(style, word, casting, &what, "", elapsed)?;
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
        self.write_quiet()?;
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
        writeln!(self.out)?;
        for outcome in std::mem::take(&mut self.failures) {
            self.failure(&outcome)?;
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
        if summary.requested > 0 {
            let scenarios = match summary.requested {
                1 => "In 1 scenario".to_owned(),
                several => format!("In {several} scenarios"),
            };
            let note = format!(
                "{scenarios} the cuts were requested, not observed: pieces sent one by one may have been read \
                 together."
            );
            for line in wrapped(&note, 0) {
                writeln!(self.out, "{QUIET}{line}{QUIET:#}")?;
            }
        }
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
            Event::Diagnosed { side, cause } => {
                self.causes.push((*side, cause.text(&self.assignment)));
                Ok(())
            }
            Event::RunFinished(summary) => self.finish(summary),
        }
    }
}

/// `text` in lines that fit behind `indent` columns. Line breaks of its own are kept.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    // A name or a number with a hyphen in it stays whole.
    let options =
        textwrap::Options::new(COLUMNS - indent).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// A duration, as precise as it is short.
fn time(duration: Duration) -> String {
    match duration.as_secs_f64() * 1e3 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}
