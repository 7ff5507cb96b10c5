//! What stops a program in the middle of its work, and what a server does after a conversation.

use std::io;

/// Why a program got no further with a connection: the exceptions that Python would raise.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The stream ended in the middle of a length.
    #[error("unpack requires a buffer of {wanted} bytes")]
    EndInHeader {
        /// How many bytes a length has.
        wanted: usize,
    },
    /// More bytes were taken for a length than it has.
    #[error("unpack requires a buffer of {wanted} bytes")]
    HeaderTooLong {
        /// How many bytes a length has.
        wanted: usize,
    },
    /// The stream ended in the middle of a payload.
    #[error("the connection ended inside a message")]
    EndInPayload {
        /// What had come of it.
        received: Vec<u8>,
    },
    /// There is no room for a message of this length.
    #[error("no room for {0} bytes")]
    TooLong(u64),
    /// Bytes that are not text, or text that cannot be encoded.
    #[error("{0}")]
    Text(&'static str),
    /// A number that does not fit into a length.
    #[error("the length {0} is out of range")]
    Length(u64),
    /// A read brought nothing before its timeout.
    #[error("timed out")]
    TimedOut,
    /// Reading from the stream failed.
    #[error("{0}")]
    Receive(#[source] io::Error),
    /// Writing to the stream failed.
    #[error("{0}")]
    Send(#[source] io::Error),
}

impl Failure {
    /// Whether the peer was gone when something was sent: a `ConnectionError` in Python, and not the error of a socket that
    /// the program itself has closed.
    pub(super) fn is_disconnect(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        matches!(self, Self::Send(error)
            if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset))
    }
}

/// What a server does after a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It closes the connection and accepts the next client.
    Client,
    /// It closes the connection, and its process ends.
    Nobody,
    /// It closes the connection and accepts nobody else, but keeps listening.
    NobodyWhileListening,
    /// It accepts nobody else and gives up its port, but keeps the connection.
    NobodyWhileConnected,
    /// It does nothing more, and keeps the connection and its port.
    Nothing,
}

impl Next {
    /// Whether the port is still open afterwards.
    #[must_use]
    pub const fn listens(self) -> bool {
        matches!(self, Self::Client | Self::NobodyWhileListening | Self::Nothing)
    }

    /// Whether the connection is still open afterwards.
    #[must_use]
    pub const fn keeps_connection(self) -> bool {
        matches!(self, Self::NobodyWhileConnected | Self::Nothing)
    }
}
