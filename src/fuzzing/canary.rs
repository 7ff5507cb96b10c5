//! A check that fails on purpose, so that it is known that a failure of a target would be noticed.

use super::stream::{Oracle, Plan, assert_decodes};

/// Decodes each piece on its own, as a program does that takes one read for whole messages. That is wrong as soon as a frame is cut.
///
/// Whatever runs the targets has to find that out, and to say so.
pub fn canary(data: &[u8]) {
    let Some(plan) = Plan::new(data) else { return };
    let mut expected = Oracle::new(plan.stream, &plan.assignment);
    let is_right = expected.by_ref().all(|frame| frame.is_ok());
    // Only what is right when it comes whole.
    if is_right {
        for piece in plan.pieces() {
            let frames = Oracle::new(piece, &plan.assignment).take_while(Result::is_ok);
            assert_decodes(std::iter::once(piece), &plan.assignment, frames);
        }
    }
}
