//! The link to a server under test: the harness connects to it as one client after another.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::client::OperationState;
use super::connection::Connection;
use super::deadline::Deadline;
use super::pause::Look;
use super::{OpenEnds, Timing, shutdown, stall};
use crate::conversation::{
    Accepting, Close, DeliveryOutcome, Entry, Link, Log, NotStopped, Outgoing, Outlasted, ServerLink,
    WaitOutcome, Want,
};
use crate::delivery::Boundary;
use crate::os::proc::memory_of;
use crate::os::sock_diag::ConnectionState;
use crate::os::wait::wait_until;
use crate::scenario::Reading;
use crate::target::{Endpoint, RunningServer};

/// The harness as the clients of a server under test.
pub(super) struct LiveServerLink<'a> {
    reading: Reading,
    server: &'a mut dyn RunningServer,
    timing: &'a mut Timing,
    /// In the order in which they were made; nothing where the harness's end is closed.
    connections: Vec<Option<Connection>>,
}

impl<'a> LiveServerLink<'a> {
    pub(super) fn new(reading: Reading, server: &'a mut dyn RunningServer, timing: &'a mut Timing) -> Self {
        Self { reading, server, timing, connections: Vec::new() }
    }

    pub(super) fn into_open_ends(self) -> OpenEnds {
        OpenEnds(self.connections.into_iter().flatten().collect())
    }
}

impl Link for LiveServerLink<'_> {
    fn deliver(&mut self, connection: usize, outgoing: Outgoing<'_>, log: &mut Log<'_>) -> DeliveryOutcome {
        match &mut self.connections[connection] {
            Some(connection) => connection.deliver(outgoing, || true, self.timing, log),
            None => DeliveryOutcome::default(),
        }
    }

    fn pause(&mut self, connection: usize, log: &mut Log<'_>) -> Boundary {
        let Some(connection) = &mut self.connections[connection] else { return Boundary::Unconfirmed };
        connection.pause(|| OperationState::UnderWay, self.timing, log)
    }

    fn outlast(&mut self, connection: usize, log: &mut Log<'_>) -> Option<Outlasted> {
        self.connections[connection].as_mut()?.outlast(
            Look::OnNewConnection,
            || OperationState::UnderWay,
            self.timing,
            log,
        )
    }

    fn close(&mut self, connection: usize, how: Close, log: &mut Log<'_>) {
        let place = &mut self.connections[connection];
        if how == Close::Half {
            place.iter().for_each(Connection::half_close);
            return;
        }
        let Some(mut connection) = place.take() else { return };
        match how {
            Close::Half | Close::AtOnce => connection.close(),
            Close::Unread => {
                connection.wait_for_unread(self.timing, log);
                connection.close();
            }
            Close::Reset { awaits_reaction } => {
                if awaits_reaction {
                    connection.receive_reaction(self.timing, log);
                }
                connection.reset();
            }
        }
    }
}

impl ServerLink for LiveServerLink<'_> {
    fn connect(&mut self) -> Result<(), Entry> {
        let connection = connect(self.server.endpoint(), self.reading, self.timing).and_then(|socket| {
            Connection::new(socket.into(), self.connections.len(), self.reading, self.timing)
        });
        let connection = connection
            .map_err(|error| shutdown::not_connected(&error, self.server.endpoint(), self.timing))?;
        self.connections.push(Some(connection));
        Ok(())
    }

    fn idle(&mut self) {
        shutdown::idle(self.server.endpoint(), self.timing);
    }

    fn await_accept(&mut self, connection: usize, log: &mut Log<'_>) -> Accepting {
        let number = connection;
        let Some(connection) = self.connections[number].as_mut() else { return Accepting::Possible };
        let (timing, endpoint) = (&mut *self.timing, self.server.endpoint());
        let latest = if connection.is_watched() { timing.latest() } else { Instant::now() };
        let mut deadline = connection.deadline(timing).for_accept(timing);
        let seen = wait_until(latest, || {
            let is_accepted = |peer: ConnectionState| peer.accepted();
            if connection.peer_state(timing).is_some_and(is_accepted) {
                return Ok(Some(Accepting::Possible));
            }
            let is_closed = shutdown::is_closed(endpoint, timing);
            connection.drain(log);
            let incoming = log.incoming(number);
            // A listener that closes as the handshake ends may leave an end in the queue, or none, and reset the connection only once
            // something is sent. A server that still listens had accepted the connection before it was reset.
            let is_refused = if incoming.ended() {
                incoming.was_reset() && shutdown::is_closed(endpoint, timing)
            } else {
                is_closed && !connection.peer_state(timing).is_some_and(is_accepted)
            };
            Ok(match is_refused {
                true => Some(Accepting::Refused),
                false => (incoming.ended() || deadline.expired().is_some()).then_some(Accepting::Possible),
            })
        });
        seen.ok().flatten().unwrap_or(Accepting::Possible)
    }

    fn is_accepted(&mut self, connection: usize) -> Option<bool> {
        Some(self.connections[connection].as_ref()?.peer_state(self.timing)?.accepted())
    }

    fn receive(&mut self, connection: usize, want: Want, log: &mut Log<'_>) -> WaitOutcome {
        let timing = &mut *self.timing;
        let place = &mut self.connections[connection];
        let Some(connection) = place else { return WaitOutcome::Ended };
        match want {
            Want::Reaction => {
                let is_waiting = |peer: ConnectionState| !peer.accepted();
                if connection.peer_state(timing).is_some_and(is_waiting) {
                    // A server that has another client has nothing to do with this one yet.
                    shutdown::await_idle(self.server.endpoint(), timing);
                } else {
                    connection.receive_reaction(timing, log);
                }
                WaitOutcome::Complete
            }
            Want::Len(len) => connection.receive_len(len, timing, log),
            Want::End => connection.receive_end(timing, log),
            Want::TrailingBytes => connection.receive_trailing(timing, log),
            Want::Rest => {
                connection.receive_rest(timing, log);
                *place = None;
                WaitOutcome::Complete
            }
        }
    }

    fn server_memory(&mut self, connection: usize) -> Option<u64> {
        memory_of(self.connections[connection].as_ref()?.peer_state(self.timing)?.inode)
    }

    fn stop_server(&mut self) -> Result<String, NotStopped> {
        shutdown::stop(self.server, self.timing)
    }

    fn port_after_stop(&mut self) -> Entry {
        shutdown::port_after_stop(self.server.endpoint(), self.timing)
    }

    fn was_killed(&mut self, waits: bool) -> bool {
        let patience = if waits { self.timing.deadline } else { Duration::ZERO };
        let mut deadline = Deadline::start(self.timing);
        let killed = wait_until(Instant::now() + patience, || {
            let is_known = self.server.was_killed() || deadline.expired().is_some();
            Ok(is_known.then(|| self.server.was_killed()))
        });
        matches!(killed, Ok(Some(true)))
    }
}

/// Connects to the first of the addresses that takes a connection.
pub(super) fn connect(endpoint: &Endpoint, reading: Reading, timing: &Timing) -> io::Result<Socket> {
    let deadline = Instant::now() + timing.deadline;
    let any = || {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for (place, address) in endpoint.addresses.iter().enumerate() {
            // One that answers nothing must leave time for those after it.
            let left = u32::try_from(endpoint.addresses.len() - place).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            match connect_to(*address, reading, share) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    };
    if !endpoint.may_be_starting {
        return any();
    }
    let connected = wait_until(deadline, || match any() {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
        result => result.map(Some),
    });
    connected?.ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
}

fn connect_to(address: SocketAddr, reading: Reading, wait: Duration) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if reading == Reading::Slowly {
        stall::shrink_buffers(&socket)?;
    }
    socket.connect_timeout(&address.into(), wait.max(Duration::from_millis(1)))?;
    Ok(socket)
}
