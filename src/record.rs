//! What a run has come to so far: the one fold over its events.
//!
//! Points, the verdict on the run, what explains the failures and what a pair makes of them are worked out here and
//! nowhere else, so that no two reports can disagree. A record does no I/O and reads no clock: the same events give the
//! same record, whether they happen now or were [recorded](recording).

mod agreement;
mod failures;
mod other_format;
pub mod recording;
mod standing;
mod students;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

pub use agreement::Agreement;
pub use failures::FailureGroup;
pub use other_format::OtherFormat;
pub use standing::{Standing, TrialStanding};
pub use students::LeftOut;

use crate::assignment::WireFormat;
use crate::delivery::Boundary;
use crate::event::{Event, EventKind, NamedCause, PlannedTrial, RunStarted, Trace, TrialFinished, TrialKey};
use crate::grade::{RunVerdict, Score, Tally};
use crate::side::Side;

/// A trial that has its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialRecord {
    /// What was known of it beforehand.
    pub planned: PlannedTrial,
    /// What came of it.
    pub finished: Arc<TrialFinished>,
    /// The points that it got, and could get.
    pub score: Score,
}

/// What all events of a run so far come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunRecord {
    /// What was known before anything was played.
    pub started: RunStarted,
    /// What has its verdict, in the order in which it was played.
    pub trials: Vec<TrialRecord>,
    /// What sides under test did with their sockets in some of the trials that they failed.
    pub traces: Vec<(TrialKey, Trace)>,
    /// What explains the failures of a side.
    pub causes: Vec<(Side, NamedCause)>,
    /// With which format of a length a right side would have done the same.
    pub formats: Vec<(Side, WireFormat)>,
    /// How many scenarios got which verdict.
    pub tally: Tally,
    /// The points so far.
    pub score: Score,
    /// How long the run took, up to the last event.
    pub elapsed: Duration,
    /// What is hidden from students, in a record that is made [for them](RunRecord::for_students).
    pub left_out: Option<LeftOut>,
    is_finished: bool,
}

/// Why an event cannot be the next of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The first event is not the start of a run.
    #[error("the run has not started")]
    NotStarted,
    /// Everything is played once.
    #[error("the plan of the run has {0} more than once")]
    PlannedTwice(TrialKey),
    /// A run starts once.
    #[error("the run has started already")]
    StartedTwice,
    /// Nothing happens in a run that is over.
    #[error("the run has finished already")]
    Finished,
    /// Everything is played once, and in the order of the plan.
    #[error("{0} is not what the plan of the run has next")]
    OutOfPlace(TrialKey),
    /// The run is over when all of the plan was played.
    #[error("the run is over, but {0} is missing")]
    Missing(TrialKey),
}

impl RunRecord {
    /// The record of a run whose first event this is.
    ///
    /// # Errors
    ///
    /// It is not the start of a run.
    pub fn start(first: &Event) -> Result<Self, EventError> {
        let EventKind::RunStarted(started) = &first.kind else { return Err(EventError::NotStarted) };
        let mut keys = HashSet::new();
        if let Some(planned) = started.plan.iter().find(|planned| !keys.insert(&planned.key)) {
            return Err(EventError::PlannedTwice(planned.key.clone()));
        }
        Ok(Self {
            started: started.clone(),
            trials: Vec::new(),
            traces: Vec::new(),
            causes: Vec::new(),
            formats: Vec::new(),
            tally: Tally::default(),
            score: Score::default(),
            elapsed: first.at,
            left_out: None,
            is_finished: false,
        })
    }

    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// It cannot be the next; then nothing has changed.
    pub fn apply(&mut self, event: &Event) -> Result<(), EventError> {
        if self.is_finished {
            return Err(EventError::Finished);
        }
        match &event.kind {
            EventKind::RunStarted(_) => return Err(EventError::StartedTwice),
            EventKind::TrialStarted { key } => {
                self.next_planned(key)?;
            }
            EventKind::TrialFinished(finished) => self.finish_trial(finished)?,
            EventKind::Traced { key, trace } => self.traces.push((key.clone(), trace.clone())),
            EventKind::Diagnosed { side, cause, experiments: _ } => self.causes.push((*side, cause.clone())),
            EventKind::OtherFormat { side, format } => self.formats.push((*side, *format)),
            EventKind::RunFinished => match self.started.plan.get(self.trials.len()) {
                Some(missing) => return Err(EventError::Missing(missing.key.clone())),
                None => self.is_finished = true,
            },
        }
        self.elapsed = event.at;
        Ok(())
    }

    /// What the plan has next, if that is `key`: everything is played once, and in the order of the plan.
    fn next_planned(&self, key: &TrialKey) -> Result<&PlannedTrial, EventError> {
        match self.started.plan.get(self.trials.len()) {
            Some(next) if next.key == *key => Ok(next),
            _ => Err(EventError::OutOfPlace(key.clone())),
        }
    }

    fn finish_trial(&mut self, finished: &Arc<TrialFinished>) -> Result<(), EventError> {
        let planned = self.next_planned(&finished.key)?.clone();
        let score = Score::of(&finished.verdict, planned.worth, finished.passed_deliveries);
        self.tally.add(planned.tier, finished.key.casting, &finished.verdict);
        self.score = self.score + score;
        self.trials.push(TrialRecord { planned, finished: Arc::clone(finished), score });
        Ok(())
    }

    /// Whether the run was played to its end.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Whether all of it was played: it has ended, and nobody has ended it before its time.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_finished && !self.trials.iter().any(|trial| trial.finished.verdict.is_of_stopped_run())
    }

    /// The verdict on the run. One that was not played to its end has no other than incomplete.
    #[must_use]
    pub fn verdict(&self) -> RunVerdict {
        // Where all that decides is hidden, what is shown decides nothing.
        let decides = |left_out: LeftOut| left_out.everything_decides || !self.tally.has_nothing_graded();
        match self.is_finished && self.left_out.is_none_or(decides) {
            true => self.tally.verdict(self.started.run.strict),
            false => RunVerdict::Incomplete,
        }
    }

    /// What explains the failure of a trial.
    #[must_use]
    pub fn cause(&self, key: &TrialKey) -> Option<&NamedCause> {
        let side = key.casting.side()?;
        self.causes.iter().find(|(of, _)| *of == side).map(|(_, cause)| cause)
    }

    /// What the course has to say of a failure: of the scenario, and of the mistakes that account for it.
    #[must_use]
    pub fn course_texts(&self, key: &TrialKey) -> Vec<&str> {
        let of_cause = self.cause(key).into_iter().flat_map(|cause| &cause.mistakes);
        let of_trial = of_cause.filter(|mistake| mistake.scenarios.contains(&key.scenario));
        let ids = std::iter::once(&key.scenario).chain(of_trial.flat_map(|mistake| &mistake.bugs));
        ids.filter_map(|id| self.started.run.course.texts.get(id)).map(String::as_str).collect()
    }

    /// Whether the points reach what the course has set as the mark; nothing where it has set none.
    #[must_use]
    pub fn reaches_pass_mark(&self) -> Option<bool> {
        self.started.run.course.pass_mark.map(|mark| self.score.reached >= mark)
    }

    /// What the side under test did with its sockets in a trial, if that was observed.
    #[must_use]
    pub fn trace(&self, key: &TrialKey) -> Option<&Trace> {
        self.traces.iter().find(|(of, _)| of == key).map(|(_, trace)| trace)
    }

    /// In how many scenarios a cut was not seen to end a read of the submission.
    #[must_use]
    pub fn scenarios_with_unconfirmed_cuts(&self) -> usize {
        self.trials.iter().filter(|trial| trial.finished.boundary == Some(Boundary::Unconfirmed)).count()
    }
}

#[cfg(test)]
mod tests;
