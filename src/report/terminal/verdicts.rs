//! The list of verdicts: a line for each trial, or in brief a line for each verdict of a casting.

use super::fields::{INDENT, wrapped, wrapped_list};
use super::{BAD, GOOD, QUIET, UNDECIDED};
use crate::english::{count, time};
use crate::record::TrialRecord;
use crate::scenario::Tier;
use crate::side::Casting;
use crate::verdict::Verdict;

use anstyle::Style;

/// The width of a side's name and of a verdict, in columns.
const SIDE_WIDTH: usize = 8;
const VERDICT_WIDTH: usize = 14;

/// A verdict's style and word.
const fn word(verdict: &Verdict) -> (Style, &'static str) {
    match verdict {
        Verdict::Pass => (GOOD, verdict.word()),
        Verdict::Fail(_) => (BAD, "FAIL"),
        Verdict::Unsupported { .. } => (QUIET, verdict.word()),
        Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => (UNDECIDED, verdict.word()),
    }
}

/// The line of one trial, and below it what there is to remark.
pub(super) fn line(trial: &TrialRecord, news: &[String]) -> Vec<String> {
    let (style, word) = word(&trial.finished.verdict);
    let key = &trial.finished.key;
    let points = if trial.score.max == 0 { String::new() } else { trial.score.to_string() };
    let (casting, scenario, time) = (key.casting, &key.scenario, time(trial.finished.elapsed));
    let mut lines = vec![format!(
        "{style}{word:<12}{style:#} {casting:<6} {scenario:<38} {points:>5} {QUIET}{time:>10}{QUIET:#}"
    )];
    for sentence in news {
        lines.extend(wrapped(sentence, INDENT.len()).iter().map(|line| format!("{INDENT}{line}")));
    }
    lines
}

/// The verdicts of the casting that is being played.
#[derive(Default)]
pub(super) struct Verdicts {
    casting: Option<Casting>,
    groups: Vec<Group>,
}

/// The trials of one casting with one verdict.
struct Group {
    style: Style,
    word: &'static str,
    /// Graded ones, each with its points.
    graded: Vec<String>,
    hardening: usize,
}

impl Verdicts {
    /// Adds a trial. With the first of another casting, the lines of the one before are there.
    pub(super) fn add(&mut self, trial: &TrialRecord) -> Option<Vec<String>> {
        let casting = trial.finished.key.casting;
        let before = self.casting.is_some_and(|before| before != casting).then(|| self.take());
        self.casting = Some(casting);
        let (style, word) = word(&trial.finished.verdict);
        let index = self.groups.iter().position(|group| group.word == word).unwrap_or_else(|| {
            self.groups.push(Group { style, word, graded: Vec::new(), hardening: 0 });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        match trial.planned.tier {
            Tier::Hardening => group.hardening += 1,
            Tier::Graded if trial.score.max == 0 => group.graded.push(trial.finished.key.scenario.clone()),
            Tier::Graded => group.graded.push(format!("{} {}", trial.finished.key.scenario, trial.score)),
        }
        before
    }

    /// The lines of what was added so far.
    pub(super) fn take(&mut self) -> Vec<String> {
        let Some(casting) = self.casting.take() else { return Vec::new() };
        let mut lines = Vec::new();
        let mut groups = std::mem::take(&mut self.groups);
        // What went well first: what did not is nearer to its explanation then.
        groups.sort_by_key(|group| group.word != "pass");
        for Group { style, word, mut graded, hardening } in groups {
            if hardening > 0 {
                graded.push(count(hardening, "hardening scenario"));
            }
            for (index, line) in wrapped_list(&graded, SIDE_WIDTH + VERDICT_WIDTH).iter().enumerate() {
                let side = if lines.is_empty() { casting.to_string() } else { String::new() };
                let word = if index == 0 { word } else { "" };
                lines.push(format!("{side:<SIDE_WIDTH$}{style}{word:<VERDICT_WIDTH$}{style:#}{line}"));
            }
        }
        lines
    }
}
