//! Whether a side is right about everything but the format of a length.

use super::hypotheses::Hypothesis;
use super::observation::{Observation, has_replied};
use super::search::Search;
use crate::assignment::WireFormat;
use crate::bug::{Program, Variant};
use crate::side::Side;

/// The format with which a right program would have done all that was observed of a side, where it is not the one that was asked
/// for. None where something else explains that as well, or where the side has never got as far as a reply: until then, most
/// mistakes look alike.
#[must_use]
pub fn other_format(
    hypotheses: &[Hypothesis],
    observations: &[Observation],
    side: Side,
) -> Option<WireFormat> {
    let is_format = |hypothesis: &Hypothesis| matches!(hypothesis.bugs[..], [only] if only.is_only_format());
    if !hypotheses.iter().all(is_format) || !has_replied(observations, side) {
        return None;
    }
    let wanted = observations.first()?.case.assignment.wire_format();
    let search = Search::new(Vec::new(), observations, side)?;
    let explains = |format: &WireFormat| {
        Variant::all(side)
            .any(|variant| search.explained_by(&Program::RIGHT.in_format(*format).with_variant(variant)))
    };
    let mut explaining = WireFormat::all().filter(|format| *format != wanted).filter(explains);
    let only = explaining.next();
    only.filter(|_| explaining.next().is_none())
}
