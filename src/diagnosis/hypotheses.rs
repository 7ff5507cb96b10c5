//! Which mistakes, made together, explain everything that was observed of a side.

use super::behavior::Behavior;
use super::observation::{Observation, ObservedOutcome};
use super::prediction::{depends_on_timing, predicted_behavior};
use super::search::Search;
use crate::bug::{Bug, Program};
use crate::side::Side;

/// Mistakes that together explain what was observed, none of which can be left out.
#[derive(Debug, Clone)]
pub struct Hypothesis {
    /// The mistakes.
    pub bugs: Vec<&'static Bug>,
    /// A program that makes them and does everything that was observed.
    pub program: Program,
}

impl Hypothesis {
    /// The same program without those of its mistakes that are left out.
    pub(super) fn without(&self, is_left_out: impl Fn(&Bug) -> bool) -> Program {
        let right = Program::RIGHT.with_variant(self.program.variant());
        self.bugs.iter().filter(|bug| !is_left_out(bug)).fold(right, |program, bug| bug.added_to(program))
    }
}

/// The smallest sets of `bugs` that explain everything that was observed of a side: each failure byte for byte, and that it
/// passed everything else. None if nothing failed.
pub(super) fn hypotheses(
    bugs: impl Iterator<Item = &'static Bug>,
    observations: &[Observation],
    side: Side,
) -> Vec<Hypothesis> {
    if observations.iter().all(|observation| matches!(observation.outcome, ObservedOutcome::Pass)) {
        return Vec::new();
    }
    let Some(search) = Search::new(bugs.collect(), observations, side) else { return Vec::new() };
    with_the_same_ends(observations, side, search.smallest())
}

/// Those of `hypotheses` that explain what was observed by now, perhaps in another variant.
pub(super) fn remaining(
    hypotheses: Vec<Hypothesis>,
    observations: &[Observation],
    side: Side,
) -> Vec<Hypothesis> {
    let still = hypotheses.into_iter().filter_map(|hypothesis| {
        let search = Search::new(hypothesis.bugs.clone(), observations, side)?;
        search.smallest().into_iter().find(|found| found.bugs.len() == hypothesis.bugs.len())
    });
    with_the_same_ends(observations, side, still.collect())
}

/// Of several hypotheses, those that also end connections as was observed, if there are any.
fn with_the_same_ends(
    observations: &[Observation],
    side: Side,
    mut hypotheses: Vec<Hypothesis>,
) -> Vec<Hypothesis> {
    let ends_alike = |hypothesis: &Hypothesis| {
        observations.iter().all(|observation| {
            let Observation { case, outcome: ObservedOutcome::Exactly(observed), .. } = observation else {
                return true;
            };
            // How far a program gets before the end is not known, either.
            if depends_on_timing(case) {
                return true;
            }
            let predicted = predicted_behavior(case, side, &hypothesis.program);
            Behavior::new(case, side, observed).ends_like(&predicted)
        })
    };
    if hypotheses.len() > 1 {
        let alike: Vec<bool> = hypotheses.iter().map(ends_alike).collect();
        if alike.contains(&true) {
            let mut alike = alike.into_iter();
            hypotheses.retain(|_| alike.next().unwrap_or_default());
        }
    }
    hypotheses
}
