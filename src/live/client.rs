//! The link to a client under test: the harness listens, tells the client what to do, and waits for its answers while
//! the connection is served.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::connection::Connection;
use super::deadline::{Deadline, wait_for};
use super::pause::Look;
use super::{OpenEnds, Timing, stall};
use crate::conversation::{
    Alongside, Answer, ClientConnected, ClientLink, Close, DeliveryOutcome, Entry, Link, Log, Operation,
    Outgoing, Outlasted, WaitOutcome,
};
use crate::delivery::Boundary;
use crate::scenario::{Case, Reading};
use crate::silence::Silence;
use crate::target::RunningClient;

/// A client that is told one operation at a time.
pub(super) struct ClientUnderTest<'a> {
    client: &'a mut dyn RunningClient,
    /// The answer to the last operation, if it has come and was not taken.
    answer: Option<Answer>,
    /// Whether the last operation was to shut down.
    shuts_down: bool,
}

/// What has become of the last operation that a client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OperationState {
    /// It is still on its way to the client, which may be blocked until it comes.
    NotTold,
    /// It lies unread where the client finds it.
    Unread,
    UnderWay,
    Answered,
}

impl<'a> ClientUnderTest<'a> {
    pub(super) fn new(client: &'a mut dyn RunningClient) -> Self {
        Self { client, answer: None, shuts_down: false }
    }

    /// Tells the client to do something. If it cannot be told, the reason is its answer.
    pub(super) fn begin(&mut self, operation: &Operation) {
        self.shuts_down = *operation == Operation::ShutDown;
        self.answer =
            self.client.begin(operation.clone()).err().map(|error| Answer::Exited(error.to_string()));
    }

    /// Looks for the answer without waiting, and returns whether it is there.
    pub(super) fn has_answered(&mut self) -> bool {
        if self.answer.is_none() {
            self.answer = self.client.finish(Duration::ZERO);
        }
        self.answer.is_some()
    }

    /// Whether everything of the last operation has been written to where the client reads it.
    fn is_told(&self) -> bool {
        self.client.is_told()
    }

    fn operation_state(&mut self) -> OperationState {
        if self.has_answered() {
            OperationState::Answered
        } else if !self.is_told() {
            OperationState::NotTold
        } else if !self.client.has_read() {
            OperationState::Unread
        } else {
            OperationState::UnderWay
        }
    }

    /// Whether the answer is there and says that the operation failed.
    pub(super) const fn has_failed(&self) -> bool {
        matches!(self.answer, Some(Answer::Error(_) | Answer::Exited(_)))
    }

    /// The answer, or that there was none.
    fn take(&mut self, silence: Silence) -> Answer {
        self.answer.take().unwrap_or(Answer::Silent(silence))
    }

    /// Waits for an answer, or for `also` to be ready.
    pub(super) fn wait<'b>(&self, also: impl IntoIterator<Item = PollFd<'b>>, deadline: &Deadline) {
        let ready = self.client.answer_ready();
        let own = self.answer.is_none().then(|| PollFd::new(&ready, PollFlags::IN));
        let mut descriptors: Vec<_> = own.into_iter().collect();
        for one in also {
            descriptors.push(one);
        }
        wait_for(&mut descriptors, deadline.remaining());
    }

    /// Which limit has passed. A client that has not been told everything is not silent.
    pub(super) fn expired(&self, deadline: &mut Deadline) -> Option<WaitOutcome> {
        if !self.is_told() {
            deadline.progress();
        }
        deadline.expired()
    }

    /// Waits for the answer alone.
    pub(super) fn answer(
        &mut self,
        mut deadline: Deadline,
        timing: &Timing,
        log: &mut Log<'_>,
    ) -> (Answer, WaitOutcome) {
        let outcome = loop {
            if self.has_answered() {
                break WaitOutcome::Complete;
            }
            if let Some(expired) = self.expired(&mut deadline) {
                break expired;
            }
            self.wait(None, &deadline);
        };
        (self.take_after(outcome, timing, log), outcome)
    }

    /// The answer after a wait that came to `outcome`, or for how long there was none.
    pub(super) fn take_after(&mut self, outcome: WaitOutcome, timing: &Timing, log: &mut Log<'_>) -> Answer {
        outcome.harness_error().into_iter().for_each(|entry| log.push(entry));
        self.take(match outcome {
            WaitOutcome::Silent(silence) => silence,
            WaitOutcome::Diverged => Silence::of_deadline(timing.trailing()),
            WaitOutcome::Unfinished(waited) => Silence::of_deadline(waited),
            WaitOutcome::Complete | WaitOutcome::Ended | WaitOutcome::Starved { .. } => {
                Silence::of_deadline(timing.deadline)
            }
        })
    }

    /// Waits for the answer and for something else alongside, and takes what comes on the connection.
    ///
    /// An answer that says that the operation failed is awaited no longer, and neither are bytes that are
    /// wrong or cannot come any more.
    fn answer_alongside(
        &mut self,
        connection: &mut Connection,
        alongside: Alongside,
        number: usize,
        timing: &Timing,
        log: &mut Log<'_>,
    ) -> (Answer, WaitOutcome) {
        let mut deadline = connection.deadline(timing);
        let mut is_end_answered = false;
        let outcome = loop {
            if connection.drain(log) {
                deadline.progress();
            }
            // As every server does: a client may wait for that before it has shut down.
            if self.shuts_down && !is_end_answered && log.incoming(number).ended() {
                connection.half_close();
                is_end_answered = true;
                deadline.progress();
            }
            if log.incoming(number).diverged() {
                break WaitOutcome::Diverged;
            }
            let answered = self.has_answered();
            let incoming = log.incoming(number);
            let is_enough = alongside.is_met_by(incoming);
            if answered && (self.has_failed() || is_enough) {
                break WaitOutcome::Complete;
            }
            if answered && incoming.ended() {
                break WaitOutcome::Ended;
            }
            if let Some(expired) = self.expired(&mut deadline) {
                break expired;
            }
            // Where the client will send no more there is nothing to read.
            let pollable = (!incoming.ended()).then(|| connection.pollable());
            self.wait(pollable, &deadline);
        };
        if outcome == WaitOutcome::Diverged {
            connection.receive_trailing(timing, log);
            self.has_answered();
        }
        (self.take_after(outcome, timing, log), outcome)
    }
}

/// The harness as the server of a client under test.
pub(super) struct LiveClientLink<'a> {
    client: ClientUnderTest<'a>,
    timing: &'a mut Timing,
    reading: Reading,
    buffer_size: usize,
    listener: TcpListener,
    address: SocketAddr,
    /// How many connections were made.
    made: usize,
    /// The last one, with its number, while the harness's end is open.
    current: Option<(usize, Connection)>,
}

impl<'a> LiveClientLink<'a> {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// What to note where that is not possible.
    pub(super) fn new(
        case: &Case,
        client: &'a mut dyn RunningClient,
        timing: &'a mut Timing,
    ) -> Result<Self, Entry> {
        let listen = || {
            let listener = listen(case.reading)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listen().map_err(|error: io::Error| not_taken(&error))?;
        Ok(Self {
            client: ClientUnderTest::new(client),
            timing,
            reading: case.reading,
            buffer_size: case.assignment.buffer_size,
            listener,
            address,
            made: 0,
            current: None,
        })
    }

    pub(super) fn into_open_ends(self) -> OpenEnds {
        let connections = self.current.into_iter().map(|(_, connection)| connection).collect();
        // Nothing listens any more: a client that connects again must not wait for that.
        OpenEnds(connections)
    }

    /// Waits for a connection and for the client to say that it has one, and tells how long at most.
    fn accept(&mut self, log: &mut Log<'_>) -> (io::Result<Option<TcpStream>>, Silence) {
        let mut deadline = Deadline::start(self.timing);
        let usual = Silence::of_deadline(self.timing.deadline);
        let mut accepted = None;
        loop {
            if accepted.is_none() {
                accepted = match self.listener.accept() {
                    Ok((stream, _)) => Some(stream),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                    Err(error) => return (Err(error), usual),
                };
            }
            if self.client.has_answered() && (accepted.is_some() || self.client.has_failed()) {
                return (Ok(accepted), usual);
            }
            if let Some(expired) = self.client.expired(&mut deadline) {
                expired.harness_error().into_iter().for_each(|entry| log.push(entry));
                let silence = if let WaitOutcome::Silent(silence) = expired { silence } else { usual };
                return (Ok(accepted), silence);
            }
            let listener = accepted.is_none().then(|| PollFd::new(&self.listener, PollFlags::IN));
            self.client.wait(listener, &deadline);
        }
    }
}

/// Listens for a client, at a port of its own.
pub(super) fn listen(reading: Reading) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    if reading == Reading::Slowly {
        stall::shrink_buffers(&listener)?;
    }
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// That a connection of the client could not be taken, which is not its fault.
pub(super) fn not_taken(error: &io::Error) -> Entry {
    Entry::HarnessError { why: format!("The harness could not take the client's connection: {error}.") }
}

impl Link for LiveClientLink<'_> {
    fn deliver(&mut self, connection: usize, outgoing: Outgoing<'_>, log: &mut Log<'_>) -> DeliveryOutcome {
        match &mut self.current {
            Some((number, current)) if *number == connection => {
                current.deliver(outgoing, || self.client.is_told(), self.timing, log)
            }
            _ => DeliveryOutcome::default(),
        }
    }

    fn pause(&mut self, connection: usize, log: &mut Log<'_>) -> Boundary {
        let current = self.current.as_mut().filter(|(number, _)| *number == connection);
        let Some((_, current)) = current else { return Boundary::Unconfirmed };
        current.pause(|| self.client.operation_state(), self.timing, log)
    }

    fn outlast(&mut self, connection: usize, log: &mut Log<'_>) -> Option<Outlasted> {
        let (_, current) = self.current.as_mut().filter(|(number, _)| *number == connection)?;
        // What comes before it waits for it is lost on a client that takes what comes only then. That must not be left to chance.
        current.outlast(Look::EachTime, || self.client.operation_state(), self.timing, log)
    }

    fn close(&mut self, connection: usize, how: Close, _log: &mut Log<'_>) {
        match (how, self.current.take_if(|(number, _)| *number == connection)) {
            (Close::Half, Some((number, current))) => {
                current.half_close();
                current.let_end_arrive(self.timing);
                self.current = Some((number, current));
            }
            (Close::Reset { .. }, Some((_, current))) => current.reset(),
            (Close::Unread | Close::AtOnce, Some((_, current))) => current.close(),
            (_, None) => {}
        }
    }
}

impl ClientLink for LiveClientLink<'_> {
    fn connect(&mut self, log: &mut Log<'_>) -> ClientConnected {
        let operation = Operation::Connect {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            buffer_size: self.buffer_size,
        };
        self.client.begin(&operation);
        let (accepted, silence) = self.accept(log);
        let answer = self.client.take(silence);
        let connection = match accepted {
            Ok(Some(stream)) => Connection::new(stream, self.made, self.reading, self.timing)
                .map_err(|error| not_taken(&error)),
            Ok(None) => Err(Entry::NeverConnected { silence }),
            Err(error) => Err(not_taken(&error)),
        };
        let accepted = connection.map(|connection| {
            self.current = Some((self.made, connection));
            self.made += 1;
        });
        ClientConnected { operation, answer, accepted }
    }

    fn tell(&mut self, operation: &Operation) {
        self.client.begin(operation);
    }

    fn answer(
        &mut self,
        connection: Option<usize>,
        alongside: Alongside,
        log: &mut Log<'_>,
    ) -> (Answer, WaitOutcome) {
        let Some((number, current)) = self.current.as_mut().filter(|(number, _)| Some(*number) == connection)
        else {
            return self.client.answer(Deadline::start(self.timing), self.timing, log);
        };
        if alongside == Alongside::AllSent && self.reading == Reading::Slowly {
            current.wait_for_stall(|| self.client.has_answered());
        }
        self.client.answer_alongside(current, alongside, *number, self.timing, log)
    }

    fn raises(&self) -> bool {
        self.client.client.raises()
    }

    fn unread_by_client(&mut self, connection: usize) -> Option<usize> {
        let (_, current) = self.current.as_ref().filter(|(number, _)| *number == connection)?;
        current.unread_by_peer(self.timing)
    }

    fn has_connected_again(&mut self) -> bool {
        self.listener.accept().is_ok()
    }
}
