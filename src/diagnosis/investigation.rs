//! Further conversations with a side, until it is known which mistake explains what was observed.

use super::experiments::Experiments;
use super::hypotheses::{Hypothesis, hypotheses};
use super::observation::{Observation, ObservedOutcome, has_replied};
use super::subject::{Instance, Subject};
use crate::bug::Bug;
use crate::side::Side;

/// How many further conversations there are at most.
const CONVERSATIONS_MAX: usize = 3;

/// Those of `bugs` that explain everything that was observed of a side, after the conversations that tell them apart or
/// put the only one left to the test.
///
/// A single hypothesis may be left only because the true mistake is none of `bugs`. So it has to be right about
/// something that was not known before, if that can do no harm.
///
/// None explains a side that has never got as far as a reply: it may have any mistake that comes before one, and most of
/// those are in no catalogue. What was observed in the further conversations is added to `observations`.
pub fn investigate(
    bugs: &[&'static Bug],
    observations: &mut Vec<Observation>,
    side: Side,
    subject: &mut dyn Subject,
) -> Vec<Hypothesis> {
    let of_side: Vec<_> = bugs.iter().copied().filter(|bug| bug.sides.contains(&side)).collect();
    let mut left = hypotheses(of_side.iter().copied(), observations, side);
    for _ in 0..CONVERSATIONS_MAX {
        let Some(instance) = subject.next_instance() else { break };
        let experiments = Experiments { side, played: observations, instance };
        let is_confirmation = left.len() == 1;
        let case = match (&left[..], instance) {
            ([], _) | ([_], Instance::Lasting) => break,
            ([only], Instance::Fresh) => experiments.confirming(only, &of_side),
            (several, _) => experiments.distinguishing(several),
        };
        let Some(case) = case else { break };
        let Some(transcript) = subject.play(&case) else { break };
        observations.push(Observation::new(case, ObservedOutcome::Exactly(transcript)));
        left = hypotheses(left.iter().map(|hypothesis| hypothesis.bug), observations, side);
        if is_confirmation {
            break;
        }
    }
    if !has_replied(observations, side) {
        left.clear();
    }
    left
}
