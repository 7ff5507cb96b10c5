//! What came of each client with each server.

use serde::{Deserialize, Serialize};

/// The version of the form that an [`InteropRecord`] is written in.
pub const INTEROP_FORMAT_VERSION: u32 = 1;

/// All programs of a class, and what came of each client with each server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteropRecord {
    /// The version of this form.
    pub format_version: u32,
    /// The version of the harness that played.
    pub harness_version: String,
    /// The file in which the course says what it wants; nothing where there was none.
    pub assignment: Option<String>,
    /// Where the random choices come from.
    pub seed: u64,
    /// The ids of the scenarios that each pair was played, in the order of the catalogue.
    pub scenarios: Vec<String>,
    /// Who took part: the reference first, then the hand-ins.
    pub participants: Vec<Participant>,
    /// What came of the pairs that were played, by their clients and then by their servers.
    pub cells: Vec<Cell>,
    /// What follows from it, in sentences.
    pub findings: Vec<String>,
    /// Hand-ins that agree with each other and not with the assignment, each group by the places of its participants.
    pub groups: Vec<Vec<usize>>,
}

/// The client and the server of one hand-in, or of the reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// What the platform, or the directory, calls it.
    pub id: String,
    /// Whose it is, where that is known.
    pub name: Option<String>,
    /// Why it could not be played at all, in a sentence, if so.
    pub unplayable: Option<String>,
}

/// What came of a client with a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Whose client it is, by its place among the participants.
    pub client: usize,
    /// Whose server it is, by the same.
    pub server: usize,
    /// The verdicts, in the order of the scenarios: `pass`, `fail`, `blocked`, `unsupported` or `inconclusive`.
    pub verdicts: Vec<String>,
}

impl Participant {
    /// What it is called in a sentence.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

impl Cell {
    /// Whether the two agree: everything was passed. Nothing where that is not known, because nothing failed and something was not
    /// decided.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        if self.verdicts.iter().any(|verdict| verdict == "fail") {
            return Some(false);
        }
        let is_known = |verdict: &String| verdict == "pass" || verdict == "unsupported";
        (!self.verdicts.is_empty() && self.verdicts.iter().all(is_known)).then_some(true)
    }

    /// How many scenarios they passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.verdicts.iter().filter(|verdict| *verdict == "pass").count()
    }
}

impl InteropRecord {
    /// The place of the reference among the participants.
    pub const REFERENCE: usize = 0;

    /// The places of the hand-ins among the participants.
    pub(super) fn hand_ins(&self) -> std::ops::Range<usize> {
        Self::REFERENCE + 1..self.participants.len()
    }
}
