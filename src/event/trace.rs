//! What a program did with its sockets, call by call.

use serde::{Deserialize, Serialize};

/// The calls of a side under test in a scenario that it fails, noted while that was played once more.
///
/// It is evidence, and no more: no verdict and no cause comes from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The calls, in the order in which they began. Of very many, the first.
    pub calls: Vec<SocketCall>,
    /// The call that shows what went wrong, if one does.
    #[serde(rename = "telling")]
    pub culprit: Option<CulpritCall>,
}

/// One call of a method of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SocketCall {
    /// The name of the file that it is in.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// The method: `recv`.
    pub method: String,
    /// On which connection, from 0, in the order in which they were made; nothing of a socket that has none.
    pub connection: Option<usize>,
    /// How many bytes it asked for, or had to send.
    pub asked: Option<usize>,
    /// What came of it.
    pub outcome: CallOutcome,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CallOutcome {
    /// It returned.
    Returned {
        /// How many bytes were received or sent, where it is about that.
        len: Option<usize>,
    },
    /// It raised an exception.
    Raised {
        /// Its type and its text.
        error: String,
    },
    /// It had not returned when the program was ended.
    Waits,
}

/// A call that shows what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CulpritCall {
    /// Its place in the calls.
    pub call: usize,
    /// What it shows.
    pub shows: CallShows,
}

/// What a call shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CallShows {
    /// It took bytes of the message after the one that was being read.
    TookOfNext {
        /// How many.
        len: usize,
    },
    /// It returned before the message was complete, and the program did not ask for the rest.
    Incomplete {
        /// How many bytes it returned.
        len: usize,
        /// How many were missing.
        missing: usize,
    },
    /// It sent less than it was given, and the program did not send the rest.
    SentPart {
        /// How many bytes it sent.
        len: usize,
    },
    /// It sent the first wrong byte.
    SentWrong,
    /// It raised an exception.
    Raised,
    /// It waited, and everything that was sent had been read.
    Waited,
}
