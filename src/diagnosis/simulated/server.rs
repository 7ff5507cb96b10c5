//! The simulated link to a server: no sockets, and all input is known in advance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::silent;
use super::stream::{Gone, Input, SimulatedStream, TransferSizes};
use crate::bug::{Next, Program, Server};
use crate::conversation::{
    Accepting, Close, ConnectFailure, DeliveryOutcome, Ending, Entry, Link, Log, NotStopped, Obstacle,
    Outgoing, Outlasted, ServerLink, Undelivered, Until, WaitOutcome, Want,
};
use crate::delivery::Boundary;
use crate::scenario::{Case, Reading};
use crate::silence::{BlockedIn, KnownBy};

/// The harness's end of every connection, and what a server makes of what it does there.
pub(super) struct SimulatedServerLink<'a> {
    case: &'a Case,
    program: &'a Program,
    sizes: TransferSizes,
    connections: Vec<HarnessEnd>,
    /// Which connection something was done on last: the server is told to stop while it serves that one.
    last: usize,
    /// The numbers of the connections before which nobody came for a while.
    idle_before: Vec<usize>,
    /// What the server has made of its input so far; `None` after new input, until it is asked for.
    world: Option<World>,
}

/// A connection, as the harness has it.
#[derive(Default)]
struct HarnessEnd {
    inputs: Vec<Input>,
    /// How much of what the server has sent was taken.
    taken_len: usize,
    breaks_while_sending: bool,
    gone: Option<Gone>,
}

/// What a server has made of everything that it was sent until now.
struct World {
    /// One for each connection.
    served: Vec<PredictedConnection>,
    listens: bool,
    /// Whether it waits neither for a client nor for what one sends.
    has_stopped: bool,
    has_raised: bool,
}

struct PredictedConnection {
    written: Vec<u8>,
    /// Whether some of what was sent has not been read.
    unread: bool,
    /// Whether it was still sending when the harness reset the connection.
    was_sending: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The server has it, and waits for more: this is how it would show.
    Open(KnownBy),
    /// The server has closed it.
    Closed,
    /// It waits to be accepted, while the server does something that would show like this.
    Waiting(KnownBy),
    /// The server went away without having accepted it.
    Refused,
}

impl<'a> SimulatedServerLink<'a> {
    pub(super) const fn new(case: &'a Case, program: &'a Program, sizes: TransferSizes) -> Self {
        Self { case, program, sizes, connections: Vec::new(), idle_before: Vec::new(), last: 0, world: None }
    }

    /// Whether an exception was raised in the server.
    pub(super) fn has_raised(&mut self) -> bool {
        self.world().has_raised
    }

    fn input(&mut self, connection: usize, input: Input) {
        self.last = connection;
        self.connections[connection].inputs.push(input);
        self.world = None;
    }

    /// Takes what has come on a connection.
    fn drain(&mut self, number: usize, log: &mut Log<'_>) -> State {
        let taken_len = self.connections[number].taken_len;
        let PredictedConnection { written, state, unread, .. } = &self.world().served[number];
        let state = *state;
        if !log.incoming(number).takes() {
            return state;
        }
        log.record_received(number, &written[taken_len..]);
        if matches!(state, State::Closed | State::Refused) {
            // Closing with bytes unread resets the connection.
            log.record_ended(number, if *unread { Ending::Reset } else { Ending::Closed });
        }
        self.connections[number].taken_len = written.len();
        state
    }

    /// What the server has made of everything until now. It starts from the beginning each time, for it cannot be
    /// stopped in the middle; it is the same each time.
    fn world(&mut self) -> &World {
        let Self { case, program, sizes, connections, idle_before, .. } = self;
        self.world.get_or_insert_with(|| serve(case, program, *sizes, connections, idle_before))
    }
}

fn serve(
    case: &Case,
    program: &Program,
    sizes: TransferSizes,
    connections: &[HarnessEnd],
    idle_before: &[usize],
) -> World {
    let mut server = Server::new(*program, case.assignment);
    let mut served = Vec::new();
    let mut next = Next::Client;
    // How it would show what the server does when it accepts no one.
    let mut occupied = KnownBy::Deadline;
    let mut is_halted = false;
    let mut forgotten: Option<usize> = None;
    let keep_running = Arc::new(AtomicBool::new(true));
    for (number, connection) in connections.iter().enumerate() {
        if next == Next::Client && idle_before.contains(&number) {
            next = server.when_idle();
        }
        let mut stream =
            SimulatedStream::new(connection.inputs.iter().cloned(), sizes, connection.breaks_while_sending);
        stream.keep_running = Arc::clone(&keep_running);
        stream.gone = connection.gone;
        let mut state = match next {
            Next::Client => State::Closed,
            Next::Nobody | Next::NobodyWhileConnected => State::Refused,
            Next::NobodyWhileListening | Next::Nothing => State::Waiting(occupied),
        };
        if next == Next::Client {
            if let Some(earlier) = forgotten.take() {
                let earlier: &mut PredictedConnection = &mut served[earlier];
                earlier.state = State::Closed;
            }
            next = server.serve(&mut stream, &|| keep_running.load(Ordering::Relaxed));
            if let Some(known_by) = stream.halted {
                is_halted = true;
                state = State::Open(known_by);
                occupied = match known_by {
                    KnownBy::Blocked(BlockedIn::Recv) => KnownBy::Blocked(BlockedIn::RecvElsewhere),
                    other => other,
                };
                next = Next::NobodyWhileListening;
            } else {
                let is_told = connection.inputs.iter().any(|input| matches!(input, Input::Stop));
                let stops = next == Next::Client && is_told && keep_running.swap(false, Ordering::Relaxed);
                if stops {
                    next = server.stops_without_client();
                }
                if next == Next::Client && server.keeps_connection(next) {
                    state = State::Open(KnownBy::Blocked(BlockedIn::Accept));
                    forgotten = Some(number);
                } else if !stops && server.keeps_connection(next) {
                    state = State::Open(KnownBy::Deadline);
                }
            }
        }
        let (unread, was_sending) = (stream.unread() > 0, stream.broke_while_sending);
        served.push(PredictedConnection { written: stream.written, unread, was_sending, state });
    }
    let has_stopped = !is_halted && next != Next::Client;
    World { listens: next.listens(), has_stopped, served, has_raised: server.has_raised() }
}

impl Link for SimulatedServerLink<'_> {
    fn deliver(&mut self, connection: usize, outgoing: Outgoing<'_>, _log: &mut Log<'_>) -> DeliveryOutcome {
        let until_read = outgoing.until == Until::Read;
        // The harness takes nothing of the replies before it resets the connection, and long ones do not fit.
        self.connections[connection].breaks_while_sending |=
            until_read && self.case.reading == Reading::Slowly;
        for piece in outgoing.pieces {
            self.input(connection, Input::Piece((*piece).into()));
        }
        if !until_read {
            return DeliveryOutcome::default();
        }
        // Everything is never read if the server has closed before; and if it has closed after, the harness sees either
        // the one or the other first.
        let sizes = self.sizes;
        let PredictedConnection { state, unread, was_sending, written } = &self.world().served[connection];
        let has_closed = *state == State::Closed && !was_sending;
        // The same goes for what a server has sent before it has read everything.
        let may_be_seen = sizes == TransferSizes::Short && (has_closed || !written.is_empty());
        let is_undelivered = *unread && !was_sending || may_be_seen;
        let nothing_read = Undelivered { obstacle: Obstacle::Closed, done: 0, pieces: outgoing.pieces.len() };
        DeliveryOutcome { requested: 0, undelivered: is_undelivered.then_some(nothing_read) }
    }

    fn pause(&mut self, connection: usize, log: &mut Log<'_>) -> Boundary {
        self.input(connection, Input::Pause);
        self.drain(connection, log);
        Boundary::Confirmed
    }

    fn outlast(&mut self, connection: usize, log: &mut Log<'_>) -> Option<Outlasted> {
        super::outlast(self.case, self, connection, log)
    }

    fn close(&mut self, connection: usize, how: Close, log: &mut Log<'_>) {
        let taken_len = self.connections[connection].taken_len;
        match how {
            Close::Half => self.input(connection, Input::End),
            // Where nothing came that could be left unread, the connection is closed and not reset.
            Close::Unread if self.world().served[connection].written.len() > taken_len => {
                self.input(connection, Input::Broken);
            }
            Close::AtOnce | Close::Unread => {
                self.connections[connection].gone = Some(Gone::Closed { taken_len });
                self.input(connection, Input::End);
            }
            Close::Reset { .. } => {
                if self.case.reading == Reading::AtOnce {
                    self.drain(connection, log);
                }
                self.input(connection, Input::Broken);
            }
        }
    }
}

impl ServerLink for SimulatedServerLink<'_> {
    fn connect(&mut self) -> Result<(), Entry> {
        if !self.world().listens {
            return Err(Entry::NotConnected { why: ConnectFailure::Refused { elsewhere: None } });
        }
        self.last = self.connections.len();
        self.connections.push(HarnessEnd::default());
        self.world = None;
        Ok(())
    }

    fn idle(&mut self) {
        self.idle_before.push(self.connections.len());
        self.world = None;
    }

    fn await_accept(&mut self, _connection: usize, _log: &mut Log<'_>) -> Accepting {
        Accepting::Possible
    }

    fn is_accepted(&mut self, connection: usize) -> Option<bool> {
        Some(!matches!(self.world().served[connection].state, State::Waiting(_)))
    }

    fn receive(&mut self, connection: usize, want: Want, log: &mut Log<'_>) -> WaitOutcome {
        let state = self.drain(connection, log);
        let incoming = log.incoming(connection);
        match want {
            Want::Len(_) if incoming.diverged() => WaitOutcome::Diverged,
            Want::Len(len) if incoming.received_len() >= len => WaitOutcome::Complete,
            Want::Len(_) | Want::End => match state {
                State::Open(known_by) | State::Waiting(known_by) => WaitOutcome::Silent(silent(known_by)),
                State::Closed | State::Refused => WaitOutcome::Ended,
            },
            Want::TrailingBytes | Want::Rest | Want::Reaction => WaitOutcome::Ended,
        }
    }

    fn server_memory(&mut self, _connection: usize) -> Option<u64> {
        None
    }

    fn stop_server(&mut self) -> Result<String, NotStopped> {
        self.input(self.last, Input::Stop);
        Ok("simulated".into())
    }

    fn port_after_stop(&mut self) -> Entry {
        let World { listens, has_stopped, .. } = *self.world();
        // One that has stopped does nothing but what it is told.
        let known_by = if has_stopped { KnownBy::Blocked(BlockedIn::Command) } else { KnownBy::Deadline };
        Entry::PortAfterStop { silence: silent(known_by), listening: listens }
    }

    fn was_killed(&mut self, _waits: bool) -> bool {
        false
    }
}
