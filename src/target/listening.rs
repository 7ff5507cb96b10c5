//! Ports for servers that the harness starts, and waiting until they listen, without touching them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::pace::sock_diag::SocketTable;
use crate::pace::wait::wait_until;

/// How often a program is started at another port because its first one was snatched away.
pub(super) const TRIES_AT_A_PORT: usize = 3;

/// What became of a server that was started; `T` says how it ended.
#[derive(Debug)]
pub(super) enum Readiness<T> {
    Listening,
    Ended(T),
    NotListening,
    /// This system does not show who listens.
    Unknown,
}

/// Waits until something listens at `address`, by looking and not by connecting, or until `ended` finds that
/// what should listen has ended.
pub(super) fn wait_for_listening<T>(
    table: Option<&mut SocketTable>,
    address: SocketAddr,
    wait: Duration,
    mut ended: impl FnMut() -> Option<T>,
) -> Readiness<T> {
    let Some(table) = table else { return Readiness::Unknown };
    let found = wait_until(Instant::now() + wait, || {
        if table.listeners(address.port())?.iter().any(|listener| listener.takes(address)) {
            return Ok(Some(Readiness::Listening));
        }
        Ok(ended().map(Readiness::Ended))
    });
    match found {
        Ok(Some(readiness)) => readiness,
        Ok(None) => Readiness::NotListening,
        Err(_) => Readiness::Unknown,
    }
}

/// A port that is free, for now.
///
/// It is given back before the server takes it. The kernel hands out odd numbers here and even ones to clients
/// (`inet_csk_find_open_port`), so that only another program in search of a server's port can come between.
pub(super) fn free_port(host: IpAddr) -> io::Result<u16> {
    bind(SocketAddr::new(host, 0))
}

/// Whether somebody else has taken a port since it was found free.
pub(super) fn is_taken(address: SocketAddr) -> bool {
    bind(address).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// Binds a socket and lets go of it again. Without `SO_REUSEADDR`, which the standard library would set: a port
/// on which a closed connection still waits out its time is free only for servers that ask for it.
fn bind(address: SocketAddr) -> io::Result<u16> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.bind(&address.into())?;
    let bound = socket.local_addr()?.as_socket();
    bound.map(|bound| bound.port()).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_port_is_taken_while_a_connection_waits_out_its_time() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        assert!(is_taken(address));
        let client = TcpStream::connect(address).unwrap();
        // The side that closes first waits.
        drop(listener.accept().unwrap());
        drop((client, listener));
        assert!(is_taken(address));
        assert!(TcpListener::bind(address).is_ok(), "a server that asks for it may have the port");
    }

    #[test]
    fn a_free_port_is_free() {
        let address =
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), free_port(Ipv4Addr::LOCALHOST.into()).unwrap());
        assert!(!is_taken(address));
    }
}
