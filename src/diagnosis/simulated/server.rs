//! The simulated link to a server: no sockets, and all input is known in advance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::silent;
use super::stream::{Gone, Input, Mark, SimulatedStream, TransferSizes};
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
    /// What the server has made of its input so far, or of what it had before the last of it came.
    world: Option<World>,
    is_current: bool,
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
    checkpoint: Checkpoint,
}

/// Where a server goes on from when there is more for it: it cannot be stopped where it waits.
struct Checkpoint {
    server: Server,
    keep_running: bool,
    next: Next,
    /// The last of its connections that it is done with, if it has not closed that.
    forgotten: Option<usize>,
    /// How many connections it is done with.
    number: usize,
    /// How far it has got with the one after them, and what it has sent there, once it has that.
    begun: Option<(Mark, Vec<u8>)>,
}

struct PredictedConnection {
    written: Vec<u8>,
    /// Whether some of what was sent has not been read.
    unread: bool,
    /// Whether it was still sending when the harness reset the connection.
    was_sending: bool,
    /// How much of what was written the harness may have taken before it resets the connection.
    taken_len: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub(super) fn new(case: &'a Case, program: &'a Program, sizes: TransferSizes) -> Self {
        let (connections, idle_before) = (Vec::new(), Vec::new());
        Self { case, program, sizes, connections, idle_before, last: 0, world: None, is_current: false }
    }

    /// Whether an exception was raised in the server.
    pub(super) fn has_raised(&mut self) -> bool {
        self.world().has_raised
    }

    fn input(&mut self, connection: usize, input: Input) {
        self.last = connection;
        self.connections[connection].inputs.push(input);
        self.is_current = false;
        if self.world.as_ref().is_some_and(|world| connection < world.checkpoint.number) {
            self.world = None;
        }
    }

    /// Takes what has come on a connection.
    fn drain(&mut self, number: usize, log: &mut Log<'_>) -> State {
        let PredictedConnection { written, state, unread, .. } = &self.world().served[number];
        let (len, state, unread) = (written.len(), *state, *unread);
        if !log.incoming(number).takes() {
            return state;
        }
        self.take(number, len, log);
        if matches!(state, State::Closed | State::Refused) {
            // Closing with bytes unread resets the connection.
            log.record_ended(number, if unread { Ending::Reset } else { Ending::Closed });
        }
        state
    }

    /// Takes what has come on a connection, up to so many bytes in all.
    fn take(&mut self, number: usize, len: usize, log: &mut Log<'_>) {
        let taken_len = self.connections[number].taken_len;
        if let Some(new) = self.world().served[number].written.get(taken_len..len) {
            log.record_received(number, new);
            self.connections[number].taken_len = len;
        }
    }

    /// What the server has made of everything until now.
    fn world(&mut self) -> &World {
        let Self { sizes, connections, idle_before, .. } = self;
        let current = match self.world.take() {
            Some(world) if self.is_current => world,
            before => {
                let before = before.unwrap_or_else(|| World::new(self.program, self.case));
                before.serve(*sizes, connections, idle_before)
            }
        };
        self.is_current = true;
        self.world.insert(current)
    }
}

impl World {
    /// Nobody has come yet.
    fn new(program: &Program, case: &Case) -> Self {
        let checkpoint = Checkpoint {
            server: Server::new(*program, case.assignment),
            keep_running: true,
            next: Next::Client,
            forgotten: None,
            number: 0,
            begun: None,
        };
        Self { served: Vec::new(), listens: true, has_stopped: false, has_raised: false, checkpoint }
    }

    /// What the server makes of everything that has come by now, if this is what it had made of the start of it.
    fn serve(self, sizes: TransferSizes, connections: &[HarnessEnd], idle_before: &[usize]) -> Self {
        let Self { mut served, checkpoint, .. } = self;
        let Checkpoint { server, keep_running, next, forgotten, number, mut begun } = checkpoint;
        served.truncate(number);
        let keep_running = Arc::new(AtomicBool::new(keep_running));
        let occupied = KnownBy::Deadline;
        let mut run = Run { server, keep_running, next, forgotten, served, occupied, halted: None };
        for (number, connection) in connections.iter().enumerate().skip(number) {
            if run.next == Next::Client && begun.is_none() && idle_before.contains(&number) {
                run.next = run.server.when_idle();
            }
            let sends_in_vain = run.server.sends_in_vain();
            let stream = connection.stream(sizes, sends_in_vain, &run.keep_running);
            run.take(connection, stream, begun.take());
        }
        run.into_world()
    }
}

/// A server that runs, and has not come to where it waits.
struct Run {
    server: Server,
    /// Becomes false when the server is told to stop.
    keep_running: Arc<AtomicBool>,
    next: Next,
    /// The last of its connections that it is done with, if it has not closed that.
    forgotten: Option<usize>,
    served: Vec<PredictedConnection>,
    /// How it would show what it does when it accepts no one.
    occupied: KnownBy,
    /// Where it was before it waited in vain.
    halted: Option<Checkpoint>,
}

impl Run {
    fn is_to_run(&self) -> bool {
        self.keep_running.load(Ordering::Relaxed)
    }

    /// Deals with the next connection, of which this is the server's end, and with which it may have begun before.
    fn take(&mut self, connection: &HarnessEnd, stream: SimulatedStream, begun: Option<(Mark, Vec<u8>)>) {
        let (stream, state) = match self.next {
            Next::Client => self.converse(connection, stream, begun),
            Next::Nobody | Next::NobodyWhileConnected => (stream, State::Refused),
            Next::NobodyWhileListening | Next::Nothing => (stream, State::Waiting(self.occupied)),
        };
        let (unread, was_sending) = (stream.unread() > 0, stream.broke_while_sending);
        let SimulatedStream { written, taken_len, .. } = stream;
        self.served.push(PredictedConnection { written, unread, was_sending, taken_len, state });
    }

    fn converse(
        &mut self,
        connection: &HarnessEnd,
        stream: SimulatedStream,
        begun: Option<(Mark, Vec<u8>)>,
    ) -> (SimulatedStream, State) {
        if let Some(earlier) = self.forgotten.take() {
            self.served[earlier].state = State::Closed;
        }
        let is_begun = begun.is_some();
        let mut stream = match begun {
            Some((mark, written)) => stream.at(mark, written),
            None => stream,
        };
        let keep_running = Arc::clone(&self.keep_running);
        let is_to_run = || keep_running.load(Ordering::Relaxed);
        let mut marked = (self.server.clone(), is_to_run(), is_begun.then(|| stream.mark()));
        self.next = self.server.serve_marking(&mut stream, is_begun, &is_to_run, &mut |server, stream| {
            marked = (server.clone(), is_to_run(), Some(stream.mark()));
        });
        let Some(known_by) = stream.halted else {
            let state = self.state_after(connection);
            return (stream, state);
        };
        self.next = Next::NobodyWhileListening;
        self.occupied = match known_by {
            KnownBy::Blocked(BlockedIn::Recv) => KnownBy::Blocked(BlockedIn::RecvElsewhere),
            other => other,
        };
        let (server, keep_running, mark) = marked;
        self.halted = Some(Checkpoint {
            server,
            keep_running,
            next: Next::Client,
            forgotten: None,
            number: self.served.len(),
            begun: mark.map(|mark| (mark, stream.written[..mark.written_len].to_vec())),
        });
        (stream, State::Open(known_by))
    }

    /// What becomes of a connection that the server is done with.
    fn state_after(&mut self, connection: &HarnessEnd) -> State {
        let is_told = connection.inputs.iter().any(|input| matches!(input, Input::Stop));
        let stops = self.next == Next::Client && is_told && self.keep_running.swap(false, Ordering::Relaxed);
        if stops {
            self.next = self.server.stops_without_client();
        }
        match self.server.keeps_connection(self.next) {
            true if self.next == Next::Client => {
                self.forgotten = Some(self.served.len());
                State::Open(KnownBy::Blocked(BlockedIn::Accept))
            }
            true if !stops => State::Open(KnownBy::Deadline),
            _ => State::Closed,
        }
    }

    fn into_world(self) -> World {
        let keep_running = self.is_to_run();
        let Self { server, next, forgotten, served, halted, .. } = self;
        let (listens, has_raised) = (next.listens(), server.has_raised());
        let has_stopped = halted.is_none() && next != Next::Client;
        let number = served.len();
        let at_the_end = || Checkpoint { server, keep_running, next, forgotten, number, begun: None };
        World { listens, has_stopped, has_raised, checkpoint: halted.unwrap_or_else(at_the_end), served }
    }
}

impl HarnessEnd {
    /// The server's end.
    fn stream(
        &self,
        sizes: TransferSizes,
        sends_in_vain: bool,
        keep_running: &Arc<AtomicBool>,
    ) -> SimulatedStream {
        let mut stream = SimulatedStream::new(self.inputs.iter().cloned(), sizes, self.breaks_while_sending);
        stream.keep_running = Arc::clone(keep_running);
        stream.gone = self.gone.filter(|_| !sends_in_vain);
        stream
    }
}

impl Link for SimulatedServerLink<'_> {
    fn deliver(&mut self, connection: usize, outgoing: Outgoing<'_>, log: &mut Log<'_>) -> DeliveryOutcome {
        let until_read = outgoing.until == Until::Read;
        // Once everything has been read, the harness takes nothing more before it resets the connection, and long replies do not
        // fit.
        if until_read && self.case.reading == Reading::Slowly {
            self.connections[connection].breaks_while_sending = true;
            // It may be something that was sent before which breaks it.
            self.world = None;
        }
        for piece in outgoing.pieces {
            self.input(connection, Input::Piece((*piece).into()));
        }
        if !until_read {
            return DeliveryOutcome::default();
        }
        // Everything is never read if the server has closed before; and if it has closed after, the harness sees either
        // the one or the other first.
        let sizes = self.sizes;
        let PredictedConnection { state, unread, was_sending, written, taken_len } =
            &self.world().served[connection];
        let taken_len = *taken_len;
        let has_closed = *state == State::Closed && !was_sending;
        // The same goes for what a server has sent before it has read everything.
        let may_be_seen = sizes == TransferSizes::Short && (has_closed || !written.is_empty());
        let is_undelivered = *unread && !was_sending || may_be_seen;
        self.take(connection, taken_len, log);
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
                // Nobody takes what was sent before and not taken yet, either.
                self.world = None;
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
        self.is_current = false;
        Ok(())
    }

    fn idle(&mut self) {
        self.idle_before.push(self.connections.len());
        self.is_current = false;
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

#[cfg(test)]
mod tests;
