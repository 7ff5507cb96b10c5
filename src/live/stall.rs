//! Reading slowly, so that the other side finds that what it sends is not taken.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;
use socket2::SockRef;

use crate::limits::SLOW_BUFFER_LEN;
use crate::os::sock_diag::ConnectionState;
use crate::os::wait::wait_until;

/// The longest segment that such a connection takes: that of an Ethernet. On a loopback interface segments are so
/// long that the kernel would keep megabytes for the other side.
const SEGMENT_LEN: u32 = 1448;

/// How long nothing may move until it is taken to stand still: longer than a busy machine mostly lets a program
/// wait for its turn.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long the first byte of a client is waited for.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Gives a socket, or the connections that a listening one will take, buffers that are soon full.
pub(super) fn shrink_buffers(socket: &impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_recv_buffer_size(SLOW_BUFFER_LEN)?;
    socket.set_send_buffer_size(SLOW_BUFFER_LEN)?;
    socket.set_tcp_mss(SEGMENT_LEN)
}

/// Sees when a connection stands still: bytes lie ready that are not read, and since then nothing has moved in
/// either direction. Once seen, it holds.
#[derive(Debug)]
pub(super) struct Stall {
    figures: Figures,
    since: Instant,
    is_reached: bool,
}

/// What lies unread on the harness's side; and what the other side has received, has not read, and could not send.
type Figures = (u64, Option<(Option<u64>, u32, u32)>);

impl Stall {
    pub(super) fn new() -> Self {
        Self { figures: Figures::default(), since: Instant::now(), is_reached: false }
    }

    /// Looks whether it is reached. `peer` tells about the other end, where the kernel shows it.
    pub(super) fn look(
        &mut self,
        stream: &TcpStream,
        peer: impl FnOnce() -> Option<ConnectionState>,
    ) -> io::Result<bool> {
        if self.is_reached {
            return Ok(true);
        }
        let unread = ioctl_fionread(stream)?;
        // A look at the other end takes time, and where nothing has come it cannot be reached.
        let peer = if unread > 0 { peer() } else { None };
        let figures = (unread, peer.map(|peer| (peer.bytes_received, peer.unread, peer.unacknowledged)));
        if figures != self.figures {
            (self.figures, self.since) = (figures, Instant::now());
        }
        self.is_reached = unread > 0 && self.since.elapsed() >= PATIENCE;
        Ok(self.is_reached)
    }
}

/// Leaves unread what a client sends until it stands still, or until `is_over`.
///
/// A program that sends once is done with what there is room for, whereas one that sends everything cannot be done
/// before it is read. Who is read at once would show no difference.
pub(super) fn wait_for_stall(stream: &TcpStream, mut is_over: impl FnMut() -> bool) {
    let mut stall = Stall::new();
    // An error shows again, with its reason, when the stream is read.
    let _ = wait_until(Instant::now() + WAIT_MAX, || {
        Ok((is_over() || stall.look(stream, || None)?).then_some(()))
    });
}
