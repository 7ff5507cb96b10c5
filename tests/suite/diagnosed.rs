//! What is predicted and named of every known mistake, on each side that can make it. It is found out once, for all tests.

use std::sync::LazyLock;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::{Cause, Mistake, Observation, ObservedOutcome, SimulatedSubject, investigate};
use lengthwise::event::NamedCause;
use lengthwise::scenario::{Case, Tier};
use lengthwise::side::Side;

use crate::support::parallel::in_parallel;
use crate::support::terms;

/// Any seed will do.
pub(crate) const SEED: u64 = 7;

/// A mistake on one side, and what was made of it.
pub(crate) struct Diagnosed {
    pub(crate) bug: &'static Bug,
    pub(crate) side: Side,
    /// The assignment that it is a mistake in.
    pub(crate) assignment: Assignment,
    /// The parts of the catalogue that the scenarios are in which catch it.
    pub(crate) caught_by: Vec<String>,
    /// Of what has failed, that in which the fewest bytes are sent.
    pub(crate) smallest: Option<Observation>,
    /// The cause as it is told, and the mistakes in it.
    pub(crate) cause: Option<NamedCause>,
    pub(crate) named: Vec<&'static str>,
}

/// Every mistake of the catalogue, in its order.
pub(crate) static ALL: LazyLock<Vec<Diagnosed>> = LazyLock::new(|| {
    let of = |(index, (bug, side)): (usize, (&'static Bug, Side))| {
        let assignment = assignment_for(bug);
        (index, diagnosed(bug, side, assignment, &bug::catalogue_for(&assignment).collect::<Vec<_>>()))
    };
    let mut all = in_parallel(programs().enumerate(), of);
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, one)| one).collect()
});

/// Every mistake on each side that can make it.
pub(crate) fn programs() -> impl Iterator<Item = (&'static Bug, Side)> {
    bug::catalogue().flat_map(|bug| bug.sides.iter().map(move |side| (bug, *side)))
}

/// The first of some assignments with which a bug is a mistake.
fn assignment_for(bug: &Bug) -> Assignment {
    let applying = terms::all().into_iter().find(|assignment| bug.applies(assignment));
    applying.unwrap_or_else(|| {
        panic!("{} is a mistake in none of the assignments of tests/support/terms.rs", bug.id)
    })
}

/// What is made of a mistake by who knows of these, after the conversations that tell them apart.
pub(crate) fn diagnosed(
    bug: &'static Bug,
    side: Side,
    assignment: Assignment,
    known: &[&'static Bug],
) -> Diagnosed {
    let mut subject = SimulatedSubject { program: &bug.program(), side, assignment };
    let observations = subject.observations(SEED);
    let hypotheses = investigate(known, &mut observations.clone(), side, &mut subject);
    let cause = Cause::of(&hypotheses, &observations, side);
    let named = cause.iter().flat_map(Cause::mistakes).flat_map(Mistake::bugs).map(|bug| bug.id).collect();
    Diagnosed {
        bug,
        side,
        assignment,
        caught_by: failed(&observations).map(|one| group(&one.case).to_owned()).collect(),
        smallest: failed(&observations).min_by_key(|one| one.case.sent_len()).cloned(),
        cause: cause.map(|cause| NamedCause::new(&cause, &assignment)),
        named,
    }
}

/// What has failed.
pub(crate) fn failed(observations: &[Observation]) -> impl Iterator<Item = &Observation> {
    observations.iter().filter(|one| matches!(one.outcome, ObservedOutcome::Exactly(_)))
}

/// The part of the catalogue that a case belongs to.
fn group(case: &Case) -> &str {
    match case.tier {
        Tier::Graded => "graded",
        Tier::Hardening => case.id.split('/').next().unwrap_or(&case.id),
    }
}
