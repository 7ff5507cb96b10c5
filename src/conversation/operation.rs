//! What a client under test is told to do, and what it gives back.

use serde::{Deserialize, Serialize};

use crate::silence::Silence;

/// Something that a client under test is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Connect to a server, and ask for at most `buffer_size` bytes in each read.
    Connect {
        /// The name or address of the server.
        host: String,
        /// Its port.
        port: u16,
        /// In bytes.
        buffer_size: usize,
    },
    /// Send a message.
    SendMessage(String),
    /// Receive the next reply.
    ReceiveMessage,
    /// Close the connection.
    ShutDown,
}

/// What kind of [`Operation`] it is, without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// See [`Operation::Connect`].
    Connect,
    /// See [`Operation::SendMessage`].
    SendMessage,
    /// See [`Operation::ReceiveMessage`].
    ReceiveMessage,
    /// See [`Operation::ShutDown`].
    ShutDown,
}

impl Operation {
    /// What kind of operation it is.
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::Connect { .. } => OperationKind::Connect,
            Self::SendMessage(_) => OperationKind::SendMessage,
            Self::ReceiveMessage => OperationKind::ReceiveMessage,
            Self::ShutDown => OperationKind::ShutDown,
        }
    }

    /// The name of the operation, as the assignment calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }
}

impl OperationKind {
    /// The name of the operation, as the assignment calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::SendMessage => "send_message",
            Self::ReceiveMessage => "receive_message",
            Self::ShutDown => "shutdown",
        }
    }
}

/// In what way an answer is of the wrong kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Malformation {
    /// The payload is bytes instead of text.
    Bytes,
    /// Both values are of the right kinds, in the wrong order.
    Swapped,
    /// The text alone, without whether it was received.
    TextAlone,
    /// Nothing in the place of the text, and whether it was received.
    NoText,
    /// Nothing at all.
    Nothing,
    /// Anything else.
    Other,
}

/// What a client under test gave back for a [`Operation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The operation returned, and it has nothing to return.
    Done,
    /// `receive_message` returned.
    Received {
        /// The text that came, empty where nothing did.
        payload: String,
        /// Whether the client says that a message was received.
        received: bool,
    },
    /// The operation failed, with this text: an exception, in most languages.
    Error(String),
    /// What came back is of the wrong kind. The text describes the value, and was made by the driver of the client's language:
    /// only there can the value be shown.
    Malformed(Malformation, String),
    /// The operation did not return.
    Silent(Silence),
    /// The client's program is gone.
    Exited(String),
    /// The submission answered in the place of the program that drives it.
    Forged,
}
