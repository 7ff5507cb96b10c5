//! A run without what is hidden from students.

use std::borrow::Cow;

use super::{RunRecord, TrialRecord};
use crate::diagnosis::told_together;
use crate::event::{NamedCause, NamedMistake};
use crate::grade::Tally;
use crate::side::Side;
use crate::verdict::Verdict;

/// What is hidden from students, and is not in a record that is made for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// How many trials of the plan.
    pub trials: usize,
    /// The points that they are worth together.
    pub worth: u32,
    /// Whether the grade is not final because of them.
    pub is_open: bool,
    /// Whether everything decides the verdict on the run; see [`RunRecord::standings`].
    pub(super) everything_decides: bool,
}

impl RunRecord {
    /// The run as students may see it: without the trials that are hidden, and without what only those have shown.
    #[must_use]
    pub fn for_students(&self) -> Cow<'_, Self> {
        if !self.started.plan.iter().any(|planned| planned.hidden) {
            return Cow::Borrowed(self);
        }
        let mut shown = self.clone();
        shown.started.plan.retain(|planned| !planned.hidden);
        shown.trials.retain(|trial| !trial.planned.hidden);
        shown.traces.retain(|(key, _)| shown.started.plan.iter().any(|planned| planned.key == *key));
        shown.tally = Tally::default();
        for TrialRecord { planned, finished, .. } in &shown.trials {
            shown.tally.add(planned.tier, finished.key.casting, &finished.verdict);
        }
        shown.score = shown.trials.iter().map(|trial| trial.score).sum();
        let fails = |side: Side| !shown.failed(side).is_empty();
        shown.formats = self.formats.iter().copied().filter(|(side, _)| fails(*side)).collect();
        let causes = self.causes.iter();
        shown.causes = causes
            .filter_map(|(side, cause)| Some((*side, cause_of(cause, &shown.failed(*side))?)))
            .collect();
        let hidden = || self.started.plan.iter().filter(|planned| planned.hidden);
        let mut left_out = LeftOut {
            trials: hidden().count(),
            worth: hidden().map(|planned| planned.worth).fold(0, u32::saturating_add),
            is_open: false,
            everything_decides: self.everything_decides(),
        };
        shown.left_out = Some(left_out);
        left_out.is_open = shown.is_final() && !self.is_final();
        shown.left_out = Some(left_out);
        Cow::Owned(shown)
    }

    /// The same run, with nothing hidden from anybody.
    #[must_use]
    pub fn with_nothing_hidden(&self) -> Self {
        let mut record = self.clone();
        record.started.plan.iter_mut().for_each(|planned| planned.hidden = false);
        record.trials.iter_mut().for_each(|trial| trial.planned.hidden = false);
        record
    }

    /// The ids of the scenarios that a side has failed.
    fn failed(&self, side: Side) -> Vec<String> {
        let failed = self.trials.iter().map(|trial| &trial.finished).filter(|finished| {
            finished.key.casting == side.into() && matches!(finished.verdict, Verdict::Fail(_))
        });
        failed.map(|finished| finished.key.scenario.clone()).collect()
    }
}

/// What of a cause is left where only these failures are shown.
fn cause_of(cause: &NamedCause, failed: &[String]) -> Option<NamedCause> {
    let of_mistake = |mistake: &NamedMistake| {
        let is_shown = |id: &&String| failed.contains(id);
        let scenarios: Vec<_> = mistake.scenarios.iter().filter(is_shown).cloned().collect();
        (!scenarios.is_empty()).then(|| NamedMistake { scenarios, ..mistake.clone() })
    };
    let mistakes: Vec<_> = cause.mistakes.iter().filter_map(of_mistake).collect();
    let bugs: Vec<_> = mistakes.iter().flat_map(|mistake| mistake.bugs.clone()).collect();
    let text = told_together(mistakes.iter().map(|mistake| mistake.text.as_str()), failed.len());
    (!mistakes.is_empty()).then_some(NamedCause { bugs, text, mistakes })
}
