//! What it means that two sides do together what one of them cannot do alone.

use super::RunRecord;
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// Two equal mistakes that cancel out: the pair passes what a side of it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement<'a> {
    /// The ids of the scenarios, in the order in which the pair played them.
    pub scenarios: Vec<&'a str>,
    /// The sides that fail at least one of them alone.
    pub sides: Vec<Side>,
    /// What a person calls both sides.
    both_sides: &'static str,
}

impl RunRecord {
    /// What the pair passes and a side alone fails, if there is anything of the kind.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement<'_>> {
        let failed: Vec<(Side, &str)> = self
            .trials
            .iter()
            .filter(|trial| matches!(trial.finished.verdict, Verdict::Fail(_)))
            .filter_map(|trial| {
                Some((trial.finished.key.casting.side()?, trial.finished.key.scenario.as_str()))
            })
            .collect();
        let is_agreed = |id: &str| failed.iter().any(|(_, failed)| *failed == id);
        let scenarios: Vec<&str> = self
            .trials
            .iter()
            .map(|trial| &trial.finished)
            .filter(|trial| trial.key.casting == Casting::Pair && trial.verdict == Verdict::Pass)
            .map(|trial| trial.key.scenario.as_str())
            .filter(|id| is_agreed(id))
            .collect();
        if scenarios.is_empty() {
            return None;
        }
        let fails = |side: &Side| failed.iter().any(|(of, id)| of == side && scenarios.contains(id));
        let sides = Side::ALL.iter().copied().filter(fails).collect();
        let both_sides = match self.started.run.target.kind() {
            "submission" => "two files",
            _ => "client and server",
        };
        Some(Agreement { scenarios, sides, both_sides })
    }
}

impl std::fmt::Display for Agreement<'_> {
    /// The sentence that says so.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let alone = match self.sides[..] {
            [only] => format!("the {only} alone fails"),
            _ => "the server and the client each fail".into(),
        };
        write!(
            f,
            "Together they pass {}, where {alone}: your {} agree with each other, not with the assignment.",
            self.scenarios.join(", "),
            self.both_sides
        )
    }
}
