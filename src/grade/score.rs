//! Points reached, and points within reach.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// How many of the deliveries of a scenario were passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedDeliveries {
    /// How many were.
    pub passed: u32,
    /// How many there are.
    pub of: u32,
}

impl PassedDeliveries {
    /// The part of so many points, rounded down.
    fn part_of(self, worth: u32) -> u32 {
        let part = u64::from(worth) * u64::from(self.passed) / u64::from(self.of.max(1));
        u32::try_from(part).map_or(worth, |part| part.min(worth))
    }
}

/// Points, as they add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// The points that were reached.
    pub reached: u32,
    /// The points that were within reach.
    pub max: u32,
}

impl Score {
    /// What a verdict comes to where a pass is worth so many points. What makes no sense for a target is not within its
    /// reach. Where `passed` says how many of how many deliveries were passed, a failure gets that part of the points, rounded down.
    #[must_use]
    pub fn of(verdict: &Verdict, worth: u32, passed: Option<PassedDeliveries>) -> Self {
        match verdict {
            Verdict::Pass => Self { reached: worth, max: worth },
            Verdict::Unsupported { .. } => Self { reached: 0, max: 0 },
            Verdict::Fail(_) => {
                Self { reached: passed.map_or(0, |passed| passed.part_of(worth)), max: worth }
            }
            Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => Self { reached: 0, max: worth },
        }
    }
}

impl fmt::Display for Score {
    /// `13/15`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.reached, self.max)
    }
}

impl Add for Score {
    type Output = Self;

    /// A recording may claim any points: where they are too many to be counted, the sum is the largest that there is.
    fn add(self, other: Self) -> Self {
        Self { reached: self.reached.saturating_add(other.reached), max: self.max.saturating_add(other.max) }
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Finding, HandInFault};

    #[test]
    fn only_a_pass_gets_points_and_only_what_is_unsupported_takes_them_out_of_reach() {
        let why = || "why".to_owned();
        let verdicts = [
            (Verdict::Pass, (2, 2)),
            (Verdict::Blocked { on: why() }, (0, 2)),
            (Verdict::Inconclusive { why: why() }, (0, 2)),
            (Verdict::Unsupported { why: why() }, (0, 0)),
        ];
        for (verdict, (reached, max)) in &verdicts {
            assert_eq!(Score::of(verdict, 2, None), Score { reached: *reached, max: *max }, "{verdict:?}");
        }
        let sum: Score = verdicts.iter().map(|(verdict, _)| Score::of(verdict, 2, None)).sum();
        assert_eq!(sum, Score { reached: 2, max: 6 });
    }

    #[test]
    fn a_failure_gets_a_part_of_the_points_only_where_there_are_parts() {
        let failed =
            || Verdict::Fail(Box::new(Finding::hand_in(HandInFault::StopRaised { error: String::new() })));
        let reached = |passed| Score::of(&failed(), 5, passed).reached;
        assert_eq!(reached(None), 0);
        let parts = [(0, 3), (1, 3), (2, 3), (1, 1), (1, 0)]
            .map(|(passed, of)| Some(PassedDeliveries { passed, of }));
        assert_eq!(parts.map(reached), [0, 1, 3, 5, 5]);
    }
}
