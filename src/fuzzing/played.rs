//! Cases that are drawn, and what happens when a program plays them, without sockets.

use arbitrary::{Result, Unstructured};

use super::peer::any_assignment;
use crate::assignment::Assignment;
use crate::bug::{Program, Variant};
use crate::conversation::Transcript;
use crate::diagnosis::predict;
use crate::scenario::{self, Case, Generator};
use crate::side::Side;

/// Longer cases are left to other tests, in bytes of messages: they say nothing that short ones do not.
const SENT_LEN_MAX: usize = 20_000;

/// One of the catalogue's cases for a side, or one that nobody has thought of; nothing where it is long.
pub(super) fn case(input: &mut Unstructured<'_>, side: Side) -> Result<Option<Case>> {
    let is_default = input.arbitrary::<u8>()? % 4 != 3;
    let assignment = if is_default { Assignment::default() } else { any_assignment(input)? };
    let [kind, number, seed]: [u8; 3] = input.arbitrary()?;
    let case = if kind.is_multiple_of(2) {
        let scenarios: Vec<_> =
            scenario::catalogue_for(&assignment).filter(|one| one.castings.contains(&side.into())).collect();
        let Some(scenario) = scenarios.get(usize::from(number) % scenarios.len().max(1)) else {
            return Ok(None);
        };
        let delivery = &scenario.deliveries[usize::from(kind / 2) % scenario.deliveries.len()];
        Case::new(scenario, &assignment, delivery, seed.into())
    } else {
        Generator::new(assignment, side, seed.into()).case(number.into())
    };
    let is_played = case.too_long().is_none() && case.sent_len() <= SENT_LEN_MAX && case.suits(side.into());
    Ok(is_played.then_some(case))
}

/// A side of an input.
pub(super) fn side(input: &mut Unstructured<'_>) -> Result<Side> {
    Ok(if input.arbitrary::<u8>()?.is_multiple_of(2) { Side::Server } else { Side::Client })
}

/// What happens when a program plays a case that makes no mistake, and does all that can be done in several ways in one of them.
/// Nothing where that depends on timing.
pub(super) fn right_transcript(case: &Case, side: Side, variant: usize) -> Option<Transcript> {
    let variants = Variant::all(side).count();
    let variant = Variant::all(side).nth(variant % variants).expect("there are so many");
    predict(case, side, &Program::RIGHT.with_variant(variant))
}
