//! The report for a person, one scenario at a time, in lines of 80 columns.

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::{HARNESS_VERSION, Report};
use crate::assignment::Assignment;
use crate::bytes::{Window, last_lines, window};
use crate::event::{Event, Outcome, Run, RunVerdict, Summary, TargetDescription};
use crate::scenario::{Casting, Tier};
use crate::verdict::{Evidence, Finding, Verdict};

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
    /// Whether the last line was left empty, to set a finding apart.
    is_apart: bool,
    /// The hardening scenarios that were not given a line of their own.
    quiet: Vec<Quiet>,
    /// The remarks and reasons that were given already: once is enough.
    told: HashSet<String>,
    /// What a person calls both sides.
    both_sides: &'static str,
    /// The scenarios that a side fails alone.
    failed_alone: Vec<(Casting, &'static str)>,
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
            is_apart: false,
            quiet: Vec::new(),
            told: HashSet::new(),
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
        if let Verdict::Fail(finding) = &outcome.verdict {
            self.finding(finding, outcome)?;
        }
        self.is_apart = is_failure;
        for saying in news {
            self.paragraph(&saying)?;
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
            self.is_apart = false;
            self.verdict(style, word, casting, &what, "", elapsed)?;
        }
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
        for (index, line) in command_lines(&outcome.again).iter().enumerate() {
            self.line(if index == 0 { "again" } else { "" }, line)?;
        }
        writeln!(self.out)
    }

    fn bytes(&mut self, expected: &[u8], received: &[u8], finding: &Finding) -> io::Result<()> {
        let place = finding.evidence.differs_at().unwrap_or_default();
        let Window { text: expected_text, .. } = window(expected, place);
        let Window { text: received_text, column } = window(received, place);
        self.line("expected", &expected_text)?;
        self.line("received", &received_text)?;
        let remark = if received.is_empty() {
            "nothing came".to_owned()
        } else if place == received.len() {
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
        self.labelled("printed", &last_lines(output).join("\n"))
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
            Event::RunFinished(summary) => self.finish(summary),
        }
    }
}

/// `text` in lines that fit behind `indent` columns. Line breaks of its own are kept.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    textwrap::wrap(text, COLUMNS - indent).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// A command in lines that fit behind a label. It is broken between options only and in the way of a shell, so that it
/// can be copied: a terminal that breaks a line has no regard for words.
fn command_lines(command: &str) -> Vec<String> {
    const CONTINUES: &str = " \\";
    let width = COLUMNS - INDENT.len() - LABEL_WIDTH - CONTINUES.len();
    let Ok(words) = shell_words::split(command) else { return vec![command.to_owned()] };
    let mut lines = vec![String::new()];
    for option in words.chunk_by(|_, next| !next.starts_with("--")) {
        let option = shell_words::join(option);
        let line = lines.last_mut().expect("there is one from the start");
        if line.is_empty() {
            *line = option;
        } else if line.chars().count() + 1 + option.chars().count() <= width {
            *line += " ";
            *line += &option;
        } else {
            *line += CONTINUES;
            lines.push(option);
        }
    }
    lines
}

/// A duration, as precise as it is short.
fn time(duration: Duration) -> String {
    match duration.as_secs_f64() * 1e3 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_options_and_stays_the_same_command() {
        let short = "harness --target localhost:9000 --scenario short --seed 7";
        assert_eq!(command_lines(short), [short]);
        let long = "harness --server 'python3 \"my server.py\" {port}' --stop signal:INT --buffer-size 16 --sandbox \
                    --scenario delivery/header-in-two --seed 7";
        let lines = command_lines(long);
        assert_eq!(
            lines,
            [
                r#"harness --server 'python3 "my server.py" {port}' \"#,
                r"--stop signal:INT --buffer-size 16 --sandbox \",
                "--scenario delivery/header-in-two --seed 7",
            ]
        );
        let copied = lines.join("\n                ");
        assert_eq!(shell_words::split(&copied).unwrap(), shell_words::split(long).unwrap());
    }
}
