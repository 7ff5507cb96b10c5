//! The server: receives messages, does to each what the assignment says, and sends back what comes of it.

use std::error::Error as StdError;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};

use rustix::event::{PollFlags, Timespec};
use thiserror::Error;
use tracing::{debug, info, info_span, warn};

use super::send::{SendError, send};
use super::stop::{Interruptible, StopHandle, StopSignal, Woken};
use super::text::{NotText, decode, reply};
use crate::assignment::Assignment;
use crate::wire::{FrameReader, ReadError};

/// How long the server leaves clients waiting when the system has no descriptor or memory for one more.
const SHORTAGE_PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Why a conversation ended otherwise than by the client closing its side between two messages.
#[derive(Debug, Error)]
pub enum ConversationError {
    /// The stream failed, ended inside a message, or declared a message that is too long.
    #[error("message could not be received")]
    Receive(#[from] ReadError),
    /// A payload is no text, so that nothing can be made of its characters.
    #[error("payload is no text")]
    NotText(#[from] NotText),
    /// The client no longer takes replies.
    #[error("reply could not be sent")]
    Send(#[from] SendError),
}

/// Has the conversation with one client: answers each message, in order and in one write, until the client
/// closes its side.
///
/// A client that closes its sending side only still gets all of its replies, since the end of a stream comes
/// after everything sent on it. This opens no socket and reads no clock: `stream` may as well be simulated.
///
/// # Errors
///
/// A [`ConversationError`]. Whatever was answered before it has been sent; nothing that comes after it can be
/// made sense of, so the connection is of no more use.
///
/// # Panics
///
/// If the assignment's buffer size is 0.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use lengthwise::{Assignment, reference::serve};
///
/// let mut stream = Cursor::new(b"\0\0\0\x1eFour score and seven years ago".to_vec());
/// serve(&mut stream, &Assignment::default())?;
/// assert_eq!(&stream.into_inner()[34..], b"\0\0\0\x14 and seven years ago");
/// # Ok::<(), lengthwise::reference::ConversationError>(())
/// ```
pub fn serve(stream: impl Read + Write, assignment: &Assignment) -> Result<(), ConversationError> {
    let mut frames = FrameReader::new(stream, assignment);
    while let Some((payload, stream)) = frames.next_frame_and_reader()? {
        let message = decode(payload, assignment.charset)?;
        let reply = reply(assignment.work, &message);
        send(stream, &reply, assignment)?;
        debug!(received_bytes = payload.len(), sent_chars = reply.chars().count(), "message served");
    }
    Ok(())
}

/// Serves one client at a time, over TCP, until it is told to stop.
///
/// ```
/// use std::thread;
/// use lengthwise::{Assignment, ReferenceClient, ReferenceServer};
///
/// let assignment = Assignment::default();
/// let mut server = ReferenceServer::bind("127.0.0.1:0", assignment)?;
/// let (address, stop) = (server.local_addr()?, server.stop_handle());
/// let serving = thread::spawn(move || server.start());
///
/// let mut client = ReferenceClient::connect(address, &assignment)?;
/// client.send_message("Four score and seven years ago")?;
/// assert_eq!(client.receive_message()?, " and seven years ago");
///
/// stop.stop();
/// serving.join().unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReferenceServer {
    listener: TcpListener,
    assignment: Assignment,
    stop: StopSignal,
}

impl ReferenceServer {
    /// Listens on the first of `addresses` that can be listened on.
    ///
    /// Clients can connect from here on, and are served once the server starts: nobody can come too early.
    /// Port 0 has the system choose a free port, which [`local_addr`](Self::local_addr) tells. An address that
    /// was in use until just now can be had again at once.
    ///
    /// # Errors
    ///
    /// An address cannot be resolved, is not this machine's, is in use, or needs privileges.
    pub fn bind(addresses: impl ToSocketAddrs, assignment: Assignment) -> io::Result<Self> {
        // On Unix this sets SO_REUSEADDR.
        let listener = TcpListener::bind(addresses)?;
        // A client may be gone between the wait for it and the accept, which must then not wait for another.
        listener.set_nonblocking(true)?;
        Ok(Self { listener, assignment, stop: StopSignal::new()? })
    }

    /// The address that the server listens on.
    ///
    /// # Errors
    ///
    /// The system does not tell it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What stops this server, while it runs or before it does.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.handle()
    }

    /// Serves one client after another until the server is told to stop, which it then remains.
    ///
    /// However a client leaves, the next is served. Those that connect meanwhile wait for their turn. A stop
    /// takes effect at once, whether the server waits for a client, for a message, or for a client that does
    /// not read its replies.
    ///
    /// # Errors
    ///
    /// The system cannot wait for the sockets. Nothing that a client does is an error here.
    ///
    /// # Panics
    ///
    /// If the assignment's buffer size is 0.
    pub fn start(&mut self) -> io::Result<()> {
        while let Some((stream, address)) = self.accept()? {
            let _span = info_span!("client", %address).entered();
            info!("client accepted");
            match self.converse(&stream) {
                Ok(()) => info!("client left"),
                Err(ConversationError::NotText(error)) => warn!(%error, "payload refused"),
                Err(error) => info!(error = &error as &dyn StdError, "conversation ended by an error"),
            }
        }
        Ok(())
    }

    /// Stops listening and releases the address; clients that were never accepted are reset.
    ///
    /// This is what dropping the server does, under the name that the assignment gives it.
    pub fn shutdown(self) {}

    /// The next client, or `None` if the server is told to stop first.
    fn accept(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        while self.stop.wait_for(&self.listener, PollFlags::IN)? == Woken::Ready {
            match self.listener.accept() {
                Ok(accepted) => return Ok(Some(accepted)),
                Err(error) if concerns_one_client(&error) => debug!(%error, "client left unaccepted"),
                Err(error) => {
                    // The client is still there to be accepted, so without a pause this would try, and fail,
                    // without end.
                    warn!(%error, "client not accepted yet");
                    self.stop.wait_at_most(&SHORTAGE_PAUSE)?;
                }
            }
        }
        Ok(None)
    }

    fn converse(&self, stream: &TcpStream) -> Result<(), ConversationError> {
        // A reply is complete when it is written; there is nothing to hold it back for.
        stream.set_nodelay(true).map_err(ReadError::Io)?;
        let stream = Interruptible::new(stream, &self.stop).map_err(ReadError::Io)?;
        serve(stream, &self.assignment)
    }
}

/// Whether `error`, from an accept, ends with the client that it was about.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
    matches!(error.kind(), ConnectionAborted | Interrupted | WouldBlock)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::simulated::{Simulated, assignments, frame, frames, messages, piece_lens};
    use super::*;
    use crate::wire::DecodeError;

    #[test]
    fn a_reply_is_one_write() {
        let assignment = Assignment::default();
        let input = frames(["", "Four score and seven years ago", &"long".repeat(100_000)], &assignment);
        let mut stream = Simulated::in_pieces(&input, &[1000]);
        serve(&mut stream, &assignment).unwrap();
        let lens: Vec<_> = stream.written.iter().map(Vec::len).collect();
        assert_eq!(lens, [4, 24, 399_994]);
    }

    #[test]
    fn a_payload_that_is_not_utf8_ends_the_conversation_after_what_came_before() {
        let assignment = Assignment::default();
        let input = [
            frame(b"a first message", &assignment),
            frame(b"0123456789\xff", &assignment),
            frame(b"a third message", &assignment),
        ];
        let mut stream = Simulated::in_pieces(&input.concat(), &[usize::MAX]);
        let error = serve(&mut stream, &assignment).unwrap_err();
        assert!(matches!(error, ConversationError::NotText(error) if error.valid_up_to() == 10));
        assert_eq!(stream.written, [frame(b"ssage", &assignment)]);
    }

    #[test]
    fn a_payload_over_the_limit_is_refused_unread() {
        let assignment = Assignment { payload_len_max: 5, ..Assignment::default() };
        let mut stream = Simulated::in_pieces(b"\0\0\0\x06", &[4]);
        let error = serve(&mut stream, &assignment).unwrap_err();
        let ConversationError::Receive(ReadError::Decode(error)) = error else { panic!("{error:?}") };
        assert_eq!(error, DecodeError::TooLong { declared: 6, max: 5 });
    }

    #[test]
    fn a_stream_that_takes_no_reply_ends_the_conversation() {
        let assignment = Assignment::default();
        let mut stream = Simulated::in_pieces(&frames(["first", "second"], &assignment), &[usize::MAX]);
        stream.write_len_max = 0;
        let error = serve(&mut stream, &assignment).unwrap_err();
        let ConversationError::Send(SendError::Io(error)) = error else { panic!("{error:?}") };
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
        assert_eq!(stream.written.len(), 1, "nothing is sent after a reply that could not be");
    }

    proptest! {
        #[test]
        fn replies_do_not_depend_on_how_messages_arrive_or_replies_leave(
            assignment in assignments(),
            messages in messages(),
            piece_lens in piece_lens(),
            write_len_max in 1..100_usize,
        ) {
            let input = frames(messages.iter().map(String::as_str), &assignment);
            let mut stream = Simulated::in_pieces(&input, &piece_lens);
            stream.write_len_max = write_len_max;
            serve(&mut stream, &assignment)?;
            let removed = assignment.work.removed_chars();
            let replies: Vec<String> =
                messages.iter().map(|message| message.chars().skip(removed).collect()).collect();
            prop_assert_eq!(stream.written.concat(), frames(replies.iter().map(String::as_str), &assignment));
        }

        #[test]
        fn whole_messages_are_answered_wherever_the_stream_ends(
            assignment in assignments(),
            messages in messages(),
            piece_lens in piece_lens(),
            end in any::<prop::sample::Index>(),
        ) {
            let input = frames(messages.iter().map(String::as_str), &assignment);
            let end = end.index(input.len() + 1);
            let mut ends = vec![0];
            for message in &messages {
                ends.push(ends.last().unwrap() + assignment.header_width.bytes() + message.len());
            }
            let mut stream = Simulated::in_pieces(&input[..end], &piece_lens);
            let served = serve(&mut stream, &assignment);
            prop_assert_eq!(served.is_ok(), ends.contains(&end), "{:?}", served);
            prop_assert_eq!(stream.written.len(), ends.iter().filter(|&&whole| 0 < whole && whole <= end).count());
        }
    }
}
