//! Passing bytes between a client and a server under test.
//!
//! Each of the two has a connection to the harness, which takes what comes at once and passes it on when it decides to: what
//! is read together is then the same on every run.

use std::io;
use std::net::TcpStream;

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, read};
use rustix::net::{SendFlags, send};

use super::Timing;
use super::connection::acknowledge;
use super::ending;
use crate::conversation::Ending;
use crate::os::silence::ConnectionAddresses;
use crate::os::sock_diag::TcpState;

/// Never blocks; see `pace`.
#[cfg(target_os = "linux")]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(not(target_os = "linux"))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;

/// The most that one read takes, in bytes.
const CHUNK_LEN: usize = 64 << 10;

/// A client's connection to the harness, and the one to the server that the harness has made in its place.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) client: Leg,
    pub(super) server: Leg,
}

/// The harness's end of a connection to one of the two programs.
#[derive(Debug)]
pub(super) struct Leg {
    /// Nothing once the harness has reset the connection.
    stream: Option<TcpStream>,
    /// What has come, and how much of that was passed on.
    held: Vec<u8>,
    passed_len: usize,
    ended: Option<Ending>,
    has_passed_end: bool,
}

impl Relay {
    /// Passes between a client and a server that nothing was sent to yet.
    pub(super) fn new(client: TcpStream, server: TcpStream) -> io::Result<Self> {
        Ok(Self { client: Leg::new(client)?, server: Leg::new(server)? })
    }

    /// Takes what has come from either side, without waiting. More than so many bytes are not held. Tells whether anything
    /// has come.
    pub(super) fn take(&mut self, held_max: usize) -> bool {
        self.client.take(held_max) | self.server.take(held_max)
    }

    /// Passes on what the client has sent. Tells whether anything could be.
    pub(super) fn pass_to_server(&mut self) -> bool {
        self.client.pass(&mut self.server)
    }

    /// Passes on what the server has sent. Tells whether anything could be.
    pub(super) fn pass_to_client(&mut self) -> bool {
        self.server.pass(&mut self.client)
    }

    /// The connections that are open.
    pub(super) fn open_ends(&self) -> impl Iterator<Item = ConnectionAddresses> {
        [&self.client, &self.server].into_iter().filter_map(Leg::ends)
    }

    /// What to wait for until something can be taken, or passed on where that is to be done.
    pub(super) fn pollable(&self, held_max: usize, passes: bool) -> impl Iterator<Item = PollFd<'_>> {
        let client = self.client.pollable(held_max, passes && !self.server.held.is_empty());
        let server = self.server.pollable(held_max, passes && !self.client.held.is_empty());
        [client, server].into_iter().flatten()
    }
}

impl Leg {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Some(stream), held: Vec::new(), passed_len: 0, ended: None, has_passed_end: false })
    }

    fn take(&mut self, held_max: usize) -> bool {
        let Some(stream) = &self.stream else { return false };
        let mut has_come = false;
        let mut chunk = [0; CHUNK_LEN];
        while self.ended.is_none() && self.held.len() < held_max {
            match read(stream, &mut chunk) {
                Ok(0) => self.ended = Some(Ending::Closed),
                Ok(len) => self.held.extend_from_slice(&chunk[..len]),
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                Err(_) => self.ended = Some(Ending::Reset),
            }
            has_come = true;
        }
        if has_come {
            acknowledge(stream);
        }
        has_come
    }

    /// Passes on what has come from here: bytes first, and then how it ended.
    fn pass(&mut self, to: &mut Self) -> bool {
        let mut is_passed = false;
        while self.passed_len < self.held.len() {
            let sent =
                to.stream.as_ref().map(|stream| send(stream, &self.held[self.passed_len..], SEND_FLAGS));
            match sent {
                Some(Ok(len)) => {
                    self.passed_len += len;
                    is_passed = true;
                }
                Some(Err(Errno::AGAIN)) => return is_passed,
                Some(Err(Errno::INTR)) => {}
                // Nobody is there to read it.
                Some(Err(_)) | None => self.passed_len = self.held.len(),
            }
        }
        (self.held, self.passed_len) = (Vec::new(), 0);
        let Some(ending) = self.ended.filter(|_| !self.has_passed_end) else { return is_passed };
        self.has_passed_end = true;
        match ending {
            Ending::Closed => to.stream.iter().for_each(|stream| {
                // A connection that is gone already is closed in both directions.
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }),
            Ending::Reset => to.stream.take().into_iter().for_each(ending::reset),
        }
        true
    }

    /// Whether the program has ended the connection.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The ends of the connection, that of the program first, as long as it is open.
    fn ends(&self) -> Option<ConnectionAddresses> {
        let stream = self.stream.as_ref().filter(|_| self.ended.is_none())?;
        stream.peer_addr().ok().zip(stream.local_addr().ok())
    }

    fn pollable(&self, held_max: usize, sends: bool) -> Option<PollFd<'_>> {
        let takes = self.ended.is_none() && self.held.len() < held_max;
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, takes);
        flags.set(PollFlags::OUT, sends);
        let stream = self.stream.as_ref().filter(|_| !flags.is_empty())?;
        Some(PollFd::new(stream, flags))
    }

    /// Whether everything that the program has written until now has come, as far as the kernel shows it.
    pub(super) fn has_sent_all(&self, timing: &mut Timing) -> bool {
        let peer = self.stream.as_ref().and_then(|stream| timing.peer_state(stream));
        peer.is_none_or(|peer| peer.unacknowledged == 0)
    }

    /// Whether the program has ended the connection, or has read all that it was sent and waits for something.
    pub(super) fn is_idle(&self, timing: &mut Timing) -> bool {
        let Some(stream) = self.stream.as_ref().filter(|_| self.ended.is_none()) else { return true };
        timing.peer_state(stream).is_some_and(|peer| {
            let is_open = matches!(peer.tcp_state, TcpState::Established | TcpState::CloseWait);
            is_open && peer.unread == 0 && peer.inode != 0 && timing.holders.are_asleep(peer.inode)
        })
    }
}
