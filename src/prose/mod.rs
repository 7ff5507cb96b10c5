//! The sentences that a person reads, made of values.
//!
//! This module owns the wording: the judge, the links and the targets hand over values, and every format uses the same words for
//! them. It must not decide anything, and nothing else may put a finding into words.

mod answer;
mod delivery;
mod english;
mod evidence;
mod finding;
mod hand_in;
mod note;
mod output;
mod step;
#[cfg(test)]
mod tests;

pub use delivery::delivery;
pub use evidence::{Evidence, difference, evidence};
pub use finding::{ended, summary};
pub use note::note;
pub use output::{output, printed};
pub use step::steps;
