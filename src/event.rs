//! A run, as the list of events that reports are made from.

mod description;

use std::time::Duration;

use serde::Serialize;

pub use description::TargetDescription;

use crate::assignment::Assignment;
use crate::delivery::Boundary;
use crate::diagnosis::Cause;
use crate::scenario::{Scenario, Tier};
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// What is known before the first scenario is played.
#[derive(Debug, Clone)]
pub struct Run {
    /// What is graded.
    pub target: TargetDescription,
    /// The parameters it is graded for.
    pub assignment: Assignment,
    /// The seed that payloads come from.
    pub seed: u64,
    /// Whether hardening scenarios count like graded ones.
    pub strict: bool,
}

/// What came of one scenario in one casting.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// The side that was under test.
    pub casting: Casting,
    /// The verdict.
    pub verdict: Verdict,
    /// The points it got.
    pub points: u32,
    /// The points it could get.
    pub points_max: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// The command that repeats just this.
    pub reproduce: String,
    /// What is known of the cuts in what the harness sent; `None` where nothing was cut.
    pub delivered: Option<Boundary>,
    /// What was seen where the rules leave it to the submission, in sentences.
    pub remarks: Vec<String>,
    /// The end of what the submission printed, where it was captured and something was wrong.
    pub output: Option<String>,
}

/// One thing that a report may want to tell.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// A run begins.
    RunStarted(&'a Run),
    /// A scenario is about to be played.
    ScenarioStarted {
        /// The scenario.
        scenario: &'static Scenario,
        /// The side under test.
        casting: Casting,
    },
    /// A scenario has its verdict.
    ScenarioFinished(&'a Outcome),
    /// Everything is played, and one known mistake explains all failures of a side.
    Diagnosed {
        /// The side.
        side: Side,
        /// The mistake.
        cause: &'a Cause,
    },
    /// The run is over.
    RunFinished(&'a Summary),
}

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// A tally of outcomes.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How many scenarios got each verdict.
    pub passed: usize,
    /// See [`Verdict::Fail`].
    pub failed: usize,
    /// See [`Verdict::Blocked`].
    pub blocked: usize,
    /// See [`Verdict::Unsupported`].
    pub unsupported: usize,
    /// See [`Verdict::Inconclusive`].
    pub inconclusive: usize,
    /// In how many scenarios a cut was not seen to end a read of the submission.
    pub requested: usize,
    /// The points reached.
    pub score: u32,
    /// The points within reach.
    pub score_max: u32,
    /// How long the run took.
    pub elapsed: Duration,
    graded: Counts,
    others: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    open: usize,
}

impl Summary {
    /// Adds one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        let is_graded = outcome.scenario.tier == Tier::Graded && outcome.casting.is_scored();
        let counts = if is_graded { &mut self.graded } else { &mut self.others };
        match outcome.verdict {
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
                counts.open += 1;
            }
            Verdict::Unsupported { .. } => self.unsupported += 1,
            Verdict::Inconclusive { .. } => {
                self.inconclusive += 1;
                counts.open += 1;
            }
        }
        self.requested += usize::from(outcome.delivered == Some(Boundary::Requested));
        self.score += outcome.points;
        self.score_max += outcome.points_max;
    }

    /// How many outcomes were added.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.passed + self.failed + self.blocked + self.unsupported + self.inconclusive
    }

    /// The verdict on the run.
    ///
    /// What counts are the graded scenarios in a scored casting; with `strict`, or where nothing of the kind was
    /// selected, everything counts. A run that concluded nothing is not a success.
    #[must_use]
    pub const fn verdict(&self, strict: bool) -> RunVerdict {
        let Counts { passed, failed, open } = self.graded;
        let others_count = strict || passed + failed + open == 0;
        let failed = failed + if others_count { self.others.failed } else { 0 };
        let open = open + if others_count { self.others.open } else { 0 };
        let passed = passed + if others_count { self.others.passed } else { 0 };
        if failed > 0 {
            RunVerdict::Fail
        } else if open > 0 || passed == 0 {
            RunVerdict::Incomplete
        } else {
            RunVerdict::Pass
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn outcome(casting: Casting, verdict: Verdict) -> Outcome {
        Outcome {
            scenario: scenario::find("short").unwrap(),
            casting,
            verdict,
            points: 0,
            points_max: 1,
            elapsed: Duration::ZERO,
            reproduce: String::new(),
            delivered: None,
            remarks: Vec::new(),
            output: None,
        }
    }

    fn blocked() -> Verdict {
        Verdict::Blocked { on: "the user".into() }
    }

    fn fail() -> Verdict {
        Verdict::Fail(Box::new(crate::verdict::Finding {
            summary: String::new(),
            rule: crate::rule::Rule::Framing,
            evidence: crate::verdict::Evidence::Words { expected: String::new(), received: String::new() },
            ended: String::new(),
        }))
    }

    fn verdict(outcomes: Vec<Outcome>, strict: bool) -> RunVerdict {
        let mut summary = Summary::default();
        outcomes.iter().for_each(|one| summary.add(one));
        summary.verdict(strict)
    }

    #[test]
    fn nothing_selected_is_not_a_success() {
        assert_eq!(verdict(vec![], false), RunVerdict::Incomplete);
    }

    #[test]
    fn a_failure_outweighs_what_is_open_and_what_is_open_outweighs_a_pass() {
        let pass = || outcome(Casting::SERVER, Verdict::Pass);
        assert_eq!(verdict(vec![pass()], false), RunVerdict::Pass);
        assert_eq!(verdict(vec![pass(), outcome(Casting::SERVER, blocked())], false), RunVerdict::Incomplete);
        let all = vec![pass(), outcome(Casting::SERVER, blocked()), outcome(Casting::CLIENT, fail())];
        assert_eq!(verdict(all, false), RunVerdict::Fail);
    }

    #[test]
    fn a_pair_counts_only_when_strict_or_alone() {
        let both = || vec![outcome(Casting::SERVER, Verdict::Pass), outcome(Casting::Pair, fail())];
        assert_eq!(verdict(both(), false), RunVerdict::Pass);
        assert_eq!(verdict(both(), true), RunVerdict::Fail);
        assert_eq!(verdict(vec![outcome(Casting::Pair, fail())], false), RunVerdict::Fail);
    }
}
