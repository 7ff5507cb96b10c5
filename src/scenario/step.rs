//! The steps that scenarios are made of.

use crate::assignment::Assignment;

/// One thing that the client or the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new client connects.
    Connect,
    /// The client sends these messages, one after the other, without waiting in between.
    Send(&'static [Payload]),
    /// The client receives the next reply.
    Receive,
    /// The client receives replies until the server is gone.
    ReceiveUntilEnd,
    /// The client shuts down.
    ShutDownClient,
    /// The server is told to stop.
    StopServer,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Letters and digits drawn from the run's seed, so that nobody can know them beforehand.
    Drawn(Size),
}

/// How long a drawn message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Shorter than the buffer: 32 characters where the buffer has room for them.
    BelowBuffer,
    /// Slightly longer than the buffer: 1,245 characters for a buffer of 1,024.
    AboveBuffer,
    /// Many times as long as the buffer: 650,000 characters for a buffer of 1,024.
    ManyBuffers,
    /// This many characters, whatever the buffer.
    Chars(usize),
}

impl Size {
    /// The number of characters.
    #[must_use]
    pub fn chars(self, assignment: &Assignment) -> usize {
        let buffer = assignment.buffer_size;
        match self {
            Self::BelowBuffer => 32.min(buffer - 1).max(1),
            Self::AboveBuffer => buffer + (buffer * 221 / 1024).max(1),
            Self::ManyBuffers => (buffer * 650_000).div_ceil(1024),
            Self::Chars(count) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(buffer_size: usize) -> [usize; 3] {
        let assignment = Assignment { buffer_size, ..Assignment::default() };
        [Size::BelowBuffer, Size::AboveBuffer, Size::ManyBuffers].map(|size| size.chars(&assignment))
    }

    #[test]
    fn sizes_are_those_of_the_course_for_its_buffer_and_grow_with_another() {
        assert_eq!(sizes(1024), [32, 1245, 650_000]);
        assert_eq!(sizes(4096), [32, 4980, 2_600_000]);
        assert_eq!(sizes(16), [15, 19, 10_157]);
    }

    #[test]
    fn sizes_keep_their_order_for_the_smallest_buffers() {
        for buffer_size in 1..100 {
            let [below, above, many] = sizes(buffer_size);
            assert!(below <= buffer_size && buffer_size < above && above < many);
        }
    }
}
