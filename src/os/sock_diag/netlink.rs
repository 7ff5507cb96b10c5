//! Questions to the kernel's socket table, in netlink's terms.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_MULTIPART, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{
    AF_INET, AF_INET6, IPPROTO_TCP, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_CLOSING, TCP_ESTABLISHED, TCP_FIN_WAIT1,
    TCP_FIN_WAIT2, TCP_LAST_ACK, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT, TCP_TIME_WAIT,
};
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, InetResponse, InetResponseHeader, SocketId, StateFlags,
};
use netlink_sys::{Socket, SocketAddr as NetlinkAddr, protocols::NETLINK_SOCK_DIAG};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};

use super::{ConnectionState, Listener, TcpState};

/// The kernel answers at once; a table that stays silent for this long is broken.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The kernel never puts more than this into one datagram of a dump (`netlink_recvmsg` in
/// `net/netlink/af_netlink.c`), in bytes.
const DATAGRAM_LEN_MAX: usize = 32 << 10;

/// Where `tcpi_bytes_received` stands in `struct tcp_info` (`linux/tcp.h`). The crate's own parser wants the
/// struct as long as its newest version; older kernels send a shorter one, which ends after this field.
const BYTES_RECEIVED: std::ops::Range<usize> = 128..136;

/// `INET_DIAG_NOCOOKIE` (`linux/inet_diag.h`) in both words: any socket with these addresses will do.
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// A netlink socket that is connected to the kernel's socket table.
#[derive(Debug)]
pub(super) struct Netlink {
    socket: Socket,
    sequence: u32,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Netlink {
    pub(super) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.bind_auto()?;
        socket.connect(&NetlinkAddr::new(0, 0))?;
        set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER_TIMEOUT))?;
        Ok(Self { socket, sequence: 0, request: Vec::new(), answer: vec![0; DATAGRAM_LEN_MAX] })
    }

    /// Looks one connection up by its two addresses, which are both of one family.
    pub(super) fn connection(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> io::Result<Option<ConnectionState>> {
        let request = InetRequest {
            family: family(local),
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::INFO,
            states: StateFlags::all(),
            socket_id: SocketId {
                source_port: local.port(),
                destination_port: remote.port(),
                source_address: local.ip(),
                destination_address: remote.ip(),
                interface_id: scope(local),
                cookie: NO_COOKIE,
            },
        };
        match self.ask(request, 0) {
            Ok(answers) => {
                // Where no connection has these addresses, the kernel answers with the listener that would
                // take one.
                let answer = answers.into_iter().find(|answer| is_between(&answer.header, local, remote));
                answer.as_ref().map(connection_state).transpose()
            }
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the listening sockets of one port, IPv4 first.
    pub(super) fn listeners(&mut self, port: u16) -> io::Result<Vec<Listener>> {
        let found = self.sockets((port, 0), StateFlags::LISTEN, ExtensionFlags::empty())?;
        Ok(found.iter().map(listener).collect())
    }

    /// Lists the ends on this machine of the connections to or from one port that are open in some direction.
    pub(super) fn connections(&mut self, port: u16) -> io::Result<Vec<ConnectionState>> {
        let states = StateFlags::ESTABLISHED
            | StateFlags::FIN_WAIT1
            | StateFlags::FIN_WAIT2
            | StateFlags::CLOSE_WAIT
            | StateFlags::LAST_ACK;
        let mut found = self.sockets((port, 0), states.clone(), ExtensionFlags::INFO)?;
        found.extend(self.sockets((0, port), states, ExtensionFlags::INFO)?);
        found.iter().map(connection_state).collect()
    }

    /// Lists the sockets with these two ports, local and remote, of which 0 is any, that are in one of these states.
    fn sockets(
        &mut self,
        (local, remote): (u16, u16),
        states: StateFlags,
        extensions: ExtensionFlags,
    ) -> io::Result<Vec<InetResponse>> {
        let mut sockets = Vec::new();
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let request = InetRequest {
                family: family(SocketAddr::new(any, local)),
                protocol: IPPROTO_TCP,
                extensions: extensions.clone(),
                states: states.clone(),
                // The kernel leaves out the other ports itself (`inet_diag_dump_icsk`).
                socket_id: SocketId {
                    source_port: local,
                    destination_port: remote,
                    source_address: any,
                    destination_address: any,
                    interface_id: 0,
                    cookie: NO_COOKIE,
                },
            };
            sockets.extend(self.ask(request, NLM_F_DUMP)?);
        }
        Ok(sockets)
    }

    /// Sends one request and collects its answers: one, or as many as a dump has.
    fn ask(&mut self, request: InetRequest, flags: u16) -> io::Result<Vec<InetResponse>> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
        message.finalize();
        self.request.resize(message.buffer_len(), 0);
        message.serialize(&mut self.request);
        self.socket.send(&self.request, 0)?;

        let mut answers = Vec::new();
        while !self.receive(&mut answers)? {}
        Ok(answers)
    }

    /// Receives one datagram, adds its answers to those of the current request, and tells whether the last of
    /// them has come.
    fn receive(&mut self, answers: &mut Vec<InetResponse>) -> io::Result<bool> {
        let len = loop {
            match self.socket.recv(&mut &mut self.answer[..], 0) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "the kernel's socket table does not answer",
                    ));
                }
                result => break result?,
            }
        };
        let answer = self.answer.get(..len);
        let answer = answer
            .ok_or_else(|| invalid(format!("an answer of {len} bytes, more than {DATAGRAM_LEN_MAX}")))?;
        read_answers(answer, self.sequence, answers)
    }
}

/// Adds the answers in a datagram to those of the request with this number, and tells whether the last of them has come.
pub(crate) fn read_answers(
    datagram: &[u8],
    sequence: u32,
    answers: &mut Vec<InetResponse>,
) -> io::Result<bool> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let message = NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(invalid)?;
        // The length is at least that of a header, or the message would not have been read.
        rest = rest.get(padded(message.header.length)..).unwrap_or_default();
        // An answer to a request that was given up on comes late.
        if message.header.sequence_number != sequence {
            continue;
        }
        match message.payload {
            NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(answer)) => {
                answers.push(*answer);
                if message.header.flags & NLM_F_MULTIPART == 0 {
                    return Ok(true);
                }
            }
            NetlinkPayload::Done(done) if done.code == 0 => return Ok(true),
            NetlinkPayload::Done(done) => return Err(io::Error::from_raw_os_error(done.code.wrapping_neg())),
            NetlinkPayload::Error(error) => {
                return Err(io::Error::from_raw_os_error(error.raw_code().wrapping_neg()));
            }
            NetlinkPayload::Noop => {}
            unexpected => return Err(invalid(format!("unexpected answer {unexpected:?}"))),
        }
    }
    Ok(false)
}

/// Messages in one datagram start at multiples of four bytes (`NLMSG_ALIGN`, `linux/netlink.h`).
fn padded(message_len: u32) -> usize {
    (message_len as usize).next_multiple_of(4)
}

fn family(address: SocketAddr) -> u8 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

/// The interface of a link-local address, without which the kernel does not find its connections.
fn scope(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    }
}

fn is_between(header: &InetResponseHeader, local: SocketAddr, remote: SocketAddr) -> bool {
    let id = &header.socket_id;
    id.source_port == local.port()
        && id.destination_port == remote.port()
        && id.source_address.to_canonical() == local.ip()
        && id.destination_address.to_canonical() == remote.ip()
}

pub(crate) fn connection_state(answer: &InetResponse) -> io::Result<ConnectionState> {
    let header = &answer.header;
    Ok(ConnectionState {
        tcp_state: tcp_state(header.state)?,
        unread: header.recv_queue,
        bytes_received: answer.nlas.iter().find_map(bytes_received),
        unacknowledged: header.send_queue,
        inode: header.inode.into(),
        uid: header.uid,
    })
}

fn tcp_state(number: u8) -> io::Result<TcpState> {
    Ok(match number {
        TCP_ESTABLISHED => TcpState::Established,
        TCP_SYN_SENT => TcpState::SynSent,
        TCP_SYN_RECV => TcpState::SynReceived,
        TCP_FIN_WAIT1 => TcpState::FinWait1,
        TCP_FIN_WAIT2 => TcpState::FinWait2,
        TCP_TIME_WAIT => TcpState::TimeWait,
        TCP_CLOSE => TcpState::Closed,
        TCP_CLOSE_WAIT => TcpState::CloseWait,
        TCP_LAST_ACK => TcpState::LastAck,
        TCP_LISTEN => TcpState::Listen,
        TCP_CLOSING => TcpState::Closing,
        _ => return Err(invalid(format!("unknown TCP state {number}"))),
    })
}

fn bytes_received(attribute: &Nla) -> Option<u64> {
    let Nla::TcpInfo(info) = attribute else { return None };
    Some(u64::from_ne_bytes(info.get(BYTES_RECEIVED)?.try_into().ok()?))
}

pub(crate) fn listener(answer: &InetResponse) -> Listener {
    let header = &answer.header;
    Listener {
        address: SocketAddr::new(header.socket_id.source_address, header.socket_id.source_port),
        ipv6_only: answer.nlas.contains(&Nla::SkV6Only(true)),
        waiting: header.recv_queue,
        backlog: header.send_queue,
        inode: header.inode.into(),
        uid: header.uid,
    }
}

fn invalid(what: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the kernel's socket table: {}", what.to_string()))
}
