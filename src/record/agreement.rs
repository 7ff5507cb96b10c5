//! What it means that two sides do together what one of them cannot do alone.

use super::RunRecord;
use crate::bug;
use crate::diagnosis::Symptom;
use crate::event::NamedMistake;
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// Two equal mistakes that cancel out: the pair passes what each side of it fails alone, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement<'a> {
    /// The ids of the scenarios, in the order in which the pair played them.
    pub scenarios: Vec<&'a str>,
    /// The sides that fail them alone.
    pub sides: Vec<Side>,
    /// What a person calls both sides.
    both_sides: &'static str,
}

impl RunRecord {
    /// What the pair passes and each side fails alone by the same mistake, if there is anything of the kind.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement<'_>> {
        let passed = self
            .trials
            .iter()
            .map(|trial| &trial.finished)
            .filter(|trial| trial.key.casting == Casting::Pair && trial.verdict == Verdict::Pass);
        let scenarios: Vec<&str> =
            passed.map(|trial| trial.key.scenario.as_str()).filter(|id| self.has_one_cause(id)).collect();
        if scenarios.is_empty() {
            return None;
        }
        let both_sides = match self.started.run.target.kind() {
            "submission" => "two files",
            _ => "client and server",
        };
        Some(Agreement { scenarios, sides: Side::ALL.to_vec(), both_sides })
    }

    /// Whether both sides fail a scenario by the same mistake.
    fn has_one_cause(&self, scenario: &str) -> bool {
        let mistakes = |side: Side| {
            let causes = self.causes.iter().filter(move |(of, _)| *of == side);
            let mistakes = causes.flat_map(|(_, cause)| &cause.mistakes);
            mistakes.filter(|mistake| mistake.scenarios.iter().any(|id| id == scenario))
        };
        mistakes(Side::Server).any(|one| mistakes(Side::Client).any(|other| is_same(one, other)))
    }
}

/// Whether the mistakes of two sides are the same. A side that never replies to the harness shows none of its own, but it must
/// have that of the other if they understand each other.
fn is_same(one: &NamedMistake, other: &NamedMistake) -> bool {
    let is_symptom = |mistake: &NamedMistake| mistake.bugs.iter().any(|id| Symptom::find(id).is_some());
    let is_common = |mistake: &NamedMistake| {
        let bugs = mistake.bugs.iter().filter_map(|id| bug::find(id));
        bugs.into_iter().any(|bug| Side::ALL.iter().all(|side| bug.sides.contains(side)))
    };
    one.bugs.iter().any(|id| other.bugs.contains(id))
        || is_symptom(one) && is_common(other)
        || is_common(one) && is_symptom(other)
}

impl std::fmt::Display for Agreement<'_> {
    /// The sentence that says so.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Together they pass {}, where the server and the client each fail: your {} agree with each other, \
             not with the assignment.",
            self.scenarios.join(", "),
            self.both_sides
        )
    }
}
