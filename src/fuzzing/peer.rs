//! The other end of a conversation, in memory: what it sends, when, and what becomes of what is sent to it.

use std::io::{self, IoSlice, Read, Write};

use arbitrary::{Result, Unstructured};

use super::stream::assignment;
use crate::assignment::{Assignment, Charset, Work};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::scenario::{Case, Reading, Sending, Tier};

/// What one read comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// So many of the bytes that are left, if there is room for them.
    Bytes(usize),
    /// An error. The next read goes on.
    Error(io::ErrorKind),
}

/// A stream whose reads and writes go as an input says. After the events, all that is left can be read, and then the end, or a reset.
#[derive(Debug)]
pub(super) struct Peer<'d> {
    events: &'d [u8],
    incoming: &'d [u8],
    /// How many bytes were read of it.
    pub(super) delivered: usize,
    /// Whether it is reset after the last byte, instead of closed.
    ends_with_reset: bool,
    /// The error that the last read came to, if it did, or that it came to the end.
    pub(super) last: Option<Last>,
    pub(super) written: Vec<u8>,
    /// The most that one write takes.
    write_len_max: usize,
    /// After so many bytes the stream takes no more.
    pub(super) taken_max: usize,
    /// Whether the next write is interrupted.
    interrupts: bool,
    /// How much had been written when each read was asked for, beside how much had been read by then.
    pub(super) asked: Vec<(usize, usize)>,
}

/// What the last read brought that were no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Error(io::ErrorKind),
    End,
}

/// How a stream fails that takes no more.
pub(super) const GONE: io::ErrorKind = io::ErrorKind::BrokenPipe;

impl<'d> Peer<'d> {
    /// Reads off an input how the peer behaves.
    pub(super) fn new(input: &mut Unstructured<'d>) -> Result<Self> {
        let [write_len_max, ends, taken_max]: [u8; 3] = input.arbitrary()?;
        let events: u8 = input.arbitrary()?;
        let events = input.bytes(usize::from(events).min(input.len()))?;
        Ok(Self {
            events,
            incoming: &[],
            delivered: 0,
            ends_with_reset: ends & 1 != 0,
            last: None,
            written: Vec::new(),
            write_len_max: usize::from(write_len_max) + 1,
            // Most take everything.
            taken_max: if ends & 2 == 0 { usize::MAX } else { taken_max.into() },
            interrupts: ends & 4 != 0,
            asked: Vec::new(),
        })
    }

    /// The same peer, which sends this.
    pub(super) fn sending(self, incoming: &'d [u8]) -> Self {
        Self { incoming, ..self }
    }

    /// All that it sends.
    pub(super) const fn incoming(&self) -> &'d [u8] {
        self.incoming
    }

    fn next_event(&mut self) -> Event {
        let Some((event, rest)) = self.events.split_first() else { return Event::Bytes(usize::MAX) };
        self.events = rest;
        match event {
            0 => Event::Error(io::ErrorKind::Interrupted),
            255 => Event::Error(io::ErrorKind::TimedOut),
            254 => Event::Error(io::ErrorKind::WouldBlock),
            253 => Event::Error(io::ErrorKind::ConnectionReset),
            len => Event::Bytes(usize::from(*len)),
        }
    }

    fn take(&mut self, len: usize) -> io::Result<usize> {
        if std::mem::take(&mut self.interrupts) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let room = self.taken_max - self.written.len();
        if room == 0 && len > 0 {
            return Err(GONE.into());
        }
        Ok(len.min(self.write_len_max).min(room))
    }
}

impl Read for Peer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.asked.push((self.delivered, self.written.len()));
        match self.next_event() {
            Event::Error(kind) => {
                self.last = Some(Last::Error(kind));
                Err(kind.into())
            }
            Event::Bytes(len) => {
                let rest = &self.incoming[self.delivered..];
                if rest.is_empty() && self.ends_with_reset {
                    self.last = Some(Last::Error(io::ErrorKind::ConnectionReset));
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                self.last = rest.is_empty().then_some(Last::End);
                let len = rest.len().min(len).min(buffer.len());
                buffer[..len].copy_from_slice(&rest[..len]);
                self.delivered += len;
                Ok(len)
            }
        }
    }
}

impl Write for Peer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.take(bytes.len())?;
        self.written.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut left = self.take(parts.iter().map(|part| part.len()).sum())?;
        let all = left;
        for part in parts {
            let len = part.len().min(left);
            self.written.extend_from_slice(&part[..len]);
            left -= len;
        }
        Ok(all)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An assignment of any kind, of four bytes of an input.
pub(super) fn any_assignment(input: &mut Unstructured<'_>) -> Result<Assignment> {
    let [settings, buffer_size, kind, count]: [u8; 4] = input.arbitrary()?;
    let count = usize::from(count) % 32;
    let work = match kind % 5 {
        0 => Work::RemoveFront(count),
        1 => Work::RemoveBack(count),
        2 => Work::Echo,
        3 => Work::Uppercase,
        _ => Work::Reverse,
    };
    let charset = Charset::ALL[usize::from(kind / 5) % Charset::ALL.len()];
    Ok(Assignment { work, charset, ..assignment(settings, buffer_size) })
}

/// The text that a payload is, worked out one byte at a time where a byte is a character.
pub(super) fn text(payload: &[u8], charset: Charset) -> Option<String> {
    match charset {
        Charset::Utf8 => std::str::from_utf8(payload).ok().map(str::to_owned),
        Charset::Ascii => payload.iter().map(|byte| byte.is_ascii().then_some(char::from(*byte))).collect(),
        Charset::Latin1 | Charset::Bytes => Some(payload.iter().copied().map(char::from).collect()),
    }
}

/// A case of nothing but its assignment, which knows what replies the judge expects.
pub(super) const fn expecting(assignment: Assignment) -> Case {
    Case {
        id: String::new(),
        title: String::new(),
        tier: Tier::Hardening,
        rule: Rule::Work,
        assignment,
        delivery: Delivery::Whole,
        sending: Sending::AtOnce,
        reading: Reading::AtOnce,
        seed: 0,
        actions: Vec::new(),
    }
}
