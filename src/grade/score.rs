//! Points reached, and points within reach.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use crate::verdict::Verdict;

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
    /// reach.
    #[must_use]
    pub const fn of(verdict: &Verdict, worth: u32) -> Self {
        match verdict {
            Verdict::Pass => Self { reached: worth, max: worth },
            Verdict::Unsupported { .. } => Self { reached: 0, max: 0 },
            Verdict::Fail(_) | Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => {
                Self { reached: 0, max: worth }
            }
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
            assert_eq!(Score::of(verdict, 2), Score { reached: *reached, max: *max }, "{verdict:?}");
        }
        let sum: Score = verdicts.iter().map(|(verdict, _)| Score::of(verdict, 2)).sum();
        assert_eq!(sum, Score { reached: 2, max: 6 });
    }
}
