//! From verdicts to points, and to the verdict on a whole run.
//!
//! This module owns what a scenario is worth (the [`Rubric`]), how points add up ([`Score`]) and what counts ([`Tally`]). It
//! must not look at why something failed: a verdict is all that it is given.

mod rubric;
mod score;
mod tally;

pub use rubric::{HiddenUntil, Points, Rubric};
pub use score::{PassedDeliveries, Score};
pub use tally::{RunVerdict, Tally, is_graded};
