//! What a run has shown of a side.

use crate::conversation::Transcript;
use crate::scenario::Case;

/// A case that was played with a side, and what came of it.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What was played.
    pub case: Case,
    /// What came of it.
    pub outcome: ObservedOutcome,
}

/// What came of a case, as far as it has to be explained.
#[derive(Debug, Clone)]
pub enum ObservedOutcome {
    /// The side passed. How it did so does not matter.
    Pass,
    /// This happened, and every byte of it has to be explained.
    Exactly(Transcript),
    /// The side failed before anything could be played, which no bug explains.
    Unplayable,
}
