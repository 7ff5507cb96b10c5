//! What a program can sleep on.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::sockopt::{Timeout, socket_acceptconn, socket_domain, socket_timeout, socket_type};
use rustix::net::{AddressFamily, SocketType, getpeername, getsockname};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::ConnectionAddresses;
use crate::os::proc::{as_real_owner_of, descriptor, descriptor_info};
use crate::os::sock_diag::{SocketTable, TcpState, peer_of};

/// How deep `epoll` instances that wait for each other are looked into.
const DEPTH_MAX: u32 = 3;

/// What a descriptor leads to, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    Tcp {
        inode: u64,
    },
    /// A socket within this machine, with the inode of its other end.
    Unix {
        peer: u64,
    },
    Other,
}

/// Tells what a descriptor leads to on which only those who hold something can end a sleep.
///
/// Adds to `ends`, in the words of proc(5), everything of whose holders one could end a sleep on this descriptor. Nothing where
/// it could end otherwise: bytes are on their way, a timer is set, or it is not known what it is.
pub(super) fn add_ends(
    pid: u32,
    number: u32,
    table: &mut SocketTable,
    ends: &mut Vec<String>,
) -> Option<Medium> {
    add_ends_within(pid, number, table, ends, 0)
}

fn add_ends_within(
    pid: u32,
    number: u32,
    table: &mut SocketTable,
    ends: &mut Vec<String>,
    depth: u32,
) -> Option<Medium> {
    let target = descriptor(pid, number)?;
    if let Some(inode) = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) {
        let socket = socket(pid, number)?;
        let inode = inode.parse().ok()?;
        let other_end = other_end(&socket, inode, table)?;
        ends.extend([Some(inode), other_end].into_iter().flatten().map(|inode| format!("socket:[{inode}]")));
        let is_unix = socket_domain(&socket).ok()? == AddressFamily::UNIX;
        return match other_end {
            Some(peer) if is_unix => Some(Medium::Unix { peer }),
            _ => Some(Medium::Tcp { inode }),
        };
    }
    match &*target {
        // Both ends of a pipe have the same number.
        pipe if pipe.starts_with("pipe:[") => ends.push(target),
        // What is shared with a process can be shared only with one that it has started.
        "anon_inode:[eventfd]" | "anon_inode:[signalfd]" => {}
        "anon_inode:[timerfd]" => {
            let info = descriptor_info(pid, number)?;
            info.contains("it_value: (0, 0)").then_some(())?;
        }
        "anon_inode:[eventpoll]" if depth < DEPTH_MAX => {
            for number in polled(&descriptor_info(pid, number)?)? {
                add_ends_within(pid, number, table, ends, depth + 1)?;
            }
        }
        _ => return None,
    }
    Some(Medium::Other)
}

/// The descriptors that an `epoll` instance waits for: `tfd` in proc_pid_fdinfo(5).
pub(super) fn polled(info: &str) -> Option<Vec<u32>> {
    let lines = info.lines().filter_map(|line| line.strip_prefix("tfd:"));
    lines.map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

/// The same socket, as a descriptor of this process. It is held for a few microseconds, in which the program sleeps.
pub(super) fn socket(pid: u32, number: u32) -> Option<OwnedFd> {
    let process = pidfd_open(Pid::from_raw(pid.try_into().ok()?)?, PidfdFlags::empty()).ok()?;
    let number = number.try_into().ok()?;
    as_real_owner_of(pid, || pidfd_getfd(process, number, PidfdGetfdFlags::empty()).ok())
}

/// The inode of the other end of a socket to which nothing is on its way; a socket that accepts connections has none. Nothing
/// where something may be on its way, or where it stops waiting by itself.
fn other_end(socket: &OwnedFd, inode: u64, table: &mut SocketTable) -> Option<Option<u64>> {
    if socket_type(socket).ok()? != SocketType::STREAM
        || socket_timeout(socket, Timeout::Recv).ok()?.is_some()
    {
        return None;
    }
    let is_listener = socket_acceptconn(socket).ok()?;
    match socket_domain(socket).ok()? {
        AddressFamily::INET | AddressFamily::INET6 if is_listener => {
            let address = SocketAddr::try_from(getsockname(socket).ok()?).ok()?;
            let listeners = table.listeners(address.port()).ok()?;
            let own = listeners.iter().find(|one| one.inode == inode)?;
            (own.waiting == 0).then_some(None)
        }
        AddressFamily::INET | AddressFamily::INET6 => {
            let own = SocketAddr::try_from(getsockname(socket).ok()?).ok()?;
            let peer = SocketAddr::try_from(getpeername(socket).ok()??).ok()?;
            idle_peer((own, peer), table).map(Some)
        }
        // Anyone may connect to a named one.
        AddressFamily::UNIX if !is_listener => peer_of(inode).ok()?.map(Some),
        _ => None,
    }
}

/// The inode of the far end of a connection on this machine over which nothing is on its way in either direction. Where no
/// program has accepted that end, it is the inode of the listener in whose queue it waits: who holds that could accept it.
fn idle_peer((own, peer): ConnectionAddresses, table: &mut SocketTable) -> Option<u64> {
    let near = table.connection(own, peer).ok()??;
    let far = table.connection(peer, own).ok()??;
    // An end that was closed, and has not been received, would wake the sleeper.
    let can_send = |state| matches!(state, TcpState::Established | TcpState::CloseWait | TcpState::FinWait2);
    let is_idle = near.unread == 0 && near.unacknowledged == 0 && far.unacknowledged == 0;
    if !is_idle || !can_send(near.tcp_state) || !can_send(far.tcp_state) {
        return None;
    }
    match far.inode {
        0 if far.closed() => None,
        0 => listener(peer, table),
        inode => Some(inode),
    }
}

/// The inode of the one socket that takes connections to this address; nothing where there are several.
fn listener(address: SocketAddr, table: &mut SocketTable) -> Option<u64> {
    let listeners = table.listeners(address.port()).ok()?;
    let mut takes = listeners.iter().filter(|one| one.takes(address));
    let only = takes.next()?;
    takes.next().is_none().then_some(only.inode)
}

/// The inode of the program's end of a connection, everything that was sent through which has been received by the harness; 0
/// where no program has accepted it.
pub(super) fn sent_everything((own, peer): ConnectionAddresses, table: &mut SocketTable) -> Option<u64> {
    let near = table.connection(own, peer).ok()??;
    let is_open = matches!(near.tcp_state, TcpState::Established | TcpState::CloseWait);
    (is_open && near.unacknowledged == 0).then_some(near.inode)
}
