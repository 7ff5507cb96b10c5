//! Which bugs explain everything that was observed of a side.

use super::behavior::Behavior;
use super::observation::{Observation, ObservedOutcome};
use super::prediction::{depends_on_timing, predicted_behavior};
use super::simulated::ReadSizes;
use super::simulated::simulate;
use crate::bug::{Bug, Consulted, Program, Variant};
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::side::Side;
use crate::verdict::Verdict;

/// A bug that explains what was observed.
#[derive(Debug, Clone, Copy)]
pub struct Hypothesis {
    /// The bug.
    pub bug: &'static Bug,
    /// A program that has it and does everything that was observed.
    pub program: Program,
}

/// Those of `bugs`, each in the first of its variants, that explain everything that was observed of a side: each failure
/// byte for byte, and that it passed everything else. None if nothing failed.
pub(super) fn hypotheses(
    bugs: impl Iterator<Item = &'static Bug>,
    observations: &[Observation],
    side: Side,
) -> Vec<Hypothesis> {
    if observations.iter().all(|observation| matches!(observation.outcome, ObservedOutcome::Pass)) {
        return Vec::new();
    }
    // Short cases take no time, and rule out most bugs.
    let mut observations: Vec<&Observation> = observations.iter().collect();
    observations.sort_by_key(|observation| observation.case.sent_len());
    let found = bugs.filter_map(|bug| hypothesis(bug, &observations, side)).collect();
    with_the_same_ends(&observations, side, found)
}

/// The first variant of a bug that explains everything that was observed.
///
/// Right programs differ, too: in which exceptions they catch, say. A [`Variant`] is one combination of such choices, and each
/// bug is tried in several. While a program runs, it notes which of the choices it came to: those it has [`Consulted`]. If it
/// explains too little, so does every variant that differs from it only in the other choices, and those are skipped.
fn hypothesis(bug: &'static Bug, observations: &[&Observation], side: Side) -> Option<Hypothesis> {
    let check = |program: &Program, try_first| explains(observations, side, program, try_first);
    let (mut try_first, mut consulted) = (0, Consulted::default());
    for variant in Variant::all() {
        if !variant.differs_from_careful_only_in(consulted) {
            continue;
        }
        let program = bug.program.with_variant(variant);
        match check(&program, try_first) {
            // The right program explains it as well, if it makes the same choices: that is no sign of the bug. Which choices
            // were consulted is told only of a variant that explains too little, so no other is skipped from here on.
            Ok(()) if check(&Program::RIGHT.with_variant(variant), 0).is_ok() => {
                consulted = Consulted::EVERYTHING;
            }
            Ok(()) => return Some(Hypothesis { bug, program }),
            Err(unexplained) => {
                (try_first, consulted) = (unexplained.try_first, consulted.union(unexplained.consulted));
            }
        }
    }
    None
}

/// Something that was observed is not explained by a program: an observation contradicts it, or none confirms it, because it cannot
/// be known whether the program would have done anything that was wrong.
pub(super) struct Unexplained {
    /// The index of the observation to compare with the next variant first: one that contradicts this program is likely to
    /// contradict that one, too.
    try_first: usize,
    /// Which choices of its variant the program consulted. A variant that differs only in others explains as little.
    consulted: Consulted,
}

/// Whether `program` explains everything that was observed. The observation with the index `try_first` is compared first.
pub(super) fn explains(
    observations: &[&Observation],
    side: Side,
    program: &Program,
    try_first: usize,
) -> Result<(), Unexplained> {
    let (mut is_confirmed, mut consulted_in_all) = (false, Consulted::default());
    for index in [try_first].into_iter().chain((0..observations.len()).filter(|index| *index != try_first)) {
        let observation = observations[index];
        let (comparison, consulted) = compare(observation, side, program);
        if comparison == Comparison::Different {
            return Err(Unexplained { try_first: index, consulted });
        }
        consulted_in_all = consulted_in_all.union(consulted);
        let has_passed = matches!(observation.outcome, ObservedOutcome::Pass);
        is_confirmed |= comparison == Comparison::Same && !has_passed;
    }
    if is_confirmed { Ok(()) } else { Err(Unexplained { try_first, consulted: consulted_in_all }) }
}

/// How a prediction compares with what was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// The program would have done the same, or may have.
    Same,
    Different,
    /// What the program would have done depends on what cannot be known.
    Unknown,
}

/// Compares what was observed with what `program` would have done, and tells which choices of its variant it consulted.
fn compare(observation: &Observation, side: Side, program: &Program) -> (Comparison, Consulted) {
    let case = &observation.case;
    let behavior = |transcript: &Transcript| Behavior::new(case, side, transcript);
    let observed = match &observation.outcome {
        ObservedOutcome::Unplayable => return (Comparison::Different, Consulted::default()),
        ObservedOutcome::Pass => None,
        ObservedOutcome::Exactly(transcript) => Some(behavior(transcript)),
    };
    let mut consulted = Consulted::default();
    let mut predict = |sizes| {
        let predicted = simulate(case, side, program, sizes);
        consulted = consulted.union(predicted.consulted);
        let is_same = match &observed {
            Some(observed) => observed.consistent_with(&behavior(&predicted.transcript)),
            None => judge(case, side.into(), &predicted.transcript) == Verdict::Pass,
        };
        (is_same, predicted.transcript)
    };
    let (mut is_same, greedy) = predict(ReadSizes::Greedy);
    let mut is_certain = true;
    if !is_same && depends_on_timing(case) {
        let until = observed.as_ref().map(|observed| ReadSizes::SentUntil(observed.last_len()));
        let greedy = behavior(&greedy);
        for sizes in [ReadSizes::Short].into_iter().chain(until) {
            let (is_this, other) = predict(sizes);
            is_same |= is_this;
            is_certain &= greedy.equivalent_to(&behavior(&other));
        }
    }
    let comparison = match (is_same, is_certain) {
        (true, _) => Comparison::Same,
        (false, true) => Comparison::Different,
        (false, false) => Comparison::Unknown,
    };
    (comparison, consulted)
}

/// Of several hypotheses, those that also end connections as was observed, if there are any.
fn with_the_same_ends(
    observations: &[&Observation],
    side: Side,
    hypotheses: Vec<Hypothesis>,
) -> Vec<Hypothesis> {
    let ends_alike = |hypothesis: &&Hypothesis| {
        observations.iter().all(|observation| {
            let Observation { case, outcome: ObservedOutcome::Exactly(observed), .. } = observation else {
                return true;
            };
            let predicted = predicted_behavior(case, side, &hypothesis.program);
            Behavior::new(case, side, observed).ends_like(&predicted)
        })
    };
    let alike: Vec<Hypothesis> = match hypotheses.len() {
        0 | 1 => Vec::new(),
        _ => hypotheses.iter().filter(ends_alike).copied().collect(),
    };
    if alike.is_empty() { hypotheses } else { alike }
}
