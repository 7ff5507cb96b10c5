//! Which conversation to hold next, to learn which hypothesis is true.

use super::behavior::Behavior;
use super::hypotheses::Hypothesis;
use super::observation::{Observation, has_replied, has_reply};
use super::prediction::{depends_on_timing, predict, predicted_behavior};
use super::simulated::{TransferSizes, simulate};
use super::subject::Instance;
use crate::bug::{Bug, Program};
use crate::delivery::Delivery;
use crate::scenario::Payload::{Prefixed, Random};
use crate::scenario::Size::{AboveBuffer, Chars, SameInBothOrders};
use crate::scenario::Step::{Connect, Receive, Send, ShutDownClient, StopServer};
use crate::scenario::{self, Case, Scenario, Sending, Tier};
use crate::side::{Casting, Side};

const BASE: Scenario = Scenario { tier: Tier::Hardening, castings: &[Casting::SERVER], ..Scenario::BASE };

/// See [`Experiments::telling_directions_apart`].
const SAME_IN_BOTH_ORDERS: &str = "experiment/same-in-both-orders";

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
    // So does this one, and the reply to it is shorter: its length shows the order in which it is written, or read.
    Scenario {
        id: SAME_IN_BOTH_ORDERS,
        castings: &[Casting::SERVER, Casting::CLIENT],
        steps: &[Connect, Send(&[Random(SameInBothOrders)]), Receive, ShutDownClient],
        ..BASE
    },
    // Two lengths of zero are one that is twice as wide, and the third is half of one.
    Scenario {
        id: "experiment/three-empty-first",
        steps: &[
            Connect,
            Send(&[Random(Chars(0)), Random(Chars(0)), Random(Chars(0))]),
            Receive,
            Receive,
            Receive,
            Send(&[Random(Chars(12))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
    // An empty message ends where its length does. What follows it in the same read is the next one.
    Scenario {
        id: "experiment/empty-and-another",
        castings: &[Casting::SERVER, Casting::CLIENT],
        steps: &[Connect, Send(&[Random(Chars(0)), Random(Chars(32))]), Receive, Receive, ShutDownClient],
        ..BASE
    },
    // Where a first read fills the buffer with the payload behind a length of four bytes, a loop goes on, and a single read does not.
    Scenario {
        id: "experiment/buffer-of-payload",
        castings: &[Casting::SERVER, Casting::CLIENT],
        steps: &[Connect, Send(&[Random(AboveBuffer)]), Receive, ShutDownClient],
        deliveries: &[Delivery::AtBuffer(4)],
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
    // A letter and its mark that are one character to whoever removes them stay two where nothing is removed; normalized, they are one
    // everywhere.
    Scenario {
        id: "experiment/marks-on-both-sides",
        steps: &[
            Connect,
            Send(&[Prefixed("e\u{301}e\u{301}e\u{301}, and then e\u{301}e\u{301}e\u{301}", Chars(60))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
];

fn has_other_format(hypothesis: &Hypothesis) -> bool {
    hypothesis.bugs.iter().any(|bug| bug.is_only_format())
}

fn is_probe(case: &Case) -> bool {
    PROBES.iter().any(|probe| probe.id == case.id)
}

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
        let suits = move |scenario: &&Scenario| like.is_some_and(|like| scenario.suits(&like.assignment));
        let scenarios = PROBES.iter().chain(scenario::catalogue());
        scenarios
            .filter(suits)
            .filter(|scenario| scenario.castings.contains(&self.side.into()))
            .filter(|scenario| self.instance == Instance::Fresh || !scenario.stops_server())
            .flat_map(|scenario| scenario.deliveries.iter().map(move |delivery| (scenario, delivery)))
            .filter(|(scenario, delivery)| {
                let is_this = |case: &Case| case.id == scenario.id && case.delivery == **delivery;
                !self.played.iter().any(|observation| is_this(&observation.case))
            })
            .filter_map(move |(scenario, delivery)| {
                let like = like?;
                let mut case = Case::new(scenario, &like.assignment, delivery, like.seed);
                if like.sending == Sending::AfterTimeouts && case.sending == Sending::AtOnce {
                    case.sending = like.sending;
                }
                Some(case)
            })
            // What a probe tells apart does not depend on timing, even if it is long.
            .filter(|case| is_probe(case) || !depends_on_timing(case))
            .filter(|case| case.too_long().is_none())
    }

    fn predicted(&self, case: &Case, program: &Program) -> Behavior {
        predicted_behavior(case, self.side, program)
    }

    /// The conversation that tells the most of `hypotheses` apart, if any does. Of several, the first in the catalogue.
    pub(super) fn distinguishing(&self, hypotheses: &[Hypothesis]) -> Option<Case> {
        let mut best: Option<(usize, usize, Case)> = None;
        for (index, case) in self.shortest_first(|_| true) {
            let group_max = match &best {
                None => hypotheses.len() - 1,
                // As good as the best is good enough for a case that comes before it.
                Some((group, of, _)) if index < *of => *group,
                Some((group, ..)) => group - 1,
            };
            if let Some(group) = self.largest_group(&case, hypotheses, group_max) {
                best = Some((group, index, case));
            }
        }
        best.map(|(_, _, case)| case)
    }

    /// How many of `hypotheses` at most would do the same in a case. `None` if they are more than `group_max`, which mostly
    /// shows before all of them are predicted.
    fn largest_group(&self, case: &Case, hypotheses: &[Hypothesis], group_max: usize) -> Option<usize> {
        if group_max == 0 {
            return None;
        }
        // What each would do, and how many would do the same, itself included.
        let mut predicted: Vec<(Behavior, usize)> = Vec::new();
        for hypothesis in hypotheses {
            let behavior = self.predicted(case, &hypothesis.program);
            let mut group = 1;
            for (other, group_of_other) in &mut predicted {
                if other.equivalent_to(&behavior) {
                    group += 1;
                    *group_of_other += 1;
                }
            }
            predicted.push((behavior, group));
            if predicted.iter().any(|(_, group)| *group > group_max) {
                return None;
            }
        }
        predicted.iter().map(|(_, group)| *group).max()
    }

    /// Where a length is laid out in another way than it should be, the conversation that shows whether that is so in both directions.
    /// In all others the side does not get as far as the second one.
    pub(super) fn telling_directions_apart(&self, hypothesis: &Hypothesis) -> Option<Case> {
        let mut unplayed = self.unplayed().filter(|_| has_other_format(hypothesis));
        let case = unplayed.find(|case| case.id == SAME_IN_BOTH_ORDERS && case.sent_len() > 0)?;
        predict(&case, self.side, &hypothesis.program).map(|_| case)
    }

    /// Whether `hypothesis` says nothing of the directions of a length that the conversation which shows them, once it was held,
    /// could not have refuted.
    pub(super) fn is_sure_of_directions(&self, hypothesis: &Hypothesis) -> bool {
        let mut played = self.played.iter().map(|observation| &observation.case);
        !has_other_format(hypothesis)
            || played
                .find(|case| case.id == SAME_IN_BOTH_ORDERS)
                .is_none_or(|case| predict(case, self.side, &hypothesis.program).is_some())
    }

    /// The conversation that shows best whether `hypothesis` is right about one of its mistakes: one of the probes, or else one
    /// in which the fewest of `bugs`, to which that mistake belongs, would do the same in its place. `None` if in each the
    /// program would do the same without it.
    ///
    /// As long as the side has not got as far as a reply, only what predicts one shows anything.
    pub(super) fn confirming(
        &self,
        hypothesis: &Hypothesis,
        mistake: &Bug,
        bugs: &[&'static Bug],
    ) -> Option<Case> {
        let without = hypothesis.without(|bug| bug == mistake);
        // Other deliveries of what was already played would show little that is new.
        let is_new = |case: &Case| !self.played.iter().any(|observation| observation.case.id == case.id);
        let has_replied = has_replied(self.played, self.side);
        let mut cases = self.shortest_first(is_new);
        cases.sort_by_key(|(_, case)| !is_probe(case));
        let mut best = None;
        for (index, case) in cases {
            let rank = |group, is_silent| (!is_probe(&case), group, is_silent, case.sent_len(), index);
            let best_rank = best.as_ref().map(|(rank, _)| *rank);
            if best_rank.is_some_and(|best| best < rank(1, false)) {
                // This case cannot be better, and those that follow can even less.
                break;
            }
            let transcript = simulate(&case, self.side, &hypothesis.program, TransferSizes::Greedy);
            if !has_replied && !has_reply(&case, self.side, &transcript) {
                continue;
            }
            let predicted = Behavior::new(&case, self.side, &transcript);
            let does_the_same = |program: &Program| predicted.equivalent_to(&self.predicted(&case, program));
            if does_the_same(&without) {
                continue;
            }
            let is_beaten = |group| best_rank.is_some_and(|best| best < rank(group, predicted.is_silent()));
            let mut group = 0;
            for _ in bugs.iter().filter(|bug| does_the_same(&bug.added_to(without))) {
                group += 1;
                if is_beaten(group) {
                    break;
                }
            }
            if !is_beaten(group) {
                best = Some((rank(group, predicted.is_silent()), case));
            }
        }
        best.map(|(_, case)| case)
    }

    /// The cases that can be played and are wanted, with their places in the catalogue, the shortest first: they take the
    /// least time to predict, and mostly tell the same as long ones.
    fn shortest_first(&self, is_wanted: impl Fn(&Case) -> bool) -> Vec<(usize, Case)> {
        let mut cases: Vec<_> = self.unplayed().filter(is_wanted).enumerate().collect();
        cases.sort_by_key(|(_, case)| case.sent_len());
        cases
    }
}
