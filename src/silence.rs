//! How long a program did nothing, and how it is known that it will not, as a value.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A program that did not do what was awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Silence {
    /// For how long it was watched.
    #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
    pub waited: Duration,
    /// Why it was not watched any longer.
    pub known_by: KnownBy,
}

/// How it is known that nothing more will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// Only by the clock: the deadline has passed.
    Deadline,
    /// The kernel shows that the program can do nothing more unless the harness does something.
    Blocked(BlockedIn),
    /// The program kept a processor busy for several deadlines, and moved no byte.
    Spinning,
}

impl Silence {
    /// One that was not seen to end within a deadline.
    #[must_use]
    pub const fn of_deadline(waited: Duration) -> Self {
        Self { waited, known_by: KnownBy::Deadline }
    }
}

/// What a program waits in that will never go on unless the harness does something.
///
/// The kernel shows it: see the module `os::silence`. Of several threads the one that says most about the conversation
/// counts: the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockedIn {
    /// It receives on the connection, and nothing is on its way.
    Recv,
    /// It waits in `poll`, `select` or `epoll_wait`, without a timeout, for descriptors of which none becomes ready.
    Poll,
    /// It accepts a connection, and none waits to be accepted.
    Accept,
    /// It receives on another connection, on which nothing is on its way.
    RecvElsewhere,
    /// It waits for a lock or for another thread, while every other thread waits too.
    Lock,
    /// It waits for a signal that nothing sends.
    Signal,
    /// It reads from a pipe, or from a socket that is no TCP connection.
    Read,
    /// It waits for the next command of the harness. Of a server, that is what is left once its `start()` has ended.
    Command,
    /// It waits for a child that itself waits, which says more.
    Child,
    /// It sleeps for far longer than it could be waited for.
    Sleep,
    /// It was stopped by a signal.
    Stopped,
}

impl BlockedIn {
    /// The name of the call, as a programmer knows it; nothing where it is in none.
    #[must_use]
    pub const fn call(self) -> Option<&'static str> {
        match self {
            Self::Recv | Self::RecvElsewhere => Some("recv"),
            Self::Read => Some("read"),
            Self::Poll => Some("poll"),
            Self::Accept => Some("accept"),
            Self::Child => Some("wait"),
            Self::Sleep => Some("sleep"),
            Self::Lock | Self::Signal | Self::Command | Self::Stopped => None,
        }
    }
}
