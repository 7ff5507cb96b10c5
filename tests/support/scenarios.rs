//! Sets of scenarios, for tables of what a program must not pass.

use super::graded::graded;

/// Some scenarios, by their ids.
#[derive(Clone, Copy)]
pub(crate) enum Scenarios {
    /// Everything that is graded.
    Graded,
    /// Everything that is graded, except these.
    GradedExcept(&'static [&'static str]),
    These(&'static [&'static str]),
}

pub(crate) const NOTHING: Scenarios = Scenarios::These(&[]);

/// Everything that is graded and needs more than one read of the buffer.
pub(crate) const LONGER_THAN_A_READ: Scenarios = Scenarios::These(&["medium", "long", "series", "parallel"]);

impl Scenarios {
    pub(crate) fn ids(self) -> Vec<&'static str> {
        match self {
            Self::Graded => graded().collect(),
            Self::GradedExcept(others) => graded().filter(|id| !others.contains(id)).collect(),
            Self::These(ids) => ids.to_vec(),
        }
    }
}
