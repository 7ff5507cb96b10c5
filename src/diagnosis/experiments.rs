//! Which conversation to hold next, to learn which hypothesis is true.

use super::behavior::Behavior;
use super::hypotheses::Hypothesis;
use super::observation::Observation;
use super::prediction::{depends_on_timing, predicted_behavior};
use super::subject::Instance;
use crate::bug::{Bug, Program};
use crate::scenario::Payload::Random;
use crate::scenario::Size::Chars;
use crate::scenario::Step::{Connect, Receive, Send, ShutDownClient, StopServer};
use crate::scenario::{self, Case, Scenario, Tier};
use crate::side::{Casting, Side};

const BASE: Scenario = Scenario { tier: Tier::Hardening, castings: &[Casting::SERVER], ..Scenario::BASE };

/// Short conversations that nobody is graded by. They tell apart what the scenarios do not.
const PROBES: &[Scenario] = &[
    // A length of zero looks the same in both byte orders, and is half of one that is twice as wide.
    Scenario {
        id: "experiment/empty-first",
        steps: &[
            Connect,
            Send(&[Random(Chars(0))]),
            Receive,
            Send(&[Random(Chars(0))]),
            Receive,
            Send(&[Random(Chars(12))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
    // A server that goes on after the stop until its client leaves accepts no other; one that never stops does.
    Scenario {
        id: "experiment/stopped-between-clients",
        steps: &[
            Connect,
            Send(&[Random(Chars(12))]),
            Receive,
            StopServer,
            Send(&[Random(Chars(12))]),
            Receive,
            Send(&[Random(Chars(12))]),
            Receive,
            ShutDownClient,
            Connect,
            Send(&[Random(Chars(12))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
];

/// The conversations that can still be held with a side.
pub(super) struct Experiments<'a> {
    pub(super) side: Side,
    pub(super) played: &'a [Observation],
    pub(super) instance: Instance,
}

impl Experiments<'_> {
    /// The probes, and the scenarios under each of their deliveries, that were not played yet and do not depend on
    /// timing.
    fn unplayed(&self) -> impl Iterator<Item = Case> {
        let like = self.played.first().map(|observation| &observation.case);
        let scenarios = PROBES.iter().chain(scenario::catalogue());
        scenarios
            .filter(|scenario| scenario.castings.contains(&self.side.into()))
            .filter(|scenario| self.instance == Instance::Fresh || !scenario.stops_server())
            .flat_map(|scenario| scenario.deliveries.iter().map(move |delivery| (scenario, delivery)))
            .filter(|(scenario, delivery)| {
                let is_this = |case: &Case| case.id == scenario.id && case.delivery == **delivery;
                !self.played.iter().any(|observation| is_this(&observation.case))
            })
            .filter_map(move |(scenario, delivery)| {
                like.map(|like| Case::new(scenario, &like.assignment, delivery, like.seed))
            })
            .filter(|case| !depends_on_timing(case) && case.too_long().is_none())
    }

    fn predicted(&self, case: &Case, program: &Program) -> Behavior {
        predicted_behavior(case, self.side, program)
    }

    /// The conversation that tells the most of `hypotheses` apart, if any does.
    pub(super) fn distinguishing(&self, hypotheses: &[Hypothesis]) -> Option<Case> {
        let largest_group = |case: &Case| {
            let behaviors: Vec<_> =
                hypotheses.iter().map(|hypothesis| self.predicted(case, &hypothesis.program)).collect();
            let alike = |one: &Behavior| behaviors.iter().filter(|other| one.equivalent_to(other)).count();
            behaviors.iter().map(alike).max().unwrap_or_default()
        };
        let cases = self.unplayed().map(|case| (largest_group(&case), case));
        let (group, case) = cases.min_by_key(|(group, _)| *group)?;
        (group < hypotheses.len()).then_some(case)
    }

    /// The conversation that shows best whether `hypothesis` is true: one of the probes, or else one in which the fewest
    /// of `bugs` would do the same. `None` if a right program would do the same in each.
    pub(super) fn confirming(&self, hypothesis: &Hypothesis, bugs: &[&'static Bug]) -> Option<Case> {
        // Other deliveries of what was already played would show little that is new.
        let is_new = |case: &Case| !self.played.iter().any(|observation| observation.case.id == case.id);
        let cases = self.unplayed().filter(is_new).filter_map(|case| {
            let predicted = self.predicted(&case, &hypothesis.program);
            // What its variant does without the bug is no sign of the bug.
            let does_the_same = |program: &Program| {
                let program = program.with_variant(hypothesis.program.variant());
                predicted.equivalent_to(&self.predicted(&case, &program))
            };
            if does_the_same(&Program::RIGHT) {
                return None;
            }
            let is_probe = PROBES.iter().any(|one| one.id == case.id);
            let group = bugs.iter().filter(|bug| does_the_same(&bug.program)).count();
            Some(((!is_probe, group, predicted.is_silent(), case.sent_len()), case))
        });
        cases.min_by_key(|(order, _)| *order).map(|(_, case)| case)
    }
}
