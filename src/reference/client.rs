//! The client: sends messages, and receives their replies or the reason why there is none.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use thiserror::Error;
use tracing::debug;

use super::send::{SendError, send};
use super::text::{NotText, decode};
use crate::assignment::Assignment;
use crate::wire::{DecodeError, FrameReader, ReadError};

/// Why no message was received.
#[derive(Debug, Error)]
pub enum NotReceived {
    /// The server closed its side, and did so between two messages: nothing is missing from those before.
    #[error("server closed the connection")]
    Closed,
    /// The server closed its side inside a message, or declared a message that is too long.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The server reset the connection: it died, or closed before it had read all that it was sent.
    #[error("server reset the connection")]
    Reset,
    /// A whole message came, and it is no text. The next one can still be received.
    #[error("payload is no text")]
    NotText(#[from] NotText),
    /// Nothing came for as long as the stream waits. What had come is kept: receiving again goes on from there.
    #[error("server sent nothing in time")]
    TimedOut,
    /// The stream failed in another way.
    #[error("stream could not be read")]
    Io(#[source] io::Error),
}

impl From<ReadError> for NotReceived {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Decode(error) => Self::Decode(error),
            ReadError::Io(error) => match error.kind() {
                io::ErrorKind::ConnectionReset => Self::Reset,
                // Which of the two a read timeout is depends on the system.
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimedOut,
                _ => Self::Io(error),
            },
        }
    }
}

/// A connection to a server, over TCP or over any other stream `S`.
///
/// Messages may be sent ahead of their replies, which come in the same order.
#[derive(Debug)]
pub struct ReferenceClient<S = TcpStream> {
    frames: FrameReader<S>,
    assignment: Assignment,
}

impl ReferenceClient {
    /// Connects to the first of `addresses` that accepts.
    ///
    /// # Errors
    ///
    /// An address cannot be resolved, or no server there accepts connections.
    ///
    /// # Panics
    ///
    /// If the assignment's buffer size is 0.
    pub fn connect(addresses: impl ToSocketAddrs, assignment: &Assignment) -> io::Result<Self> {
        let stream = TcpStream::connect(addresses)?;
        // A message is complete when it is written; there is nothing to hold it back for.
        stream.set_nodelay(true)?;
        Ok(Self::over(stream, assignment))
    }
}

impl<S> ReferenceClient<S> {
    /// The stream underneath: to set a timeout, say, or to close the sending side alone.
    pub fn get_ref(&self) -> &S {
        self.frames.get_ref()
    }

    /// Closes the connection, at once and even if replies are still to come.
    ///
    /// This is what dropping the client does, under the name that the assignment gives it.
    pub fn shutdown(self) {}
}

impl<S: Read + Write> ReferenceClient<S> {
    /// Speaks over `stream`, which is connected and on which nothing was sent yet.
    ///
    /// # Panics
    ///
    /// If the assignment's buffer size is 0.
    pub fn over(stream: S, assignment: &Assignment) -> Self {
        Self { frames: FrameReader::new(stream, assignment), assignment: *assignment }
    }

    /// Sends `message`, in one write.
    ///
    /// That it was sent does not mean that the server reads it: a connection that the server has closed is
    /// known to be closed only some time after the first message into it.
    ///
    /// # Errors
    ///
    /// A [`SendError`]. After [`SendError::Io`] the server may hold half a message, so the connection is of no
    /// more use for sending.
    pub fn send_message(&mut self, message: &str) -> Result<(), SendError> {
        send(self.frames.get_mut(), message, &self.assignment)?;
        debug!(payload_bytes = message.len(), "message sent");
        Ok(())
    }

    /// Receives the next message, waiting for as long as the stream does.
    ///
    /// # Errors
    ///
    /// The reason why there is none: [`NotReceived`].
    pub fn receive_message(&mut self) -> Result<String, NotReceived> {
        let payload = self.frames.next_frame()?.ok_or(NotReceived::Closed)?;
        debug!(payload_bytes = payload.len(), "message received");
        Ok(decode(payload, self.assignment.charset)?.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::simulated::{Simulated, assignments, frame, frames, messages, piece_lens};
    use super::*;
    use crate::assignment::HeaderWidth;
    use crate::wire::EncodeError;

    fn client(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> ReferenceClient<Simulated> {
        ReferenceClient::over(Simulated::new(pieces), &Assignment::default())
    }

    #[test]
    fn a_message_is_one_write() {
        let mut client = client([]);
        client.send_message("").unwrap();
        client.send_message(&"é".repeat(50_000)).unwrap();
        let lens: Vec<_> = client.get_ref().written.iter().map(Vec::len).collect();
        assert_eq!(lens, [4, 100_004]);
    }

    #[test]
    fn a_message_that_does_not_fit_is_not_sent_in_part() {
        let assignment = Assignment { header_width: HeaderWidth::Two, ..Assignment::default() };
        let mut client = ReferenceClient::over(Simulated::new([]), &assignment);
        let error = client.send_message(&"a".repeat(65_536)).unwrap_err();
        assert!(matches!(error, SendError::Encode(EncodeError::TooLong { len: 65_536, max: 65_535 })));
        client.send_message("fits").unwrap();
        assert_eq!(client.get_ref().written, [b"\0\x04fits"]);
    }

    #[test]
    fn an_end_says_where_it_came() {
        use DecodeError::{EndedInHeader, EndedInPayload};
        let closed = client([]).receive_message().unwrap_err();
        assert!(matches!(closed, NotReceived::Closed), "{closed:?}");
        for (bytes, wanted) in [
            (&b"\0"[..], EndedInHeader { got: 1, wanted: 4 }),
            (b"\0\0\0\x03", EndedInPayload { got: 0, wanted: 3 }),
            (b"\0\0\0\x03ab", EndedInPayload { got: 2, wanted: 3 }),
        ] {
            let reason = client([Ok(bytes.to_vec())]).receive_message().unwrap_err();
            assert!(matches!(&reason, NotReceived::Decode(error) if *error == wanted), "{reason:?}");
        }
    }

    #[test]
    fn failures_of_the_stream_are_told_apart() {
        use io::ErrorKind::{ConnectionReset, NotConnected, TimedOut, WouldBlock};
        let reason = |kind: io::ErrorKind| client([Err(kind.into())]).receive_message().unwrap_err();
        assert!(matches!(reason(ConnectionReset), NotReceived::Reset));
        assert!(matches!(reason(TimedOut), NotReceived::TimedOut));
        assert!(matches!(reason(WouldBlock), NotReceived::TimedOut));
        assert!(matches!(reason(NotConnected), NotReceived::Io(error) if error.kind() == NotConnected));
    }

    #[test]
    fn after_a_timeout_receiving_goes_on() {
        let mut client =
            client([Ok(b"\0\0\0\x03a".to_vec()), Err(io::ErrorKind::TimedOut.into()), Ok(b"bc".to_vec())]);
        client.receive_message().unwrap_err();
        assert_eq!(client.receive_message().unwrap(), "abc");
    }

    #[test]
    fn after_a_payload_that_is_not_utf8_the_next_is_received() {
        let assignment = Assignment::default();
        let mut client = client([Ok(frame(b"a\xff", &assignment)), Ok(frame(b"next", &assignment))]);
        let reason = client.receive_message().unwrap_err();
        assert!(matches!(reason, NotReceived::NotText(error) if error.valid_up_to() == 1));
        assert_eq!(client.receive_message().unwrap(), "next");
    }

    proptest! {
        #[test]
        fn what_is_received_does_not_depend_on_how_it_arrives(
            assignment in assignments(),
            messages in messages(),
            piece_lens in piece_lens(),
        ) {
            let input = frames(messages.iter().map(String::as_str), &assignment);
            let mut client = ReferenceClient::over(Simulated::in_pieces(&input, &piece_lens), &assignment);
            for message in &messages {
                prop_assert_eq!(&client.receive_message()?, message);
            }
            prop_assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
        }

        #[test]
        fn what_is_sent_is_framed(assignment in assignments(), messages in messages()) {
            let mut client = ReferenceClient::over(Simulated::new([]), &assignment);
            for message in &messages {
                client.send_message(message)?;
            }
            let sent = client.get_ref().written.concat();
            prop_assert_eq!(sent, frames(messages.iter().map(String::as_str), &assignment));
        }
    }
}
