//! A connection without a socket: what the harness does at its end is known beforehand.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::limits::{ENDS_IN_A_ROW_MAX, READ_AT_ONCE_MAX};
use crate::silence::{BlockedIn, KnownBy};

/// Something that the harness does at its end of a connection.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// It sends bytes whose last one ends a read of the other side.
    Piece(Arc<[u8]>),
    /// It sends nothing for longer than any timeout.
    Pause,
    /// It tells the server to stop.
    Stop,
    /// It says that it sends no more.
    End,
    /// It resets the connection.
    Broken,
}

/// What no prediction can know: how much a read brings of a long piece, and how much a send takes. A prediction
/// that comes out differently for the one and the other is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferSizes {
    /// As much as possible.
    Greedy,
    /// Rather little.
    Short,
    /// As much as possible is read, and sends are taken until so many bytes have been in all.
    SentUntil(usize),
}

impl TransferSizes {
    /// What a read for `wanted` bytes brings of a piece of `len`.
    fn read(self, wanted: usize, len: usize) -> usize {
        const LITTLE: usize = 700;
        if self == Self::Short && len > READ_AT_ONCE_MAX { wanted.min(LITTLE) } else { wanted }
    }

    /// What a send of `len` bytes takes after so many that were sent before.
    const fn send(self, len: usize, before: usize) -> usize {
        const LITTLE: usize = 3000;
        match self {
            Self::Short if len > READ_AT_ONCE_MAX => LITTLE,
            Self::SentUntil(end) if before < end && end < before + len => end - before,
            _ => len,
        }
    }
}

/// What a send meets once the harness has closed its end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// Nobody takes what is sent after so many bytes: the first send succeeds, and is answered with a reset.
    Closed { taken_len: usize },
    /// The connection was reset, which the next send finds out.
    Reset,
    /// That is known: every send fails.
    Broken,
}

/// The end of a connection that a program has in its hands.
#[derive(Debug)]
pub(super) struct SimulatedStream {
    inputs: VecDeque<Input>,
    /// How many have been in front of those that are left.
    passed: usize,
    /// How much of the piece in front has been read.
    read_len: usize,
    sizes: TransferSizes,
    /// Whether the connection is reset while a send that is too long for the kernel's buffers still waits for the peer
    /// to read.
    breaks_while_sending: bool,
    /// Whether that has happened.
    pub(super) broke_while_sending: bool,
    /// How much of what was sent the harness may have taken before it resets such a connection.
    pub(super) taken_len: usize,
    pub(super) gone: Option<Gone>,
    ends: u32,
    /// Everything that was sent.
    pub(super) written: Vec<u8>,
    /// How it would show that the program waits for something that will not come, if it does. The simulation then unwinds it,
    /// by failing its reads and writes; what it does while it unwinds is ignored.
    pub(super) halted: Option<KnownBy>,
    /// Whether that is because it has connected a second time, and nobody takes that connection.
    pub(super) has_caller: bool,
    /// Whether the program has closed it.
    pub(super) closed: bool,
    /// Becomes false when the server is told to stop.
    pub(super) keep_running: Arc<AtomicBool>,
}

/// How far a program has got with a stream that it still has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    passed: usize,
    read_len: usize,
    ends: u32,
    gone: Option<Gone>,
    broke_while_sending: bool,
    taken_len: usize,
    /// How much it had sent.
    pub(super) written_len: usize,
}

impl SimulatedStream {
    pub(super) fn new(
        inputs: impl IntoIterator<Item = Input>,
        sizes: TransferSizes,
        breaks_while_sending: bool,
    ) -> Self {
        Self {
            inputs: inputs.into_iter().collect(),
            passed: 0,
            read_len: 0,
            sizes,
            breaks_while_sending,
            broke_while_sending: false,
            taken_len: 0,
            gone: None,
            ends: 0,
            written: Vec::new(),
            halted: None,
            has_caller: false,
            closed: false,
            keep_running: Arc::new(AtomicBool::new(true)),
        }
    }

    /// How far the program has got.
    pub(super) const fn mark(&self) -> Mark {
        let Self { passed, read_len, ends, gone, broke_while_sending, taken_len, .. } = *self;
        Mark { passed, read_len, ends, gone, broke_while_sending, taken_len, written_len: self.written.len() }
    }

    /// The stream as it was with this mark, when this had been sent, for a program that has used nothing of it yet.
    pub(super) fn at(mut self, mark: Mark, written: Vec<u8>) -> Self {
        let Mark { passed, read_len, ends, gone, broke_while_sending, taken_len, .. } = mark;
        self.inputs.drain(..passed);
        Self { passed, read_len, ends, gone, broke_while_sending, taken_len, written, ..self }
    }

    fn pass(&mut self) {
        self.inputs.pop_front();
        self.passed += 1;
    }

    /// The harness does something more.
    pub(super) fn push(&mut self, input: Input) {
        self.inputs.push_back(input);
    }

    /// How many bytes lie unread.
    pub(super) fn unread(&self) -> usize {
        let sent: usize = self
            .inputs
            .iter()
            .map(|input| if let Input::Piece(bytes) = input { bytes.len() } else { 0 })
            .sum();
        sent - self.read_len
    }

    fn halt<T>(&mut self, known_by: KnownBy) -> io::Result<T> {
        self.halted.get_or_insert(known_by);
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Read for SimulatedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.halted.is_none() {
            match self.inputs.front() {
                Some(Input::Piece(bytes)) => {
                    let left = &bytes[self.read_len..];
                    if !left.is_empty() {
                        let len = self.sizes.read(buffer.len().min(left.len()), bytes.len());
                        let len = len.min(left.len());
                        buffer[..len].copy_from_slice(&left[..len]);
                        self.read_len += len;
                        return Ok(len);
                    }
                    self.read_len = 0;
                }
                Some(Input::Pause) => {
                    // A program without a timeout goes on waiting.
                    self.pass();
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Some(Input::Stop) => self.keep_running.store(false, Ordering::Relaxed),
                Some(Input::End) => {
                    self.ends += 1;
                    if self.ends <= ENDS_IN_A_ROW_MAX {
                        return Ok(0);
                    }
                    return self.halt(KnownBy::Spinning);
                }
                Some(Input::Broken) => return Err(io::ErrorKind::ConnectionReset.into()),
                None => break,
            }
            self.pass();
        }
        self.halt(KnownBy::Blocked(BlockedIn::Recv))
    }
}

impl Write for SimulatedStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.halted.is_some() {
            return self.halt(KnownBy::Deadline);
        }
        // Until everything has been read, the harness takes what comes.
        if self.breaks_while_sending && buffer.len() > READ_AT_ONCE_MAX && self.unread() == 0 {
            self.broke_while_sending = true;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        match self.gone {
            Some(Gone::Closed { taken_len }) if self.written.len() >= taken_len => {
                self.gone = Some(Gone::Broken);
                return Ok(buffer.len());
            }
            Some(Gone::Reset) => {
                self.gone = Some(Gone::Broken);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Some(Gone::Broken) => return Err(io::ErrorKind::BrokenPipe.into()),
            Some(Gone::Closed { .. }) | None => {}
        }
        let len = self.sizes.send(buffer.len(), self.written.len());
        self.written.extend_from_slice(&buffer[..len]);
        // What is left does not fit into the kernel's buffers: the harness is still sending, and takes what comes once that would
        // go no further.
        if self.breaks_while_sending && self.unread() > READ_AT_ONCE_MAX {
            self.taken_len = self.written.len();
        }
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
