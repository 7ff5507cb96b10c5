//! The kernel's table of TCP sockets, asked through `NETLINK_SOCK_DIAG`.
//!
//! The table is open to every user, shows the sockets of every process in the same network namespace, and
//! leaves the sockets themselves alone: looking at a server does not disturb it. The fields are those of
//! `struct inet_diag_msg` (`linux/inet_diag.h`) and `struct tcp_info` (`linux/tcp.h`).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod netlink;
#[cfg(target_os = "linux")]
mod unix;

#[cfg(test)]
mod tests;

use netlink::Netlink;
#[cfg(all(target_os = "linux", feature = "html", feature = "junit"))]
pub(crate) use netlink::{connection_state, listener, read_answers};
#[cfg(target_os = "linux")]
pub(crate) use unix::peer_of;

/// The state of a TCP socket, as in RFC 9293 section 3.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the RFC's own names")]
pub enum TcpState {
    Established,
    SynSent,
    SynReceived,
    FinWait1,
    FinWait2,
    TimeWait,
    Closed,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

/// One end of a connection, as the kernel saw it at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionState {
    /// Where the connection stands, seen from this end.
    pub tcp_state: TcpState,
    /// How many bytes this end has received and its program has not read. An end of stream that was received
    /// counts as one byte, until it is read or the byte before it is.
    ///
    /// The kernel reads this figure first and `bytes_received` later, so one look may show a queue that is
    /// still empty beside a count that includes what has come since: to know that everything was read, see
    /// the full count first and the empty queue in a look after that one.
    pub unread: u32,
    /// How many bytes this end has received in order since the connection was opened, an end of stream
    /// counting as one. `None` where the kernel has no figure: before the handshake is over, and after both
    /// ends have closed.
    pub bytes_received: Option<u64>,
    /// How many bytes this end's program has written that the other end has not acknowledged.
    pub unacknowledged: u32,
    /// The inode of the socket, or 0 where no program holds it: it was not accepted yet, or is closed.
    pub inode: u64,
    /// The user who opened the socket.
    pub uid: u32,
}

impl ConnectionState {
    /// Whether a program has taken this connection from its listener's queue. The end that connected counts as
    /// accepted.
    #[must_use]
    pub fn accepted(&self) -> bool {
        // One that is being taken away may have been in the queue of a listener that closes.
        self.inode != 0 || self.closed() && self.tcp_state != TcpState::Closed
    }

    /// Whether the program has closed this end, or has ended, so that nobody will read from it again.
    #[must_use]
    pub fn closed(&self) -> bool {
        // A socket without a program is either too young or too old. Only a program's own close leads to these
        // states; the other end's close leads to CLOSE-WAIT, which a connection may reach in the queue.
        let past_own_close = matches!(
            self.tcp_state,
            TcpState::FinWait1
                | TcpState::FinWait2
                | TcpState::Closing
                | TcpState::LastAck
                | TcpState::TimeWait
                | TcpState::Closed
        );
        self.inode == 0 && past_own_close
    }
}

/// A socket that takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// The address it is bound to.
    pub address: SocketAddr,
    /// Whether an IPv6 socket refuses IPv4 clients.
    pub ipv6_only: bool,
    /// How many connections are complete and wait to be accepted.
    pub waiting: u32,
    /// How many may wait: the argument of `listen`, as far as the system allows it.
    pub backlog: u32,
    /// The inode of the socket.
    pub inode: u64,
    /// The user who opened the socket.
    pub uid: u32,
}

impl Listener {
    /// Whether a connection to `target` would reach this socket.
    #[must_use]
    pub fn takes(&self, target: SocketAddr) -> bool {
        let bound = self.address.ip();
        let wanted = target.ip().to_canonical();
        let reaches = match (bound, wanted) {
            (IpAddr::V6(bound), IpAddr::V4(_)) if bound.is_unspecified() => !self.ipv6_only,
            _ => {
                bound.to_canonical() == wanted
                    || bound.is_unspecified() && bound.is_ipv4() == wanted.is_ipv4()
            }
        };
        self.address.port() == target.port() && reaches
    }
}

/// The kernel's socket table, open for questions.
///
/// A question costs a few microseconds, and to open the table many times that, so clone it where it is needed
/// again. All clones, on whatever thread, ask through one netlink socket, one question at a time. The errors of
/// its methods are those of the netlink socket, an answer that cannot be read
/// ([`io::ErrorKind::InvalidData`]), and a kernel that stays silent for two seconds
/// ([`io::ErrorKind::TimedOut`]).
#[derive(Debug, Clone)]
pub struct SocketTable {
    netlink: Arc<Mutex<Netlink>>,
}

impl SocketTable {
    /// Opens the table and asks it one question, so that a table that is there answers.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] outside Linux; the kernel's error where it was built without the table
    /// or a sandbox withholds it.
    pub fn open() -> io::Result<Self> {
        let mut table = Self { netlink: Arc::new(Mutex::new(Netlink::open()?)) };
        // A kernel without the TCP part refuses a list, but answers a look-up with "no such connection".
        table.listeners(1)?;
        Ok(table)
    }

    /// Looks at one end of the connection between two addresses, `local` being the address of that end: to see
    /// the other end of a stream, give the stream's peer address first.
    ///
    /// `None`: this machine, or this network namespace of it, holds no such end. An end also disappears some
    /// time after both sides have closed, and at once when it is reset. And a look may miss it for an instant
    /// when the handshake ends or TIME-WAIT begins, while the kernel exchanges its entry for another.
    ///
    /// # Errors
    ///
    /// Those of the table, and [`io::ErrorKind::InvalidInput`] for addresses of two families.
    pub fn connection(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> io::Result<Option<ConnectionState>> {
        // The kernel files an IPv4 connection under its IPv4 addresses, whichever family the socket has.
        let (local, remote) = (canonical(local), canonical(remote));
        if local.is_ipv4() != remote.is_ipv4() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("no connection joins {local} and {remote}: one is IPv4, the other IPv6"),
            ));
        }
        self.netlink().connection(local, remote)
    }

    /// Lists the sockets that listen on a port, on IPv4 and IPv6.
    ///
    /// # Errors
    ///
    /// Those of the table.
    pub fn listeners(&mut self, port: u16) -> io::Result<Vec<Listener>> {
        self.netlink().listeners(port)
    }

    /// Lists the ends on this machine of the connections to or from a port, over IPv4 and IPv6, other than those in TIME-WAIT.
    ///
    /// # Errors
    ///
    /// Those of the table.
    pub fn connections(&mut self, port: u16) -> io::Result<Vec<ConnectionState>> {
        self.netlink().connections(port)
    }

    /// A question that a panic has cut short does no harm: its answers have a number that no later one asks for.
    fn netlink(&self) -> MutexGuard<'_, Netlink> {
        self.netlink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same address, an IPv4 one that is written as IPv6 being unwrapped; the scope of a true IPv6 address
/// stays.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
