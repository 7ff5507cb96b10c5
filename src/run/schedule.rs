//! What a run will play, in order, and what of it is played on the same servers.

use std::ops::{Add, Range};

use crate::assignment::Assignment;
use crate::event::{PlannedTrial, TrialKey};
use crate::grade::Rubric;
use crate::scenario::{Case, Scenario, Tier};
use crate::side::Casting;

/// How many scenarios share a server at most. More save few starts, and then one worker plays what several could.
const SHARING_MAX: usize = 8;

/// Whether a server that has served others may serve a scenario, too: decided here for the schedule and for the sessions that play
/// it. What carries points has a server of its own, and so has what leaves its server stopped.
pub(super) fn may_share_server(tier: Tier, stops_server: bool) -> bool {
    tier == Tier::Hardening && !stops_server
}

/// A case that is played beside the scenarios: one that was saved.
#[derive(Debug, Clone)]
pub struct AddedCase {
    /// The case. It carries no points.
    pub case: Case,
    /// The castings that it is played in, of those that it [suits](Case::suits).
    pub castings: Vec<Casting>,
    /// The words of a command line that select it: `--scenario FILE`.
    pub selected_by: String,
}

/// What is played in a trial.
#[derive(Debug, Clone, Copy)]
pub(super) enum Playable<'r> {
    /// A scenario, under each of its deliveries.
    Scenario(&'static Scenario),
    /// A case.
    Case(&'r AddedCase),
}

impl Playable<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Scenario(scenario) => scenario.id,
            Self::Case(added) => &added.case.id,
        }
    }

    fn stops_server(&self) -> bool {
        match self {
            Self::Scenario(scenario) => scenario.stops_server(),
            Self::Case(added) => added.case.stops_server(),
        }
    }

    fn suits(&self, casting: Casting) -> bool {
        match self {
            Self::Scenario(scenario) => scenario.castings.contains(&casting),
            Self::Case(added) => added.castings.contains(&casting) && added.case.suits(casting),
        }
    }

    /// How many cases are played.
    fn cases(&self) -> usize {
        match self {
            Self::Scenario(scenario) => scenario.deliveries.len(),
            Self::Case(_) => 1,
        }
    }
}

/// A scenario or a case, and the casting that it will be played in.
pub(super) struct Scheduled<'r> {
    pub(super) playable: Playable<'r>,
    pub(super) casting: Casting,
    /// What it is worth.
    pub(super) tier: Tier,
    /// Whether the target has other castings, too, so that the command which repeats this has to name the one.
    pub(super) is_one_of_several: bool,
}

impl Scheduled<'_> {
    pub(super) fn key(&self) -> TrialKey {
        TrialKey { scenario: self.playable.id().to_owned(), casting: self.casting }
    }

    /// How many cases are played.
    pub(super) fn cases(&self) -> usize {
        self.playable.cases()
    }

    /// Whether a server that has served others may serve this one, too.
    fn shares_server(&self) -> bool {
        self.casting == Casting::SERVER && may_share_server(self.tier, self.playable.stops_server())
    }

    /// What is started for each of its cases.
    fn starts(&self) -> Starts {
        let cases = self.cases();
        let starts_server = self.casting.needs_server() && !self.shares_server();
        Starts {
            servers: if starts_server { cases } else { 0 },
            clients: if self.casting.needs_client() { cases } else { 0 },
        }
    }
}

/// How many programs are started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Starts {
    pub(super) servers: usize,
    pub(super) clients: usize,
}

impl Add for Starts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { servers: self.servers + other.servers, clients: self.clients + other.clients }
    }
}

/// Trials that are played one after the other by the same worker, because they may share a server.
///
/// What belongs together is decided here and not by who is idle: what a server has served before can show in what it does,
/// and so it must not depend on how many play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) trials: Range<usize>,
    /// What is sure to be started for it, unless something fails.
    pub(super) starts: Starts,
}

/// Everything that will be played.
pub(super) struct Schedule<'r> {
    pub(super) trials: Vec<Scheduled<'r>>,
}

impl<'r> Schedule<'r> {
    /// The `scenarios` in their order, and then the `cases`, once in each casting that is both `wanted` and `possible`.
    pub(super) fn new(
        scenarios: &[&'static Scenario],
        cases: &'r [AddedCase],
        wanted: &[Casting],
        possible: &[Casting],
        rubric: &Rubric,
    ) -> Self {
        let is_one_of_several = possible.len() > 1;
        let castings = possible.iter().copied().filter(|casting| wanted.contains(casting));
        let scenarios = scenarios.iter().map(|scenario| Playable::Scenario(scenario));
        let all: Vec<_> = scenarios.chain(cases.iter().map(Playable::Case)).collect();
        let of_casting = |casting| {
            let scheduled = move |playable| {
                let tier = match playable {
                    Playable::Scenario(scenario) => rubric.tier(scenario, casting),
                    Playable::Case(_) => Tier::Hardening,
                };
                Scheduled { playable, casting, tier, is_one_of_several }
            };
            all.iter().copied().filter(move |one| one.suits(casting)).map(scheduled)
        };
        Self { trials: castings.flat_map(of_casting).collect() }
    }

    /// The same, as reports see it.
    pub(super) fn plan(&self, rubric: &Rubric, assignment: &Assignment) -> Vec<PlannedTrial> {
        let planned = |scheduled: &Scheduled<'_>| {
            let (title, worth, hidden) = match scheduled.playable {
                Playable::Scenario(scenario) => (
                    scenario.title(assignment),
                    rubric.points(scenario, scheduled.casting),
                    rubric.hides(scenario),
                ),
                Playable::Case(added) => (added.case.title.clone(), 0, false),
            };
            PlannedTrial { key: scheduled.key(), tier: scheduled.tier, title, worth, hidden }
        };
        self.trials.iter().map(planned).collect()
    }

    /// The same batches in the order in which they are to be played: first those with trials that carry points, then what else is
    /// graded. A run that is ended before its time has these. No server that is played with serves more than one batch.
    pub(super) fn by_worth(mut batches: Vec<Batch>, plan: &[PlannedTrial]) -> Vec<Batch> {
        let rank = |trial: &PlannedTrial| match (trial.worth, trial.tier) {
            (1.., _) => 0,
            (0, Tier::Graded) => 1,
            (0, Tier::Hardening) => 2,
        };
        batches.sort_by_key(|batch| plan[batch.trials.clone()].iter().map(rank).min());
        batches
    }

    /// The trials in batches, in order.
    pub(super) fn batches(&self) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut first = 0;
        for together in self.trials.chunk_by(|one, next| one.shares_server() && next.shares_server()) {
            for trials in together.chunks(SHARING_MAX) {
                let shared = Starts { servers: usize::from(trials[0].shares_server()), clients: 0 };
                let starts = trials.iter().map(Scheduled::starts).fold(shared, Add::add);
                batches.push(Batch { trials: first..first + trials.len(), starts });
                first += trials.len();
            }
        }
        batches
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
            let schedule = Schedule::new(&scenarios, &[], wanted, possible, &Rubric::default());
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

    fn whole_catalogue() -> Schedule<'static> {
        let scenarios: Vec<_> = scenario::catalogue().collect();
        Schedule::new(&scenarios, &[], Casting::ALL, Casting::ALL, &Rubric::default())
    }

    #[test]
    fn batches_are_the_whole_schedule_in_its_order() {
        let schedule = whole_catalogue();
        let played: Vec<usize> = schedule.batches().into_iter().flat_map(|batch| batch.trials).collect();
        assert_eq!(played, (0..schedule.trials.len()).collect::<Vec<_>>());
    }

    #[test]
    fn what_carries_points_is_played_first_and_the_pair_before_hardening() {
        let schedule = whole_catalogue();
        let plan = schedule.plan(&Rubric::default(), &Assignment::default());
        let batches = Schedule::by_worth(schedule.batches(), &plan);
        let order: Vec<_> =
            batches.into_iter().flat_map(|batch| batch.trials).map(|trial| &plan[trial]).collect();
        let with_points = order.iter().filter(|trial| trial.worth > 0).count();
        assert!(order[..with_points].iter().all(|trial| trial.worth > 0));
        let graded = order.iter().filter(|trial| trial.tier == Tier::Graded).count();
        assert!(order[with_points..graded].iter().all(|trial| trial.key.casting == Casting::Pair));
        assert_eq!(order.len(), plan.len());
    }

    #[test]
    fn only_hardening_scenarios_of_a_server_share_one_and_not_too_many_of_them() {
        let schedule = whole_catalogue();
        let batches = schedule.batches();
        assert!(batches.iter().any(|batch| batch.trials.len() == SHARING_MAX));
        for batch in batches.iter().filter(|batch| batch.trials.len() > 1) {
            assert!(batch.trials.len() <= SHARING_MAX);
            for trial in &schedule.trials[batch.trials.clone()] {
                assert!(trial.shares_server(), "{}", trial.key());
            }
        }
    }

    #[test]
    fn what_is_started_is_known_beforehand() {
        let scenarios: Vec<_> = ["short", "length/empty"].into_iter().filter_map(scenario::find).collect();
        let starts = |castings: &[Casting]| {
            let batches =
                Schedule::new(&scenarios, &[], castings, Casting::ALL, &Rubric::default()).batches();
            batches.into_iter().map(|batch| batch.starts).fold(Starts::default(), Add::add)
        };
        let clients: usize = scenarios.iter().map(|scenario| scenario.deliveries.len()).sum();
        assert_eq!(starts(&[Casting::SERVER]), Starts { servers: 2, clients: 0 });
        assert_eq!(starts(&[Casting::CLIENT]), Starts { servers: 0, clients });
        assert_eq!(starts(&[Casting::Pair]), Starts { servers: 1, clients: 1 });
    }
}
