//! Telling a server under test to stop, and seeing what becomes of its port.

use std::net::{SocketAddr, TcpStream};
use std::time::Instant;
use std::{io, process};

use super::Timing;
use super::deadline::Deadline;
use super::pause::Pause;
use crate::conversation::{ConnectFailure, Entry, NotStopped, WaitOutcome};
use crate::os::proc::owners_of;
use crate::os::silence::{TimedSleeps, Waiters};
use crate::os::sock_diag::Listener;
use crate::os::wait::wait_until;
use crate::silence::Silence;
use crate::target::{Endpoint, RunningServer, StopError};
use crate::verdict::HandInFault;

/// Waits, for a moment at most, until the server is seen to wait for something. Whether it notices the stop must not depend
/// on how far it has come with what it did before.
pub(super) fn await_idle(endpoint: &Endpoint, timing: &mut Timing) {
    let Some(inode) = listener(endpoint, timing).map(|listener| listener.inode) else { return };
    if timing.holders.can_be_asleep(inode) {
        let latest = Instant::now() + timing.trailing();
        // A server that is not seen to wait has done nothing wrong.
        let _ = wait_until(latest, || Ok(timing.holders.are_asleep(inode).then_some(())));
    }
}

/// Tells the server to stop, once it has nothing else to do, and waits until whatever looks for that now and then has looked.
/// Whether it comes before the next message must not depend on when it last did.
pub(super) fn stop(server: &mut dyn RunningServer, timing: &mut Timing) -> Result<String, NotStopped> {
    await_idle(server.endpoint(), timing);
    if let Some(fault) = ended_before_stop(server, timing) {
        return Err(NotStopped::Prevented { fault });
    }
    let pids = server.pid().map_or_else(|| holders(server.endpoint(), timing), |pid| vec![pid]);
    let sleeps = TimedSleeps::of(&pids);
    let told = server.stop().map_err(|error| match error {
        // It may have ended since it was looked at, so that there was nothing left to tell.
        StopError::Blocked(why) => ended_before_stop(server, timing).map_or_else(
            || NotStopped::Blocked { why: why.to_string() },
            |fault| NotStopped::Prevented { fault },
        ),
        StopError::AtFault(fault) => NotStopped::Prevented { fault },
    })?;
    // What sleeps longer is not waited for: no program is wrong because it sleeps.
    let _ = wait_until(Instant::now() + timing.deadline + timing.trailing(), || {
        Ok((!sleeps.go_on() || timing.is_interrupted()).then_some(()))
    });
    Ok(told)
}

/// The fault of a server that listens no longer, and has ended although nobody told it to stop. One that has left another program
/// to serve goes on.
fn ended_before_stop(server: &mut dyn RunningServer, timing: &mut Timing) -> Option<HandInFault> {
    if listens(server.endpoint(), timing) {
        return None;
    }
    // How its program has ended is known only in a moment.
    let status = wait_until(Instant::now() + timing.trailing(), || Ok(server.ended())).ok().flatten()?;
    Some(HandInFault::EndedBeforeStop { status })
}

/// Does nothing until a server that waits for clients with a timeout has outlasted that, or is proven to wait for ever.
pub(super) fn idle(endpoint: &Endpoint, timing: &mut Timing) {
    let waiters = listener(endpoint, timing).map(|listener| Waiters::on(listener.inode, &timing.roots));
    let mut pause = Pause::begin(waiters);
    let mut deadline = Deadline::start(timing);
    // It cannot fail: no look does.
    let _ = wait_until(timing.latest(), || {
        let is_over = pause.is_over(timing) || timing.is_interrupted();
        Ok((is_over || deadline.expired().is_some()).then_some(()))
    });
}

/// The processes that listen at the endpoint, where the system shows them.
fn holders(endpoint: &Endpoint, timing: &mut Timing) -> Vec<u32> {
    let owners = listener(endpoint, timing).map(|listener| owners_of(listener.inode)).unwrap_or_default();
    owners.iter().map(|owner| owner.pid).filter(|pid| *pid != process::id()).collect()
}

/// The socket that listens at the endpoint, where the socket table shows it.
fn listener(endpoint: &Endpoint, timing: &mut Timing) -> Option<Listener> {
    endpoint.addresses.iter().find_map(|address| {
        listeners(*address, timing)?.into_iter().find(|listener| listener.takes(*address))
    })
}

/// The sockets that listen at the port of `address`, where the socket table shows it.
fn listeners(address: SocketAddr, timing: &mut Timing) -> Option<Vec<Listener>> {
    timing.table.as_mut().filter(|_| address.ip().is_loopback())?.listeners(address.port()).ok()
}

/// Waits until nothing listens at the endpoint any more, within the deadline.
pub(super) fn port_after_stop(endpoint: &Endpoint, timing: &mut Timing) -> Entry {
    let mut deadline = Deadline::start(timing);
    let latest = timing.latest();
    let seen = wait_until(latest, || {
        if !listens(endpoint, timing) {
            return Ok(Some(WaitOutcome::Complete));
        }
        Ok(deadline.expired())
    });
    let seen = seen.ok().flatten();
    let (silence, listening) = match seen {
        Some(WaitOutcome::Complete) => (Silence::of_deadline(timing.deadline), false),
        Some(WaitOutcome::Silent(silence)) => (silence, true),
        _ => (Silence::of_deadline(timing.limit()), true),
    };
    let harness_error = seen.and_then(WaitOutcome::harness_error);
    harness_error.unwrap_or(Entry::PortAfterStop { silence, listening })
}

/// Whether something listens: by the socket table where that shows this endpoint, else by connecting, which
/// can no longer disturb anyone.
pub(super) fn listens(endpoint: &Endpoint, timing: &mut Timing) -> bool {
    endpoint.addresses.iter().any(|address| {
        is_shown_to_listen(*address, timing)
            .unwrap_or_else(|| TcpStream::connect_timeout(address, timing.deadline).is_ok())
    })
}

/// Whether the socket table shows that nothing listens.
pub(super) fn is_closed(endpoint: &Endpoint, timing: &mut Timing) -> bool {
    endpoint.addresses.iter().all(|address| is_shown_to_listen(*address, timing) == Some(false))
}

/// Whether something listens at `address`, where the socket table shows it.
fn is_shown_to_listen(address: SocketAddr, timing: &mut Timing) -> Option<bool> {
    Some(listeners(address, timing)?.iter().any(|listener| listener.takes(address)))
}

/// Another address of this machine on which something listens at the same port: the one of IPv6 for that of IPv4,
/// mostly.
fn listens_instead(endpoint: &Endpoint, timing: &mut Timing) -> Option<SocketAddr> {
    listeners(*endpoint.addresses.first()?, timing)?.first().map(|listener| listener.address)
}

/// What a failure to connect means: mostly that there is no server, seldom that the harness's machine is short
/// of something.
pub(super) fn not_connected(error: &io::Error, endpoint: &Endpoint, timing: &mut Timing) -> Entry {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, TimedOut,
    };
    match error.kind() {
        ConnectionRefused => {
            let elsewhere = listens_instead(endpoint, timing).map(|address| address.to_string());
            Entry::NotConnected { why: ConnectFailure::Refused { elsewhere } }
        }
        TimedOut => Entry::NotConnected { why: ConnectFailure::NoAnswer },
        ConnectionAborted | ConnectionReset | HostUnreachable | NetworkUnreachable => {
            Entry::NotConnected { why: ConnectFailure::System { why: error.to_string() } }
        }
        _ => Entry::HarnessError { why: format!("The harness could not connect: {error}.") },
    }
}
