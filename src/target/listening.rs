//! Ports for servers that the harness starts, and waiting until they listen, without touching them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::geteuid;
use socket2::{Domain, Socket, Type};

use crate::os::proc::{has_ended, owners_of, sees_every_holder};
use crate::os::run_delay::FairLimit;
use crate::os::silence::Prover;
use crate::os::sock_diag::{Listener, SocketTable};
use crate::os::wait::wait_until;
use crate::silence::{KnownBy, Silence};

/// How often a server that ends before it listens is started, each time at another port. Another program may
/// have taken its port meanwhile, and given it back before that can be seen.
pub(super) const TRIES_AT_A_PORT: usize = 3;

/// How many ports are remembered after they were given out. More servers than this are never being started at a time.
const GIVEN_MAX: usize = 512;

/// Something that was started, and is to listen.
pub(super) trait Starting {
    /// How it may end instead.
    type End;

    /// Whether it may have another user's process listen for it, as one that starts a container does.
    const MAY_LISTEN_AS_ANOTHER: bool;

    /// Whether it holds the socket with this inode.
    fn owns(&self, inode: u64) -> bool;

    /// How it has ended, if it has.
    fn end(&mut self) -> Option<Self::End>;

    /// The process that is to listen.
    fn pid(&self) -> u32;
}

/// What a wait for a server to listen came to.
#[derive(Debug)]
pub(super) enum ListenOutcome<E> {
    Listening,
    Ended(E),
    NotListening(Silence),
    /// This system does not show which process listens.
    Unknown,
}

/// Waits until what was started listens at `address`, by looking and not by connecting, or until it has
/// ended.
///
/// The port was free when it was started, but another program may have been quicker, another harness for one: to
/// take its listener for the server's own would disturb it and judge the wrong server.
pub(super) fn wait_for_listening<S: Starting>(
    started: &mut S,
    table: Option<&mut SocketTable>,
    address: SocketAddr,
    wait: Duration,
) -> ListenOutcome<S::End> {
    let Some(table) = table else { return ListenOutcome::Unknown };
    let sees_all = sees_every_holder();
    let begun = Instant::now();
    let mut limit = FairLimit::new(wait);
    let mut prover = Prover::new(wait);
    let found = wait_until(begun + FairLimit::at_most(wait), || {
        // Looked for before the listener: one that listens and then waits does not count as silent.
        let waited = begun.elapsed();
        let is_over = limit.pause(waited, || vec![started.pid()].into()).is_zero();
        let blocked = if prover.is_due(waited) {
            let pid = started.pid();
            // One that has ended is silent too, but what it ended with may be known only in a moment.
            prover.look(waited, &vec![pid].into(), &[], table).filter(|_| !has_ended(pid))
        } else {
            None
        };
        let listeners = table.listeners(address.port())?;
        if listeners.iter().any(|one| one.takes(address) && is_own(started, one, sees_all)) {
            return Ok(Some(ListenOutcome::Listening));
        }
        if let Some(end) = started.end() {
            return Ok(Some(ListenOutcome::Ended(end)));
        }
        let silence = match blocked {
            Some(within) => Some(Silence { waited, known_by: KnownBy::Blocked(within) }),
            None => is_over.then(|| Silence::of_deadline(wait)),
        };
        Ok(silence.map(ListenOutcome::NotListening))
    });
    match found {
        Ok(Some(outcome)) => outcome,
        Ok(None) => ListenOutcome::NotListening(Silence::of_deadline(wait)),
        Err(_) => ListenOutcome::Unknown,
    }
}

/// Whether a listener is that of what was started, as far as this can be seen.
///
/// Which process holds another user's listener cannot be seen by everyone. One that nobody holds for whoever sees all of them is
/// that of a program which is just ending, a server at the same port that somebody else has stopped.
fn is_own<S: Starting>(started: &S, listener: &Listener, sees_all: bool) -> bool {
    let is_hidden =
        || !sees_all && listener.uid != geteuid().as_raw() && owners_of(listener.inode).is_empty();
    started.owns(listener.inode) || S::MAY_LISTEN_AS_ANOTHER && is_hidden()
}

/// A port that is free, for now.
///
/// It is given back before the server takes it. The kernel hands out odd numbers here and even ones to clients
/// (`inet_csk_find_open_port`), so that only another program in search of a server's port can come between. Servers that
/// this process starts side by side are never given the same.
pub(super) fn free_port(host: IpAddr) -> io::Result<u16> {
    static GIVEN: Mutex<VecDeque<u16>> = Mutex::new(VecDeque::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut port = unbound_port(host)?;
    // Where hardly any port is free, one that was given before has to do.
    for _ in 0..GIVEN_MAX {
        if !given.contains(&port) {
            break;
        }
        port = unbound_port(host)?;
    }
    given.push_back(port);
    if given.len() > GIVEN_MAX {
        given.pop_front();
    }
    Ok(port)
}

/// A port that nothing is bound to.
fn unbound_port(host: IpAddr) -> io::Result<u16> {
    // Not a `TcpListener`, which sets SO_REUSEADDR: a port on which a connection was closed within the last
    // minute is not free to a program that does not.
    let any = SocketAddr::new(host, 0);
    let socket = Socket::new(Domain::for_address(any), Type::STREAM, None)?;
    socket.bind(&any.into())?;
    socket.local_addr()?.as_socket().map(|address| address.port()).ok_or(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Idle<const MAY_LISTEN_AS_ANOTHER: bool>;

    impl<const MAY_LISTEN_AS_ANOTHER: bool> Starting for Idle<MAY_LISTEN_AS_ANOTHER> {
        type End = ();

        const MAY_LISTEN_AS_ANOTHER: bool = MAY_LISTEN_AS_ANOTHER;

        fn owns(&self, _inode: u64) -> bool {
            false
        }

        fn end(&mut self) -> Option<()> {
            None
        }

        fn pid(&self) -> u32 {
            std::process::id()
        }
    }

    #[test]
    fn another_users_listener_is_taken_only_for_that_of_a_program_that_can_have_one() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let own_uid = geteuid().as_raw();
        // With an inode that nothing has.
        let of_user =
            |uid| Listener { address, ipv6_only: false, waiting: 0, backlog: 0, inode: u64::MAX, uid };
        assert!(is_own(&Idle::<true>, &of_user(own_uid + 1), false));
        assert!(!is_own(&Idle::<true>, &of_user(own_uid + 1), true));
        assert!(!is_own(&Idle::<true>, &of_user(own_uid), false));
        assert!(!is_own(&Idle::<false>, &of_user(own_uid + 1), false));
    }
}
