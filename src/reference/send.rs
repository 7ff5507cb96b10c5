//! What client and server have in common: sending one message.

use std::io::{self, IoSlice, Write};

use thiserror::Error;

use crate::assignment::Assignment;
use crate::wire::{EncodeError, Header};

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

/// Sends `text`, which the charset of the assignment has, as one frame.
///
/// Header and payload go out in one write: as two, the second would wait for the peer to acknowledge the first
/// wherever Nagle's algorithm is on. They are not put together for it, which would copy the payload.
pub(super) fn send(stream: &mut impl Write, text: &str, assignment: &Assignment) -> Result<(), SendError> {
    let payload = assignment.charset.encode(text);
    let header = Header::new(payload.len() as u64, assignment)?;
    let mut parts = [IoSlice::new(header.as_bytes()), IoSlice::new(&payload)];
    let mut rest = &mut parts[..];
    while !rest.is_empty() {
        match stream.write_vectored(rest) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
            Ok(len) => IoSlice::advance_slices(&mut rest, len),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    stream.flush()?;
    Ok(())
}
