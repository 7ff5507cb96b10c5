//! The steps that scenarios are made of.

use crate::assignment::Assignment;
use crate::side::Casting;

/// One thing that the client or the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new client connects, and the next steps are its own.
    Connect,
    /// The next steps are those of this client, counted from 0 in the order in which they connected.
    TurnTo(usize),
    /// The client sends these messages, one after the other, without waiting in between.
    Send(&'static [Payload]),
    /// The client sends bytes that are no whole message, or not a message as it should be.
    SendRaw(Raw),
    /// The client receives the next reply.
    Receive,
    /// The client receives replies until the server is gone.
    ReceiveUntilEnd,
    /// The client tries to receive a reply, and there is none because the server is gone.
    ReceiveNothing,
    /// The client says that it will send no more, and stays to receive.
    HalfClose,
    /// The client shuts down.
    ShutDownClient,
    /// The client breaks the connection off.
    ResetClient,
    /// The client leaves without having read the replies that lie ready for it, which breaks the connection off.
    LeaveRepliesUnread,
    /// The server is told to stop.
    StopServer,
    /// The server is gone, in one of several ways.
    ServerLeaves(Leaving),
}

impl Step {
    /// Whether the step makes sense when this side is under test: who is under test cannot be made to do
    /// everything.
    #[must_use]
    pub const fn suits(self, casting: Casting) -> bool {
        match self {
            Self::Connect
            | Self::Send(_)
            | Self::Receive
            | Self::ReceiveUntilEnd
            | Self::ShutDownClient
            | Self::StopServer => true,
            Self::TurnTo(_)
            | Self::SendRaw(_)
            | Self::HalfClose
            | Self::ResetClient
            | Self::LeaveRepliesUnread => matches!(casting, Casting::SERVER),
            Self::ReceiveNothing | Self::ServerLeaves(_) => matches!(casting, Casting::CLIENT),
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Letters and digits drawn from the run's seed, so that nobody can know them beforehand.
    Drawn(Size),
    /// This text, and so many drawn letters and digits after it.
    Starting(&'static str, Size),
    /// The first text, and then the second one again and again: so many characters in all.
    Filled(&'static str, &'static str, Size),
}

/// How long a message, or the drawn part of it, is.
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
    /// As many characters as are removed, and so many more.
    Removed(isize),
    /// As many characters as the buffer has bytes, and so many more.
    Buffer(isize),
    /// So many that the reply is as long as the buffer, and so many more.
    ReplyBuffer(isize),
    /// So many that the frame, header included, is as long as the buffer, and so many more.
    FrameBuffer(isize),
}

impl Size {
    /// The number of characters.
    #[must_use]
    pub fn chars(self, assignment: &Assignment) -> usize {
        let Assignment { buffer_size: buffer, removed_chars: removed, header_width, .. } = *assignment;
        match self {
            Self::BelowBuffer => 32.min(buffer - 1).max(1),
            Self::AboveBuffer => buffer + (buffer * 221 / 1024).max(1),
            Self::ManyBuffers => (buffer * 650_000).div_ceil(1024),
            Self::Chars(count) => count,
            Self::Removed(more) => removed.saturating_add_signed(more),
            Self::Buffer(more) => buffer.saturating_add_signed(more),
            Self::ReplyBuffer(more) => (buffer + removed).saturating_add_signed(more),
            Self::FrameBuffer(more) => {
                buffer.saturating_sub(header_width.bytes()).saturating_add_signed(more)
            }
        }
    }
}

/// Bytes that a client which follows the protocol would not send, or not leave at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// The first bytes of a header, so many of them.
    HeaderPart(usize),
    /// A header, and half of the payload that it declares.
    PayloadPart,
    /// A header that declares the longest payload it can, and eight bytes of it.
    LongestClaim,
    /// A whole frame whose payload is not UTF-8.
    NotUtf8,
}

/// How a server is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// It closes, with nothing left unsaid.
    Closing,
    /// It breaks the connection off.
    Resetting,
    /// It closes when it has sent half of the next reply's header.
    InHeader,
    /// It closes when it has sent the next reply's header and half of its payload.
    InPayload,
}

impl Leaving {
    /// What is still sent of `reply`, the frame that would be next.
    #[must_use]
    pub fn part<'a>(self, reply: &'a [u8], assignment: &Assignment) -> &'a [u8] {
        let header_len = assignment.header_width.bytes();
        let len = match self {
            Self::Closing | Self::Resetting => 0,
            Self::InHeader => header_len / 2,
            Self::InPayload => header_len + reply.len().saturating_sub(header_len) / 2,
        };
        &reply[..len.min(reply.len())]
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

    #[test]
    fn sizes_follow_the_assignment() {
        let assignment = Assignment { removed_chars: 3, buffer_size: 100, ..Assignment::default() };
        assert_eq!(Size::Removed(1).chars(&assignment), 4);
        assert_eq!(Size::Buffer(-1).chars(&assignment), 99);
        assert_eq!(Size::ReplyBuffer(0).chars(&assignment), 103);
        assert_eq!(Size::FrameBuffer(0).chars(&assignment), 96);
    }
}
