//! The report for a person, one scenario at a time, in lines of 80 columns.

mod finding;

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::{COLUMNS, Report};
use crate::event::{Event, EventKind, RunStarted};
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{RunRecord, TrialRecord};
use crate::scenario::Tier;
use crate::side::Casting;
use crate::verdict::Verdict;

/// What stands in front of everything that belongs to a scenario's own line.
const INDENT: &str = "      ";
/// The width of the names in front of a finding's parts.
const LABEL_WIDTH: usize = 10;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNDECIDED: Style = AnsiColor::Yellow.on_default();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// Writes as the run goes on.
pub(super) struct Terminal<W> {
    out: W,
    /// The hardening scenarios that were not given a line of their own.
    quiet: Vec<Quiet>,
    /// The notes and reasons that were given already: once is enough.
    told: HashSet<String>,
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
        Self { out, quiet: Vec::new(), told: HashSet::new() }
    }

    fn start(&mut self, started: &RunStarted) -> io::Result<()> {
        let RunStarted { harness_version, run, .. } = started;
        let target = run.target.title();
        writeln!(self.out, "{STRONG}lengthwise {harness_version}{STRONG:#}  {target}  seed {}", run.seed)?;
        if !started.proves_silence {
            let words = "What programs are blocked in is not shown here, so a silent one is waited for until the deadline.";
            for line in wrapped(words, 0) {
                writeln!(self.out, "{line}")?;
            }
        }
        writeln!(self.out)
    }

    fn trial(&mut self, trial: &TrialRecord) -> io::Result<()> {
        let TrialRecord { planned, finished, score } = trial;
        let (verdict, casting) = (&finished.verdict, finished.key.casting);
        if planned.tier == Tier::Graded || self.quiet.iter().any(|quiet| quiet.casting != casting) {
            self.write_quiet()?;
        }
        let (style, word) = match verdict {
            Verdict::Pass => (GOOD, verdict.word()),
            Verdict::Fail(_) => (BAD, "FAIL"),
            Verdict::Unsupported { .. } => (QUIET, verdict.word()),
            Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => (UNDECIDED, verdict.word()),
        };
        let is_failure = matches!(verdict, Verdict::Fail(_));
        let sentences: Vec<_> = match verdict.reason() {
            Some(reason) => vec![reason.to_owned()],
            None if is_failure => Vec::new(),
            None => finished.notes.iter().map(prose::note).collect(),
        };
        let news: Vec<_> =
            sentences.into_iter().filter(|sentence| self.told.insert(sentence.clone())).collect();
        if planned.tier == Tier::Hardening && !is_failure && news.is_empty() {
            self.count_quietly(style, word, casting, finished.elapsed);
            return Ok(());
        }
        let points = if score.max == 0 { String::new() } else { score.to_string() };
        self.verdict(style, word, casting, &finished.key.scenario, &points, finished.elapsed)?;
        for sentence in news {
            self.paragraph(&sentence)?;
        }
        self.out.flush()
    }

    /// Says what it means that the sides do together what one of them cannot do alone.
    fn agreement(&mut self, record: &RunRecord) -> io::Result<()> {
        let Some(agreement) = record.agreement() else { return Ok(()) };
        for line in textwrap::wrap(&agreement.to_string(), COLUMNS) {
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

    fn count_quietly(&mut self, style: Style, word: &'static str, casting: Casting, elapsed: Duration) {
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

    /// How many scenarios got which verdict, and what that comes to.
    fn closing(&mut self, record: &RunRecord) -> io::Result<()> {
        let tally = &record.tally;
        let counts = [
            (tally.passed, "passed"),
            (tally.failed, "failed"),
            (tally.blocked, "blocked"),
            (tally.unsupported, "unsupported"),
            (tally.inconclusive, "inconclusive"),
        ];
        let counts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let (word, style) = match record.verdict() {
            RunVerdict::Pass => ("PASS", GOOD.bold()),
            RunVerdict::Fail => ("FAIL", BAD),
            RunVerdict::Incomplete => ("INCOMPLETE", UNDECIDED.bold()),
        };
        let counts = if counts.is_empty() { "nothing was played".to_owned() } else { counts.join(", ") };
        let score = format!("score {}  {}", record.score, time(record.elapsed));
        let fits = word.len() + counts.len() + score.len() + 4 <= COLUMNS;
        let gap = if fits { "  ".to_owned() } else { format!("\n{INDENT}") };
        writeln!(self.out, "{style}{word}{style:#}  {counts}{gap}{score}")
    }

    /// Says in how many scenarios the harness could not see how its pieces were read.
    fn requested(&mut self, record: &RunRecord) -> io::Result<()> {
        let scenarios = match record.requested() {
            0 => return Ok(()),
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
        Ok(())
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
            | EventKind::Observed { .. }
            | EventKind::Diagnosed { .. }
            | EventKind::RunFinished => Ok(()),
        }
    }

    fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        self.write_quiet()?;
        writeln!(self.out)?;
        record.trials.iter().try_for_each(|trial| self.failure(trial, record))?;
        self.agreement(record)?;
        self.closing(record)?;
        self.requested(record)?;
        self.out.flush()
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
