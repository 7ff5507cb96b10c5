//! What the server makes of a message.

use serde::{Deserialize, Serialize};

/// What the reply to a message is. A character is a Unicode scalar value, which is what a Python string is made of.
///
/// What is right is worked out independently in three places: by the reference, by the cases that the judge compares with, and by
/// the program that mistakes are made of. Here are only the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// The message without its first characters, so many of them; nothing, if it has no more.
    RemoveFront(usize),
    /// The message without its last characters, so many of them; nothing, if it has no more.
    RemoveBack(usize),
    /// The message itself.
    Echo,
    /// The message in uppercase, by the full mapping of Unicode, which does not depend on a language: what `str.upper` returns
    /// in Python. No text of a scenario has a character that becomes several, or for which languages differ.
    Uppercase,
    /// The characters of the message, the last one first.
    Reverse,
}

impl Default for Work {
    fn default() -> Self {
        Self::RemoveFront(10)
    }
}

impl Work {
    /// How many characters are removed; 0 where that is not the work.
    #[must_use]
    pub const fn removed_chars(self) -> usize {
        match self {
            Self::RemoveFront(count) | Self::RemoveBack(count) => count,
            Self::Echo | Self::Uppercase | Self::Reverse => 0,
        }
    }

    /// Whether characters are removed, even if their number is 0.
    #[must_use]
    pub const fn is_removal(self) -> bool {
        matches!(self, Self::RemoveFront(_) | Self::RemoveBack(_))
    }

    /// Whether a reply is the message as it came.
    #[must_use]
    pub const fn is_echo(self) -> bool {
        matches!(self, Self::Echo | Self::RemoveFront(0) | Self::RemoveBack(0))
    }

    /// Behind what is done to a message: `comes back …`.
    pub(super) const fn comes_back(self) -> &'static str {
        match self {
            Self::RemoveFront(_) => "without its first characters",
            Self::RemoveBack(_) => "without its last characters",
            Self::Echo => "as it is",
            Self::Uppercase => "in uppercase",
            Self::Reverse => "reversed",
        }
    }

    /// When the work is done.
    pub(super) const fn when(self) -> &'static str {
        match self {
            Self::RemoveFront(_) => "when the front is removed",
            Self::RemoveBack(_) => "when the end is removed",
            Self::Echo => "when a message is sent back",
            Self::Uppercase => "when a message is put in uppercase",
            Self::Reverse => "when a message is reversed",
        }
    }
}
