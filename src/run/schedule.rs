//! What a run will play, in order.

use crate::event::{PlannedTrial, TrialKey};
use crate::grade::Rubric;
use crate::scenario::{Scenario, Tier};
use crate::side::Casting;

/// A scenario, and the casting that it will be played in.
pub(super) struct Scheduled {
    pub(super) scenario: &'static Scenario,
    pub(super) casting: Casting,
}

impl Scheduled {
    pub(super) fn key(&self) -> TrialKey {
        TrialKey::new(self.scenario, self.casting)
    }
}

/// Everything that will be played.
pub(super) struct Schedule {
    pub(super) trials: Vec<Scheduled>,
}

impl Schedule {
    /// The `scenarios` in their order, once in each casting that is both `wanted` and `possible`.
    pub(super) fn new(scenarios: &[&'static Scenario], wanted: &[Casting], possible: &[Casting]) -> Self {
        let castings = possible.iter().copied().filter(|casting| wanted.contains(casting));
        let of_casting = |casting| {
            let scenarios = scenarios.iter().filter(move |one| one.castings.contains(&casting));
            scenarios.map(move |scenario| Scheduled { scenario, casting })
        };
        Self { trials: castings.flat_map(of_casting).collect() }
    }

    /// The same, as reports see it.
    pub(super) fn plan(&self, rubric: &Rubric) -> Vec<PlannedTrial> {
        let planned = |scheduled: &Scheduled| PlannedTrial {
            key: scheduled.key(),
            tier: scheduled.scenario.tier,
            title: scheduled.scenario.title.into(),
            worth: rubric.points(scheduled.scenario, scheduled.casting),
        };
        self.trials.iter().map(planned).collect()
    }

    /// How often a server is sure to be started: anew for each delivery of what is graded.
    pub(super) fn starts(&self) -> usize {
        self.trials
            .iter()
            .filter(|one| one.casting.needs_server() && one.scenario.tier == Tier::Graded)
            .map(|one| one.scenario.deliveries.len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn castings_follow_one_another_and_only_those_that_are_wanted_and_possible() {
        let scenarios: Vec<_> = ["short", "long"].into_iter().filter_map(scenario::find).collect();
        let keys = |wanted: &[Casting], possible: &[Casting]| -> Vec<String> {
            let schedule = Schedule::new(&scenarios, wanted, possible);
            schedule.trials.iter().map(|one| one.key().to_string()).collect()
        };
        let everything = keys(Casting::ALL, Casting::ALL);
        assert_eq!(
            everything,
            ["server short", "server long", "client short", "client long", "pair short", "pair long"]
        );
        assert_eq!(keys(&[Casting::CLIENT], Casting::ALL), ["client short", "client long"]);
        assert_eq!(keys(Casting::ALL, &[Casting::SERVER]), ["server short", "server long"]);
        assert!(keys(&[Casting::Pair], &[Casting::SERVER]).is_empty());
    }

    #[test]
    fn only_what_is_graded_and_has_a_server_is_sure_to_start_one() {
        let scenarios: Vec<_> = ["short", "length/empty"].into_iter().filter_map(scenario::find).collect();
        let starts = |castings: &[Casting]| Schedule::new(&scenarios, castings, Casting::ALL).starts();
        assert_eq!(starts(&[Casting::SERVER]), 1);
        assert_eq!(starts(&[Casting::CLIENT]), 0);
        assert_eq!(starts(Casting::ALL), 2);
    }
}
