//! How many points a scenario is worth, and what else a course decides about them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::scenario::{Scenario, Tier};
use crate::side::{Casting, Side};

/// What a pass of a scenario is worth on each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Points {
    /// With the server under test.
    pub server: u32,
    /// With the client under test.
    pub client: u32,
}

impl Points {
    /// Those of one side.
    #[must_use]
    pub const fn of(self, side: Side) -> u32 {
        match side {
            Side::Server => self.server,
            Side::Client => self.client,
        }
    }
}

/// Points for each scenario that carries any, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rubric {
    points: BTreeMap<String, Points>,
    /// Whether a scenario that is played under several deliveries gives points for those that it passes. It is then played under all
    /// of them, whatever comes of one.
    pub partial: bool,
    /// The points that have to be reached, of all that there are on both sides. It is reported, and decides nothing.
    pub pass_mark: Option<u32>,
    /// The ids of the scenarios that students are not shown.
    pub hidden: Vec<String>,
    /// Until when; for good, where there is nothing.
    pub hidden_until: Option<HiddenUntil>,
}

/// When students may see what was hidden from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenUntil {
    /// The date as a course wrote it.
    pub text: String,
    /// The moment that it stands for, from the beginning of 1970 in UTC.
    pub moment: Duration,
}

impl Default for Rubric {
    /// The points of the course for its five basic scenarios; two each for the other two.
    fn default() -> Self {
        let each = |(id, points): (&str, u32)| (id.to_owned(), Points { server: points, client: points });
        let points = [
            ("short", 1),
            ("medium", 2),
            ("long", 2),
            ("series", 3),
            ("parallel", 3),
            ("server-shutdown", 2),
            ("client-reconnect", 2),
        ];
        Self {
            points: points.map(each).into(),
            partial: false,
            pass_mark: None,
            hidden: Vec::new(),
            hidden_until: None,
        }
    }
}

impl Rubric {
    /// Has only these scenarios carry points, by their ids.
    pub fn set_points(&mut self, points: impl IntoIterator<Item = (String, Points)>) {
        self.points = points.into_iter().collect();
    }

    /// What a pass of `scenario` is worth in `casting`. Nothing where the casting is only reported.
    #[must_use]
    pub fn points(&self, scenario: &Scenario, casting: Casting) -> u32 {
        casting.side().map_or(0, |side| self.of(scenario).of(side))
    }

    /// What all scenarios are worth together with this side under test.
    #[must_use]
    pub fn total(&self, side: Side) -> u32 {
        self.points.values().map(|points| points.of(side)).sum()
    }

    /// Graded where it carries points; as a pair, where it does with one of its sides under test.
    #[must_use]
    pub fn tier(&self, scenario: &Scenario, casting: Casting) -> Tier {
        let Points { server, client } = self.of(scenario);
        let worth = casting.side().map_or(server + client, |side| self.of(scenario).of(side));
        if worth > 0 { Tier::Graded } else { Tier::Hardening }
    }

    /// Hides nothing any more where the date has come until which it was hidden. `now` is counted from the beginning of 1970 in UTC.
    pub fn show_what_is_due(&mut self, now: Duration) {
        if self.hidden_until.as_ref().is_some_and(|until| until.moment <= now) {
            self.hidden.clear();
            self.hidden_until = None;
        }
    }

    /// Whether `scenario` is hidden from students.
    #[must_use]
    pub fn hides(&self, scenario: &Scenario) -> bool {
        self.hidden.iter().any(|id| id == scenario.id)
    }

    fn of(&self, scenario: &Scenario) -> Points {
        self.points.get(scenario.id).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn exactly_the_graded_tier_carries_points_and_they_add_up() {
        let rubric = Rubric::default();
        for scenario in scenario::catalogue() {
            let points = rubric.points(scenario, Casting::SERVER);
            assert_eq!(points > 0, scenario.tier == Tier::Graded, "{}", scenario.id);
            assert_eq!(points, rubric.points(scenario, Casting::CLIENT));
            assert_eq!(rubric.points(scenario, Casting::Pair), 0);
        }
        assert_eq!(Side::ALL.iter().map(|side| rubric.total(*side)).collect::<Vec<_>>(), [15, 15]);
    }

    #[test]
    fn what_is_hidden_until_a_date_is_shown_from_then_on() {
        let date = Duration::from_secs(1_000);
        let until = HiddenUntil { text: "1970-01-01T00:16:40Z".into(), moment: date };
        let short = scenario::find("short").unwrap();
        for (hidden_until, now, is_hidden) in [
            (Some(&until), date - Duration::from_nanos(1), true),
            (Some(&until), date, false),
            (None, date, true),
        ] {
            let hidden_until = hidden_until.cloned();
            let mut rubric = Rubric { hidden: vec!["short".into()], hidden_until, ..Rubric::default() };
            rubric.show_what_is_due(now);
            assert_eq!(rubric.hides(short), is_hidden);
        }
    }

    #[test]
    fn what_carries_points_is_graded_and_nothing_else_is() {
        let mut rubric = Rubric::default();
        rubric.set_points([("close/half-close".into(), Points { server: 3, client: 0 })]);
        let tier = |id, casting| rubric.tier(scenario::find(id).unwrap(), casting);
        assert_eq!(tier("close/half-close", Casting::SERVER), Tier::Graded);
        assert_eq!(tier("close/half-close", Casting::CLIENT), Tier::Hardening);
        assert_eq!(tier("close/half-close", Casting::Pair), Tier::Graded);
        assert_eq!(tier("short", Casting::SERVER), Tier::Hardening);
    }
}
