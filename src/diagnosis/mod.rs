//! Diagnosis by prediction: which known mistake explains all that was seen.
//!
//! Every bug of the [catalogue](crate::bug) is a program. It is run here without sockets, on exactly the bytes that
//! the submission was sent, in exactly the pieces in which they were read; and what it does is compared with what
//! the submission did, byte for byte. A cause is named only if it predicts every failure of a side, and none where
//! the side has passed. What reads like a cause but does not predict is not one.
//!
//! Nothing here does I/O: where one more conversation is wanted, whoever asks has it, as a [`Witnessing`].

mod inquiry;
mod simulated;
mod simulation;
mod telling;
#[cfg(test)]
mod tests;
mod trace;

use std::fmt;

use self::simulated::{Chance, SURE_LEN, play};
use self::trace::Trace;
use crate::assignment::Assignment;
use crate::bug::{Asked, Bug, Program, Style};
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::scenario::{self, Action, Case, Scenario};
use crate::side::Side;
use crate::verdict::Verdict;

pub use inquiry::{Readiness, Witnessing, inquire};
pub use simulation::Simulation;

/// Something that was played, and what came of it.
#[derive(Debug, Clone)]
pub struct Witness {
    /// What was played.
    pub case: Case,
    /// What came of it.
    pub seen: Seen,
}

/// What came of a case.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The side under test passed. How it did is no matter.
    Pass,
    /// This happened, of which every byte has to be explained.
    This(Transcript),
    /// It failed before anything could be played, which no bug explains.
    Nothing,
}

/// A bug that explains what was seen.
#[derive(Debug, Clone, Copy)]
pub struct Suspect {
    /// The bug.
    pub bug: &'static Bug,
    /// A program that has it and does all that was seen.
    pub program: Program,
}

/// Whether chance has a part in how a case is played.
fn depends_on_chance(case: &Case) -> bool {
    let is_sending = |action: &Action| matches!(action, Action::Send { .. } | Action::SendMalformed { .. });
    let races = |pair: &[Action]| {
        is_sending(&pair[0]) && (is_sending(&pair[1]) || matches!(pair[1], Action::ResetClient { .. }))
    };
    case.sent_len() > SURE_LEN || case.actions.windows(2).any(races)
}

/// What `program` would do in `case`, if it were the side under test; nothing where that depends on what nobody
/// can know, such as how much of a long message a single read brings.
#[must_use]
pub fn predict(case: &Case, side: Side, program: &Program) -> Option<Transcript> {
    let most = play(case, side, program, Chance::Most).transcript;
    if depends_on_chance(case) {
        let little = play(case, side, program, Chance::Little).transcript;
        let [most, little] = [&most, &little].map(|one| Trace::new(case, side, one));
        if !most.is_like(&little) {
            return None;
        }
    }
    Some(most)
}

/// Whether `scenario` catches `program`, under one of its deliveries for certain, or under none; nothing where that
/// depends on chance.
#[must_use]
pub fn predict_catch(scenario: &'static Scenario, side: Side, program: &Program, seed: u64) -> Option<bool> {
    let mut catches = Some(false);
    for delivery in scenario.deliveries {
        let case = Case::new(scenario, &Assignment::default(), delivery, seed);
        match predict(&case, side, program).map(|transcript| judge(&case, side.into(), &transcript)) {
            Some(Verdict::Fail(_)) => return Some(true),
            Some(_) => {}
            None => catches = None,
        }
    }
    catches
}

/// How a prediction compares with what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// The program would have done the same, or may have.
    Same,
    Different,
    /// What the program would have done depends on what nobody can know.
    Unknown,
}

/// Compares what was seen with what `program` would have done, and tells which parts of its style had a say in that.
fn compare(witness: &Witness, side: Side, program: &Program) -> (Comparison, Asked) {
    let case = &witness.case;
    let trace = |transcript: &Transcript| Trace::new(case, side, transcript);
    let seen = match &witness.seen {
        Seen::Nothing => return (Comparison::Different, Asked::default()),
        Seen::Pass => None,
        Seen::This(transcript) => Some(trace(transcript)),
    };
    let mut asked = Asked::default();
    let mut predict = |chance| {
        let predicted = play(case, side, program, chance);
        asked = asked.or(predicted.asked);
        let is_same = match &seen {
            Some(seen) => seen.is_seen_of(&trace(&predicted.transcript)),
            None => judge(case, side.into(), &predicted.transcript) == Verdict::Pass,
        };
        (is_same, predicted.transcript)
    };
    let (mut is_same, most) = predict(Chance::Most);
    let mut is_certain = true;
    if !is_same && depends_on_chance(case) {
        let until = seen.as_ref().map(|seen| Chance::SentUntil(seen.last_len()));
        let most = trace(&most);
        for chance in [Chance::Little].into_iter().chain(until) {
            let (is_this, other) = predict(chance);
            is_same |= is_this;
            is_certain &= most.is_like(&trace(&other));
        }
    }
    let comparison = match (is_same, is_certain) {
        (true, _) => Comparison::Same,
        (false, true) => Comparison::Different,
        (false, false) => Comparison::Unknown,
    };
    (comparison, asked)
}

/// Whether `program` explains all that was seen. The `likely` one of the witnesses is heard first.
fn explains(witnesses: &[&Witness], side: Side, program: &Program, likely: usize) -> Result<(), Unexplained> {
    let (mut is_confirmed, mut asked_in_all) = (false, Asked::default());
    let likely_first = [likely].into_iter().chain((0..witnesses.len()).filter(|number| *number != likely));
    for number in likely_first {
        let witness = witnesses[number];
        let (comparison, asked) = compare(witness, side, program);
        if comparison == Comparison::Different {
            return Err(Unexplained { likely: number, asked });
        }
        asked_in_all = asked_in_all.or(asked);
        is_confirmed |= comparison == Comparison::Same && !matches!(witness.seen, Seen::Pass);
    }
    if is_confirmed { Ok(()) } else { Err(Unexplained { likely, asked: asked_in_all }) }
}

/// A witness speaks against a program, or nobody can know whether it would have done any of what was wrong.
struct Unexplained {
    /// The number of the witness that is likely to speak against it in another style, too.
    likely: usize,
    /// Which parts of its style had a say in that: without them another style would not change it.
    asked: Asked,
}

/// Those of `bugs`, each in the first of its styles, that explain all that was seen of a side: each failure byte for
/// byte, and that everything else was passed. None where nothing failed.
fn suspects(bugs: impl Iterator<Item = &'static Bug>, witnesses: &[Witness], side: Side) -> Vec<Suspect> {
    if witnesses.iter().all(|witness| matches!(witness.seen, Seen::Pass)) {
        return Vec::new();
    }
    // Most bugs are ruled out by what is short, which takes no time.
    let mut witnesses: Vec<&Witness> = witnesses.iter().collect();
    witnesses.sort_by_key(|witness| witness.case.sent_len());
    let explains = |program: &Program, likely| explains(&witnesses, side, program, likely);
    let suspect = |bug: &'static Bug| {
        let (mut likely, mut asked) = (0, Asked::default());
        for style in Style::all() {
            if !style.differs_only_in(asked) {
                continue;
            }
            let program = bug.program.in_style(style);
            match explains(&program, likely) {
                // What a style explains alone is no sign of any bug.
                Ok(()) if explains(&Program::RIGHT.in_style(style), 0).is_ok() => asked = Asked::EVERYTHING,
                Ok(()) => return Some(Suspect { bug, program }),
                Err(unexplained) => (likely, asked) = (unexplained.likely, asked.or(unexplained.asked)),
            }
        }
        None
    };
    let suspects: Vec<Suspect> = bugs.filter_map(suspect).collect();
    the_same_to_the_end(&witnesses, side, suspects)
}

/// Of several suspects, those that also end connections as was seen, if there are any.
fn the_same_to_the_end(witnesses: &[&Witness], side: Side, suspects: Vec<Suspect>) -> Vec<Suspect> {
    let ends_alike = |suspect: &&Suspect| {
        witnesses.iter().all(|witness| {
            let Witness { case, seen: Seen::This(seen) } = witness else { return true };
            let predicted = play(case, side, &suspect.program, Chance::Most).transcript;
            let [seen, predicted] = [seen, &predicted].map(|one| Trace::new(case, side, one));
            seen.ends_like(&predicted)
        })
    };
    let alike: Vec<Suspect> = match suspects.len() {
        0 | 1 => Vec::new(),
        _ => suspects.iter().filter(ends_alike).copied().collect(),
    };
    if alike.is_empty() { suspects } else { alike }
}

/// The known mistake that explains all that a side did wrong, or several that cannot be told apart.
#[derive(Debug, Clone)]
pub struct Cause {
    /// The most specific first: the one that shows in the fewest scenarios.
    bugs: Vec<&'static Bug>,
    /// What has to be assumed besides, as a sentence, or nothing.
    besides: &'static str,
}

impl Cause {
    /// More bugs than this that cannot be told apart explain nothing.
    const BUGS_MAX: usize = 4;

    /// What the suspects come to: nothing, if there are none or too many.
    #[must_use]
    pub fn of(mut suspects: Vec<Suspect>, side: Side, like: &Case) -> Option<Self> {
        let least = suspects.iter().map(|suspect| suspect.program.carelessness()).min()?;
        suspects.retain(|suspect| suspect.program.carelessness() == least);
        if suspects.len() > Self::BUGS_MAX {
            return None;
        }
        if suspects.len() > 1 {
            suspects.sort_by_cached_key(|suspect| breadth(suspect, side, like));
        }
        let besides = match suspects[..] {
            [only] => only.program.style().besides(),
            _ => "",
        };
        Some(Self { bugs: suspects.iter().map(|suspect| suspect.bug).collect(), besides })
    }

    /// The bug, or those that cannot be told apart, the most specific first.
    #[must_use]
    pub fn bugs(&self) -> &[&'static Bug] {
        &self.bugs
    }

    /// The bug, if it is one.
    #[must_use]
    pub fn bug(&self) -> Option<&'static Bug> {
        match self.bugs[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Display for Cause {
    /// What the program does wrong, how to have it explained, and what it does besides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, bug) in self.bugs.iter().enumerate() {
            f.write_str(match (number, self.bugs.len()) {
                (0, 1) => "",
                (0, _) => "Either: ",
                _ => " Or: ",
            })?;
            write!(f, "{} (harness explain {})", bug.text, bug.id)?;
        }
        if !self.besides.is_empty() {
            write!(f, " {}", self.besides)?;
        }
        Ok(())
    }
}

/// In how many scenarios a suspect would be seen.
fn breadth(suspect: &Suspect, side: Side, like: &Case) -> usize {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
    let cases = scenarios.map(|one| Case::new(one, &like.assignment, &one.deliveries[0], like.seed));
    let is_seen = |case: &Case| {
        let predicted = play(case, side, &suspect.program, Chance::Most).transcript;
        judge(case, side.into(), &predicted) != Verdict::Pass
    };
    cases.filter(|case| case.too_long().is_none() && is_seen(case)).count()
}
