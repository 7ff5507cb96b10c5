//! The client: sends messages, and receives their replies or the reason why there is none.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::str::{self, Utf8Error};

use thiserror::Error;
use tracing::debug;

use super::send::{SendError, send};
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
    /// A whole message came, and it is not UTF-8. The next one can still be received.
    #[error("payload is not UTF-8")]
    NotUtf8(#[from] Utf8Error),
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
        Ok(str::from_utf8(payload)?.to_owned())
    }
}
