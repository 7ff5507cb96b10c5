//! What client and server have in common: sending one message.

use std::io::{self, Write};

use thiserror::Error;

use crate::assignment::Assignment;
use crate::wire::{EncodeError, encode};

/// Why a message was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// The header cannot state the length of this message. Nothing was sent, and the connection is as it was.
    #[error("message does not fit in a frame")]
    Encode(#[from] EncodeError),
    /// The stream failed: the peer is gone, or took nothing in time. Part of the message may have been sent.
    #[error("stream could not be written")]
    Io(#[from] io::Error),
}

/// Sends `text` as one frame.
///
/// Header and payload go out in one write: as two, the second would wait for the peer to acknowledge the first
/// wherever Nagle's algorithm is on.
pub(super) fn send(stream: &mut impl Write, text: &str, assignment: &Assignment) -> Result<(), SendError> {
    let frame = encode(text.as_bytes(), assignment)?;
    stream.write_all(&frame)?;
    stream.flush()?;
    Ok(())
}
