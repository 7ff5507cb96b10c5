//! The report for a person, in lines of 80 columns.
//!
//! In brief it fits on a screen: what verdicts there are, what explains the failures with one worked example each, and the score,
//! which comes last because that is what a terminal still shows. In full each trial has a line of its own as the run goes on, and
//! every finding is shown besides.

pub(super) mod fields;
pub(super) mod finding;
pub(super) mod group;
mod verdicts;

use std::collections::HashSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{COLUMNS, Detail, Report};
use crate::bytes::{printable, without_command};
use crate::english::{count, time};
use crate::event::{ContainedBy, Event, EventKind, RunStarted};
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{RunRecord, TrialRecord};
use crate::scenario::Tier;
use crate::verdict::Verdict;

use fields::wrapped;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNDECIDED: Style = AnsiColor::Yellow.on_default();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// More lines than this are no brief report, however much has gone wrong.
const BRIEF_LINES: usize = 40;
/// How many notes and reasons a brief report has, at most.
const BRIEF_NOTES: usize = 3;

/// What a remark is about: what costs points stands first, and what nobody can do anything about last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remark {
    Undecided,
    Other,
    Unsupported,
}

/// Writes as the run goes on.
pub(super) struct Terminal<W> {
    out: W,
    detail: Detail,
    /// How many lines were written.
    lines: usize,
    /// The notes and reasons that were given already: once is enough.
    told: HashSet<String>,
    /// The verdicts of one casting that are still to be listed.
    verdicts: verdicts::Verdicts,
    /// What was remarked on in a brief report, in the order in which it came up, each with how much it is missed.
    notes: Vec<(Remark, String)>,
}

impl<W: Write> Terminal<W> {
    pub(super) fn new(out: W, detail: Detail) -> Self {
        let verdicts = verdicts::Verdicts::default();
        Self { out, detail, lines: 0, told: HashSet::new(), verdicts, notes: Vec::new() }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        writeln!(self.out, "{}", without_command(line))
    }

    fn lines(&mut self, lines: &[String]) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    fn start(&mut self, started: &RunStarted) -> io::Result<()> {
        let RunStarted { harness_version, run, .. } = started;
        let target = printable(&run.target.title());
        self.line(&format!("{STRONG}lengthwise {harness_version}{STRONG:#}  {target}  seed {}", run.seed))?;
        match run.target.containment() {
            Some(ContainedBy::Layers(layers)) => {
                self.lines(&wrapped(&format!("contained by: {layers}"), 0))?;
            }
            Some(ContainedBy::Nothing) => {
                let words = format!("contained by: nothing. {}", prose::NOT_CONTAINED);
                let lines = wrapped(&words, 0).into_iter();
                self.lines(&lines.map(|line| format!("{UNDECIDED}{line}{UNDECIDED:#}")).collect::<Vec<_>>())?;
            }
            None => {}
        }
        if let Some(file) = &run.course.file {
            self.lines(&wrapped(&format!("assignment: {file}"), 0))?;
        }
        if let Some(names) = prose::own_names(&run.course) {
            self.lines(&wrapped(&names, 0))?;
        }
        if !started.proves_silence {
            let words = "This system does not show what a program is blocked in, so a silent program is given until the deadline.";
            self.lines(&wrapped(words, 0))?;
        }
        self.line("")
    }

    fn trial(&mut self, trial: &TrialRecord) -> io::Result<()> {
        let finished = &trial.finished;
        let sentences: Vec<_> = match finished.verdict.reason() {
            Some(reason) => vec![reason.to_owned()],
            None if matches!(finished.verdict, Verdict::Fail(_)) => Vec::new(),
            // What the rules leave open costs nobody anything.
            None if self.detail == Detail::Brief && trial.planned.tier == Tier::Hardening => Vec::new(),
            None => finished.notes.iter().map(prose::note).collect(),
        };
        let news: Vec<_> =
            sentences.into_iter().filter(|sentence| self.told.insert(sentence.clone())).collect();
        match self.detail {
            Detail::Full => self.lines(&verdicts::line(trial, &news))?,
            Detail::Brief => {
                if let Some(lines) = self.verdicts.add(trial) {
                    self.lines(&lines)?;
                }
                let remark = match finished.verdict {
                    Verdict::Blocked { .. } | Verdict::Inconclusive { .. } if trial.score.max > 0 => {
                        Remark::Undecided
                    }
                    Verdict::Unsupported { .. } => Remark::Unsupported,
                    _ => Remark::Other,
                };
                self.notes.extend(news.into_iter().map(|note| (remark, note)));
            }
        }
        self.out.flush()
    }

    /// What was remarked on, and why something could not be played.
    fn notes(&mut self) -> io::Result<()> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.sort_by_key(|(remark, _)| *remark);
        if notes.is_empty() {
            return Ok(());
        }
        for (_, note) in notes.iter().take(BRIEF_NOTES) {
            self.lines(&fields::labelled("note", note))?;
        }
        match notes.len().saturating_sub(BRIEF_NOTES) {
            0 => self.line(""),
            more => {
                self.lines(&fields::labelled("", &format!("and {} with -v", count(more, "more note"))))?;
                self.line("")
            }
        }
    }

    /// What explains the failures. In a brief report there is room for a few lines only.
    fn failures(&mut self, record: &RunRecord) -> io::Result<()> {
        let closing = self.closing(record);
        let room = match self.detail {
            Detail::Full => usize::MAX,
            Detail::Brief => BRIEF_LINES.saturating_sub(self.lines + closing.len()),
        };
        self.lines(&group::blocks(&record.failures_to_explain(), record, self.detail, room))?;
        self.lines(&closing)
    }

    /// What stands at the end: how many scenarios got which verdict, and what that comes to.
    fn closing(&self, record: &RunRecord) -> Vec<String> {
        let mut lines = Vec::new();
        for remark in prose::remarks(record) {
            lines.extend(wrapped(&remark, 0));
            lines.push(String::new());
        }
        if let Some(sentence) = prose::hidden_from_students(record) {
            lines.extend(wrapped(&sentence, 0));
        }
        if let Some(note) = prose::unconfirmed_cuts(record.scenarios_with_unconfirmed_cuts()) {
            lines.extend(wrapped(&note, 0).iter().map(|line| format!("{QUIET}{line}{QUIET:#}")));
        }
        if self.detail == Detail::Brief && record.tally.failed > 0 {
            let findings = match record.tally.failed {
                1 => "The finding in full".to_owned(),
                2 => "Both findings in full".to_owned(),
                several => format!("All {several} findings in full"),
            };
            lines.push(format!("{QUIET}{findings}: the same command with -v{QUIET:#}"));
        }
        if let (Some(mark), Some(is_reached)) =
            (record.started.run.course.pass_mark, record.reaches_pass_mark())
        {
            let reached = if is_reached { "reached" } else { "not reached" };
            lines.push(format!("pass mark {mark}: {reached}"));
        }
        lines.extend(score(record));
        lines
    }
}

/// The last line: how many scenarios got which verdict, and the points.
fn score(record: &RunRecord) -> Vec<String> {
    let failed = if record.verdict() == RunVerdict::Pass { "failed (not graded)" } else { "failed" };
    let word = |what: &'static str| if what == "failed" { failed } else { what };
    let counts: Vec<_> =
        record.tally.counts().map(|(count, what)| format!("{count} {}", word(what))).collect();
    let (word, style) = match record.verdict() {
        RunVerdict::Pass => ("PASS", GOOD.bold()),
        RunVerdict::Fail => ("FAIL", BAD),
        RunVerdict::Incomplete => ("INCOMPLETE", UNDECIDED.bold()),
    };
    let counts = if counts.is_empty() { "nothing was played".to_owned() } else { counts.join(", ") };
    let elapsed = time(record.elapsed);
    let score = if record.score.max > 0 { format!("score {}  {elapsed}", record.score) } else { elapsed };
    if word.len() + counts.len() + score.len() + 4 <= COLUMNS {
        vec![format!("{style}{word}{style:#}  {counts}  {score}")]
    } else {
        vec![format!("{style}{word}{style:#}  {counts}"), format!("      {score}")]
    }
}

impl<W: Write> Report for Terminal<W> {
    fn event(&mut self, event: &Event, record: &RunRecord) -> io::Result<()> {
        match &event.kind {
            EventKind::RunStarted(started) => self.start(started),
            EventKind::TrialFinished(_) => record.trials.last().map_or(Ok(()), |trial| self.trial(trial)),
            // A line appears when there is something to say; scenarios are quick. What explains the failures stands with
            // them, at the end.
            EventKind::TrialStarted { .. }
            | EventKind::Traced { .. }
            | EventKind::Diagnosed { .. }
            | EventKind::OtherFormat { .. }
            | EventKind::RunFinished => Ok(()),
        }
    }

    fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        let verdicts = self.verdicts.take();
        self.lines(&verdicts)?;
        if !record.trials.is_empty() {
            self.line("")?;
        }
        self.notes()?;
        if self.detail == Detail::Full {
            for trial in &record.trials {
                self.lines(&finding::finding(trial, record))?;
            }
        }
        self.failures(record)?;
        self.out.flush()
    }
}
