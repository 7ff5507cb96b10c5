//! Ending connections at once.
//!
//! A socket is closed only when nobody has it open any more. A process that the harness has just forked, to start a program, has
//! everything open that the harness has, until it runs that program. So whoever only drops a stream leaves it to chance when the
//! other side is told, and meanwhile a program that waits for that looks as if it waited for ever.

use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use rustix::io::ioctl_fionread;
#[cfg(target_os = "linux")]
use rustix::net::connect_unspec;
use socket2::SockRef;

/// Closes a connection, as dropping it would: where something has come that was not read, that is a reset.
pub(super) fn close(stream: TcpStream) {
    if ioctl_fionread(&stream).is_ok_and(|unread| unread > 0) {
        reset(stream);
    } else {
        // A connection that is gone already is closed in both directions.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Resets a connection.
pub(super) fn reset(stream: TcpStream) {
    // Closing without lingering for what is still to be sent makes the kernel send a reset.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    // So does dissolving the connection (`tcp_disconnect`), whoever has it open.
    #[cfg(target_os = "linux")]
    let _ = connect_unspec(&stream);
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// The two ends of a connection, and the first once more, as a process that was just forked has it.
    fn connection() -> (TcpStream, TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let copy = stream.try_clone().unwrap();
        (stream, copy, listener.accept().unwrap().0)
    }

    #[test]
    fn the_other_side_is_told_at_once_whoever_else_has_the_connection_open() {
        let (stream, _copy, mut peer) = connection();
        close(stream);
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn so_it_is_of_a_reset_and_of_a_close_with_bytes_unread() {
        for end in [close, reset] {
            let (stream, _copy, mut peer) = connection();
            peer.write_all(b"unread").unwrap();
            stream.peek(&mut [0]).unwrap();
            end(stream);
            assert_eq!(peer.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        }
    }
}
