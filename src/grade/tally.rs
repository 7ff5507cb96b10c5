//! How many scenarios got which verdict, and what that comes to.

use serde::{Deserialize, Serialize};

use crate::scenario::Tier;
use crate::side::Casting;
use crate::verdict::Verdict;

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// Everything that counts passed.
    Pass,
    /// Something that counts failed.
    Fail,
    /// Nothing that counts failed, but not everything that counts was concluded.
    Incomplete,
}

impl RunVerdict {
    /// The exit code of the harness: 0, 1 or 3. (2 is for a wrong command line.)
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Incomplete => 3,
        }
    }
}

/// Whether a scenario of this tier is graded in this casting.
#[must_use]
pub fn is_graded(tier: Tier, casting: Casting) -> bool {
    tier == Tier::Graded && casting.is_scored()
}

/// How many scenarios got each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// See [`Verdict::Pass`].
    pub passed: usize,
    /// See [`Verdict::Fail`].
    pub failed: usize,
    /// See [`Verdict::Blocked`].
    pub blocked: usize,
    /// See [`Verdict::Unsupported`].
    pub unsupported: usize,
    /// See [`Verdict::Inconclusive`].
    pub inconclusive: usize,
    graded: Counts,
    others: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    undecided: usize,
}

impl Tally {
    /// Counts one more verdict.
    pub fn add(&mut self, tier: Tier, casting: Casting, verdict: &Verdict) {
        let counts = if is_graded(tier, casting) { &mut self.graded } else { &mut self.others };
        match verdict {
            Verdict::Pass => {
                self.passed += 1;
                counts.passed += 1;
            }
            Verdict::Fail(_) => {
                self.failed += 1;
                counts.failed += 1;
            }
            Verdict::Blocked { .. } => {
                self.blocked += 1;
                counts.undecided += 1;
            }
            Verdict::Unsupported { .. } => self.unsupported += 1,
            Verdict::Inconclusive { .. } => {
                self.inconclusive += 1;
                counts.undecided += 1;
            }
        }
    }

    /// Whether nothing that is graded has got a verdict that counts.
    #[must_use]
    pub const fn has_nothing_graded(&self) -> bool {
        let Counts { passed, failed, undecided } = self.graded;
        passed + failed + undecided == 0
    }

    /// How many scenarios got each verdict that any got, and what that is called.
    pub fn counts(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let counts = [
            (self.passed, "passed"),
            (self.failed, "failed"),
            (self.blocked, "blocked"),
            (self.unsupported, "unsupported"),
            (self.inconclusive, "inconclusive"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0)
    }

    /// The verdict on the run.
    ///
    /// What counts are the graded scenarios in a scored casting; with `strict`, or where nothing of the kind was
    /// selected, everything counts. A run that concluded nothing is not a success.
    #[must_use]
    pub const fn verdict(&self, strict: bool) -> RunVerdict {
        let Counts { passed, failed, undecided } = self.graded;
        let others_count = strict || self.has_nothing_graded();
        let failed = failed + if others_count { self.others.failed } else { 0 };
        let undecided = undecided + if others_count { self.others.undecided } else { 0 };
        let passed = passed + if others_count { self.others.passed } else { 0 };
        if failed > 0 {
            RunVerdict::Fail
        } else if undecided > 0 || passed == 0 {
            RunVerdict::Incomplete
        } else {
            RunVerdict::Pass
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Finding, HandInFault};

    fn blocked() -> Verdict {
        Verdict::Blocked { on: "the user".into() }
    }

    fn fail() -> Verdict {
        Verdict::Fail(Box::new(Finding::hand_in(HandInFault::ConstructorFailed { error: String::new() })))
    }

    fn verdict(verdicts: &[(Casting, Verdict)], strict: bool) -> RunVerdict {
        let mut tally = Tally::default();
        verdicts.iter().for_each(|(casting, verdict)| tally.add(Tier::Graded, *casting, verdict));
        tally.verdict(strict)
    }

    #[test]
    fn nothing_selected_is_not_a_success() {
        assert_eq!(verdict(&[], false), RunVerdict::Incomplete);
    }

    #[test]
    fn a_failure_outweighs_what_is_undecided_and_what_is_undecided_outweighs_a_pass() {
        let all = [(Casting::SERVER, Verdict::Pass), (Casting::SERVER, blocked()), (Casting::CLIENT, fail())];
        assert_eq!(verdict(&all[..1], false), RunVerdict::Pass);
        assert_eq!(verdict(&all[..2], false), RunVerdict::Incomplete);
        assert_eq!(verdict(&all, false), RunVerdict::Fail);
    }

    #[test]
    fn a_pair_counts_only_when_strict_or_alone() {
        let both = [(Casting::SERVER, Verdict::Pass), (Casting::Pair, fail())];
        assert_eq!(verdict(&both, false), RunVerdict::Pass);
        assert_eq!(verdict(&both, true), RunVerdict::Fail);
        assert_eq!(verdict(&both[1..], false), RunVerdict::Fail);
    }
}
