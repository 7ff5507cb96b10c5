//! A side whose program is known, played without sockets.

use super::observation::{Observation, ObservedOutcome};
use super::simulated::{TransferSizes, simulate};
use super::subject::{Instance, Subject};
use crate::assignment::Assignment;
use crate::bug::Program;
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::scenario::{self, Case};
use crate::side::Side;
use crate::verdict::Verdict;

/// A side that runs a known program over a slow network, where a read brings little of what is long and a send accepts
/// little. It shows what the diagnosis makes of a mistake.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedSubject<'a> {
    /// What it runs.
    pub program: &'a Program,
    /// Which side it is.
    pub side: Side,
    /// What it is asked for.
    pub assignment: Assignment,
}

impl SimulatedSubject<'_> {
    /// What a run of all scenarios plays with a side: each scenario under each of its deliveries, in order.
    #[must_use]
    pub fn cases(side: Side, assignment: &Assignment, seed: u64) -> Vec<Case> {
        let scenarios = scenario::catalogue_for(assignment);
        let deliveries = scenarios
            .filter(|scenario| scenario.castings.contains(&side.into()))
            .flat_map(|scenario| scenario.deliveries.iter().map(move |delivery| (scenario, delivery)));
        let cases = deliveries.map(|(scenario, delivery)| Case::new(scenario, assignment, delivery, seed));
        cases.filter(|case| case.too_long().is_none()).collect()
    }

    /// What a run of all scenarios observes of it: each under each of its deliveries, until one fails.
    #[must_use]
    pub fn observations(&self, seed: u64) -> Vec<Observation> {
        self.observations_of(&Self::cases(self.side, &self.assignment, seed))
    }

    /// The same of these [cases](Self::cases): for many programs they are made once.
    #[must_use]
    pub fn observations_of(&self, cases: &[Case]) -> Vec<Observation> {
        let mut observations = Vec::new();
        for of_scenario in cases.chunk_by(|one, next| one.id == next.id) {
            for case in of_scenario {
                let transcript = self.transcript(case);
                let has_passed = judge(case, self.side.into(), &transcript) == Verdict::Pass;
                let outcome = match has_passed {
                    true => ObservedOutcome::Pass,
                    false => ObservedOutcome::Exactly(transcript),
                };
                observations.push(Observation::new(case.clone(), outcome));
                if !has_passed {
                    break;
                }
            }
        }
        observations
    }

    /// What happens when this case is played with it.
    #[must_use]
    pub fn transcript(&self, case: &Case) -> Transcript {
        simulate(case, self.side, self.program, TransferSizes::Short)
    }
}

impl Subject for SimulatedSubject<'_> {
    fn next_instance(&self) -> Option<Instance> {
        Some(Instance::Fresh)
    }

    fn play(&mut self, case: &Case) -> Option<Observation> {
        Some(Observation::new(case.clone(), ObservedOutcome::Exactly(self.transcript(case))))
    }
}
