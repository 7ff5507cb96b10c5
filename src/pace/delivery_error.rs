//! Why a delivery ended before its last piece was sent.

use std::io;

use thiserror::Error;

use crate::delivery::Boundary;

/// A delivery that ended early: how far it came, and why it went no further.
#[derive(Debug, Error)]
#[error("{}", self.describe())]
pub struct DeliveryError {
    /// What is known of the boundaries that were passed.
    pub boundaries: Vec<Boundary>,
    /// How many pieces had been written in full.
    pub pieces_sent: usize,
    /// How many pieces the peer was seen to have read in full; `None` where its socket cannot be seen.
    pub pieces_read: Option<usize>,
    /// How many pieces there were.
    pub pieces: usize,
    /// What stopped the delivery.
    pub cause: DeliveryFailure,
}

/// What stops a delivery.
#[derive(Debug, Error)]
pub enum DeliveryFailure {
    /// The peer's program closed its socket, or ended.
    #[error("the peer closed")]
    Closed,
    /// The connection was reset, and the write that found out has taken this error from the stream: a read
    /// that follows sees a plain end of stream.
    #[error("the peer reset the connection")]
    Reset,
    /// The deadline passed before a program accepted the connection. Only an exact delivery can tell.
    #[error("the peer did not accept the connection")]
    NotAccepted,
    /// The deadline passed, and the peer had read nothing for longer than [`Waits::patience`](super::Waits).
    #[error("the peer stopped reading")]
    StoppedReading {
        /// How many bytes lie unread in its socket; `None` where that cannot be seen.
        unread: Option<u64>,
    },
    /// The deadline passed while the peer was still reading, or the caller would wait no longer.
    #[error("the deadline passed")]
    OutOfTime,
    /// The stream, the socket table or the caller's own work during the waits failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl DeliveryError {
    /// How many pieces it is fair to say were done with. What the peer did, it did after what it had read, as far as that
    /// is known; what happened to the harness, after what was sent.
    #[must_use]
    pub fn done(&self) -> usize {
        match self.cause {
            DeliveryFailure::Closed | DeliveryFailure::Reset | DeliveryFailure::StoppedReading { .. } => {
                self.pieces_read.unwrap_or(self.pieces_sent)
            }
            DeliveryFailure::NotAccepted | DeliveryFailure::OutOfTime | DeliveryFailure::Io(_) => {
                self.pieces_sent
            }
        }
    }

    fn describe(&self) -> String {
        let Self { pieces, cause, .. } = self;
        let place = format!("{cause} after piece {} of {pieces}", self.done());
        match cause {
            DeliveryFailure::StoppedReading { unread: Some(unread) } => {
                format!("{place}: {unread} bytes lie unread")
            }
            _ => place,
        }
    }
}
