//! The sentences that a person reads, made of values.
//!
//! This module owns the wording of findings, notes, deliveries and steps: whoever makes these makes values, and every format uses
//! the same words for them. It must not decide anything, and nothing else may put a finding into words.
//!
//! Three things come as text, and are shown as they are. What a program or the system said, such as an exception, is quoted. The
//! reason why a scenario was blocked, unsupported or inconclusive is a sentence of the part that met the obstacle. And a cause is
//! told in the words of the catalogue of [bugs](crate::bug), or in those of the diagnosis where no mistake is known.

mod answer;
mod circumstances;
mod command;
mod crash;
mod delivery;
mod evidence;
mod explanation;
mod finding;
mod hand_in;
mod ladder;
mod note;
mod output;
mod place;
mod silence;
mod standing;
mod step;
#[cfg(test)]
mod tests;
mod wrong_text;

pub use circumstances::{NOT_CONTAINED, own_names, unconfirmed_cuts};
pub use command::options;
pub use crash::{broken_by, crash};
pub use delivery::delivery;
pub use evidence::{Comparison, Evidence, evidence};
pub use explanation::explanation;
pub use finding::{ended, ended_of, summary};
pub use ladder::lifeline;
pub use note::note;
pub use output::{STILL_RUNNING, output, printed};
pub use place::{call, call_outcome, place, place_of};
pub use standing::{
    failure, hidden_from_students, left_out, not_graded, open_reasons, points, remarks, run, standing,
};
pub use step::steps;
