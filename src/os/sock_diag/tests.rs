//! The facts about the kernel's table that the crate relies on, on real sockets.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::*;
use crate::os::wait::wait_until;

/// A table and both ends of a connection to it, the second not accepted yet.
struct Pair {
    table: SocketTable,
    listener: TcpListener,
    client: TcpStream,
    /// The server's address and the client's, which a reset stream no longer tells.
    addresses: (SocketAddr, SocketAddr),
}

impl Pair {
    fn on(address: &str) -> Self {
        Self::to(TcpListener::bind(address).unwrap(), None)
    }

    fn to(listener: TcpListener, target: Option<IpAddr>) -> Self {
        let mut target_address = listener.local_addr().unwrap();
        target_address.set_ip(target.unwrap_or(target_address.ip()));
        let client = TcpStream::connect(target_address).unwrap();
        let addresses = (client.peer_addr().unwrap(), client.local_addr().unwrap());
        Self { table: SocketTable::open().unwrap(), listener, client, addresses }
    }

    fn look(&mut self) -> Option<ConnectionState> {
        let (server, client) = self.addresses;
        self.table.connection(server, client).unwrap()
    }

    /// Looks at the server's end until it is as wanted.
    fn look_until(&mut self, wanted: impl Fn(Option<ConnectionState>) -> bool) -> Option<ConnectionState> {
        let deadline = Instant::now() + Duration::from_secs(10);
        let seen = wait_until(deadline, || {
            let state = self.look();
            Ok(wanted(state).then_some(state))
        });
        seen.unwrap().unwrap_or_else(|| panic!("last seen: {:?}", self.look()))
    }

    fn received(&mut self, wanted: u64) -> ConnectionState {
        self.look_until(|state| state.is_some_and(|state| state.bytes_received == Some(wanted))).unwrap()
    }
}

/// A socket that takes IPv6 and IPv4 clients, which it shows as `::ffff:` addresses.
fn dual_stack_listener() -> TcpListener {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
    socket.set_only_v6(false).unwrap();
    socket.bind(&SockAddr::from(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)))).unwrap();
    socket.listen(7).unwrap();
    socket.into()
}

fn shows_what_is_unread(mut pair: Pair) {
    let (mut server, _) = pair.listener.accept().unwrap();
    pair.client.write_all(b"twelve bytes").unwrap();
    let state = pair.received(12);
    assert_eq!(state.tcp_state, TcpState::Established);
    assert_eq!(state.unread, 12);
    assert_eq!(state.unacknowledged, 0);

    server.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(pair.look().unwrap().unread, 7);
    server.read_exact(&mut [0; 7]).unwrap();
    let state = pair.look().unwrap();
    assert_eq!((state.unread, state.bytes_received), (0, Some(12)));
}

#[test]
fn finds_an_ipv4_connection() {
    shows_what_is_unread(Pair::on("127.0.0.1:0"));
}

#[test]
fn finds_an_ipv6_connection() {
    shows_what_is_unread(Pair::on("[::1]:0"));
}

#[test]
fn finds_an_ipv4_client_of_an_ipv6_socket() {
    shows_what_is_unread(Pair::to(dual_stack_listener(), Some([127, 0, 0, 1].into())));
}

#[test]
fn finds_an_ipv4_connection_by_addresses_written_as_ipv6() {
    let mut pair = Pair::on("127.0.0.1:0");
    let mapped = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => SocketAddr::from((ip.to_ipv6_mapped(), address.port())),
        IpAddr::V6(_) => unreachable!(),
    };
    let (remote, local) = pair.addresses;
    assert!(pair.table.connection(mapped(local), remote).unwrap().is_some());
    assert!(pair.table.connection(local, mapped(remote)).unwrap().is_some());
}

#[test]
fn the_client_s_end_counts_from_zero_too() {
    let mut pair = Pair::on("127.0.0.1:0");
    let (mut server, _) = pair.listener.accept().unwrap();
    let (remote, local) = pair.addresses;
    assert_eq!(pair.table.connection(local, remote).unwrap().unwrap().bytes_received, Some(0));
    server.write_all(b"four").unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let state = wait_until(deadline, || {
        let state = pair.table.connection(local, remote)?.filter(|state| state.bytes_received == Some(4));
        Ok(state)
    });
    assert_eq!(state.unwrap().unwrap().unread, 4);
}

#[test]
fn an_unaccepted_connection_has_no_inode() {
    let mut pair = Pair::on("127.0.0.1:0");
    pair.client.write_all(b"early").unwrap();
    let state = pair.received(5);
    assert_eq!((state.inode, state.unread, state.accepted(), state.closed()), (0, 5, false, false));

    let _server = pair.listener.accept().unwrap();
    let state = pair.look().unwrap();
    assert_ne!(state.inode, 0);
    assert!(state.accepted());
}

#[test]
fn an_unaccepted_connection_stays_unaccepted_when_its_client_hangs_up() {
    let mut pair = Pair::on("127.0.0.1:0");
    pair.client.shutdown(Shutdown::Write).unwrap();
    let state =
        pair.look_until(|state| state.is_some_and(|state| state.tcp_state == TcpState::CloseWait)).unwrap();
    assert!(!state.accepted());
}

#[test]
fn an_end_of_stream_counts_as_a_byte() {
    let mut pair = Pair::on("127.0.0.1:0");
    let (mut server, _) = pair.listener.accept().unwrap();
    pair.client.write_all(b"four").unwrap();
    pair.received(4);
    pair.client.shutdown(Shutdown::Write).unwrap();
    let state = pair.received(5);
    assert_eq!((state.tcp_state, state.unread), (TcpState::CloseWait, 5));

    server.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    assert_eq!(pair.look().unwrap().unread, 0);
}

#[test]
fn a_closed_end_is_told_from_one_that_only_stopped_writing() {
    let mut pair = Pair::on("127.0.0.1:0");
    let (server, _) = pair.listener.accept().unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    let half_closed = |state: Option<ConnectionState>| {
        state.is_some_and(|state| matches!(state.tcp_state, TcpState::FinWait1 | TcpState::FinWait2))
    };
    let state = pair.look_until(half_closed).unwrap();
    assert!(state.accepted() && !state.closed());

    drop(server);
    let state = pair.look_until(|state| state.is_some_and(|state| state.closed())).unwrap();
    assert!(state.accepted());
}

#[test]
fn a_reset_end_is_gone_though_its_listener_stays() {
    let mut pair = Pair::on("127.0.0.1:0");
    let (server, _) = pair.listener.accept().unwrap();
    pair.client.write_all(b"unread").unwrap();
    pair.received(6);
    drop(server);
    assert_eq!(pair.look_until(|state| state.is_none()), None);
}

#[test]
fn no_connection_joins_ipv4_and_ipv6() {
    let mut table = SocketTable::open().unwrap();
    let result = table.connection("127.0.0.1:1".parse().unwrap(), "[::1]:1".parse().unwrap());
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn lists_a_listener_with_its_queue() {
    let mut pair = Pair::on("127.0.0.1:0");
    let address = pair.listener.local_addr().unwrap();
    let listener = pair.table.listeners(address.port()).unwrap()[0];
    assert_eq!((listener.address, listener.waiting), (address, 1));
    assert_ne!(listener.inode, 0);

    let _server = pair.listener.accept().unwrap();
    assert_eq!(pair.table.listeners(address.port()).unwrap()[0].waiting, 0);
    drop(pair.listener);
    let gone = wait_until(Instant::now() + Duration::from_secs(10), || {
        Ok(pair.table.listeners(address.port())?.is_empty().then_some(()))
    });
    assert_eq!(gone.unwrap(), Some(()));
}

#[test]
fn threads_ask_one_table_at_the_same_time() {
    let listeners: [TcpListener; 4] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let table = SocketTable::open().unwrap();
    std::thread::scope(|scope| {
        for listener in &listeners {
            let (mut table, address) = (table.clone(), listener.local_addr().unwrap());
            scope.spawn(move || {
                for _ in 0..100 {
                    let found = table.listeners(address.port()).unwrap();
                    assert_eq!(found.iter().map(|one| one.address).collect::<Vec<_>>(), [address]);
                }
            });
        }
    });
}

#[test]
fn lists_both_families() {
    let dual = dual_stack_listener();
    let port = dual.local_addr().unwrap().port();
    let listener = SocketTable::open().unwrap().listeners(port).unwrap()[0];
    assert_eq!((listener.address.ip(), listener.backlog), (Ipv6Addr::UNSPECIFIED.into(), 7));
    assert!(!listener.ipv6_only);
}

#[test]
fn a_listener_takes_the_connections_to_its_address() {
    let listener = |address: &str, ipv6_only| Listener {
        address: address.parse().unwrap(),
        ipv6_only,
        waiting: 0,
        backlog: 0,
        inode: 1,
        uid: 0,
    };
    let takes = |bound: &Listener, target: &str| bound.takes(target.parse().unwrap());

    let one = listener("127.0.0.1:80", false);
    assert!(takes(&one, "127.0.0.1:80") && takes(&one, "[::ffff:127.0.0.1]:80"));
    assert!(!takes(&one, "127.0.0.1:81") && !takes(&one, "127.0.0.2:80") && !takes(&one, "[::1]:80"));
    let every_ipv4 = listener("0.0.0.0:80", false);
    assert!(takes(&every_ipv4, "127.0.0.1:80") && !takes(&every_ipv4, "[::1]:80"));
    let every = listener("[::]:80", false);
    assert!(takes(&every, "127.0.0.1:80") && takes(&every, "[::1]:80"));
    let every_ipv6 = listener("[::]:80", true);
    assert!(!takes(&every_ipv6, "127.0.0.1:80") && takes(&every_ipv6, "[::1]:80"));
}
