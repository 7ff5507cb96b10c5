//! The other ends of Unix sockets, which only the kernel knows.

use std::io;
use std::time::Duration;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::unix::nlas::Nla;
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags, UnixRequest};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_SOCK_DIAG};
use rustix::net::sockopt::{Timeout, set_socket_timeout};

/// The kernel answers at once.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// The answer for one socket is far shorter.
const ANSWER_LEN_MAX: usize = 4 << 10;
/// Any socket with this inode will do.
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// The inode of the other end of a connected Unix socket; nothing where there is none, or the kernel does not tell.
pub(crate) fn peer_of(inode: u64) -> io::Result<Option<u64>> {
    let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER_TIMEOUT))?;
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let request = UnixRequest {
        state_flags: StateFlags::all(),
        inode: inode.try_into().map_err(io::Error::other)?,
        show_flags: ShowFlags::PEER,
        cookie: NO_COOKIE,
    };
    let mut message = NetlinkMessage::new(header, SockDiagMessage::UnixRequest(request).into());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    socket.send(&bytes, 0)?;
    let mut answer = vec![0; ANSWER_LEN_MAX];
    let len = socket.recv(&mut &mut answer[..], 0)?;
    let answer = NetlinkMessage::<SockDiagMessage>::deserialize(answer.get(..len).unwrap_or_default())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    let NetlinkPayload::InnerMessage(SockDiagMessage::UnixResponse(answer)) = answer.payload else {
        return Ok(None);
    };
    let peer = answer.nlas.iter().find_map(|attribute| match attribute {
        // The number of an end that is gone.
        Nla::Peer(0) => None,
        Nla::Peer(inode) => Some(u64::from(*inode)),
        _ => None,
    });
    Ok(peer)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::UnixStream;
    use std::{fs, os::fd::AsRawFd};

    use super::*;

    fn inode(socket: &UnixStream) -> u64 {
        fs::metadata(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap().ino()
    }

    #[test]
    fn the_ends_of_a_pair_are_each_others_peers() {
        let (one, other) = UnixStream::pair().unwrap();
        assert_eq!(peer_of(inode(&one)).unwrap(), Some(inode(&other)));
        assert_eq!(peer_of(inode(&other)).unwrap(), Some(inode(&one)));
        let first = inode(&one);
        drop(other);
        assert_eq!(peer_of(first).unwrap(), None);
    }
}
