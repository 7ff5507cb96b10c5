//! From verdicts to points, and to the verdict on a whole run.

mod rubric;
mod score;
mod tally;

pub use rubric::Rubric;
pub use score::Score;
pub use tally::{RunVerdict, Tally};
