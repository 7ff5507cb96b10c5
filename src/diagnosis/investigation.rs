//! Further conversations with a side, until it is known which mistake explains what was observed.

use super::experiments::Experiments;
use super::hypotheses::{Hypothesis, hypotheses, remaining};
use super::observation::{Observation, has_replied};
use super::subject::{Instance, Subject};
use crate::bug::Bug;
use crate::scenario::Sending;
use crate::side::Side;

/// How many further conversations there are at most.
const CONVERSATIONS_MAX: usize = 3;

/// How often it is looked again for a timeout that may have passed before it could be seen.
const LOOKS_FOR_TIMEOUT_MAX: usize = 5;

/// Those of `bugs` that explain everything that was observed of a side, after the conversations that tell them apart or
/// put the only one left to the test.
///
/// A single hypothesis may be left only because the true mistake is none of `bugs`. So it has to be right, with each of its
/// mistakes, about something that was not known before, if that can do no harm.
///
/// None explains a side that has never got as far as a reply: it may have any mistake that comes before one, and most of
/// those are in no catalogue. What was observed in the further conversations is added to `observations`.
pub fn investigate(
    bugs: &[&'static Bug],
    observations: &mut Vec<Observation>,
    side: Side,
    subject: &mut dyn Subject,
) -> Vec<Hypothesis> {
    look_for_timeout(observations, side, subject);
    play_as_observed(observations);
    let of_side: Vec<_> = bugs.iter().copied().filter(|bug| bug.sides.contains(&side)).collect();
    let mut left = hypotheses(of_side.iter().copied(), observations, side);
    let mut confirmed: Vec<&Bug> = Vec::new();
    for _ in 0..CONVERSATIONS_MAX {
        let Some(instance) = subject.next_instance() else { break };
        let experiments = Experiments { side, played: observations, instance };
        let case = match (&left[..], instance) {
            ([], _) | ([_], Instance::Lasting) => break,
            ([only], Instance::Fresh) => match experiments.telling_directions_apart(only) {
                Some(case) => Some(case),
                None => {
                    let doubtful = only.bugs.iter().find(|bug| !confirmed.contains(*bug));
                    let Some(doubtful) = doubtful else { break };
                    confirmed.push(doubtful);
                    experiments.confirming(only, doubtful, &of_side)
                }
            },
            (several, _) => experiments.distinguishing(several),
        };
        let Some(case) = case else {
            if left.len() > 1 {
                break;
            }
            continue;
        };
        let Some(observation) = subject.play(&case) else { break };
        observations.push(observation);
        play_as_observed(observations);
        left = remaining(left, observations, side);
        if left.is_empty() {
            // There is more that is wrong than the scenarios have shown.
            left = hypotheses(of_side.iter().copied(), observations, side);
            confirmed.clear();
        }
        let experiments = Experiments { side, played: observations, instance };
        left.retain(|hypothesis| experiments.is_sure_of_directions(hypothesis));
    }
    if !has_replied(observations, side) {
        // That a side gives up when its timeout has passed is all that one shows that does so each time.
        let gives_up = observations.iter().any(Observation::gives_up_after_timeout);
        left.retain(|hypothesis| gives_up && hypothesis.program.timeout().is_some());
    }
    left
}

/// A side that has replied to nothing, and closes connections before anything comes on them, may wait with a timeout that is over, on a
/// busy machine, before the harness can see it. What explains it must not depend on that, so it is looked at again.
fn look_for_timeout(observations: &mut Vec<Observation>, side: Side, subject: &mut dyn Subject) {
    let closes = |one: &&Observation| one.is_closed_unsent() && !one.shows_own_fault();
    let has_timed_out = observations.iter().any(Observation::has_timed_out);
    let Some(case) = observations.iter().find(closes).map(|one| one.case.clone()) else { return };
    if has_timed_out || has_replied(observations, side) {
        return;
    }
    for _ in 0..LOOKS_FOR_TIMEOUT_MAX {
        let observation = subject.next_instance().and_then(|_| subject.play(&case));
        match observation {
            Some(observation) if observation.has_timed_out() => return observations.push(observation),
            Some(_) => {}
            None => return,
        }
    }
}

/// A side whose timeout has passed before the harness sent anything is predicted like that, wherever it was played.
fn play_as_observed(observations: &mut [Observation]) {
    if observations.iter().any(Observation::has_timed_out) {
        for observation in observations.iter_mut().filter(|one| one.case.sending == Sending::AtOnce) {
            observation.case.sending = Sending::AfterTimeouts;
        }
    }
}
