//! A scenario with nothing left open: its payloads drawn, its cuts made, its neighbouring steps looked at.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::resolve::resolve;
use super::{Action, Reading, Scenario, Sending, Tier};
use crate::assignment::{Assignment, Work};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::side::Casting;
use crate::wire::Frame;

/// So many places of cuts can be told one by one.
const TOLD_CUTS_MAX: usize = 4;

/// One conversation, resolved: what is played, predicted, judged, saved and loaded. It says what both sides do, and does not
/// depend on the casting.
///
/// It holds everything that playing it needs, so that a case that was generated, shrunk or read from a file is the same
/// type as one of the catalogue, and the same on every run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The id of the scenario that it was made from.
    pub id: String,
    /// What should happen, in the sentence that a student reads.
    pub title: String,
    /// What the scenario is worth.
    pub tier: Tier,
    /// The rule that it checks.
    pub rule: Rule,
    /// The assignment that it is played for.
    pub assignment: Assignment,
    /// The delivery that its cuts were made by.
    pub delivery: Delivery,
    /// How the harness sends. A case that was written without it never paused.
    #[serde(default)]
    pub sending: Sending,
    /// How the harness reads.
    pub reading: Reading,
    /// The seed that the payloads and random cuts came from.
    pub seed: u64,
    /// What is done, in order.
    pub actions: Vec<Action>,
}

impl Case {
    /// Resolves `scenario` under one of its deliveries.
    #[must_use]
    pub fn new(scenario: &Scenario, assignment: &Assignment, delivery: &Delivery, seed: u64) -> Self {
        resolve(scenario, assignment, delivery, seed)
    }

    /// The reply that the assignment wants for `message`.
    ///
    /// Written without a look at the reference server, so that a mistake there cannot hide itself.
    #[must_use]
    pub fn reply_to<'a>(&self, message: &'a str) -> Cow<'a, str> {
        /// Where the characters after the first `count` begin.
        fn after(message: &str, count: usize) -> usize {
            message.char_indices().nth(count).map_or(message.len(), |(start, _)| start)
        }
        match self.assignment.work {
            Work::RemoveFront(count) => message[after(message, count)..].into(),
            Work::RemoveBack(count) => {
                // Only where it matters how many there are: long messages are ASCII.
                let chars = if message.is_ascii() { message.len() } else { message.chars().count() };
                message[..after(message, chars.saturating_sub(count))].into()
            }
            Work::Echo => message.into(),
            // Long messages are ASCII, and it is read in a fraction of the time.
            Work::Uppercase if message.is_ascii() => message.to_ascii_uppercase().into(),
            Work::Reverse if message.is_ascii() => {
                let reversed = String::from_utf8(message.bytes().rev().collect());
                reversed.expect("ASCII is text in any order").into()
            }
            Work::Uppercase => message.chars().flat_map(char::to_uppercase).collect::<String>().into(),
            Work::Reverse => {
                let mut reversed = String::with_capacity(message.len());
                message.chars().rev().for_each(|char| reversed.push(char));
                reversed.into()
            }
        }
    }

    /// What the server says to the messages of `action`, when `casting` is under test: the harness's own server replies with
    /// texts that cannot be worked out from the messages, any other as the assignment wants.
    pub fn replies<'a>(&'a self, action: &'a Action, casting: Casting) -> impl Iterator<Item = Cow<'a, str>> {
        let (messages, drawn) = match action {
            Action::Send { messages, replies, .. } => (messages.as_slice(), replies.as_slice()),
            _ => Default::default(),
        };
        let drawn = if casting == Casting::CLIENT { drawn } else { &[] };
        messages.iter().enumerate().map(|(index, message)| match drawn.get(index) {
            Some(reply) => reply.into(),
            None => self.reply_to(message),
        })
    }

    /// The frame that carries `payload` as the assignment encodes it.
    ///
    /// # Panics
    ///
    /// Where the payload is longer than the header can declare: a case for which [`Case::too_long`] gives a length must
    /// not be played.
    #[must_use]
    pub fn frame<'a>(&self, payload: impl Into<Cow<'a, str>>) -> Frame<'a> {
        let payload = self.assignment.charset.encode(payload);
        Frame::new(payload, &self.assignment).expect("cases that are too long are not played")
    }

    /// The messages that are sent, in order.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.actions
            .iter()
            .flat_map(|action| match action {
                Action::Send { messages, .. } => messages.as_slice(),
                _ => &[],
            })
            .map(String::as_str)
    }

    /// How many bytes of messages are sent.
    #[must_use]
    pub fn sent_len(&self) -> usize {
        self.messages().map(str::len).sum()
    }

    /// The length of the longest message, in bytes, if a header of the assignment's width cannot declare it, or if it is longer than
    /// any payload that is accepted.
    #[must_use]
    pub fn too_long(&self) -> Option<usize> {
        let len = |message| self.assignment.charset.encode(message).len();
        let longest = self.messages().map(len).max()?;
        let Assignment { payload_len_max, .. } = self.assignment;
        (longest as u64 > self.assignment.payload_len_declarable().min(payload_len_max)).then_some(longest)
    }

    /// Whether no client connects after the first `connected`.
    ///
    /// How a client shuts down is judged only where another one follows: in `client-reconnect`, and in a scenario of its own.
    /// Who gets that wrong has made one mistake, and everything else may be right.
    #[must_use]
    pub fn is_last_client(&self, connected: usize) -> bool {
        self.actions.iter().filter(|action| **action == Action::Connect).count() <= connected
    }

    /// The delivery that comes nearest to the cuts that are made, whatever they were made by.
    #[must_use]
    pub fn delivery_of_cuts(&self) -> Delivery {
        let all = self.actions.iter().filter_map(|action| match action {
            Action::Send { cuts, .. } => Some(cuts),
            Action::Receive { batch } | Action::ReceiveLate { batch } | Action::ReceiveUntilEnd { batch } => {
                batch.as_ref().map(|batch| &batch.cuts)
            }
            _ => None,
        });
        let made: Vec<&Vec<usize>> = all.filter(|cuts| !cuts.is_empty()).collect();
        match made[..] {
            [] => Delivery::Whole,
            [only] if only.len() <= TOLD_CUTS_MAX => Delivery::CutAt(only.clone().into()),
            _ if made.iter().all(|cuts| cuts.iter().copied().eq(1..=cuts.len())) => Delivery::EveryByte,
            _ => Delivery::Random,
        }
    }

    /// Whether it can be played in this casting.
    #[must_use]
    pub fn suits(&self, casting: Casting) -> bool {
        self.actions.iter().all(|action| action.suits(casting))
    }

    /// Whether the server is told to stop.
    #[must_use]
    pub fn stops_server(&self) -> bool {
        self.actions.contains(&Action::StopServer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{catalogue, find};

    #[test]
    fn a_reply_is_what_a_slice_of_characters_leaves() {
        let short = find("short").unwrap();
        let case = Case::new(short, &Assignment::default(), &Delivery::Whole, 7);
        assert_eq!(case.reply_to("Four score and seven years ago"), " and seven years ago");
        assert_eq!(case.reply_to("ééééééééééü"), "ü");
        assert_eq!(case.reply_to("short"), "");
    }

    #[test]
    fn a_reply_is_what_the_work_makes_of_a_message() {
        let short = find("short").unwrap();
        for (work, reply) in [
            (Work::RemoveBack(3), "naïve "),
            (Work::RemoveBack(0), "naïve 😀\0b"),
            (Work::RemoveBack(99), ""),
            (Work::Echo, "naïve 😀\0b"),
            (Work::Uppercase, "NAÏVE 😀\0B"),
            (Work::Reverse, "b\0😀 evïan"),
        ] {
            let assignment = Assignment { work, ..Assignment::default() };
            let case = Case::new(short, &assignment, &Delivery::Whole, 7);
            assert_eq!(case.reply_to("naïve 😀\0b"), reply, "{work:?}");
        }
    }

    #[test]
    fn a_case_that_does_not_say_how_the_harness_sends_never_paused() {
        let short = Case::new(find("short").unwrap(), &Assignment::default(), &Delivery::Whole, 7);
        let mut written = serde_json::to_value(&short).unwrap();
        written.as_object_mut().unwrap().remove("sending").unwrap();
        assert_eq!(serde_json::from_value::<Case>(written).unwrap(), short);
    }

    #[test]
    fn every_case_of_the_catalogue_is_written_and_read_back_equal() {
        for scenario in catalogue() {
            for delivery in scenario.deliveries {
                let case = Case::new(scenario, &Assignment::default(), delivery, 7);
                let text = serde_json::to_string(&case).unwrap();
                assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case, "{}", case.id);
            }
        }
    }
}
