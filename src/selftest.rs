//! The self-test: every known mistake as a real server or client, which scenarios catch it, and whether the named cause
//! is the true one.
//!
//! A grader can be wrong in two ways: it lets a mistake pass, or it blames someone who made none. The self-test shows both: it
//! plays the [`bug`] catalogue, each bug as a mutant of the right program, and beside it the reference. The command line calls
//! it the gallery.
//!
//! This module owns the comparison of what was found with what is known. It must not play anything in a way of its own: each
//! mutant is an ordinary run.

use std::io;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::assignment::Assignment;
use crate::bug;
use crate::event::{NamedCause, TargetDescription, TrialFinished};
use crate::run::Runner;
use crate::scenario::{self, Scenario};
use crate::side::Side;
use crate::target::{InProcess, Target};
use crate::verdict::Verdict;

/// A bug that no more scenarios than this catch is played in them again, with more patience: on a busy machine a
/// program that is only slow passes for a silent one, and that would be taken for something that the scenario can
/// tell.
const DOUBTFUL_MAX: usize = 6;
/// How much longer a deadline is then.
const PATIENCE: u32 = 8;

/// How the mutants are played.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The assignment that they are played for, and the mistakes are about.
    pub assignment: Assignment,
    /// The seed that payloads come from.
    pub seed: u64,
    /// How long a program may be silent, in every scenario, until it is looked at more closely.
    pub deadline: Duration,
    /// How many programs are played at a time. They mostly wait for each other.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { assignment: Assignment::default(), seed: 7, deadline: Duration::from_millis(200), threads: 12 }
    }
}

/// A program, on one side, and what the scenarios made of it: a mutant, or the reference that stands beside them.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The id of its bug; `None` for the reference.
    pub bug: Option<&'static str>,
    /// The side that it played.
    pub side: Side,
    /// The scenarios that it failed, in the order of the catalogue.
    pub caught_by: Vec<&'static str>,
    /// The scenarios that came to nothing, and why.
    pub undecided: Vec<(&'static str, String)>,
    /// The bugs that were named as the cause, the most specific first; more than one where they could not be told
    /// apart.
    pub named: Vec<&'static str>,
}

/// How the cause that was named compares with the bug that the program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribution {
    /// It is that bug.
    True,
    /// It is that bug or others, which could not be told apart.
    #[serde(rename = "either")]
    Ambiguous,
    /// None was named.
    None,
    /// Whatever was named, it was not that bug.
    Wrong,
}

impl Mutant {
    /// How the cause that was named compares with the true one. For the reference any cause is wrong.
    #[must_use]
    pub fn attribution(&self) -> Attribution {
        match (&self.named[..], self.bug) {
            ([], _) => Attribution::None,
            ([only], Some(bug)) if *only == bug => Attribution::True,
            ([_, _, ..], Some(bug)) if self.named.contains(&bug) => Attribution::Ambiguous,
            _ => Attribution::Wrong,
        }
    }

    /// Whether it was judged as it should be: a bug is caught, and the reference passes everything.
    #[must_use]
    pub fn is_judged_rightly(&self) -> bool {
        match self.bug {
            Some(_) => !self.caught_by.is_empty(),
            None => self.caught_by.is_empty() && self.undecided.is_empty(),
        }
    }
}

/// A program that is to be played, on one side: one with a bug, or the reference.
pub type ProgramOnSide = (Option<&'static bug::Bug>, Side);

/// Every bug whose id is wanted, on every side that can have it; before them the reference, where all are wanted.
#[must_use]
pub fn programs(assignment: &Assignment, is_wanted: impl Fn(&str) -> bool) -> Vec<ProgramOnSide> {
    let bugs: Vec<_> = bug::catalogue_for(assignment).collect();
    let reference = [(None, Side::Server), (None, Side::Client)].into_iter();
    let reference = reference.filter(|_| bugs.iter().all(|bug| is_wanted(bug.id)));
    let wanted = bugs.iter().filter(|bug| is_wanted(bug.id));
    reference.chain(wanted.flat_map(|bug| bug.sides.iter().map(|side| (Some(*bug), *side)))).collect()
}

/// Plays these programs, and tells `progress` how many have been.
///
/// # Errors
///
/// A thread cannot be started.
pub fn play_each(
    mutants: &[ProgramOnSide],
    settings: &Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> io::Result<Vec<Mutant>> {
    let next = Mutex::new(mutants.iter().enumerate());
    let played = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some((index, (bug, side))) = lock(&next).next() else { break };
            let mutant = mutant(*bug, *side, settings);
            let mut played = lock(&played);
            played.push((index, mutant));
            progress(played.len());
        }
    };
    thread::scope(|scope| {
        for _ in 0..settings.threads {
            thread::Builder::new().name("mutant".into()).spawn_scoped(scope, work)?;
        }
        io::Result::Ok(())
    })?;
    let mut played = played.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    played.sort_by_key(|(index, _)| *index);
    Ok(played.into_iter().map(|(_, mutant)| mutant).collect())
}

/// Whoever panicked with the lock held is reported by the scope; what it guards is sound in between.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn mutant(bug: Option<&'static bug::Bug>, side: Side, settings: &Settings) -> Mutant {
    let all: Vec<_> = scenario::catalogue_for(&settings.assignment)
        .filter(|one| one.castings.contains(&side.into()))
        .collect();
    let patient = Settings { deadline: settings.deadline * PATIENCE, ..*settings };
    if bug.is_none() {
        // It is never silent where it should not be, so that patience costs nothing.
        return mutant_for(bug, side, all, &patient);
    }
    let mutant = mutant_for(bug, side, all.clone(), settings);
    if mutant.caught_by.len() > DOUBTFUL_MAX {
        return mutant;
    }
    let caught = mutant.caught_by.iter().filter_map(|id| scenario::find(id)).collect();
    // What the machine was too busy for tells nothing either.
    if mutant.undecided.is_empty() && mutant_for(bug, side, caught, &patient).caught_by == mutant.caught_by {
        return mutant;
    }
    // A cause has to explain all that was seen, and some of that was an accident: nothing of it is kept.
    mutant_for(bug, side, all, &patient)
}

fn mutant_for(
    bug: Option<&'static bug::Bug>,
    side: Side,
    scenarios: Vec<&'static Scenario>,
    settings: &Settings,
) -> Mutant {
    let record = runner(side, scenarios, settings).grade(&mut target(bug, side, settings.assignment));
    let mut mutant = Mutant {
        bug: bug.map(|bug| bug.id),
        side,
        caught_by: Vec::new(),
        undecided: Vec::new(),
        named: record.causes.iter().flat_map(|(_, cause)| known_bugs(cause)).collect(),
    };
    for case in &record.trials {
        let TrialFinished { key, verdict, .. } = &*case.finished;
        let Some(scenario) = scenario::find(&key.scenario) else { continue };
        match verdict {
            Verdict::Pass => {}
            Verdict::Fail(_) => mutant.caught_by.push(scenario.id),
            // A message that no header can declare is nobody's fault.
            Verdict::Unsupported { .. } => {}
            Verdict::Blocked { on: why } | Verdict::Inconclusive { why } => {
                mutant.undecided.push((scenario.id, why.clone()));
            }
        }
    }
    mutant
}

/// The bugs of a cause, by the ids that the catalogue has for them.
fn known_bugs(cause: &NamedCause) -> impl Iterator<Item = &'static str> {
    cause.bugs.iter().filter_map(|id| bug::find(id)).map(|bug| bug.id)
}

fn target(bug: Option<&bug::Bug>, side: Side, assignment: Assignment) -> Target {
    let program = match bug {
        None => InProcess::reference(assignment),
        Some(bug) => InProcess::bug(bug.program(), assignment),
    };
    match side {
        Side::Server => Target::server(program),
        Side::Client => Target::client(program),
    }
}

fn runner(side: Side, scenarios: Vec<&'static Scenario>, settings: &Settings) -> Runner {
    let mut runner = Runner::new(TargetDescription::built_in(), "harness gallery");
    runner.run.assignment = settings.assignment;
    runner.run.seed = settings.seed;
    runner.run.strict = true;
    // It is the mutants that are played side by side.
    let jobs = NonZero::<usize>::MIN;
    Runner { scenarios, castings: vec![side.into()], deadline: settings.deadline, jobs, ..runner }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribution(bug: Option<&'static str>, named: &[&'static str]) -> Attribution {
        let (caught_by, undecided) = (Vec::new(), Vec::new());
        Mutant { bug, side: Side::Server, caught_by, undecided, named: named.to_vec() }.attribution()
    }

    #[test]
    fn a_cause_is_true_only_if_it_is_the_bug_and_no_other() {
        assert_eq!(attribution(Some("one"), &["one"]), Attribution::True);
        assert_eq!(attribution(Some("one"), &["other", "one"]), Attribution::Ambiguous);
        assert_eq!(attribution(Some("one"), &[]), Attribution::None);
        assert_eq!(attribution(Some("one"), &["other"]), Attribution::Wrong);
        assert_eq!(attribution(Some("one"), &["other", "another"]), Attribution::Wrong);
    }

    #[test]
    fn a_right_program_has_no_cause() {
        assert_eq!(attribution(None, &[]), Attribution::None);
        assert_eq!(attribution(None, &["one"]), Attribution::Wrong);
    }
}
