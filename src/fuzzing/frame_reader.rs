//! The reader of frames, on a reader that is as unhelpful as a socket may be.

use std::io;

use super::stream::{Oracle, Plan, Trickle};
use crate::wire::{FrameReader, ReadError};

/// A reader that gives as little as it likes, is interrupted and times out yields the frames and the error that
/// reading the stream naively gives, and is never asked for more than the buffer size.
pub fn frame_reader(data: &[u8]) {
    let Some(Plan { assignment, piece_lens, stream }) = Plan::new(data) else { return };
    let mut expected = Oracle::new(stream, &assignment);
    let mut reader = FrameReader::new(Trickle::new(piece_lens, stream, assignment.buffer_size), &assignment);
    loop {
        match reader.next_frame() {
            Ok(Some(payload)) => assert_eq!(expected.next(), Some(Ok(payload))),
            Ok(None) => return assert_eq!(expected.next(), None),
            Err(ReadError::Decode(error)) => {
                assert_eq!(expected.next(), Some(Err(error)));
                let again = reader.next_frame();
                assert!(
                    matches!(again, Err(ReadError::Decode(again)) if again == error),
                    "an error is final"
                );
                return;
            }
            Err(ReadError::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::TimedOut),
        }
    }
}
