//! The tables of scenarios: the graded tier, and for the hardening tier, which is what the protocol implies and real
//! networks do, one table for each subject.

mod close;
mod delivery;
mod disconnect;
mod graded;
mod length;
mod load;
mod text;

use super::{Scenario, Tier};
use crate::side::Casting;

/// What most rows of the hardening tier share.
const HARDENING: Scenario = Scenario { tier: Tier::Hardening, castings: EACH_SIDE, ..Scenario::BASE };

/// A pair adds nothing to what its two sides show.
const EACH_SIDE: &[Casting] = &[Casting::SERVER, Casting::CLIENT];
const SERVER: &[Casting] = &[Casting::SERVER];
const CLIENT: &[Casting] = &[Casting::CLIENT];

/// Every table, in the order in which they are played.
pub(super) const TABLES: &[&[Scenario]] = &[
    graded::SCENARIOS,
    delivery::SCENARIOS,
    length::SCENARIOS,
    text::SCENARIOS,
    close::SCENARIOS,
    disconnect::SCENARIOS,
    load::SCENARIOS,
];
