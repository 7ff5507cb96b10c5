//! Where each trial of the plan stands: what has come of it by now, and whether that decides the verdict on the run.

use super::{RunRecord, TrialRecord};
use crate::event::PlannedTrial;
use crate::grade::{RunVerdict, Score, is_graded};
use crate::verdict::{Finding, Verdict};

/// A trial of the plan, played or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialStanding<'a> {
    /// What was known of it beforehand.
    pub planned: &'a PlannedTrial,
    /// What came of it, if it was played.
    pub played: Option<&'a TrialRecord>,
    /// Whether it decides the verdict on the run, or the points. What does not is reported, and costs nobody anything.
    pub is_decisive: bool,
}

/// What has come of a trial by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It passed.
    Passed,
    /// It failed.
    Failed {
        /// What was wrong.
        finding: &'a Finding,
        /// What came of it besides.
        trial: &'a TrialRecord,
    },
    /// It could not be decided, which is not counted as a failure: why, in a sentence.
    Undecided(&'a str),
    /// It makes no sense for this target: why, in a sentence.
    Unsupported(&'a str),
    /// It was not played: the run ended before, or has not got there.
    NotPlayed,
}

impl<'a> TrialStanding<'a> {
    /// What has come of it.
    #[must_use]
    pub fn standing(&self) -> Standing<'a> {
        let Some(trial) = self.played else { return Standing::NotPlayed };
        match &trial.finished.verdict {
            Verdict::Pass => Standing::Passed,
            Verdict::Fail(finding) => Standing::Failed { finding, trial },
            Verdict::Blocked { on: why } | Verdict::Inconclusive { why } => Standing::Undecided(why),
            Verdict::Unsupported { why } => Standing::Unsupported(why),
        }
    }

    /// Its points. Those of what was not played are within reach.
    #[must_use]
    pub fn score(&self) -> Score {
        self.played.map_or(Score { reached: 0, max: self.planned.worth }, |trial| trial.score)
    }
}

impl RunRecord {
    /// Every trial of the plan, in its order.
    #[must_use]
    pub fn standings(&self) -> Vec<TrialStanding<'_>> {
        let everything_decides = self.everything_decides();
        let played = self.trials.iter().map(Some).chain(std::iter::repeat(None));
        let standings = self.started.plan.iter().zip(played).map(|(planned, played)| {
            let is_decisive = everything_decides || counts(planned);
            TrialStanding { planned, played, is_decisive }
        });
        standings.collect()
    }

    /// The points by now, those of what was not played among the ones within reach: a run that ended early has no full mark.
    #[must_use]
    pub fn score_of_plan(&self) -> Score {
        self.standings().iter().map(TrialStanding::score).sum()
    }

    /// Whether nothing that decides is left open: the points are those that the submission gets.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let is_open = |trial: &TrialStanding<'_>| {
            trial.is_decisive && matches!(trial.standing(), Standing::Undecided(_) | Standing::NotPlayed)
        };
        self.verdict() != RunVerdict::Incomplete && !self.standings().iter().any(is_open)
    }

    /// Whether what is not graded decides the verdict, too; see [`Tally::verdict`](crate::grade::Tally::verdict). While
    /// something graded is still to be played, it does not.
    pub(super) fn everything_decides(&self) -> bool {
        if let Some(left_out) = self.left_out {
            return left_out.everything_decides;
        }
        let left = &self.started.plan[self.trials.len()..];
        self.started.run.strict || (self.tally.has_nothing_graded() && !left.iter().any(counts))
    }
}

/// Whether a trial is graded, or carries points all the same.
fn counts(planned: &PlannedTrial) -> bool {
    planned.worth > 0 || is_graded(planned.tier, planned.key.casting)
}
