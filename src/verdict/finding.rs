//! A finding: what was done, what came of it, and how it ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{HandInFault, Protocol};
use crate::bytes::{common_len, latin1};
use crate::conversation::{Answer, ConnectFailure, OperationKind, Undelivered};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::side::Side;
use crate::silence::Silence;

/// What was wrong, with the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was done to the side under test.
    pub stimulus: Stimulus,
    /// What it did that is wrong.
    pub fault: Fault,
    /// The rule that was broken.
    pub rule: Rule,
    /// How the exchange ended.
    pub ended: ExchangeEnd,
}

/// What was done to the side under test. Clients are counted from 0, in the order in which they connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Stimulus {
    /// The harness connected to the server.
    Connect {
        /// As which client.
        client: usize,
        /// What had become of the client before it, if there was one.
        earlier: Option<EarlierClient>,
    },
    /// The harness connected to the server, and sent what there was to send.
    Send(Sent),
    /// The harness told the server to stop, and sent more messages.
    Stop {
        /// How it was told.
        how: String,
    },
    /// The hand-in was loaded and started.
    Start,
    /// The client was told to connect and to send messages.
    Ask {
        /// Which client.
        client: usize,
        /// How many messages.
        messages: usize,
    },
}

/// What had become of the client before the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarlierClient {
    /// It had left.
    Left,
    /// It was still connected.
    Connected,
}

/// What the harness had sent on one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// As which client.
    pub client: usize,
    /// The length of each message, in characters.
    pub message_chars: Vec<usize>,
    /// The number of sends that took.
    pub sends: usize,
    /// How each of them was cut.
    pub delivery: Delivery,
    /// The largest number of pieces that one of them was cut into.
    pub pieces_max: usize,
    /// The length of what was sent besides and is no whole message, in bytes.
    pub malformed_len: usize,
    /// Why not all of it could be sent.
    pub undelivered: Option<Undelivered>,
}

/// What the side under test did that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fault {
    /// It sent other bytes than it has to.
    Bytes {
        /// Which side that was.
        from: Side,
        /// In which way.
        mismatch: Mismatch,
        /// How many frames had to come, or might.
        frames: usize,
        /// What had to come, from the start of the connection.
        #[serde(with = "latin1")]
        expected: Vec<u8>,
        /// What came, from the start of the connection.
        #[serde(with = "latin1")]
        received: Vec<u8>,
    },
    /// The harness got no connection to the server.
    NotConnected {
        /// Why not.
        why: ConnectFailure,
    },
    /// The system had made the connection, and the server did not accept it.
    NotAccepted {
        /// How long was waited for that; nothing where the server stopped listening before.
        silence: Option<Silence>,
    },
    /// The server was told to stop and kept its connection.
    ConnectionHeld {
        /// How long that was watched.
        silence: Silence,
    },
    /// The server was told to stop, ended its connection, and kept its port.
    PortHeld {
        /// How long that was watched.
        silence: Silence,
    },
    /// An operation of the client gave back something else than it has to.
    Answer {
        /// The operation.
        operation: OperationKind,
        /// What it has to give back.
        expected: ExpectedAnswer,
        /// What it gave back.
        answer: Answer,
        /// Whether the client made another connection instead.
        connected_again: bool,
        /// Whether it is what the assignment's server would make of a message that the client has sent, and the harness's
        /// server has not replied that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_of_own_message: bool,
    },
    /// The client did not connect, though it gave back that it had.
    NeverConnected {
        /// How long was waited for it.
        silence: Silence,
    },
    /// The hand-in cannot be played with.
    HandIn {
        /// Why not.
        why: HandInFault,
    },
    /// The client gave back that it was shut down, and kept its connection.
    NotClosed {
        /// How long that was watched.
        silence: Silence,
    },
}

/// In which way a stream of bytes is not the frames that it has to be. Frames are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Mismatch {
    /// It stops too early.
    Stops {
        /// How many frames are whole.
        whole: usize,
        /// How many bytes of the next have come.
        of_next: usize,
        /// The length of the next, in bytes.
        next_len: usize,
    },
    /// What follows a whole frame is too short for a header, and the next cannot start with it.
    PartialHeader {
        /// The next frame.
        frame: usize,
        /// How many bytes follow.
        len: usize,
    },
    /// Bytes that nobody asked for come before a frame.
    UnsolicitedPrefix {
        /// The frame.
        frame: usize,
        /// How many bytes.
        len: usize,
    },
    /// A header declares a wrong length.
    Length {
        /// The frame.
        frame: usize,
        /// What its header declares, in bytes.
        declared: u64,
        /// What it has to declare.
        expected: usize,
    },
    /// A frame is well formed, and carries another text than it has to.
    Text {
        /// The frame.
        frame: usize,
        /// How its text relates to the message that it answers.
        text: WrongText,
        /// The length of its text, in characters.
        chars: usize,
        /// The length that the text has to have, in characters.
        expected_chars: usize,
    },
    /// A payload is wrong.
    Payload {
        /// The frame.
        frame: usize,
        /// The first byte of its payload that is wrong, counted from 0.
        byte: usize,
        /// Whether it is text in the charset of the assignment, as far as it came.
        #[serde(rename = "is_utf8")]
        is_text: bool,
    },
    /// All frames are there, and more follows.
    Extra {
        /// How many bytes.
        len: usize,
    },
    /// It is of another protocol.
    OtherProtocol {
        /// Of which.
        protocol: Protocol,
    },
}

/// How a reply that is not the right one relates to its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WrongText {
    /// It is the message without its first characters.
    FrontRemoved {
        /// How many of them: not as many as the assignment says.
        chars: usize,
    },
    /// It is the message without its first bytes, the last of which is inside a character.
    BytesRemoved {
        /// How many of them.
        bytes: usize,
    },
    /// It is the right reply without its end.
    CutShort,
    /// It is the message without its last characters.
    EndRemoved {
        /// How many of them.
        chars: usize,
    },
    /// It is the message without some characters, which may be its first or its last.
    Shorter,
    /// It is something else.
    Unrelated,
}

/// What an operation of a client has to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "reply", rename_all = "kebab-case")]
pub enum ExpectedAnswer {
    /// Nothing: it returns.
    Return,
    /// Nothing: it returns, or fails because the server is gone.
    ReturnOrFail,
    /// That it failed, because the client was shut down.
    Fail,
    /// This reply.
    Reply(String),
    /// That nothing was received.
    Disconnect,
    /// This reply, or that nothing was received.
    ReplyOrDisconnect(String),
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ExchangeEnd {
    /// The other side closed the connection between two frames.
    ClosedCleanly,
    /// It closed the connection inside a frame.
    ClosedInFrame,
    /// It reset the connection.
    Reset,
    /// It sent nothing any more.
    Silent {
        /// For how long that was watched.
        silence: Silence,
    },
    /// It was still sending.
    StillSending {
        /// How long was waited for it to be done.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// It was still reading what it had been sent, and had answered none of that.
    StillReading {
        /// How long was waited for it to be done.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// Nothing more was waited for, and the connection was still open.
    StillOpen,
    /// There was no connection.
    NotConnected,
    /// The two sides of a pair were connected to each other, where the harness does not see it.
    NotObserved,
    /// The side under test could not be started.
    NotStarted,
}

impl ExchangeEnd {
    /// The silence after the last byte, if there was one.
    #[must_use]
    pub const fn silence(self) -> Option<Silence> {
        match self {
            Self::Silent { silence } => Some(silence),
            Self::StillSending { waited } | Self::StillReading { waited } => {
                Some(Silence::of_deadline(waited))
            }
            Self::ClosedCleanly
            | Self::ClosedInFrame
            | Self::Reset
            | Self::StillOpen
            | Self::NotConnected
            | Self::NotObserved
            | Self::NotStarted => None,
        }
    }
}

impl Finding {
    /// A hand-in cannot be played with.
    #[must_use]
    pub const fn hand_in(why: HandInFault) -> Self {
        let fault = Fault::HandIn { why };
        Self { stimulus: Stimulus::Start, fault, rule: Rule::HandIn, ended: ExchangeEnd::NotStarted }
    }

    /// The number of the connection that it is about, counted from 0 in the order in which they were made.
    #[must_use]
    pub const fn connection(&self) -> usize {
        match &self.stimulus {
            Stimulus::Connect { client, .. } | Stimulus::Ask { client, .. } => *client,
            Stimulus::Send(sent) => sent.client,
            Stimulus::Stop { .. } | Stimulus::Start => 0,
        }
    }

    /// What the program under test has said itself of what went wrong: as an answer, or where it could not be started.
    pub(crate) fn said(&self) -> impl Iterator<Item = &str> {
        let said = match &self.fault {
            Fault::Answer { answer: Answer::Error(text) | Answer::Exited(text), .. } => [Some(text), None],
            Fault::HandIn { why: HandInFault::NotLoaded { why, details } } => [Some(why), Some(details)],
            Fault::HandIn {
                why:
                    HandInFault::ConstructorFailed { error: text }
                    | HandInFault::StartEnded { how: text, .. }
                    | HandInFault::StopRaised { error: text },
            } => [Some(text), None],
            _ => [None, None],
        };
        said.into_iter().flatten().map(String::as_str)
    }

    /// Whether something was waited for in vain, so that it matters where the program was in the meantime.
    #[must_use]
    pub fn is_hang(&self) -> bool {
        match &self.fault {
            Fault::ConnectionHeld { .. }
            | Fault::PortHeld { .. }
            | Fault::NotClosed { .. }
            | Fault::NeverConnected { .. }
            | Fault::NotAccepted { silence: Some(_) }
            | Fault::Answer { answer: Answer::Silent(_), .. } => true,
            Fault::Bytes { mismatch, .. } => {
                let has_stopped = matches!(mismatch, Mismatch::Stops { .. } | Mismatch::PartialHeader { .. });
                has_stopped
                    && matches!(
                        self.ended,
                        ExchangeEnd::Silent { .. }
                            | ExchangeEnd::StillSending { .. }
                            | ExchangeEnd::StillReading { .. }
                    )
            }
            Fault::NotConnected { .. }
            | Fault::NotAccepted { silence: None }
            | Fault::Answer { .. }
            | Fault::HandIn { .. } => false,
        }
    }

    /// What had to come on the wire and what came, both from the start of the connection; nothing where the fault is
    /// not one of bytes.
    #[must_use]
    pub fn bytes(&self) -> Option<(&[u8], &[u8])> {
        match &self.fault {
            Fault::Bytes { expected, received, .. } => Some((expected, received)),
            _ => None,
        }
    }

    /// The offset of the first byte that differs, or at which one of the two streams stops.
    #[must_use]
    pub fn differs_at(&self) -> Option<usize> {
        self.bytes().map(|(expected, received)| common_len(expected, received))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_hang(fault: Fault, ended: ExchangeEnd) -> bool {
        let stimulus = Stimulus::Connect { client: 0, earlier: None };
        Finding { stimulus, fault, rule: Rule::Framing, ended }.is_hang()
    }

    fn bytes(mismatch: Mismatch) -> Fault {
        let (expected, received) = (Vec::new(), Vec::new());
        Fault::Bytes { from: Side::Server, mismatch, frames: 1, expected, received }
    }

    #[test]
    fn what_was_waited_for_in_vain_is_a_hang_and_wrong_bytes_are_none() {
        let silence = Silence::of_deadline(Duration::from_secs(1));
        let silent = ExchangeEnd::Silent { silence };
        let stops = Mismatch::Stops { whole: 0, of_next: 0, next_len: 26 };
        assert!(is_hang(bytes(stops), silent));
        assert!(!is_hang(bytes(stops), ExchangeEnd::ClosedCleanly));
        assert!(!is_hang(bytes(Mismatch::Extra { len: 1 }), silent));
        let length = Mismatch::Length { frame: 0, declared: 32, expected: 22 };
        assert!(!is_hang(bytes(length), ExchangeEnd::StillOpen));
        assert!(is_hang(Fault::PortHeld { silence }, ExchangeEnd::ClosedCleanly));
        assert!(!is_hang(Fault::NotAccepted { silence: None }, ExchangeEnd::NotConnected));
    }
}
