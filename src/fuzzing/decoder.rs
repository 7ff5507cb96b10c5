//! The decoder, on any stream in any pieces.

use std::iter;

use super::stream::{Oracle, Plan, assert_decodes};

/// One stream, whole and in pieces, gives the frames and the error that reading it naively gives; and the
/// decoder takes no more memory than the stream justifies.
pub fn decoder(data: &[u8]) {
    let Some(plan) = Plan::new(data) else { return };
    let expected = Oracle::new(plan.stream, &plan.assignment);
    assert_decodes(iter::once(plan.stream), &plan.assignment, expected.clone());
    assert_decodes(plan.pieces(), &plan.assignment, expected);
}
