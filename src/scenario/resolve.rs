//! From a scenario to a [`Case`]: payloads are drawn, cuts are made, and each step is looked at between its neighbours.

use std::borrow::Cow;

use super::payload::{generator, redrawn};
use super::{Action, Case, ReplyBatch, Scenario};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::side::Casting;
use crate::wire::Frame;

/// The case of `scenario` under one of its deliveries.
pub(super) fn resolve(scenario: &Scenario, assignment: &Assignment, delivery: &Delivery, seed: u64) -> Case {
    let mut case = Case {
        id: scenario.id.to_owned(),
        title: scenario.title(assignment),
        tier: scenario.tier,
        rule: scenario.rule,
        assignment: *assignment,
        delivery: delivery.clone(),
        sending: scenario.sending,
        reading: scenario.reading,
        seed,
        actions: Vec::new(),
    };
    let mut random = generator(seed, scenario.id);
    case.actions = scenario.steps.iter().map(|step| Action::resolve(step, assignment, &mut random)).collect();
    case.relate_actions();
    if case.too_long().is_none() {
        if scenario.castings.contains(&Casting::CLIENT) {
            case.draw_replies();
        }
        case.cut_messages();
        case.batch_replies(|case, _, replies, index| case.cuts(replies, index));
    }
    case
}

impl Case {
    /// Decides of each action what depends on its neighbours.
    pub(super) fn relate_actions(&mut self) {
        for index in 0..self.actions.len() {
            let (before, rest) = self.actions.split_at_mut(index);
            let (action, after) = rest.split_first_mut().expect("the index is inside");
            action.relate(before.last(), after.first());
        }
    }

    /// Decides what the harness says when it is the server.
    pub(super) fn draw_replies(&mut self) {
        let mut random = generator(self.seed, &format!("replies {}", self.id));
        for index in 0..self.actions.len() {
            let rights = self.replies(&self.actions[index], Casting::SERVER);
            let drawn: Vec<_> =
                rights.map(|right| redrawn(&right, self.assignment.work, &mut random)).collect();
            if let Action::Send { replies, .. } = &mut self.actions[index] {
                *replies = drawn;
            }
        }
    }

    /// Decides where the messages are cut when the harness is the client.
    fn cut_messages(&mut self) {
        for index in 0..self.actions.len() {
            let Action::Send { messages, .. } = &self.actions[index] else { continue };
            let payloads: Vec<&str> = messages.iter().map(String::as_str).collect();
            let made = self.cuts(&payloads, index);
            if let Action::Send { cuts, .. } = &mut self.actions[index] {
                *cuts = made;
            }
        }
    }

    /// Decides which replies are framed together, and where they are cut, when the harness is the server.
    ///
    /// The replies that are due are framed when the client is told to receive the first of them. `cuts` is asked where these
    /// replies are cut in the action with this index, which may have a batch already.
    pub(super) fn batch_replies(
        &mut self,
        cuts: impl Fn(&Self, Option<&ReplyBatch>, &[&str], usize) -> Vec<usize>,
    ) {
        let mut due: Vec<String> = Vec::new();
        let mut framed: usize = 0;
        for index in 0..self.actions.len() {
            let (replies_max, batch) = match &self.actions[index] {
                Action::Connect => {
                    (due, framed) = (Vec::new(), 0);
                    continue;
                }
                action @ Action::Send { .. } => {
                    due.extend(self.replies(action, Casting::CLIENT).map(Cow::into_owned));
                    continue;
                }
                Action::Receive { batch } | Action::ReceiveLate { batch } => (usize::MAX, batch.as_ref()),
                Action::ReceiveUntilEnd { batch } => (1, batch.as_ref()),
                _ => continue,
            };
            let made = (framed == 0 && !due.is_empty()).then(|| {
                let replies: Vec<String> = due.drain(..due.len().min(replies_max)).collect();
                let payloads: Vec<&str> = replies.iter().map(String::as_str).collect();
                ReplyBatch { replies: replies.len(), cuts: cuts(self, batch, &payloads, index) }
            });
            framed = made.as_ref().map_or(framed, |batch| batch.replies).saturating_sub(1);
            if let Action::Receive { batch }
            | Action::ReceiveLate { batch }
            | Action::ReceiveUntilEnd { batch } = &mut self.actions[index]
            {
                *batch = made;
            }
        }
    }

    /// Where the frames of several payloads are cut when they are sent by the action at `index`.
    fn cuts(&self, payloads: &[&str], index: usize) -> Vec<usize> {
        if self.delivery == Delivery::Whole {
            // Whatever the bytes are, and there may be many of them.
            return Vec::new();
        }
        let frames: Vec<_> = payloads.iter().map(|payload| self.frame(*payload)).collect();
        let lens: Vec<_> = frames.iter().map(Frame::len).collect();
        let mut random = generator(self.seed, &format!("{index} {}", self.id));
        self.delivery.cuts(&Frame::concat(&frames), &lens, &self.assignment, &mut random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{FollowedBy, find};

    fn case(id: &str, seed: u64) -> Case {
        Case::new(find(id).unwrap(), &Assignment::default(), &Delivery::Whole, seed)
    }

    fn messages(id: &str, seed: u64) -> Vec<String> {
        case(id, seed).messages().map(str::to_owned).collect()
    }

    #[test]
    fn a_seed_gives_the_same_payloads_again_and_another_seed_gives_others() {
        assert_eq!(messages("series", 7), messages("series", 7));
        assert_ne!(messages("series", 7), messages("series", 8));
        assert_ne!(messages("series", 7), messages("parallel", 7));
    }

    #[test]
    fn messages_of_one_scenario_differ_from_each_other() {
        let drawn = messages("parallel", 7);
        assert_eq!(drawn.len(), 3);
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
    }

    #[test]
    fn neighbours_are_resolved() {
        let followed_by = |id: &str| {
            let sends = case(id, 7).actions.into_iter().filter_map(|action| match action {
                Action::Send { followed_by, .. } => Some(followed_by),
                _ => None,
            });
            sends.collect::<Vec<_>>()
        };
        assert_eq!(followed_by("close/half-close"), [FollowedBy::HalfClose]);
        assert_eq!(followed_by("close/replies-unread")[0], FollowedBy::CloseUnread);
        assert_eq!(followed_by("close/reset-during-reply")[0], FollowedBy::Reset);
        let reset = |id: &str| {
            case(id, 7).actions.into_iter().find(|action| matches!(action, Action::ResetClient { .. }))
        };
        assert_eq!(reset("close/reset-inside-message"), Some(Action::ResetClient { awaits_reaction: true }));
        assert_eq!(
            reset("close/reset-between-messages"),
            Some(Action::ResetClient { awaits_reaction: false })
        );
    }

    #[test]
    fn replies_are_batched_when_the_first_of_them_is_received() {
        let replies = |id: &str| {
            let receives = case(id, 7).actions.into_iter().filter_map(|action| match action {
                Action::Receive { batch } | Action::ReceiveUntilEnd { batch } => {
                    Some(batch.map_or(0, |batch| batch.replies))
                }
                _ => None,
            });
            receives.collect::<Vec<_>>()
        };
        assert_eq!(replies("series"), [1, 1, 1]);
        assert_eq!(replies("parallel"), [3, 0, 0]);
        assert_eq!(replies("server-shutdown"), [1, 1]);
    }
}
