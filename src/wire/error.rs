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
    /// A header declared less than its own bytes, which a length counts, too.
    #[error("header declares {declared} bytes, wanted at least the {min} of its own")]
    TooShort {
        /// The length that the header declared.
        declared: u64,
        /// The length of a header.
        min: u64,
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn errors_say_what_came_and_what_was_wanted() {
        let header = DecodeError::EndedInHeader { got: 1, wanted: 4 };
        assert_eq!(header.to_string(), "stream ended inside a header, got 1 of 4 bytes");
        let payload = DecodeError::EndedInPayload { got: 0, wanted: 32 };
        assert_eq!(payload.to_string(), "stream ended inside a payload, got 0 of 32 bytes");
        let declared = DecodeError::TooLong { declared: 17, max: 16 };
        assert_eq!(declared.to_string(), "header declares a payload of 17 bytes, wanted at most 16 bytes");
        let encoded = EncodeError::TooLong { len: 65_536, max: 65_535 };
        assert_eq!(encoded.to_string(), "payload has 65536 bytes, its header can state at most 65535 bytes");
    }

    #[test]
    fn a_read_error_leads_to_its_cause() {
        let cause = DecodeError::EndedInHeader { got: 1, wanted: 4 };
        let error = ReadError::from(cause);
        assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&cause));
    }
}
