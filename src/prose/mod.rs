//! The sentences that a person reads, made of values.
//!
//! Nothing else words what was found: the judge, the players and the targets hand over values, and every format says
//! them alike. Nothing here decides anything.

mod answer;
mod delivery;
mod english;
mod evidence;
mod finding;
mod hand_in;
mod note;
mod step;
#[cfg(test)]
mod tests;

pub use delivery::delivery;
pub use evidence::{Evidence, difference, evidence};
pub use finding::{ended, summary};
pub use note::note;
pub use step::steps;
