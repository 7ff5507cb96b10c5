//! The two sides of a conversation, and which of them is under test.
//!
//! This module owns the words for them, in reports and on the command line. It must not know how a side is reached or played.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One side of a conversation: what is under test, or what a mistake is made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The program that listens, accepts a connection, and replies to each message.
    Server,
    /// The program that connects, sends messages, and receives the replies.
    Client,
}

impl Side {
    /// Both sides, in the order in which they are graded.
    pub const ALL: &[Self] = &[Self::Server, Self::Client];

    /// The side at the other end of the conversation.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }

    /// The side in one word, as every report and every sentence writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Which side of a scenario the submission plays.
///
/// A mistake, a cause and a hand-in's file belong to a [`Side`]; only what is played has a casting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("enum" = ["server", "client", "pair"])))]
#[serde(into = "&str", try_from = "String")]
pub enum Casting {
    /// The submission is this side, and the harness is the other.
    Of(Side),
    /// The submission is both. Two equal mistakes cancel out, so this is reported and never scored.
    Pair,
}

impl Casting {
    /// The submission is the server, the harness is the client.
    pub const SERVER: Self = Self::Of(Side::Server);
    /// The submission is the client, the harness is the server.
    pub const CLIENT: Self = Self::Of(Side::Client);
    /// Every casting, in the order in which they are played.
    pub const ALL: &[Self] = &[Self::SERVER, Self::CLIENT, Self::Pair];

    /// The one side that is under test; `None` for the pair.
    #[must_use]
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Of(side) => Some(side),
            Self::Pair => None,
        }
    }

    /// Whether a verdict in this casting says that the submission is right or wrong.
    #[must_use]
    pub const fn is_scored(self) -> bool {
        self.side().is_some()
    }

    /// Whether the submission's server takes part.
    #[must_use]
    pub const fn needs_server(self) -> bool {
        matches!(self, Self::Of(Side::Server) | Self::Pair)
    }

    /// Whether the submission's client takes part.
    #[must_use]
    pub const fn needs_client(self) -> bool {
        matches!(self, Self::Of(Side::Client) | Self::Pair)
    }

    /// The casting in one word, as every report writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Of(side) => side.word(),
            Self::Pair => "pair",
        }
    }
}

impl From<Side> for Casting {
    fn from(side: Side) -> Self {
        Self::Of(side)
    }
}

impl From<Casting> for &'static str {
    fn from(casting: Casting) -> Self {
        casting.word()
    }
}

impl fmt::Display for Casting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// No casting has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected server, client or pair")]
pub struct ParseCastingError(String);

impl FromStr for Casting {
    type Err = ParseCastingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().copied().find(|casting| casting.word().eq_ignore_ascii_case(text));
        named.ok_or_else(|| ParseCastingError(text.into()))
    }
}

impl TryFrom<String> for Casting {
    type Error = ParseCastingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_casting_is_written_and_read_by_its_word() {
        for casting in Casting::ALL {
            let text = serde_json::to_string(casting).unwrap();
            assert_eq!(text, format!("{:?}", casting.word()));
            assert_eq!(serde_json::from_str::<Casting>(&text).unwrap(), *casting);
            assert_eq!(casting.word().parse(), Ok(*casting));
        }
        assert!("referee".parse::<Casting>().is_err());
    }

    #[test]
    fn only_the_pair_has_no_side_and_is_not_scored() {
        assert_eq!(Casting::ALL.iter().filter(|casting| !casting.is_scored()).count(), 1);
        assert!(Casting::ALL.iter().all(|casting| casting.is_scored() == casting.side().is_some()));
        assert!(Side::ALL.iter().all(|side| side.other().other() == *side && side.other() != *side));
    }
}
