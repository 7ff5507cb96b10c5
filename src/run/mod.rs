//! A run: scenarios played against a target one after the other, told as events.
//!
//! What is played is a schedule, fixed before anything is. A session plays cases against the target, one at a time, and knows
//! which of them may share a server. What came of a case is classified with what is known of the server by then, and in the end
//! the failures of a side are diagnosed. Everything that happens is told in a log.
//!
//! This module owns the order of things and meets all of these parts; they must not know each other. It must not write: it hands
//! events to its caller.

mod classify;
mod diagnose;
mod log;
mod schedule;
mod session;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::diagnose::{Diagnosis, Observations};
use self::log::EventLog;
use self::schedule::{Schedule, Scheduled};
use self::session::Session;
use crate::assignment::Assignment;
use crate::event::{
    Event, EventKind, FORMAT_VERSION, HARNESS_VERSION, NamedCause, PlayedDelivery, Run, RunStarted,
    TargetDescription, TrialFinished,
};
use crate::grade::Rubric;
use crate::record::RunRecord;
use crate::scenario::{self, Case, Scenario};
use crate::side::{Casting, Side};
use crate::target::Target;
use crate::verdict::Verdict;

/// Which scenarios are played, under which conditions, and how they are weighed.
#[derive(Debug, Clone)]
pub struct Runner {
    /// What reports say of the run.
    pub run: Run,
    /// The scenarios, in the order in which they are played.
    pub scenarios: Vec<&'static Scenario>,
    /// The castings to play them in; those that the target lacks a side for are left out.
    pub castings: Vec<Casting>,
    /// What they are worth.
    pub rubric: Rubric,
    /// How long a submission may be silent. In hardening scenarios it is a quarter of that, unless they count: a
    /// submission that is wrong may fail dozens of them by silence.
    pub deadline: Duration,
    /// Whether deliveries are exact where that is possible, or only timed.
    pub exact: bool,
    /// The command that reaches the same target, to which a scenario and a seed are added.
    pub reproduce: String,
}

impl Runner {
    /// How long a submission may be silent, unless told otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(2);

    /// Plays the whole catalogue as the harness does without options: for the course's own assignment and points, with a
    /// seed that is another each time. Change the fields to do anything else.
    ///
    /// `target` is what reports say of what is graded, and `reproduce` the command that reaches the same.
    #[must_use]
    pub fn new(target: TargetDescription, reproduce: impl Into<String>) -> Self {
        // A seed that can be typed again.
        let seed = rand::random::<u32>().into();
        Self {
            run: Run { target, assignment: Assignment::default(), seed, strict: false },
            scenarios: scenario::catalogue().collect(),
            castings: Casting::ALL.to_vec(),
            rubric: Rubric::default(),
            deadline: Self::DEADLINE,
            exact: true,
            reproduce: reproduce.into(),
        }
    }

    /// Plays everything, and returns what it came to: [`Runner::play`] without a report and without an end before its
    /// time.
    #[must_use]
    pub fn grade(&self, target: &mut Target) -> RunRecord {
        match self.play(target, &Arc::default(), |_, _| Ok(())) {
            Ok(record) => record,
            Err(error) => unreachable!("nothing is written that could fail: {error}"),
        }
    }

    /// Plays everything and hands each event to `report`, with what the run has come to by then. Returns what it came to
    /// in the end.
    ///
    /// Once `interrupted` is set, nothing more is played; what is left is inconclusive.
    ///
    /// # Errors
    ///
    /// Those of `report`.
    pub fn play(
        &self,
        target: &mut Target,
        interrupted: &Arc<AtomicBool>,
        report: impl FnMut(&Event, &RunRecord) -> io::Result<()>,
    ) -> io::Result<RunRecord> {
        let castings = target.castings();
        let schedule = Schedule::new(&self.scenarios, &self.castings, &castings);
        let mut log = EventLog::start(self.started(&schedule), report)?;
        let mut session = Session::new(self, &schedule, target, Arc::clone(interrupted));
        let mut observations = Observations::default();
        for scheduled in &schedule.trials {
            log.add(EventKind::TrialStarted { key: scheduled.key() })?;
            let reproduce = self.reproduce(scheduled, castings.len());
            let finished = self.finish(scheduled, reproduce, &mut session, &mut observations);
            log.add(EventKind::TrialFinished(Arc::new(finished)))?;
        }
        for side in Side::ALL {
            if let Some(Diagnosis { cause, experiments }) = observations.diagnose(*side, &mut session) {
                let cause = NamedCause::new(&cause, &self.run.assignment);
                log.add(EventKind::Diagnosed { side: *side, cause, experiments })?;
            }
        }
        // It may still have a server.
        drop(session);
        log.add(EventKind::RunFinished)?;
        Ok(log.into_record())
    }

    fn started(&self, schedule: &Schedule) -> RunStarted {
        RunStarted {
            format_version: FORMAT_VERSION,
            harness_version: HARNESS_VERSION.into(),
            run: self.run.clone(),
            deadline: self.deadline,
            plan: schedule.plan(&self.rubric),
        }
    }

    /// The command that repeats just this. A side needs to be named where the target has several.
    fn reproduce(&self, scheduled: &Scheduled, castings: usize) -> String {
        let Self { run, reproduce, .. } = self;
        let only = match castings {
            1 => String::new(),
            _ => format!(" --side {}", scheduled.casting),
        };
        format!("{reproduce}{only} --scenario {} --seed {}", scheduled.scenario.id, run.seed)
    }

    /// Plays a scenario under each of its deliveries, until one is not passed.
    fn finish(
        &self,
        scheduled: &Scheduled,
        reproduce: String,
        session: &mut Session<'_>,
        observations: &mut Observations,
    ) -> TrialFinished {
        let mut finished = TrialFinished {
            key: scheduled.key(),
            verdict: Verdict::Pass,
            failed_delivery: None,
            deliveries: Vec::new(),
            elapsed: Duration::ZERO,
            delivered: None,
            notes: Vec::new(),
            output: None,
            reproduce,
        };
        for delivery in scheduled.scenario.deliveries {
            let case = Case::new(scheduled.scenario, &self.run.assignment, delivery, self.run.seed);
            let played = session.play(&case, scheduled.casting);
            observations.add(&case, scheduled.casting, &played);
            finished.elapsed += played.elapsed;
            finished.delivered = finished.delivered.max(played.delivered);
            for note in played.notes {
                if !finished.notes.contains(&note) {
                    finished.notes.push(note);
                }
            }
            if let Some(transcript) = played.transcript {
                finished.deliveries.push(PlayedDelivery { case, transcript, elapsed: played.elapsed });
            }
            if played.verdict != Verdict::Pass {
                let is_failure = matches!(played.verdict, Verdict::Fail(_));
                finished.failed_delivery = is_failure.then(|| delivery.clone());
                finished.output = played.output;
                finished.verdict = played.verdict;
                break;
            }
        }
        finished
    }
}
