//! What came of comparing a prediction with what was observed.

/// How a prediction compares with what was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The program would have done the same, or may have.
    Same,
    Different,
    /// What the program would have done depends on what cannot be known.
    Unknown,
}

impl Comparison {
    /// What two predictions come to of which either may hold.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, _) | (_, Self::Same) => Self::Same,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Different, Self::Different) => Self::Different,
        }
    }
}
