//! What an investigation comes to, in words.

use super::hypotheses::Hypothesis;
use super::no_reply::NoReply;
use super::observation::{Observation, ObservedOutcome};
use super::simulated::{ReadSizes, simulate};
use crate::assignment::Assignment;
use crate::bug::Bug;
use crate::judge::judge;
use crate::scenario::{self, Case};
use crate::side::Side;
use crate::verdict::Verdict;

/// What explains everything that a side did wrong: mistakes which together predict each of its failures.
#[derive(Debug, Clone)]
pub struct Cause {
    mistakes: Vec<Mistake>,
}

/// One thing that is wrong with a side.
#[derive(Debug, Clone)]
pub struct Mistake {
    kind: Kind,
    scenarios: Vec<String>,
}

#[derive(Debug, Clone)]
enum Kind {
    /// A known mistake, or several that cannot be told apart.
    Bugs {
        /// The most specific first: the one that shows in the fewest scenarios.
        bugs: Vec<&'static Bug>,
        /// What else has to be assumed, as a sentence.
        assumption: Option<String>,
    },
    /// Whatever the mistake is, it keeps the side from its first reply.
    NoReply(NoReply),
}

impl Cause {
    /// More bugs than this that cannot be told apart explain nothing.
    const BUGS_MAX: usize = 4;

    /// What the hypotheses come to, of a side of which this was observed: nothing, if there are none or too many.
    #[must_use]
    pub fn of(mut hypotheses: Vec<Hypothesis>, observations: &[Observation], side: Side) -> Option<Self> {
        let assumption_count = |hypothesis: &Hypothesis| hypothesis.program.assumption_count();
        let fewest = hypotheses.iter().map(assumption_count).min()?;
        hypotheses.retain(|hypothesis| assumption_count(hypothesis) == fewest);
        if hypotheses.len() > Self::BUGS_MAX {
            return None;
        }
        let Case { assignment, seed, .. } = &observations.first()?.case;
        if hypotheses.len() > 1 {
            hypotheses.sort_by_cached_key(|hypothesis| breadth(hypothesis, side, assignment, *seed));
        }
        let assumption = match hypotheses[..] {
            [only] => only.program.variant().assumption_text(),
            _ => None,
        };
        let bugs = hypotheses.iter().map(|hypothesis| hypothesis.bug).collect();
        let kind = Kind::Bugs { bugs, assumption };
        Some(Self { mistakes: vec![Mistake { kind, scenarios: failed(observations) }] })
    }

    /// What keeps a side from its first reply, where it has never got that far and always fails in the same way.
    #[must_use]
    pub fn of_no_reply(observations: &[Observation], side: Side) -> Option<Self> {
        let kind = Kind::NoReply(NoReply::of(observations, side)?);
        Some(Self { mistakes: vec![Mistake { kind, scenarios: failed(observations) }] })
    }

    /// What is wrong: those mistakes that account for the most scenarios first.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// What the program does wrong, and how to have it explained, with the figures of `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        let texts: Vec<_> = self.mistakes.iter().map(|mistake| mistake.text(assignment)).collect();
        texts.join(" ")
    }
}

impl Mistake {
    /// The bug, or those that cannot be told apart, the most specific first. None where no bug is known.
    #[must_use]
    pub fn bugs(&self) -> &[&'static Bug] {
        match &self.kind {
            Kind::Bugs { bugs, .. } => bugs,
            Kind::NoReply(_) => &[],
        }
    }

    /// What the user types to have it explained: the id of the bug, or those of several that cannot be told apart, or that of
    /// the symptom.
    #[must_use]
    pub fn ids(&self) -> Vec<&'static str> {
        match &self.kind {
            Kind::Bugs { bugs, .. } => bugs.iter().map(|bug| bug.id).collect(),
            Kind::NoReply(no_reply) => vec![no_reply.symptom().id],
        }
    }

    /// The ids of the failed scenarios that it accounts for, in the order in which they were played.
    #[must_use]
    pub fn scenarios(&self) -> &[String] {
        &self.scenarios
    }

    /// What the program does wrong, how to have it explained, and what else is assumed of it, with the figures of
    /// `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        let (bugs, assumption) = match &self.kind {
            Kind::Bugs { bugs, assumption } => (bugs, assumption),
            Kind::NoReply(no_reply) => {
                return format!("{} (harness explain {})", no_reply.text(), no_reply.symptom().id);
            }
        };
        let mut sentences = Vec::new();
        for (index, bug) in bugs.iter().enumerate() {
            let start = match (index, bugs.len()) {
                (0, 1) => "",
                (0, _) => "Either: ",
                _ => "Or: ",
            };
            sentences.push(format!("{start}{} (harness explain {})", bug.text(assignment), bug.id));
        }
        sentences.extend(assumption.clone());
        sentences.join(" ")
    }
}

/// The ids of the scenarios of the catalogue that were failed.
fn failed(observations: &[Observation]) -> Vec<String> {
    let has_failed = |one: &&Observation| {
        !matches!(one.outcome, ObservedOutcome::Pass) && scenario::find(&one.case.id).is_some()
    };
    observations.iter().filter(has_failed).map(|one| one.case.id.clone()).collect()
}

/// In how many scenarios a hypothesis would show.
fn breadth(hypothesis: &Hypothesis, side: Side, assignment: &Assignment, seed: u64) -> usize {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
    let cases = scenarios.map(|one| Case::new(one, assignment, &one.deliveries[0], seed));
    let shows = |case: &Case| {
        let predicted = simulate(case, side, &hypothesis.program, ReadSizes::Greedy).transcript;
        judge(case, side.into(), &predicted) != Verdict::Pass
    };
    cases.filter(|case| case.too_long().is_none() && shows(case)).count()
}
