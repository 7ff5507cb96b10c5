//! How many points a scenario is worth.

use crate::scenario::Scenario;
use crate::side::Casting;

/// Points for each scenario that carries any.
#[derive(Debug, Clone)]
pub struct Rubric {
    points: Vec<(&'static str, u32)>,
}

impl Default for Rubric {
    /// The points of the course for its five basic scenarios; two each for the other two.
    fn default() -> Self {
        Self {
            points: vec![
                ("short", 1),
                ("medium", 2),
                ("long", 2),
                ("series", 3),
                ("parallel", 3),
                ("server-shutdown", 2),
                ("client-reconnect", 2),
            ],
        }
    }
}

impl Rubric {
    /// What a pass of `scenario` is worth in `casting`. Nothing where the casting is only reported.
    #[must_use]
    pub fn points(&self, scenario: &Scenario, casting: Casting) -> u32 {
        let points =
            || self.points.iter().find(|(id, _)| *id == scenario.id).map_or(0, |(_, points)| *points);
        if casting.is_scored() { points() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{self, Tier};

    #[test]
    fn exactly_the_graded_tier_carries_points_and_they_add_up() {
        let rubric = Rubric::default();
        for scenario in scenario::catalogue() {
            let points = rubric.points(scenario, Casting::SERVER);
            assert_eq!(points > 0, scenario.tier == Tier::Graded, "{}", scenario.id);
            assert_eq!(points, rubric.points(scenario, Casting::CLIENT));
            assert_eq!(rubric.points(scenario, Casting::Pair), 0);
        }
        let total: u32 = scenario::catalogue().map(|one| rubric.points(one, Casting::SERVER)).sum();
        assert_eq!(total, 15);
    }
}
