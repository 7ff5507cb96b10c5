//! Reading slowly, so that the other side finds that what it sends is not taken.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;
use socket2::SockRef;

use crate::pace::wait::wait_until;

/// The buffers that the kernel keeps for a connection that is read slowly, in bytes.
const BUFFER_LEN: usize = 16 << 10;
/// The longest segment that such a connection takes: that of an Ethernet. On a loopback interface segments are so
/// long that the kernel would keep megabytes for the other side.
const SEGMENT_LEN: u32 = 1448;

/// How long nothing more may come until the other side is taken to be unable to send more.
const FULL_AFTER: Duration = Duration::from_millis(3);
/// How long the first byte is waited for.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Gives a socket, or the connections that a listening one will take, buffers that are soon full.
pub(super) fn narrow(socket: &impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_recv_buffer_size(BUFFER_LEN)?;
    socket.set_send_buffer_size(BUFFER_LEN)?;
    socket.set_tcp_mss(SEGMENT_LEN)
}

/// Leaves unread what comes until no more does, because there is no room for it, or until `is_over`.
///
/// A program that sends once is done with that much, whereas one that sends everything cannot be done before it is
/// read. Who is read at once would show no difference.
pub(super) fn wait_until_full(stream: &TcpStream, mut is_over: impl FnMut() -> bool) {
    let (mut unread, mut since) = (0, Instant::now());
    // An error shows again, with its reason, when the stream is read.
    let _ = wait_until(Instant::now() + WAIT_MAX, || {
        let now_unread = ioctl_fionread(stream)?;
        if now_unread != unread {
            (unread, since) = (now_unread, Instant::now());
        }
        let is_full = unread > 0 && since.elapsed() >= FULL_AFTER;
        Ok((is_full || is_over()).then_some(()))
    });
}
