//! What came of a trial, put together from what came of its cases.

use std::time::Duration;

use super::diagnose::Observations;
use super::played::Played;
use super::reason::Reason;
use crate::delivery::Boundary;
use crate::event::{PlayedCase, TrialFinished, TrialKey};
use crate::scenario::Case;
use crate::verdict::Verdict;

/// What came of a trial, and what it showed.
pub(super) struct TrialOutcome {
    pub(super) finished: TrialFinished,
    pub(super) observations: Observations,
    /// Why it has neither passed nor failed, where that is for the run to say.
    reason: Option<Reason>,
}

impl TrialOutcome {
    /// That of a trial of which nothing was played yet. `reproduce` is the command that repeats it.
    pub(super) fn new(key: TrialKey, reproduce: String) -> Self {
        let finished = TrialFinished {
            key,
            verdict: Verdict::Pass,
            failed_delivery: None,
            passed_deliveries: None,
            deliveries: Vec::new(),
            elapsed: Duration::ZERO,
            boundary: None,
            notes: Vec::new(),
            output: None,
            crash: None,
            reproduce,
        };
        Self { finished, observations: Observations::default(), reason: None }
    }

    /// That of a trial of a single case, or of none that can be shown.
    pub(super) fn of(key: TrialKey, reproduce: String, case: Option<Case>, played: Played) -> Self {
        let mut outcome = Self::new(key, reproduce);
        match case {
            Some(case) => outcome.add(case, played),
            None => {
                outcome.finished.output = played.output;
                outcome.finished.verdict = played.verdict;
            }
        }
        outcome
    }

    /// Adds what came of one more case. It is the last one unless it was passed, or each counts.
    pub(super) fn add(&mut self, case: Case, played: Played) {
        let finished = &mut self.finished;
        let crash = played.crash();
        self.observations.add(&case, finished.key.casting, &played);
        finished.elapsed += played.elapsed;
        finished.boundary = Boundary::weakest(finished.boundary.into_iter().chain(played.boundary));
        for note in played.notes {
            if !finished.notes.contains(&note) {
                finished.notes.push(note);
            }
        }
        let is_first = finished.verdict == Verdict::Pass;
        if let Verdict::Fail(_) = played.verdict
            && is_first
        {
            finished.failed_delivery = Some(case.delivery.clone());
            finished.crash = crash;
        }
        if let Some(transcript) = played.transcript {
            finished.deliveries.push(PlayedCase { case, transcript, elapsed: played.elapsed });
        }
        // What fails first is told, if others are played after it. That one came to nothing tells more.
        if played.verdict != Verdict::Pass && (is_first || !matches!(played.verdict, Verdict::Fail(_))) {
            finished.output = played.output;
            finished.verdict = played.verdict;
            self.reason = played.reason;
        }
    }

    /// Whether all cases so far were passed.
    pub(super) fn has_passed(&self) -> bool {
        self.finished.verdict == Verdict::Pass
    }

    /// Whether one of the cases so far was failed, and none came to nothing.
    pub(super) const fn has_failed(&self) -> bool {
        matches!(self.finished.verdict, Verdict::Fail(_))
    }

    /// Whether it came to this because the sides under test were there to be played with, or could not be started.
    pub(super) fn needed_its_sides(&self) -> bool {
        !self.reason.as_ref().is_some_and(Reason::is_independent_of_sides)
    }
}
