//! How long a delivery waits.

use std::io;
use std::time::{Duration, Instant};

/// What the caller of a delivery that waits knows of the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It may go on.
    Open,
    /// It may go on, but has hardly been given a processor: that it has not read says nothing.
    Starved,
    /// It will never read anything more.
    Hopeless,
    /// It may go on, but it has taken as long as it may.
    OutOfTime,
}

/// What the caller of a delivery does while it waits.
pub trait Meanwhile {
    /// Called repeatedly while the delivery waits, with the number of bytes that the connection has taken so far. Tells whether there
    /// is any use in waiting.
    ///
    /// # Errors
    ///
    /// Whatever makes it impossible to go on.
    fn wait(&mut self, sent_len: u64) -> io::Result<Outlook>;

    /// Called when the peer was seen to have read a piece, before the next one is sent.
    fn has_read(&mut self) {}
}

impl<F: FnMut(u64) -> io::Result<Outlook>> Meanwhile for F {
    fn wait(&mut self, sent_len: u64) -> io::Result<Outlook> {
        self(sent_len)
    }
}

/// How long a delivery waits, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// How long the peer may read nothing, having something to read, before the next piece is sent regardless:
    /// its program may be waiting for more than it got. Halved at each boundary in a row that passes so. Where it is
    /// [starved](Outlook::Starved) by then, it is given the same time again.
    pub patience: Duration,
    /// The same for a peer whose program has not accepted the connection.
    pub accept_patience: Duration,
    /// When the delivery has failed unless its last piece is written.
    pub deadline: Instant,
}

impl Waits {
    /// The waits for programs of which nothing is known: 50 ms for a read, 1 s for the accept.
    #[must_use]
    pub const fn until(deadline: Instant) -> Self {
        Self { patience: Duration::from_millis(50), accept_patience: Duration::from_secs(1), deadline }
    }
}
