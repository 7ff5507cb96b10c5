//! The rules of the protocol, numbered: what a finding points to.

use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;

/// A rule that a client or a server has to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// What a message looks like on the wire.
    Framing,
    /// What the length counts.
    LengthInBytes,
    /// What the server does to a message.
    RemovesFront,
    /// How many replies there are, and in which order.
    OneReplyPerMessage,
    /// Reads end anywhere.
    AnySplit,
    /// A server outlives its clients.
    NextClient,
    /// A server ends when it is told to.
    StopsWhenTold,
    /// A client tells a reply from a disconnect.
    NoticesDisconnect,
    /// A client gives its connection back.
    ClosesSocket,
    /// What a client hands to its caller.
    ReturnsPayload,
    /// What a file that is handed in has to have.
    HandIn,
    /// How a connection comes about.
    Connects,
}

impl Rule {
    /// Every rule, in the order of their numbers.
    pub const ALL: &[Self] = &[
        Self::Framing,
        Self::LengthInBytes,
        Self::RemovesFront,
        Self::OneReplyPerMessage,
        Self::AnySplit,
        Self::NextClient,
        Self::StopsWhenTold,
        Self::NoticesDisconnect,
        Self::ClosesSocket,
        Self::ReturnsPayload,
        Self::HandIn,
        Self::Connects,
    ];

    /// The number that reports print, from 1.
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The rule in one sentence, with the figures of `assignment`.
    #[must_use]
    pub fn text(self, assignment: &Assignment) -> String {
        let Assignment { header_width, byte_order, removed_chars, .. } = assignment;
        match self {
            Self::Framing => format!(
                "A message is its length, an unsigned {}-byte {byte_order} number, and then its payload in UTF-8.",
                header_width.bytes()
            ),
            Self::LengthInBytes => {
                "The length counts the bytes of the payload: not its characters, and not the length itself.".into()
            }
            Self::RemovesFront => {
                format!("The server removes the first {removed_chars} characters of a message and sends back the rest.")
            }
            Self::OneReplyPerMessage => "One reply for each message, in the order they were sent.".into(),
            Self::AnySplit => {
                "A message is whole when its last byte has come, however many reads that takes; what follows it in \
                 the same read belongs to the next."
                    .into()
            }
            Self::NextClient => "When a client has left, in whatever way, the server takes the next one.".into(),
            Self::StopsWhenTold => {
                "A server that is told to stop ends its connection, gives up its port, and sends nothing but whole \
                 replies until then."
                    .into()
            }
            Self::NoticesDisconnect => {
                "A client whose server is gone returns an empty payload and says that nothing was received.".into()
            }
            Self::ClosesSocket => "Shutting a client down closes its connection.".into(),
            Self::ReturnsPayload => {
                "Receiving returns the payload as text, and whether a message was received.".into()
            }
            Self::HandIn => {
                "A hand-in can be imported, and has a class with the three constructor values and the operations \
                 that the assignment names."
                    .into()
            }
            Self::Connects => {
                "A client that is told to connect connects, and a server that is started accepts it.".into()
            }
        }
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
    fn the_texts_carry_the_figures_of_the_assignment() {
        let assignment = Assignment {
            header_width: crate::HeaderWidth::Two,
            byte_order: crate::ByteOrder::LittleEndian,
            removed_chars: 3,
            ..Assignment::default()
        };
        assert!(Rule::Framing.text(&assignment).contains("2-byte little-endian"));
        assert!(Rule::RemovesFront.text(&assignment).contains("first 3 characters"));
    }
}
