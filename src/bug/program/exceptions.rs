//! The exceptions that a program may fail to catch.

use std::io::ErrorKind;

use super::failure::Failure;

/// Kinds of exceptions, as Python has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Exceptions(u16);

impl Exceptions {
    /// None.
    pub(crate) const NONE: Self = Self(0);
    /// What an empty result of recv leads to where a length should come: unpack raises, or whatever uses it.
    pub(in crate::bug) const END: Self = Self(1);
    /// `struct.error`: a length that is cut short, or a number that does not fit into one.
    pub(in crate::bug) const FORMAT: Self = Self(1 << 1);
    /// One of the program's own: the stream has ended inside a payload.
    pub(in crate::bug) const END_IN_PAYLOAD: Self = Self(1 << 2);
    /// `MemoryError`, or one of the program's own: there is no room for a message.
    pub(in crate::bug) const TOO_LONG: Self = Self(1 << 3);
    /// `UnicodeError`: bytes that are not text, or text that cannot be encoded.
    pub(in crate::bug) const TEXT: Self = Self(1 << 4);
    /// `ConnectionResetError` from recv.
    pub(in crate::bug) const RECEIVE: Self = Self(1 << 5);
    /// `BrokenPipeError` from send. In C, the signal SIGPIPE.
    pub(in crate::bug) const BROKEN_PIPE: Self = Self(1 << 6);
    /// `BrokenPipeError`, `ConnectionResetError` or another `OSError` from send.
    pub(in crate::bug) const SEND: Self = Self(1 << 6 | 1 << 7);
    /// `TimeoutError` from recv.
    pub(in crate::bug) const TIMEOUT: Self = Self(1 << 8);
    /// All that something unusual raises: the end of a stream between two messages is nothing unusual.
    pub(in crate::bug) const UNUSUAL: Self = Self((1 << 9) - 1 - Self::END.0);

    /// Those by which a stream may end.
    pub(crate) const ALL_ENDS: Self = Self::END.union(Self::END_IN_PAYLOAD).union(Self::RECEIVE);

    /// Those of both.
    #[must_use]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the others are among them.
    #[must_use]
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether what ended a conversation is among them; `None` stands for the end of the stream between two messages.
    pub(super) fn contain(self, failure: Option<&Failure>) -> bool {
        let kind = match failure {
            None => Self::END,
            Some(Failure::EndInHeader { .. } | Failure::HeaderTooLong { .. } | Failure::Length(_)) => {
                Self::FORMAT
            }
            Some(Failure::EndInPayload { .. }) => Self::END_IN_PAYLOAD,
            Some(Failure::TooLong(_)) => Self::TOO_LONG,
            Some(Failure::Text(_)) => Self::TEXT,
            Some(Failure::Receive(_)) => Self::RECEIVE,
            Some(Failure::TimedOut) => Self::TIMEOUT,
            Some(Failure::Send(error)) if error.kind() == ErrorKind::BrokenPipe => Self::BROKEN_PIPE,
            Some(Failure::Send(_)) => Self::SEND,
        };
        self.contains(kind)
    }
}
