//! Fuzzing: generated cases, played against a target until there are enough of them.
//!
//! Cases are played as those of scenarios are, one after the other on a server that is shared as long as it passes. A case that
//! fails is made smaller, every step played again, and kept if nothing has failed in the same way before. In the end what was found
//! is told as a run of the cases that were kept, so that every report and every recording works for it.

mod growth;
mod kind;
mod player;

use std::collections::HashMap;
use std::io;
use std::iter;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::growth::Growth;
use self::kind::Kind;
use self::player::Player;
use super::log::EventLog;
use super::pool::Pool;
use super::session::Session;
use super::{AddedCase, Observations, Playable, Played, Reason, Runner, Scheduled, TrialOutcome};
use crate::assignment::Assignment;
use crate::english::count;
use crate::event::{Event, EventKind, PlannedTrial, TrialKey};
use crate::record::RunRecord;
use crate::scenario::{Case, Generator, Tier};
use crate::side::Side;
use crate::target::Target;
use crate::verdict::Verdict;

/// The id of the trial that stands for all cases of a side of which none has failed.
const ALL_CASES: &str = "fuzz";

/// What is played, and for how long.
#[derive(Debug, Clone)]
pub struct Fuzzing {
    /// The sides under test, each of which is played with every number.
    pub sides: Vec<Side>,
    /// Where the cases come from.
    pub source: Source,
    /// How many cases are played at most.
    pub cases: Option<u64>,
    /// For how long new cases are begun.
    pub time: Option<Duration>,
    /// Whether the first kind of failure ends it.
    pub fail_fast: bool,
}

/// Where cases come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// They are generated from the seed of the run.
    Generated,
    /// These are played, each once.
    Given(Arc<Vec<Case>>),
}

/// How far it has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// How many cases were played.
    pub cases: u64,
    /// How many of them have failed.
    pub failures: u64,
    /// How many kinds of failure there are.
    pub kinds: usize,
    /// How long it has taken.
    pub elapsed: Duration,
}

/// A kind of failure, and the smallest case that shows it.
pub struct Found {
    /// The side that fails.
    pub side: Side,
    /// The case.
    pub case: Case,
    /// How many of the cases that were played have failed like that.
    pub times: u64,
    /// What came of it when it was played last.
    played: Played,
}

/// What came of all cases.
pub struct Explored {
    /// The kinds of failure, those of one side after the other, and of each in the order in which they were found.
    pub found: Vec<Found>,
    /// How many cases were played.
    pub cases: u64,
    /// How many of them came to nothing.
    pub undecided: u64,
    /// How many failed only on a program that had played others, and never again.
    pub unsteady: u64,
    /// What grows in a server from case to case.
    pub growth: Vec<Growth>,
    /// How long it took.
    pub elapsed: Duration,
    /// What was in the way of playing a side on.
    stopped: Vec<(Side, Played)>,
}

/// What the workers share.
struct Shared<'r> {
    runner: &'r Runner,
    fuzzing: &'r Fuzzing,
    next: AtomicU64,
    played: AtomicU64,
    failures: AtomicU64,
    is_over: AtomicBool,
    started: Instant,
    results: Mutex<Results>,
}

#[derive(Default)]
struct Results {
    /// By kind; nothing while a worker is at it.
    kinds: HashMap<Kind, KindOfFailure>,
    undecided: u64,
    unsteady: u64,
    growth: Vec<Growth>,
    stopped: Vec<(Side, Played)>,
}

#[derive(Default)]
struct KindOfFailure {
    times: u64,
    /// The number of the case that showed it first, and the smallest case.
    found: Option<(u64, Case, Played)>,
}

impl Shared<'_> {
    /// The number and the side of the next case, unless there are enough.
    fn next(&self) -> Option<(u64, Side)> {
        let is_late = self.fuzzing.time.is_some_and(|time| self.started.elapsed() >= time);
        let is_found = self.fuzzing.fail_fast && self.results(|results| !results.kinds.is_empty());
        if is_late || is_found || self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        if self.fuzzing.cases.is_some_and(|cases| index >= cases) {
            return None;
        }
        let sides = self.fuzzing.sides.len() as u64;
        Some((index / sides, self.fuzzing.sides[(index % sides) as usize]))
    }

    fn results<T>(&self, act: impl FnOnce(&mut Results) -> T) -> T {
        act(&mut self.results.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn progress(&self) -> Progress {
        Progress {
            cases: self.played.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            kinds: self.results(|results| results.kinds.len()),
            elapsed: self.started.elapsed(),
        }
    }
}

impl Runner {
    /// Plays cases against `target` until there are enough, and tells `progress` after each of them how far it has come.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn explore(
        &self,
        fuzzing: &Fuzzing,
        target: &mut Target,
        interrupted: &Arc<AtomicBool>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> io::Result<Explored> {
        let pool = Pool::new(Vec::new(), self.jobs);
        let mut clones = self.clones(target, self.jobs.get());
        let sessions: Vec<Session<'_>> = iter::once(target)
            .chain(&mut clones)
            .map(|target| {
                Session::new(self, &pool, target, pool.turn(false), Arc::clone(interrupted)).sharing_clients()
            })
            .collect();
        let shared = Shared {
            runner: self,
            fuzzing,
            next: AtomicU64::new(0),
            played: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            started: Instant::now(),
            results: Mutex::default(),
        };
        thread::scope(|scope| {
            for session in sessions {
                let shared = &shared;
                let work = move || Player::new(shared, session).play_all(progress);
                let spawned = thread::Builder::new().name("player".into()).spawn_scoped(scope, work);
                spawned.inspect_err(|_| shared.is_over.store(true, Ordering::Relaxed))?;
            }
            io::Result::Ok(())
        })?;
        let results = shared.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let kinds = results.kinds.into_iter().filter_map(|(kind, KindOfFailure { times, found })| {
            let (number, case, played) = found?;
            Some((number, Found { side: kind.side(), case, times, played }))
        });
        let mut found: Vec<_> = kinds.collect();
        found.sort_by_key(|(number, found)| (found.side, *number, found.case.id.clone()));
        Ok(Explored {
            found: found.into_iter().map(|(_, found)| found).collect(),
            cases: shared.played.into_inner(),
            undecided: results.undecided,
            unsteady: results.unsteady,
            growth: results.growth,
            elapsed: shared.started.elapsed(),
            stopped: results.stopped,
        })
    }

    /// Tells what was found as a run, names causes, and returns what it came to. `selected_by` has the words of a command line that
    /// select a case, and `again` the command that plays all of them again.
    ///
    /// # Errors
    ///
    /// Those of `report`.
    pub fn tell(
        &self,
        fuzzing: &Fuzzing,
        explored: Explored,
        target: &mut Target,
        interrupted: &Arc<AtomicBool>,
        (selected_by, again): (&dyn Fn(&Case) -> String, &str),
        report: impl FnMut(&Event, &RunRecord) -> io::Result<()>,
    ) -> io::Result<RunRecord> {
        let Explored { found, cases, elapsed, mut stopped, .. } = explored;
        let is_empty = cases == 0;
        let is_one_of_several = target.castings().len() > 1;
        let mut trials = Vec::new();
        for side in &fuzzing.sides {
            if found.iter().any(|found| found.side == *side) {
                continue;
            }
            let key = TrialKey { scenario: ALL_CASES.into(), casting: (*side).into() };
            let cases = count(usize::try_from(cases).unwrap_or(usize::MAX), "case");
            let title = format!("{cases} that nobody has thought of are dealt with as the assignment asks");
            let position = stopped.iter().position(|(of, _)| of == side);
            let played = match position.map(|index| stopped.swap_remove(index)) {
                Some((_, played)) => played,
                None if is_empty => Reason::Interrupted.into(),
                None => Verdict::Pass.into(),
            };
            trials.push((title, TrialOutcome::of(key, again.to_owned(), None, played)));
        }
        for Found { side, case, times, played } in found {
            let added = AddedCase { castings: vec![side.into()], selected_by: selected_by(&case), case };
            let scheduled = Scheduled {
                playable: Playable::Case(&added),
                casting: side.into(),
                tier: Tier::Hardening,
                is_one_of_several,
            };
            let times = count(usize::try_from(times).unwrap_or(usize::MAX), "case");
            let title = format!("{} ({times} of this kind)", added.case.title);
            let outcome =
                TrialOutcome::of(scheduled.key(), self.reproduce(&scheduled), Some(added.case), played);
            trials.push((title, outcome));
        }
        let plan = trials.iter().map(|(title, outcome)| PlannedTrial {
            key: outcome.finished.key.clone(),
            tier: Tier::Hardening,
            title: title.clone(),
            worth: 0,
            hidden: false,
        });
        let mut log = EventLog::start(self.started(plan.collect()), elapsed, report)?;
        let mut observations = Observations::default();
        for (_, outcome) in trials {
            log.add(EventKind::TrialStarted { key: outcome.finished.key.clone() })?;
            observations.append(outcome.observations);
            log.add(EventKind::TrialFinished(Arc::new(outcome.finished)))?;
        }
        let pool = Pool::new(Vec::new(), self.jobs);
        let session = Session::new(self, &pool, target, pool.turn(false), Arc::clone(interrupted));
        self.conclude(observations, session, log)
    }
}

/// The cases of one side.
fn case_of(generator: &Generator, source: &Source, number: u64, assignment: &Assignment) -> Option<Case> {
    match source {
        Source::Generated => Some(generator.case(number)),
        Source::Given(cases) => {
            let case = cases.get(usize::try_from(number).ok()?)?;
            Some(Case { assignment: *assignment, ..case.clone() })
        }
    }
}
