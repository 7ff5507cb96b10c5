//! The actions of a [`Case`](super::Case), and how a step becomes one.

use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::payload::{random_text, text};
use super::{CloseMode, Malformed, Step};
use crate::assignment::Assignment;
use crate::side::{Casting, Side};
use crate::wire::{self, Header};

/// How many characters the message has of which only a part is sent.
const PARTIAL_CHARS: usize = 40;

/// A payload that is not UTF-8: a byte that never occurs in it, a character that stops half-way, and text of
/// more than the characters that are removed on both sides.
const INVALID_UTF8: &[u8] = b"text that goes wrong \xFF here, and \xE2\x82 there, and ends well";

/// A [`Step`] with everything known that it depends on, its neighbours included: to play an action, no other has to be
/// looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// See [`Step::Connect`](Step::Connect).
    Connect,
    /// See [`Step::SwitchClient`](Step::SwitchClient).
    SwitchClient {
        /// The client, counted from 0 in the order in which they connected.
        client: usize,
    },
    /// See [`Step::Send`](Step::Send).
    Send {
        /// The payloads.
        messages: Vec<String>,
        /// What the harness's server replies to each of them, when the client is under test. They are drawn: what a server
        /// makes of a message is known to whoever sends it, and a client has to show what it has received. Where there is
        /// none, the reply is the assignment's own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        replies: Vec<String>,
        /// The offsets at which their frames, one after the other, are cut when the harness sends them.
        #[serde(default)]
        cuts: Vec<usize>,
        /// Whether the server's reaction to what was done right before is awaited first.
        #[serde(default)]
        awaits_reaction: bool,
        /// What the client does right afterwards.
        #[serde(default)]
        followed_by: FollowedBy,
    },
    /// See [`Step::SendMalformed`](Step::SendMalformed).
    SendMalformed {
        /// In which way the bytes are no message.
        kind: Malformed,
        /// The bytes.
        #[serde(with = "crate::bytes::latin1")]
        bytes: Vec<u8>,
        /// Whether the server's reaction to what was done right before is awaited first.
        #[serde(default)]
        awaits_reaction: bool,
    },
    /// See [`Step::Receive`](Step::Receive).
    Receive {
        /// The replies that the harness's server frames now; `None` while it still has some of an earlier batch.
        batch: Option<ReplyBatch>,
    },
    /// See [`Step::ReceiveLate`](Step::ReceiveLate).
    ReceiveLate {
        /// As for [`Action::Receive`].
        batch: Option<ReplyBatch>,
    },
    /// See [`Step::Pause`](Step::Pause).
    Pause,
    /// See [`Step::ReceiveUntilEnd`](Step::ReceiveUntilEnd).
    ReceiveUntilEnd {
        /// The one reply that the harness's server still frames; `None` while it has some of an earlier batch.
        batch: Option<ReplyBatch>,
    },
    /// See [`Step::ReceiveNothing`](Step::ReceiveNothing).
    ReceiveNothing,
    /// See [`Step::SendInVain`](Step::SendInVain).
    SendInVain {
        /// The payloads.
        messages: Vec<String>,
        /// Which side has ended the connection.
        #[serde(default = "server")]
        ended_by: Side,
    },
    /// See [`Step::HalfClose`](Step::HalfClose).
    HalfClose,
    /// See [`Step::ShutDownClient`](Step::ShutDownClient).
    ShutDownClient,
    /// See [`Step::ResetClient`](Step::ResetClient).
    ResetClient {
        /// Whether the server's reaction to what is no whole message is awaited first: whether it answers must not depend
        /// on which side is faster.
        #[serde(default)]
        awaits_reaction: bool,
    },
    /// See [`Step::CloseUnread`](Step::CloseUnread).
    CloseUnread,
    /// See [`Step::CloseAtOnce`](Step::CloseAtOnce).
    CloseAtOnce,
    /// See [`Step::StopServer`](Step::StopServer).
    StopServer,
    /// See [`Step::ServerCloses`](Step::ServerCloses).
    ServerCloses {
        /// How.
        mode: CloseMode,
    },
}

const fn server() -> Side {
    Side::Server
}

/// What a client does right after a send, where that changes how it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowedBy {
    /// Nothing that would.
    #[default]
    Anything,
    /// It ends its half of the connection. Bytes and end arrive together.
    HalfClose,
    /// It resets the connection, once the server has read everything: what was not read would be lost with the
    /// connection, and the server would not even begin to answer.
    Reset,
    /// It leaves with the replies unread.
    CloseUnread,
    /// It closes the connection. Bytes and end arrive together, so that every reply finds it gone.
    CloseAtOnce,
}

/// Replies that the harness's server frames and cuts as one stream of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyBatch {
    /// How many of the replies that are due, oldest first.
    #[serde(default)]
    pub replies: usize,
    /// The offsets at which their frames, one after the other, are cut.
    pub cuts: Vec<usize>,
}

impl Action {
    /// What `step` comes to by itself. What depends on its neighbours, replies, cuts and batches are made once all payloads are
    /// known.
    pub(super) fn resolve(step: &Step, assignment: &Assignment, random: &mut ChaCha8Rng) -> Self {
        match step {
            Step::Connect => Self::Connect,
            Step::SwitchClient(client) => Self::SwitchClient { client: *client },
            Step::Send(payloads) => Self::Send {
                messages: payloads.iter().map(|payload| text(payload, assignment, random)).collect(),
                replies: Vec::new(),
                cuts: Vec::new(),
                awaits_reaction: false,
                followed_by: FollowedBy::Anything,
            },
            Step::SendMalformed(kind) => Self::SendMalformed {
                kind: *kind,
                bytes: malformed(*kind, assignment, random),
                awaits_reaction: false,
            },
            Step::Receive => Self::Receive { batch: None },
            Step::ReceiveLate => Self::ReceiveLate { batch: None },
            Step::Pause => Self::Pause,
            Step::ReceiveUntilEnd => Self::ReceiveUntilEnd { batch: None },
            Step::ReceiveNothing => Self::ReceiveNothing,
            Step::SendInVain(payloads) => Self::SendInVain {
                messages: payloads.iter().map(|payload| text(payload, assignment, random)).collect(),
                ended_by: Side::Server,
            },
            Step::HalfClose => Self::HalfClose,
            Step::ShutDownClient => Self::ShutDownClient,
            Step::ResetClient => Self::ResetClient { awaits_reaction: false },
            Step::CloseUnread => Self::CloseUnread,
            Step::CloseAtOnce => Self::CloseAtOnce,
            Step::StopServer => Self::StopServer,
            Step::ServerCloses(mode) => Self::ServerCloses { mode: *mode },
        }
    }

    /// Decides what depends on the actions `before` and `after` it, whatever was decided until now.
    pub(super) fn relate(&mut self, before: Option<&Self>, after: Option<&Self>) {
        // Whether two sends are read together, and whether the server notices the stop before the message that follows it,
        // must not depend on which side is faster.
        let awaits =
            matches!(before, Some(Self::Send { .. } | Self::SendMalformed { .. } | Self::StopServer));
        match self {
            Self::Send { awaits_reaction, followed_by, .. } => {
                *awaits_reaction = awaits;
                *followed_by = match after {
                    Some(Self::HalfClose) => FollowedBy::HalfClose,
                    Some(Self::ResetClient { .. }) => FollowedBy::Reset,
                    Some(Self::CloseUnread) => FollowedBy::CloseUnread,
                    Some(Self::CloseAtOnce) => FollowedBy::CloseAtOnce,
                    _ => FollowedBy::Anything,
                };
            }
            Self::SendMalformed { awaits_reaction, .. } => *awaits_reaction = awaits,
            Self::ResetClient { awaits_reaction } => {
                *awaits_reaction = matches!(before, Some(Self::SendMalformed { .. }));
            }
            Self::SendInVain { ended_by, .. } => {
                *ended_by = match before {
                    Some(Self::ShutDownClient) => Side::Client,
                    _ => Side::Server,
                };
            }
            _ => {}
        }
    }

    /// Whether nothing has to be said of the action but what it is.
    pub(super) const fn has_no_parts(&self) -> bool {
        match self {
            Self::Connect
            | Self::Pause
            | Self::ReceiveNothing
            | Self::HalfClose
            | Self::ShutDownClient
            | Self::CloseUnread
            | Self::CloseAtOnce
            | Self::StopServer => true,
            Self::SwitchClient { .. }
            | Self::Send { .. }
            | Self::SendMalformed { .. }
            | Self::Receive { .. }
            | Self::ReceiveLate { .. }
            | Self::ReceiveUntilEnd { .. }
            | Self::SendInVain { .. }
            | Self::ResetClient { .. }
            | Self::ServerCloses { .. } => false,
        }
    }

    /// Whether the action can be played in this casting: a side that is under test cannot be made to do everything.
    ///
    /// The interpreter and the judge have to know every action that suits their casting.
    #[must_use]
    pub const fn suits(&self, casting: Casting) -> bool {
        match self {
            Self::Connect
            | Self::Send { .. }
            | Self::Receive { .. }
            | Self::ReceiveUntilEnd { .. }
            | Self::ShutDownClient
            | Self::StopServer => true,
            Self::SwitchClient { .. }
            | Self::Pause
            | Self::SendMalformed { .. }
            | Self::HalfClose
            | Self::ResetClient { .. }
            | Self::CloseUnread
            | Self::CloseAtOnce => matches!(casting, Casting::SERVER),
            Self::ReceiveLate { .. }
            | Self::ReceiveNothing
            | Self::SendInVain { .. }
            | Self::ServerCloses { .. } => matches!(casting, Casting::CLIENT),
        }
    }
}

/// The bytes that are malformed in this way.
fn malformed(kind: Malformed, assignment: &Assignment, random: &mut ChaCha8Rng) -> Vec<u8> {
    let frame = |payload: &[u8]| wire::encode(payload, assignment).expect("the payload is short");
    let header_len = assignment.header_width.bytes();
    match kind {
        Malformed::TruncatedHeader(len) => {
            // A whole header would be no part of one.
            frame(random_text(PARTIAL_CHARS, random).as_bytes())[..len.min(header_len - 1)].to_vec()
        }
        Malformed::TruncatedPayload => {
            frame(random_text(PARTIAL_CHARS, random).as_bytes())[..header_len + PARTIAL_CHARS / 2].to_vec()
        }
        Malformed::OversizedLength => {
            let longest = assignment.payload_len_declarable();
            let header = Header::new(longest, assignment).expect("the length is the longest there is");
            [header.as_bytes(), random_text(8, random).as_bytes()].concat()
        }
        Malformed::InvalidUtf8 => frame(INVALID_UTF8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::payload::generator;

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
}
