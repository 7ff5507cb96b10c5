//! From verdicts to points.

mod rubric;

pub use rubric::Rubric;
