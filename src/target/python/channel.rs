//! The private channels to the adapter: one to the process that has imported the hand-in, one to each child.
//!
//! Frames in both directions are four bytes of length, a letter, and a text. The importing process is given orders of
//! five bytes instead, a letter and the number of a child: `f` with two descriptors, the child's channel and its output,
//! to start it; `t` to have it print where it is, and end; `e` to end it at once; `w` to look whether it has ended; `k`
//! to kill it where it has not; and `d` to kill it without an answer. It sends
//!
//! | letter | text | meaning |
//! | --- | --- | --- |
//! | `V` | the interpreter's version | it is there, and now imports |
//! | `I` | | the file is imported and the class found |
//! | `F` | a summary, a zero byte, details | the hand-in is at fault, and the process has ended |
//! | `R` | | the child of the last order runs |
//! | `E` | a wait status | the child has ended |
//! | `G` | a wait status | the child was gone before it was told to end |
//!
//! What travels to and from a child has a nonce behind its letter, 16 characters: each order brings one that nobody has seen
//! before, and its answer has to return it. An answer that was written before it was asked for, or beside the adapter's own,
//! is told apart by that.
//!
//! A child may first be told `o` (a file and a program, a zero byte between them) to run the program, which notes in the file
//! what is done with sockets. There is no answer. A child is told `c` (host, port and buffer size, zero bytes between them) to
//! construct an object; then a client `m` (a message) to send, `r` to receive and `s` to shut down, and a server `k` to
//! clear `keep_running`. It answers `D` for done, `P` (1 or 0 for received, then the payload), `W` (a value of the wrong
//! kind is returned; `B` if it is bytes for text, `S` if the two values are swapped, `T` if it is the text alone, `U` if there is no
//! text, `N` if there is nothing) or `X` (an
//! exception). A server adds `Y` when its `start()` has returned, and `Z` (how) when that has failed, with the nonce of its
//! construction.

use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, send, sendmsg};

use super::places::OwnNames;
use crate::assignment::Assignment;
use crate::os::run_delay::FairLimit;
use crate::target::pipe::{WriterThread, wait_readable};
use crate::wire::{self, FrameReader, ReadError};

/// The harness's end of a channel.
#[derive(Debug)]
pub(super) struct Channel {
    reader: FrameReader<NonBlocking>,
    /// Once the other side has been too slow to take what it was sent.
    writer: Option<WriterThread>,
    /// What the hand-in's files are called in texts.
    names: OwnNames,
    /// Where answers have to return a nonce.
    nonces: Option<Nonces>,
}

/// The nonces that answers may return.
#[derive(Debug, Default)]
struct Nonces {
    /// That of the order to construct an object.
    construction: String,
    /// That of the last order.
    last: String,
}

impl Nonces {
    /// How many characters a nonce has.
    const LEN: usize = 16;

    /// A nonce for an order.
    fn issue(&mut self, order: u8) -> &str {
        self.last = format!("{:0width$x}", rand::random::<u64>(), width = Self::LEN);
        if order == CONSTRUCT {
            self.construction.clone_from(&self.last);
        }
        &self.last
    }

    /// Whether an answer may return this nonce.
    fn expect(&self, answer: u8, nonce: &str) -> bool {
        let is_unasked = matches!(answer, b'Y' | b'Z');
        nonce == if is_unasked { &self.construction } else { &self.last }
    }
}

/// The order to construct an object.
pub(super) const CONSTRUCT: u8 = b'c';

/// The frame with a payload that `receive_message` has returned.
pub(super) const PAYLOAD: u8 = b'P';

/// What a wait for a frame came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Received {
    Frame {
        letter: u8,
        text: String,
    },
    /// None within that time.
    Pending,
    /// Bytes that the adapter does not send: the hand-in has found its channel.
    Malformed,
    /// An answer that was not asked for: the hand-in has written it in the adapter's place.
    Forged,
    Closed,
}

impl Channel {
    /// A channel whose frames are at most `len_max` bytes long and name files by `names`, and its other end.
    pub(super) fn pair(len_max: usize, names: OwnNames) -> io::Result<(Self, OwnedFd)> {
        let (own, other) = UnixStream::pair()?;
        let format = Assignment {
            buffer_size: 64 << 10,
            payload_len_max: u64::try_from(len_max).unwrap_or(u64::MAX),
            ..Assignment::default()
        };
        let reader = FrameReader::new(NonBlocking(own), &format);
        Ok((Self { reader, writer: None, names, nonces: None }, other.into()))
    }

    /// Has every order carry a nonce that its answer has to return.
    pub(super) fn with_nonces(self) -> Self {
        Self { nonces: Some(Nonces::default()), ..self }
    }

    /// What the hand-in's files are called in what it prints and what is said of it.
    pub(super) const fn names(&self) -> &OwnNames {
        &self.names
    }

    /// Sends a frame, without waiting until it is read: what the other side does not take at once is left to a thread.
    pub(super) fn send(&mut self, letter: u8, text: &str) -> io::Result<()> {
        let nonce = self.nonces.as_mut().map_or("", |nonces| nonces.issue(letter));
        let body = [&[letter], nonce.as_bytes(), text.as_bytes()].concat();
        let mut frame = wire::encode(&body, &Assignment::default()).map_err(io::Error::other)?;
        if let Some(writer) = &self.writer {
            return writer.write(frame);
        }
        let stream = &self.reader.get_ref().0;
        let sent = match send(stream, &frame, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            // That the other side is gone is seen where its answer is awaited.
            Err(_) => return Ok(()),
        };
        if sent == frame.len() {
            return Ok(());
        }
        let writer = WriterThread::start(stream.try_clone()?)?;
        writer.write(frame.split_off(sent))?;
        self.writer = Some(writer);
        Ok(())
    }

    /// Gives an order about a child, with descriptors that the other side gets copies of.
    pub(super) fn order(&self, letter: u8, child: u32, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut attached = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !attached.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let (letter, child) = ([letter], child.to_be_bytes());
        let order = [IoSlice::new(&letter), IoSlice::new(&child)];
        sendmsg(&self.reader.get_ref().0, &order, &mut attached, flags)?;
        Ok(())
    }

    /// Whether everything that was sent has been handed over to the system.
    pub(super) fn is_done(&self) -> bool {
        self.writer.as_ref().is_none_or(WriterThread::is_done)
    }

    /// Waits for the next frame from the process `pid`, for `limit` at most if it does not have to wait for a processor.
    pub(super) fn receive_from(&mut self, pid: u32, limit: Duration) -> Received {
        let begun = Instant::now();
        let mut limit = FairLimit::new(limit);
        loop {
            let pause = limit.pause(begun.elapsed(), || vec![pid].into());
            match self.receive(pause) {
                Received::Pending if !pause.is_zero() => {}
                received => return received,
            }
        }
    }

    /// Waits for the next frame, for `wait` at most.
    pub(super) fn receive(&mut self, wait: Duration) -> Received {
        let deadline = Instant::now() + wait;
        loop {
            match self.reader.next_frame() {
                Ok(Some([letter, text @ ..])) => {
                    let (letter, mut text) = (*letter, String::from_utf8_lossy(text).into_owned());
                    if let Some(nonces) = &self.nonces {
                        match text.split_at_checked(Nonces::LEN) {
                            Some((nonce, rest)) if nonces.expect(letter, nonce) => text = rest.to_owned(),
                            _ => return Received::Forged,
                        }
                    }
                    let text = if letter == PAYLOAD { text } else { self.names.put_into(text) };
                    return Received::Frame { letter, text };
                }
                Ok(Some([])) | Err(ReadError::Decode(_)) => return Received::Malformed,
                Ok(None) => return Received::Closed,
                Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !wait_readable(self.as_fd(), deadline) {
                        return Received::Pending;
                    }
                }
                Err(ReadError::Io(_)) => return Received::Closed,
            }
        }
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.get_ref().0.as_fd()
    }
}

/// Reads what is there and never waits; writing, which is done elsewhere, may.
#[derive(Debug)]
struct NonBlocking(UnixStream);

impl Read for NonBlocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (len, _) = recv(&self.0, buffer, RecvFlags::DONTWAIT)?;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn frames_are_received_whole_and_a_silent_side_is_left_pending() {
        let (mut channel, other) = Channel::pair(100, OwnNames::default()).unwrap();
        let mut other = UnixStream::from(other);
        assert_eq!(channel.receive(Duration::ZERO), Received::Pending);
        other.write_all(b"\0\0\0\x04Dab").unwrap();
        assert_eq!(channel.receive(Duration::ZERO), Received::Pending);
        other.write_all(b"c").unwrap();
        let frame = Received::Frame { letter: b'D', text: "abc".into() };
        assert_eq!(channel.receive(PATIENCE), frame);
        drop(other);
        assert_eq!(channel.receive(PATIENCE), Received::Closed);
    }

    #[test]
    fn what_is_no_frame_is_malformed() {
        for bytes in [b"\0\0\0\0", b"\xFF\xFF\xFF\xFF"] {
            let (mut channel, other) = Channel::pair(100, OwnNames::default()).unwrap();
            UnixStream::from(other).write_all(bytes).unwrap();
            assert_eq!(channel.receive(PATIENCE), Received::Malformed);
        }
    }

    #[test]
    fn an_answer_returns_the_nonce_of_the_last_order_and_no_other() {
        let (channel, other) = Channel::pair(100, OwnNames::default()).unwrap();
        let (mut channel, mut other) = (channel.with_nonces(), UnixStream::from(other));
        let mut order = |channel: &mut Channel, letter| {
            channel.send(letter, "").unwrap();
            let mut frame = [0; 4 + 1 + Nonces::LEN];
            io::Read::read_exact(&mut other, &mut frame).unwrap();
            frame
        };
        let construct = order(&mut channel, CONSTRUCT);
        let receive = order(&mut channel, b'r');
        assert_ne!(construct[5..], receive[5..]);

        let mut answer = |letter: u8, order: &[u8; 21]| {
            let mut frame = *order;
            frame[4] = letter;
            other.write_all(&frame).unwrap();
            channel.receive(PATIENCE)
        };
        assert_eq!(answer(b'D', &receive), Received::Frame { letter: b'D', text: String::new() });
        assert_eq!(answer(b'D', &construct), Received::Forged);
        assert_eq!(answer(b'Y', &construct), Received::Frame { letter: b'Y', text: String::new() });
        other.write_all(b"\0\0\0\x01D").unwrap();
        assert_eq!(channel.receive(PATIENCE), Received::Forged);
    }

    #[test]
    fn what_is_sent_needs_no_reader() {
        let (mut channel, other) = Channel::pair(100, OwnNames::default()).unwrap();
        channel.send(b'm', &"x".repeat(4 << 20)).unwrap();
        drop(other);
    }
}
