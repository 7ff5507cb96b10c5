//! What follows from a record, for every table and page that is made of it.

use super::intake::Person;
use super::record::{ClassRecord, ColumnResult, Graded, HandInOutcome, HandInRecord};
use crate::grade::RunVerdict;

impl HandInRecord {
    /// Its grade, if it was graded.
    #[must_use]
    pub const fn graded(&self) -> Option<&Graded> {
        match &self.outcome {
            HandInOutcome::Graded(graded) => Some(graded),
            HandInOutcome::NotGraded { .. } => None,
        }
    }

    /// Everyone whose it is, of whom each gets its score. Where nobody is known, that is somebody without a name.
    pub(super) fn people(&self) -> Vec<Person> {
        match &self.group[..] {
            [] => vec![Person { name: self.name.clone(), details: self.details.clone() }],
            group => group.to_owned(),
        }
    }
}

impl ClassRecord {
    /// The points within reach of a hand-in that has both sides.
    #[must_use]
    pub fn max_score(&self) -> u32 {
        self.columns.iter().map(|column| column.max_points).sum()
    }

    /// The score of a hand-in that can be entered without a look at it: it was graded, and everything that carries points was
    /// decided.
    #[must_use]
    pub fn settled_score(&self, hand_in: &HandInRecord) -> Option<u32> {
        let graded = hand_in.graded()?;
        let mut scored = self.columns.iter().zip(&graded.results).filter(|(column, _)| column.max_points > 0);
        let is_decided = scored.all(|(_, result)| result.as_ref().is_some_and(ColumnResult::is_decided));
        (is_decided && graded.verdict != RunVerdict::Incomplete).then_some(graded.score)
    }
}
