//! What a program would do in a case, known without sockets.

use super::behavior::Behavior;
use super::simulated::{TransferSizes, simulate};
use crate::assignment::Assignment;
use crate::bug::Program;
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::limits::READ_AT_ONCE_MAX;
use crate::scenario::{Action, Case, Scenario};
use crate::side::Side;
use crate::verdict::Verdict;

/// What `program` does in a case, if reads bring as much as possible.
pub(super) fn predicted_behavior(case: &Case, side: Side, program: &Program) -> Behavior {
    Behavior::new(case, side, &simulate(case, side, program, TransferSizes::Greedy))
}

/// Whether what happens in a case may depend on timing: on how much a read brings of what is long, and on whether two
/// sends in a row are read together.
pub(super) fn depends_on_timing(case: &Case) -> bool {
    let is_sending = |action: &Action| matches!(action, Action::Send { .. } | Action::SendMalformed { .. });
    let races = |pair: &[Action]| {
        is_sending(&pair[0]) && (is_sending(&pair[1]) || matches!(pair[1], Action::ResetClient { .. }))
    };
    case.sent_len() > READ_AT_ONCE_MAX || case.actions.windows(2).any(races)
}

/// What `program` would do in `case`, if it were the side under test; `None` if that depends on what cannot be known,
/// such as how much of a long message a single read brings.
#[must_use]
pub fn predict(case: &Case, side: Side, program: &Program) -> Option<Transcript> {
    let greedy = simulate(case, side, program, TransferSizes::Greedy);
    if depends_on_timing(case) {
        let short = simulate(case, side, program, TransferSizes::Short);
        let [greedy, short] = [&greedy, &short].map(|one| Behavior::new(case, side, one));
        if !greedy.equivalent_to(&short) {
            return None;
        }
    }
    Some(greedy)
}

/// Whether `scenario` catches `program`: for certain under one of its deliveries, or under none; `None` if that depends
/// on timing.
#[must_use]
pub fn predict_catch(
    scenario: &'static Scenario,
    side: Side,
    program: &Program,
    assignment: &Assignment,
    seed: u64,
) -> Option<bool> {
    let mut catches = Some(false);
    for delivery in scenario.deliveries {
        let case = Case::new(scenario, assignment, delivery, seed);
        if case.too_long().is_some() {
            continue;
        }
        match predict(&case, side, program).map(|transcript| judge(&case, side.into(), &transcript)) {
            Some(Verdict::Fail(_)) => return Some(true),
            Some(_) => {}
            None => catches = None,
        }
    }
    catches
}
