//! The hardening tier: what the protocol implies and real networks do, a table for each subject.

mod close;
mod delivery;
mod disconnect;
mod length;
mod load;
mod text;

use super::{Casting, Scenario, Tier};

/// What most rows share.
const BASE: Scenario = Scenario { tier: Tier::Hardening, castings: EACH_SIDE, ..Scenario::BASE };

/// A pair adds nothing to what its two sides show.
const EACH_SIDE: &[Casting] = &[Casting::SERVER, Casting::CLIENT];
const SERVER: &[Casting] = &[Casting::SERVER];
const CLIENT: &[Casting] = &[Casting::CLIENT];

/// The tables of the tier, in the order in which they are played.
pub(super) const SCENARIOS: &[&[Scenario]] = &[
    delivery::SCENARIOS,
    length::SCENARIOS,
    text::SCENARIOS,
    close::SCENARIOS,
    disconnect::SCENARIOS,
    load::SCENARIOS,
];
