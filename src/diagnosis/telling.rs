//! Which conversation to have next with somebody who is suspected.

use super::inquiry::Readiness;
use super::simulated::Chance;
use super::trace::Trace;
use super::{Suspect, Witness, depends_on_chance, play};
use crate::bug::{Bug, Program};
use crate::scenario::Payload::Random;
use crate::scenario::Size::Chars;
use crate::scenario::Step::{Connect, Receive, Send, ShutDownClient, StopServer};
use crate::scenario::{self, Case, Scenario, Tier};
use crate::side::{Casting, Side};

const BASE: Scenario = Scenario { tier: Tier::Hardening, castings: &[Casting::SERVER], ..Scenario::BASE };

/// Short conversations that no one is graded by: they tell apart what the scenarios do not.
const CONVERSATIONS: &[Scenario] = &[
    // A length of zero looks alike in both byte orders, and is half of one that is twice as wide.
    Scenario {
        id: "telling/empty-first",
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
    // Who goes on after the stop until the client leaves takes no other, and who never stops does.
    Scenario {
        id: "telling/stopped-between-clients",
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

/// What can be played with a side, and what has been.
pub(super) struct Repertoire<'a> {
    pub(super) side: Side,
    pub(super) played: &'a [Witness],
    pub(super) readiness: Readiness,
}

impl Repertoire<'_> {
    /// The conversations made for telling, and the scenarios under each of their deliveries, where none was played
    /// and nothing depends on chance.
    fn unplayed(&self) -> impl Iterator<Item = Case> {
        let like = self.played.first().map(|witness| &witness.case);
        let scenarios = CONVERSATIONS.iter().chain(scenario::catalogue());
        scenarios
            .filter(|scenario| scenario.castings.contains(&self.side.into()))
            .filter(|scenario| self.readiness == Readiness::Fresh || !scenario.stops_server())
            .flat_map(|scenario| scenario.deliveries.iter().map(move |delivery| (scenario, delivery)))
            .filter(|(scenario, delivery)| {
                let is_this = |case: &Case| case.id == scenario.id && case.delivery == **delivery;
                !self.played.iter().any(|witness| is_this(&witness.case))
            })
            .filter_map(move |(scenario, delivery)| {
                like.map(|like| Case::new(scenario, &like.assignment, delivery, like.seed))
            })
            .filter(|case| !depends_on_chance(case) && case.too_long().is_none())
    }

    fn predicted(&self, case: &Case, program: &Program) -> Trace {
        Trace::new(case, self.side, &play(case, self.side, program, Chance::Most).transcript)
    }

    /// The conversation that tells the most of `suspects` apart, if any does.
    pub(super) fn telling(&self, suspects: &[Suspect]) -> Option<Case> {
        let largest_group = |case: &Case| {
            let traces: Vec<_> =
                suspects.iter().map(|suspect| self.predicted(case, &suspect.program)).collect();
            let alike = |one: &Trace| traces.iter().filter(|other| one.is_like(other)).count();
            traces.iter().map(alike).max().unwrap_or_default()
        };
        let cases = self.unplayed().map(|case| (largest_group(&case), case));
        let (group, case) = cases.min_by_key(|(group, _)| *group)?;
        (group < suspects.len()).then_some(case)
    }

    /// The conversation that shows best whether it is `suspect`: one that was made for such questions, or else one in
    /// which the fewest of `bugs` would do the same. Nothing, if in each a right program would.
    pub(super) fn proving(&self, suspect: &Suspect, bugs: &[&'static Bug]) -> Option<Case> {
        // The other deliveries of what was played would show little that is new.
        let is_new = |case: &Case| !self.played.iter().any(|witness| witness.case.id == case.id);
        let cases = self.unplayed().filter(is_new).filter_map(|case| {
            let predicted = self.predicted(&case, &suspect.program);
            // What its style does alone is no sign of the bug.
            let is_like = |program: &Program| {
                predicted.is_like(&self.predicted(&case, &program.in_style(suspect.program.style())))
            };
            if is_like(&Program::RIGHT) {
                return None;
            }
            let is_made_for_this = CONVERSATIONS.iter().any(|one| one.id == case.id);
            let group = bugs.iter().filter(|bug| is_like(&bug.program)).count();
            Some(((!is_made_for_this, group, predicted.is_silent(), case.sent_len()), case))
        });
        cases.min_by_key(|(order, _)| *order).map(|(_, case)| case)
    }
}
