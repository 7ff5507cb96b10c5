//! A run: scenarios played against a target, several at a time, told as events in their order.
//!
//! What is played is a schedule, fixed before anything is, in batches. A pool hands them out to workers, each with a session of
//! its own. A session plays cases against its target, one at a time; those of a batch may share a server. What came of a case is
//! weighed with what is known of the server by then, and added to the outcome of its trial. In the end the failures of a side
//! are diagnosed. Everything that happens is told in a log, in the order of the schedule.
//!
//! The number of workers changes nothing but the time it takes. So the schedule decides which trials share a server. If a trial
//! shows that a side can no longer be started, every later trial that needs it is reported as not started, even if a worker has
//! already played it.
//!
//! This module owns the order of things and meets all of these parts; they must not know each other. It must not write: it hands
//! events to its caller.

mod culprit_call;
mod diagnose;
mod fuzz;
mod log;
mod outcome;
mod played;
mod pool;
mod reason;
mod schedule;
mod server_history;
mod session;
mod trace;
mod workers;

use std::io;
use std::iter;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use self::diagnose::{Diagnosis, Observations};
pub use self::fuzz::{Explored, Found, Fuzzing, Growth, Progress as FuzzingProgress, Source};
use self::log::EventLog;
use self::outcome::TrialOutcome;
use self::played::Played;
use self::pool::Pool;
use self::reason::Reason;
pub use self::schedule::AddedCase;
use self::schedule::{Playable, Schedule, Scheduled};
use self::session::Session;
use self::trace::trace;
use self::workers::{Progress, play_all};
use crate::assignment::Assignment;
use crate::course::Course;
use crate::event::{
    Event, EventKind, FORMAT_VERSION, HARNESS_VERSION, NamedCause, PlannedTrial, Run, RunStarted,
    TargetDescription,
};
use crate::grade::{PassedDeliveries, Rubric};
use crate::os::silence;
use crate::record::RunRecord;
use crate::scenario::{self, Case, Scenario, Tier};
use crate::side::{Casting, Side};
use crate::target::Target;
use crate::verdict::Verdict;

/// How many workers there are for each that plays at a time: the others wait for programs that do nothing.
const WAITING_FOR_ONE_THAT_PLAYS: usize = 16;

/// How many descriptors of the harness a worker has open at most, about, with the programs that it plays with.
const DESCRIPTORS_OF_WORKER: u64 = 32;

/// How many workers can have their descriptors at a time.
fn workers_max() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current;
    descriptors.map_or(usize::MAX, |all| usize::try_from(all / DESCRIPTORS_OF_WORKER).unwrap_or(usize::MAX))
}

/// Which scenarios are played, under which conditions, and how they are weighed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Runner {
    /// What reports say of the run.
    pub run: Run,
    /// The scenarios, in the order in which they are told. Those that say nothing where the assignment is asked for are left out.
    pub scenarios: Vec<&'static Scenario>,
    /// Cases that are played after them, each with an id that nothing else has. They are for the assignment of the run.
    pub cases: Vec<AddedCase>,
    /// The castings to play all of this in; those that the target lacks a side for are left out.
    pub castings: Vec<Casting>,
    /// What they are worth.
    pub rubric: Rubric,
    /// How long a submission may be silent where it cannot be proven that it will stay so.
    pub deadline: Duration,
    /// Whether deliveries are exact where that is possible, or only timed.
    pub exact: bool,
    /// How many scenarios are played at a time, at most, where the target allows more than one; those in which the harness only
    /// waits for a program that does nothing are not counted. Nothing but time depends on it.
    pub jobs: NonZero<usize>,
    /// The command that reaches the same target, to which a scenario and a seed are added.
    pub reproduce: String,
}

/// How many random bits a seed has: so many that nobody can try all of them while a program is graded, which would take a processor
/// weeks, and so few that a person can copy what they come to.
const SEED_BITS: u32 = 48;

/// A seed that nobody knows beforehand.
#[must_use]
pub fn new_seed() -> u64 {
    seed_of(rand::random())
}

/// A seed of random bits.
#[must_use]
pub(crate) const fn seed_of(bits: u64) -> u64 {
    bits >> (u64::BITS - SEED_BITS)
}

impl Runner {
    /// How long a submission may be silent, unless told otherwise.
    pub const DEADLINE: Duration = Course::DEADLINE;

    /// Plays the whole catalogue as the harness does without options: for the course's own assignment and points, with a
    /// seed that is another each time. Change the fields to do anything else.
    ///
    /// `target` is what reports say of what is graded, and `reproduce` the command that reaches the same.
    #[must_use]
    pub fn new(target: TargetDescription, reproduce: impl Into<String>) -> Self {
        Self {
            run: Run {
                target,
                assignment: Assignment::default(),
                seed: new_seed(),
                strict: false,
                course: Box::default(),
            },
            scenarios: scenario::catalogue().collect(),
            cases: Vec::new(),
            castings: Casting::ALL.to_vec(),
            rubric: Rubric::default(),
            deadline: Self::DEADLINE,
            exact: true,
            jobs: thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
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
    /// Once `interrupted` is set, nothing more is played; what is left is inconclusive. A trial in which the harness itself
    /// panics is inconclusive, too.
    ///
    /// # Errors
    ///
    /// Those of `report`, or no thread can be started.
    pub fn play(
        &self,
        target: &mut Target,
        interrupted: &Arc<AtomicBool>,
        report: impl FnMut(&Event, &RunRecord) -> io::Result<()>,
    ) -> io::Result<RunRecord> {
        let is_meant = |one: &&Scenario| one.suits(&self.run.assignment);
        let scenarios: Vec<_> = self.scenarios.iter().copied().filter(is_meant).collect();
        let schedule =
            Schedule::new(&scenarios, &self.cases, &self.castings, &target.castings(), &self.rubric);
        let plan = schedule.plan(&self.rubric, &self.run.assignment);
        let batches = schedule.batches();
        // One server that serves them all is found by each as those before it in the list have left it.
        let is_fresh = target.server.as_ref().is_none_or(|server| server.is_fresh());
        let batches = if is_fresh { Schedule::by_worth(batches, &plan) } else { batches };
        let mut log = EventLog::start(self.started(plan), Duration::ZERO, report)?;
        let mut clones = self.clones(target, schedule.trials.len());
        let pool = Pool::new(batches, self.jobs);
        let targets = iter::once(target).chain(&mut clones).enumerate();
        let mut sessions: Vec<Session<'_>> = targets
            .map(|(index, target)| {
                let turn = pool.turn(index >= self.jobs.get());
                Session::new(self, &pool, target, turn, Arc::clone(interrupted))
            })
            .collect();
        let mut observations = Observations::default();
        let play_indexed = |session: &mut Session<'_>, index: usize| {
            session.begin(index);
            self.play_trial(&schedule.trials[index], session)
        };
        play_all(&pool, &mut sessions, play_indexed, |progress| match progress {
            Progress::Started(index) => {
                log.add(EventKind::TrialStarted { key: schedule.trials[index].key() })
            }
            Progress::Finished(index, result) => {
                let scheduled = &schedule.trials[index];
                let mut outcome = result
                    .unwrap_or_else(|panic| self.not_played(scheduled, Reason::panicked(&*panic).into()));
                // Another worker may have found that out after this one had begun.
                let failure = pool.ruled_out(scheduled.casting, index);
                if let Some(why) = failure.filter(|_| outcome.needed_its_sides()) {
                    outcome = self.not_played(scheduled, Played::not_started(why, &self.run.assignment));
                }
                observations.append(outcome.observations);
                log.add(EventKind::TrialFinished(Arc::new(outcome.finished)))
            }
        })?;
        self.conclude(observations, sessions.swap_remove(0), log)
    }

    /// Names what explains the failures, tells where they happen, and ends the run.
    fn conclude<R: FnMut(&Event, &RunRecord) -> io::Result<()>>(
        &self,
        observations: Observations,
        mut session: Session<'_>,
        mut log: EventLog<R>,
    ) -> io::Result<RunRecord> {
        self.diagnose(observations, &mut session, &mut log)?;
        for side in Side::ALL {
            for (key, trace) in trace(log.record(), *side, self.deadline, &mut session) {
                log.add(EventKind::Traced { key, trace })?;
            }
        }
        // It may still have a server.
        drop(session);
        log.add(EventKind::RunFinished)?;
        Ok(log.into_record())
    }

    /// What is known before anything is played.
    fn started(&self, plan: Vec<PlannedTrial>) -> RunStarted {
        RunStarted {
            format_version: FORMAT_VERSION,
            harness_version: HARNESS_VERSION.into(),
            run: self.run.clone(),
            deadline: self.deadline,
            proves_silence: silence::is_shown(),
            plan,
        }
    }

    /// What more workers than one need to play `trials` on: a target for each of the others. There are more of them than play at
    /// a time, because many may have to wait.
    fn clones(&self, target: &Target, trials: usize) -> Vec<Target> {
        let workers = self.jobs.get().saturating_mul(WAITING_FOR_ONE_THAT_PLAYS).min(workers_max());
        let others = workers.max(self.jobs.get()).min(trials).saturating_sub(1);
        iter::repeat_with(|| target.try_clone()).map_while(|clone| clone).take(others).collect()
    }

    /// Plays a trial: its scenario under each of its deliveries, until one is not passed.
    fn play_trial(&self, scheduled: &Scheduled<'_>, session: &mut Session<'_>) -> TrialOutcome {
        let mut outcome = TrialOutcome::new(scheduled.key(), self.reproduce(scheduled));
        let cases = scheduled.cases();
        let has_parts = self.rubric.partial && scheduled.tier == Tier::Graded && cases > 1;
        let mut passed = 0;
        for index in 0..cases {
            let case = self.case(scheduled, index);
            let played = session.play(&case, scheduled.casting);
            passed += u32::from(played.verdict == Verdict::Pass);
            outcome.add(case, played);
            if !(outcome.has_passed() || has_parts && outcome.has_failed()) {
                break;
            }
        }
        if has_parts && outcome.has_failed() {
            let of = cases.try_into().unwrap_or(u32::MAX);
            outcome.finished.passed_deliveries = Some(PassedDeliveries { passed, of });
        }
        outcome
    }

    /// What came of a trial that is told as if its first case had come to `played`, whatever was played of it.
    fn not_played(&self, scheduled: &Scheduled<'_>, played: Played) -> TrialOutcome {
        let mut outcome = TrialOutcome::new(scheduled.key(), self.reproduce(scheduled));
        outcome.add(self.case(scheduled, 0), played);
        outcome
    }

    /// One of the cases of a trial: its scenario under one of its deliveries.
    fn case(&self, scheduled: &Scheduled<'_>, index: usize) -> Case {
        match scheduled.playable {
            Playable::Scenario(scenario) => {
                let delivery = &scenario.deliveries[index];
                let case = Case::new(scenario, &self.run.assignment, delivery, self.run.seed);
                Case { tier: scheduled.tier, ..case }
            }
            Playable::Case(added) => added.case.clone(),
        }
    }

    /// The command that repeats just this.
    fn reproduce(&self, scheduled: &Scheduled<'_>) -> String {
        let Self { run, reproduce, .. } = self;
        let only = match scheduled.is_one_of_several {
            true => format!(" --side {}", scheduled.casting),
            false => String::new(),
        };
        match scheduled.playable {
            Playable::Scenario(scenario) => {
                format!("{reproduce}{only} --scenario {} --seed {}", scenario.id, run.seed)
            }
            Playable::Case(added) => format!("{reproduce}{only} {}", added.selected_by),
        }
    }

    /// Names what explains the failures of each side, if something does.
    fn diagnose<R: FnMut(&Event, &RunRecord) -> io::Result<()>>(
        &self,
        mut observations: Observations,
        session: &mut Session<'_>,
        log: &mut EventLog<R>,
    ) -> io::Result<()> {
        session.begin_afterwards();
        for side in Side::ALL {
            let Some(diagnosis) = observations.diagnose(*side, session) else { continue };
            let Diagnosis { cause, other_format, experiments } = diagnosis;
            if let Some(cause) = cause {
                let cause = NamedCause::new(&cause, &self.run.assignment);
                log.add(EventKind::Diagnosed { side: *side, cause, experiments })?;
            }
            if let Some(format) = other_format {
                log.add(EventKind::OtherFormat { side: *side, format })?;
            }
        }
        Ok(())
    }
}
