//! A scenario with nothing left open: its payloads drawn, its cuts made, its neighbouring steps looked at.

use serde::{Deserialize, Serialize};

use super::{CloseMode, Malformed, Reading, Tier};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::wire::Frame;

/// One conversation, resolved: what is played, predicted, judged, saved and loaded.
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
    /// How the harness reads.
    pub reading: Reading,
    /// The seed that the payloads and random cuts came from.
    pub seed: u64,
    /// What is done, in order.
    pub actions: Vec<Action>,
}

/// A [`Step`](super::Step) with everything known that it depends on, its neighbours included: whoever plays an action has to look at
/// no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// See [`Step::Connect`](super::Step::Connect).
    Connect,
    /// See [`Step::SwitchClient`](super::Step::SwitchClient).
    SwitchClient {
        /// The client, counted from 0 in the order in which they connected.
        client: usize,
    },
    /// See [`Step::Send`](super::Step::Send).
    Send {
        /// The payloads.
        messages: Vec<String>,
        /// The offsets at which their frames, one after the other, are cut when the harness sends them.
        cuts: Vec<usize>,
        /// Whether nothing keeps these bytes from being read together with what was sent before them.
        may_coalesce: bool,
        /// What the client does right afterwards.
        followed_by: FollowedBy,
    },
    /// See [`Step::SendMalformed`](super::Step::SendMalformed).
    SendMalformed {
        /// In which way the bytes are no message.
        kind: Malformed,
        /// The bytes.
        #[serde(with = "crate::bytes::latin1")]
        bytes: Vec<u8>,
        /// Whether nothing keeps these bytes from being read together with what was sent before them.
        may_coalesce: bool,
    },
    /// See [`Step::Receive`](super::Step::Receive).
    Receive {
        /// The replies that the harness's server frames now; `None` while it still has some of an earlier batch.
        batch: Option<Batch>,
    },
    /// See [`Step::ReceiveUntilEnd`](super::Step::ReceiveUntilEnd).
    ReceiveUntilEnd {
        /// The one reply that the harness's server still frames; `None` while it has some of an earlier batch.
        batch: Option<Batch>,
    },
    /// See [`Step::ReceiveNothing`](super::Step::ReceiveNothing).
    ReceiveNothing,
    /// See [`Step::HalfClose`](super::Step::HalfClose).
    HalfClose,
    /// See [`Step::ShutDownClient`](super::Step::ShutDownClient).
    ShutDownClient,
    /// See [`Step::ResetClient`](super::Step::ResetClient).
    ResetClient {
        /// Whether the server's reaction to what is no whole message is awaited first: whether it answers must not depend
        /// on who is faster.
        awaits_reaction: bool,
    },
    /// See [`Step::CloseUnread`](super::Step::CloseUnread).
    CloseUnread,
    /// See [`Step::StopServer`](super::Step::StopServer).
    StopServer,
    /// See [`Step::ServerCloses`](super::Step::ServerCloses).
    ServerCloses {
        /// How.
        mode: CloseMode,
    },
}

/// What a client does right after a send, where that changes how it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowedBy {
    /// Nothing that would.
    Anything,
    /// It ends its half of the connection. Bytes and end arrive together.
    HalfClose,
    /// It resets the connection, once the server has read everything: what was not read would be lost with the
    /// connection, and the server would not even begin to answer.
    Reset,
    /// It leaves with the replies unread.
    CloseUnread,
}

/// Replies that the harness's server frames and cuts as one stream of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// How many of the replies that are due, oldest first.
    pub replies: usize,
    /// The offsets at which their frames, one after the other, are cut.
    pub cuts: Vec<usize>,
}

impl Case {
    /// The reply that the assignment wants for `message`.
    ///
    /// Written without a look at the reference server, so that a mistake there cannot hide itself.
    #[must_use]
    pub fn reply_to<'a>(&self, message: &'a str) -> &'a str {
        match message.char_indices().nth(self.assignment.removed_chars) {
            Some((start, _)) => &message[start..],
            None => "",
        }
    }

    /// The frame that carries `payload`.
    ///
    /// # Panics
    ///
    /// Where the payload is longer than the header can declare: a case for which [`Case::too_long`] gives a length must
    /// not be played.
    #[must_use]
    pub fn frame<'a>(&self, payload: &'a str) -> Frame<'a> {
        Frame::new(payload.as_bytes(), &self.assignment).expect("cases that are too long are not played")
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

    /// The length of the longest message, in bytes, if a header of the assignment's width cannot declare it.
    #[must_use]
    pub fn too_long(&self) -> Option<usize> {
        let longest = self.messages().map(str::len).max()?;
        (longest as u64 > self.assignment.header_width.payload_len_max()).then_some(longest)
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
