//! The numbered rules of the protocol, which scenarios check and findings cite.
//!
//! This module owns their numbers and their wording, with the figures of an assignment filled in. It must not know how a rule
//! is checked.

use serde::{Deserialize, Serialize};

use crate::assignment::{Assignment, Charset, Work};

/// A rule that a client or a server has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// What a message looks like on the wire.
    Framing,
    /// What a length counts.
    LengthInBytes,
    /// What the server does to a message. Recordings call it after the work that it is by default.
    #[serde(rename = "removes-front")]
    Work,
    /// How many replies there are, and in what order.
    OneReplyPerMessage,
    /// A read may end anywhere.
    AnySplit,
    /// A server outlives its clients.
    NextClient,
    /// A server stops when it is told to.
    StopsWhenTold,
    /// A client tells a reply from a disconnect.
    NoticesDisconnect,
    /// A client closes its connection.
    ClosesSocket,
    /// What a client returns to its caller.
    ReturnsPayload,
    /// What a file that is handed in has to contain.
    HandIn,
    /// How a connection comes about.
    Connects,
    /// What a client makes of a send that nobody can receive.
    SendsInVain,
}

impl Rule {
    /// Every rule, in the order of their numbers.
    pub const ALL: &[Self] = &[
        Self::Framing,
        Self::LengthInBytes,
        Self::Work,
        Self::OneReplyPerMessage,
        Self::AnySplit,
        Self::NextClient,
        Self::StopsWhenTold,
        Self::NoticesDisconnect,
        Self::ClosesSocket,
        Self::ReturnsPayload,
        Self::HandIn,
        Self::Connects,
        Self::SendsInVain,
    ];

    /// The number that reports print, from 1.
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The rule in one sentence, with the figures of `assignment`.
    #[must_use]
    pub fn text(self, assignment: &Assignment) -> String {
        match self {
            Self::Framing => framing(assignment),
            Self::LengthInBytes if assignment.counts_header => {
                "The length counts the bytes of the payload and its own, and no characters.".into()
            }
            Self::LengthInBytes => {
                "The length counts the bytes of the payload: neither its characters nor the length itself.".into()
            }
            Self::Work => work(assignment.work),
            Self::OneReplyPerMessage => "One reply for each message, in the order they were sent.".into(),
            Self::AnySplit => {
                "A message is complete when its last byte has come, however many reads that takes; what follows it \
                 in the same read belongs to the next message."
                    .into()
            }
            Self::NextClient => "However a client leaves, the server accepts the next one.".into(),
            Self::StopsWhenTold => {
                "A server that is told to stop ends its connection, releases its port, and until then sends nothing \
                 but whole replies."
                    .into()
            }
            Self::NoticesDisconnect => {
                "A client whose server is gone returns an empty payload and reports that nothing was received.".into()
            }
            Self::ClosesSocket => "Shutting down a client closes its connection.".into(),
            Self::ReturnsPayload => {
                let kind = if assignment.charset == Charset::Bytes { "bytes" } else { "text" };
                format!("Receiving returns the payload as {kind}, and whether a message was received.")
            }
            Self::HandIn => {
                "A hand-in can be imported, and has a class with the constructor parameters and the \
                 operations that the assignment names."
                    .into()
            }
            Self::Connects => {
                "A client that is told to connect connects, and a server that is started accepts it.".into()
            }
            Self::SendsInVain => {
                "A client that sends to a server that is gone catches the exception; one that was shut down reports an error."
                    .into()
            }
        }
    }
}

/// `A message is its length, an unsigned 4-byte big-endian number, followed by its payload in UTF-8.`
fn framing(assignment: &Assignment) -> String {
    let Assignment { header_width, byte_order, charset, .. } = assignment;
    let number = match header_width.bytes() {
        1 => "a single byte".to_owned(),
        several => format!("an unsigned {several}-byte {byte_order} number"),
    };
    let payload = match charset {
        Charset::Bytes => "payload: any bytes, each of which counts as a character".to_owned(),
        Charset::Utf8 | Charset::Ascii | Charset::Latin1 => format!("payload in {charset}"),
    };
    format!("A message is its length, {number}, followed by its {payload}.")
}

/// What the server does.
fn work(work: Work) -> String {
    let characters = |count| match count {
        1 => "character".to_owned(),
        several => format!("{several} characters"),
    };
    match work {
        Work::RemoveFront(count) => {
            format!(
                "The server removes the first {} of each message and sends back the rest.",
                characters(count)
            )
        }
        Work::RemoveBack(count) => {
            format!(
                "The server removes the last {} of each message and sends back the rest.",
                characters(count)
            )
        }
        Work::Echo => "The server sends back each message as it came.".into(),
        Work::Uppercase => {
            "The server sends back each message in uppercase, as str.upper of Python makes it.".into()
        }
        Work::Reverse => "The server sends back each message with its characters in reverse order.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_rule_in_the_order_of_its_number() {
        for (index, rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(rule.number(), index + 1);
        }
    }

    #[test]
    fn the_texts_have_the_figures_of_the_assignment() {
        let assignment = Assignment {
            header_width: crate::HeaderWidth::Two,
            byte_order: crate::ByteOrder::LittleEndian,
            work: Work::RemoveFront(3),
            ..Assignment::default()
        };
        assert!(Rule::Framing.text(&assignment).contains("2-byte little-endian"));
        assert!(Rule::Work.text(&assignment).contains("the first 3 characters of"));
        let one = Assignment { work: Work::RemoveFront(1), ..assignment };
        assert!(Rule::Work.text(&one).contains("the first character of"));
    }
}
