//! A side whose program is known, played without sockets.

use super::inquiry::{Readiness, Witnessing};
use super::simulated::Chance;
use super::{Seen, Witness, play};
use crate::assignment::Assignment;
use crate::bug::Program;
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::scenario::{self, Case};
use crate::side::Side;
use crate::verdict::Verdict;

/// A side that runs a known program, where chance is hard on it: of what is long, a read brings little and a send takes
/// little, as on a slow network. It shows what the diagnosis makes of a mistake.
#[derive(Debug, Clone, Copy)]
pub struct Simulation<'a> {
    /// What it runs.
    pub program: &'a Program,
    /// Which side it is.
    pub side: Side,
}

impl Simulation<'_> {
    /// What a run of all scenarios sees of it: each under each of its deliveries, until one fails.
    #[must_use]
    pub fn witnesses(&self, seed: u64) -> Vec<Witness> {
        let mut witnesses: Vec<Witness> = Vec::new();
        for scenario in scenario::catalogue().filter(|one| one.castings.contains(&self.side.into())) {
            for delivery in scenario.deliveries {
                let case = Case::new(scenario, &Assignment::default(), delivery, seed);
                let transcript = self.play_under_strain(&case);
                let has_passed = judge(&case, self.side.into(), &transcript) == Verdict::Pass;
                let seen = if has_passed { Seen::Pass } else { Seen::This(transcript) };
                witnesses.push(Witness { case, seen });
                if !has_passed {
                    break;
                }
            }
        }
        witnesses
    }

    fn play_under_strain(&self, case: &Case) -> Transcript {
        play(case, self.side, self.program, Chance::Little).transcript
    }
}

impl Witnessing for Simulation<'_> {
    fn readiness(&self) -> Option<Readiness> {
        Some(Readiness::Fresh)
    }

    fn play(&mut self, case: &Case) -> Option<Transcript> {
        Some(self.play_under_strain(case))
    }
}
