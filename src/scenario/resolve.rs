//! From a scenario to a [`Case`]: payloads are drawn, cuts are made, and each step is looked at between its neighbours.

use rand::rngs::ChaCha8Rng;

use super::payload::{generator, random_text, text};
use super::{Action, Batch, Case, FollowedBy, Malformed, Scenario, Step};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::wire::{self, Frame, Header};

/// How many characters the message has of which only a part is sent.
const PARTIAL_CHARS: usize = 40;

/// A payload that is not UTF-8: a byte that never occurs in it, a character that stops half-way, and text of
/// more than the characters that are removed on both sides.
const INVALID_UTF8: &[u8] = b"text that goes wrong \xFF here, and \xE2\x82 there, and ends well";

impl Case {
    /// Resolves `scenario` under one of its deliveries.
    #[must_use]
    pub fn new(scenario: &Scenario, assignment: &Assignment, delivery: &Delivery, seed: u64) -> Self {
        let mut case = Self {
            id: scenario.id.to_owned(),
            title: scenario.title.to_owned(),
            tier: scenario.tier,
            rule: scenario.rule,
            assignment: *assignment,
            delivery: delivery.clone(),
            reading: scenario.reading,
            seed,
            actions: Vec::new(),
        };
        let mut random = generator(seed, scenario.id);
        case.actions = scenario
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let before = index.checked_sub(1).map(|before| &scenario.steps[before]);
                action(step, before, scenario.steps.get(index + 1), assignment, &mut random)
            })
            .collect();
        if case.too_long().is_none() {
            case.cut_messages();
            case.batch_replies();
        }
        case
    }

    /// Where the frames of several payloads are cut when they are sent by the action at `index`.
    fn cuts(&self, payloads: &[&str], index: usize) -> Vec<usize> {
        if self.delivery == Delivery::Whole {
            // Whatever the bytes are, and there may be many of them.
            return Vec::new();
        }
        let frames: Vec<_> = payloads.iter().map(|payload| self.frame(payload)).collect();
        let lens: Vec<_> = frames.iter().map(Frame::len).collect();
        let mut random = generator(self.seed, &format!("{index} {}", self.id));
        self.delivery.cuts(&Frame::concat(&frames), &lens, &self.assignment, &mut random)
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
    /// The replies that are due are framed when the client is told to receive the first of them.
    fn batch_replies(&mut self) {
        let mut due: Vec<String> = Vec::new();
        let mut framed: usize = 0;
        for index in 0..self.actions.len() {
            let replies_max = match &self.actions[index] {
                Action::Connect => {
                    (due, framed) = (Vec::new(), 0);
                    continue;
                }
                Action::Send { messages, .. } => {
                    due.extend(messages.iter().map(|message| self.reply_to(message).to_owned()));
                    continue;
                }
                Action::Receive { .. } => usize::MAX,
                Action::ReceiveUntilEnd { .. } => 1,
                _ => continue,
            };
            let made = (framed == 0 && !due.is_empty()).then(|| {
                let replies: Vec<String> = due.drain(..due.len().min(replies_max)).collect();
                let payloads: Vec<&str> = replies.iter().map(String::as_str).collect();
                Batch { replies: replies.len(), cuts: self.cuts(&payloads, index) }
            });
            framed = made.as_ref().map_or(framed, |batch| batch.replies).saturating_sub(1);
            if let Action::Receive { batch } | Action::ReceiveUntilEnd { batch } = &mut self.actions[index] {
                *batch = made;
            }
        }
    }
}

/// What `step` comes to between its neighbours. Cuts and batches are made once all payloads are known.
fn action(
    step: &Step,
    before: Option<&Step>,
    after: Option<&Step>,
    assignment: &Assignment,
    random: &mut ChaCha8Rng,
) -> Action {
    let may_coalesce = matches!(before, Some(Step::Send(_) | Step::SendMalformed(_)));
    match step {
        Step::Connect => Action::Connect,
        Step::SwitchClient(client) => Action::SwitchClient { client: *client },
        Step::Send(payloads) => Action::Send {
            messages: payloads.iter().map(|payload| text(payload, assignment, random)).collect(),
            cuts: Vec::new(),
            may_coalesce,
            followed_by: match after {
                Some(Step::HalfClose) => FollowedBy::HalfClose,
                Some(Step::ResetClient) => FollowedBy::Reset,
                Some(Step::CloseUnread) => FollowedBy::CloseUnread,
                _ => FollowedBy::Anything,
            },
        },
        Step::SendMalformed(kind) => {
            Action::SendMalformed { kind: *kind, bytes: malformed(*kind, assignment, random), may_coalesce }
        }
        Step::Receive => Action::Receive { batch: None },
        Step::ReceiveUntilEnd => Action::ReceiveUntilEnd { batch: None },
        Step::ReceiveNothing => Action::ReceiveNothing,
        Step::HalfClose => Action::HalfClose,
        Step::ShutDownClient => Action::ShutDownClient,
        Step::ResetClient => {
            Action::ResetClient { awaits_reaction: matches!(before, Some(Step::SendMalformed(_))) }
        }
        Step::CloseUnread => Action::CloseUnread,
        Step::StopServer => Action::StopServer,
        Step::ServerCloses(mode) => Action::ServerCloses { mode: *mode },
    }
}

/// The bytes that are malformed in this way.
fn malformed(kind: Malformed, assignment: &Assignment, random: &mut ChaCha8Rng) -> Vec<u8> {
    let frame = |payload: &[u8]| wire::encode(payload, assignment).expect("the payload is short");
    let header_len = assignment.header_width.bytes();
    match kind {
        Malformed::TruncatedHeader(len) => {
            frame(random_text(PARTIAL_CHARS, random).as_bytes())[..len.min(header_len)].to_vec()
        }
        Malformed::TruncatedPayload => {
            frame(random_text(PARTIAL_CHARS, random).as_bytes())[..header_len + PARTIAL_CHARS / 2].to_vec()
        }
        Malformed::OversizedLength => {
            let longest = assignment.header_width.payload_len_max();
            let header = Header::new(longest, assignment).expect("the length is the longest there is");
            [header.as_bytes(), random_text(8, random).as_bytes()].concat()
        }
        Malformed::InvalidUtf8 => frame(INVALID_UTF8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::find;

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
    fn malformed_bytes_are_what_they_are_called() {
        let assignment = Assignment::default();
        let mut random = generator(7, "a test");
        let mut made = |kind| malformed(kind, &assignment, &mut random);
        assert_eq!(made(Malformed::TruncatedHeader(2)), [0, 0]);
        assert_eq!(made(Malformed::TruncatedPayload).len(), 4 + 20);
        assert!(made(Malformed::OversizedLength).starts_with(&[0xFF; 4]));
        assert!(std::str::from_utf8(&made(Malformed::InvalidUtf8)).is_err());
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
