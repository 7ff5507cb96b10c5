//! What can be wrong with a stream of frames, and with a payload that is to be sent in one.

use std::io;

use thiserror::Error;

/// Why bytes are no sequence of whole frames.
///
/// Lengths are in bytes. A stream that has gone wrong has lost its boundaries, so no decoder recovers from one
/// of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The stream ended after some, but not all, bytes of a header.
    #[error("stream ended inside a header, got {got} of {wanted} bytes")]
    EndedInHeader {
        /// How many bytes of the header had come, at least 1.
        got: usize,
        /// How many a header has.
        wanted: usize,
    },
    /// The stream ended between a header and the last byte of the payload it declared.
    #[error("stream ended inside a payload, got {got} of {wanted} bytes")]
    EndedInPayload {
        /// How many bytes of the payload had come.
        got: usize,
        /// How many the header declared.
        wanted: usize,
    },
    /// A header declared more than [`Assignment::payload_len_max`](crate::Assignment::payload_len_max).
    #[error("header declares a payload of {declared} bytes, wanted at most {max} bytes")]
    TooLong {
        /// The length that the header declared.
        declared: u64,
        /// The longest that is accepted.
        max: u64,
    },
}

/// Why a payload cannot be sent as one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The header is too narrow to state the length.
    #[error("payload has {len} bytes, its header can state at most {max} bytes")]
    TooLong {
        /// The length of the payload, in bytes.
        len: u64,
        /// The longest that the header can state, in bytes.
        max: u64,
    },
}

/// Why a [`FrameReader`](crate::wire::FrameReader) has no next frame to give.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The reader failed. Nothing that had arrived is lost: the next call reads on.
    #[error("stream could not be read")]
    Io(#[from] io::Error),
    /// The bytes that were read are no sequence of whole frames. Every later call says so again.
    #[error("stream could not be decoded")]
    Decode(#[from] DecodeError),
}
