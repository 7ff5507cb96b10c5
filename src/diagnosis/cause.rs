//! What an investigation comes to, in words.

use std::cmp::Reverse;
use std::fmt;

use super::hypotheses::Hypothesis;
use super::no_reply::NoReply;
use super::observation::{Observation, ObservedOutcome};
use super::search::explains;
use super::simulated::{TransferSizes, simulate};
use crate::assignment::Assignment;
use crate::bug::{self, Bug, EXCEPTIONS_NOT_CAUGHT, Program};
use crate::judge::judge;
use crate::scenario::{self, Case};
use crate::side::Side;
use crate::verdict::{Protocol, Verdict};

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
        /// The forms in which it shows, where it has several.
        faces: Vec<&'static Bug>,
    },
    /// Whatever the mistake is, it keeps the side from its first reply.
    NoReply(NoReply),
}

/// Bugs of a hypothesis that a person would call one mistake.
type Group = Vec<&'static Bug>;

impl Cause {
    /// More mistakes than this that cannot be told apart explain nothing.
    const ALTERNATIVES_MAX: usize = 4;

    /// What the hypotheses come to, of a side of which this was observed: nothing, if there are none or too many.
    #[must_use]
    pub fn of(hypotheses: &[Hypothesis], observations: &[Observation], side: Side) -> Option<Self> {
        let first = hypotheses.first()?;
        let groups: Vec<Vec<Group>> = hypotheses.iter().map(|one| groups(&one.bugs)).collect();
        let is_common = |group: &&Group| groups.iter().all(|set| set.contains(group));
        let mut mistakes: Vec<Mistake> = groups[0].iter().filter(is_common).map(mistake).collect();
        let mut alternatives: Vec<Group> = Vec::new();
        for set in &groups {
            let others: Vec<&Group> = set.iter().filter(|group| !is_common(group)).collect();
            match others[..] {
                [] => {}
                [only] => alternatives.push(only.clone()),
                // They have too little in common to say anything.
                _ => return None,
            }
        }
        if alternatives.len() > Self::ALTERNATIVES_MAX {
            return None;
        }
        let Case { assignment, seed, .. } = &observations.first()?.case;
        alternatives.sort_by_cached_key(|group| breadth(group, side, assignment, *seed));
        if !alternatives.is_empty() {
            let bugs = alternatives.iter().filter_map(|group| named(group)).collect();
            mistakes.push(Mistake { kind: Kind::Bugs { bugs, faces: Vec::new() }, scenarios: Vec::new() });
        }
        account(&mut mistakes, first, observations, side);
        Some(Self { mistakes })
    }

    /// What keeps a side from its first reply, where it has never got that far and always fails in the same way.
    #[must_use]
    pub fn of_no_reply(observations: &[Observation], side: Side) -> Option<Self> {
        Some(Self::without_reply(NoReply::of(observations, side)?, observations))
    }

    /// That a server speaks `protocol`, which explains everything that it does.
    #[must_use]
    pub fn of_other_protocol(protocol: Protocol, observations: &[Observation]) -> Self {
        Self::without_reply(NoReply::of_other_protocol(protocol), observations)
    }

    fn without_reply(no_reply: NoReply, observations: &[Observation]) -> Self {
        Self { mistakes: vec![Mistake { kind: Kind::NoReply(no_reply), scenarios: failed(observations) }] }
    }

    /// What is wrong: those mistakes that account for the most scenarios first.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// What the program does wrong, and how to have it explained, with the figures of `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        let texts = self.mistakes.iter().map(|mistake| mistake.text(assignment));
        let mut failures: Vec<&String> = self.mistakes.iter().flat_map(Mistake::scenarios).collect();
        failures.sort();
        failures.dedup();
        told_together(texts, failures.len())
    }
}

/// The texts of mistakes that together explain so many failures, as one.
pub(crate) fn told_together(
    texts: impl ExactSizeIterator<Item = impl fmt::Display>,
    failures: usize,
) -> String {
    if texts.len() < 2 {
        return texts.map(|text| text.to_string()).collect();
    }
    let together = together(texts.len(), failures);
    let texts: Vec<_> = texts.enumerate().map(|(index, text)| format!("({}) {text}", index + 1)).collect();
    format!("{together}. {}", texts.join(" "))
}

/// That so many mistakes, of which there are several, together explain so many failures.
pub(crate) fn together(mistakes: usize, failures: usize) -> String {
    let number = if mistakes == 2 { "Two" } else { "Three" };
    match failures {
        1 => format!("{number} mistakes together explain the failure"),
        failures => format!("{number} mistakes together explain all {failures} failures"),
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

    /// What the program does wrong, how to have it explained, and in which forms it was seen, with the figures of `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        let (bugs, faces) = match &self.kind {
            Kind::Bugs { bugs, faces } => (bugs, faces),
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
        sentences.extend(faces.iter().map(|face| face.text(assignment)));
        sentences.join(" ")
    }
}

/// The mistakes that these bugs are: what is not caught is one, however much that is.
fn groups(bugs: &[&'static Bug]) -> Vec<Group> {
    let (mut uncaught, others): (Group, Group) = bugs.iter().partition(|bug| bug.is_only_uncaught());
    let all = uncaught.clone();
    let is_part = |bug: &&Bug| {
        let contains = |other: &&Bug| {
            other.id != bug.id
                && (bug.is_implied_by(other)
                    || other.uncaught().zip(bug.uncaught()).is_some_and(|(other, this)| other.contains(this)))
        };
        all.iter().any(contains)
    };
    uncaught.retain(|bug| !is_part(bug));
    let mut groups: Vec<Group> = others.into_iter().map(|bug| vec![bug]).collect();
    if !uncaught.is_empty() {
        groups.push(uncaught);
    }
    groups
}

/// What bugs that are one mistake are called together.
fn named(group: &Group) -> Option<&'static Bug> {
    match group[..] {
        [only] => Some(only),
        _ => bug::find(EXCEPTIONS_NOT_CAUGHT),
    }
}

fn mistake(group: &Group) -> Mistake {
    let kind = match (named(group), group.len()) {
        (Some(only), 1) => Kind::Bugs { bugs: vec![only], faces: Vec::new() },
        (Some(all), _) => Kind::Bugs { bugs: vec![all], faces: group.clone() },
        (None, _) => Kind::Bugs { bugs: group.clone(), faces: Vec::new() },
    };
    Mistake { kind, scenarios: Vec::new() }
}

/// Finds out which mistake accounts for which failed scenario: the one without which `hypothesis` would not explain it. Where
/// none alone is missed, all of them do.
fn account(mistakes: &mut [Mistake], hypothesis: &Hypothesis, observations: &[Observation], side: Side) {
    let without = |mistake: &Mistake| {
        let own: Vec<&str> = match &mistake.kind {
            Kind::Bugs { bugs, faces } => bugs.iter().chain(faces).map(|bug| bug.id).collect(),
            Kind::NoReply(_) => Vec::new(),
        };
        hypothesis.without(|bug| own.contains(&bug.id))
    };
    let programs: Vec<Program> = mistakes.iter().map(without).collect();
    for observation in observations.iter().filter(|one| has_failed(one)) {
        let needed: Vec<bool> =
            programs.iter().map(|program| !explains(observation, side, program)).collect();
        for (mistake, is_needed) in mistakes.iter_mut().zip(&needed) {
            if *is_needed || !needed.contains(&true) {
                mistake.scenarios.push(observation.case.id.clone());
            }
        }
    }
    mistakes.sort_by_key(|mistake| Reverse(mistake.scenarios.len()));
}

fn has_failed(one: &Observation) -> bool {
    !matches!(one.outcome, ObservedOutcome::Pass)
}

/// The ids of the scenarios that were failed.
fn failed(observations: &[Observation]) -> Vec<String> {
    observations.iter().filter(|one| has_failed(one)).map(|one| one.case.id.clone()).collect()
}

/// In how many scenarios a mistake would show.
fn breadth(group: &Group, side: Side, assignment: &Assignment, seed: u64) -> usize {
    let program = group.iter().fold(Program::RIGHT, |program, bug| bug.added_to(program));
    let scenarios =
        scenario::catalogue_for(assignment).filter(|scenario| scenario.castings.contains(&side.into()));
    let cases = scenarios.map(|one| Case::new(one, assignment, &one.deliveries[0], seed));
    let shows = |case: &Case| {
        let predicted = simulate(case, side, &program, TransferSizes::Greedy);
        judge(case, side.into(), &predicted) != Verdict::Pass
    };
    cases.filter(|case| case.too_long().is_none() && shows(case)).count()
}
