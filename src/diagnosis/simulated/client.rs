//! The simulated link to a client: no sockets, and all input is known in advance.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::silent;
use super::stream::{Gone, Input, SimulatedStream, TransferSizes};
use crate::bug::{Client, Dial, Program};
use crate::conversation::{
    Alongside, Answer, ClientConnected, ClientLink, Close, DeliveryOutcome, Ending, Link, Log, Operation,
    Outgoing, Outlasted, WaitOutcome,
};
use crate::delivery::Boundary;
use crate::scenario::Case;
use crate::silence::KnownBy;

/// A client that connects more often than this never stops.
const CONNECTIONS_MAX: usize = 100;

/// The harness's end of the last connection, and the client at the other.
pub(super) struct SimulatedClientLink<'a> {
    case: &'a Case,
    program: &'a Program,
    sizes: TransferSizes,
    client: Option<Client>,
    /// What the client was told, and does once it has all that was sent meanwhile.
    told: Option<Operation>,
    stream: Shared,
    /// How much of what the client has sent was taken.
    taken_len: usize,
}

/// A stream that the client has in its hands and the harness looks at.
#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<SimulatedStream>>);

impl Shared {
    fn new(sizes: TransferSizes) -> Self {
        Self(Arc::new(Mutex::new(SimulatedStream::new([], sizes, false))))
    }

    fn lock(&self) -> MutexGuard<'_, SimulatedStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client's hand on a stream: when it is dropped, the connection is closed.
struct Held(Shared);

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().read(buffer)
    }
}

impl Write for Held {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().closed = true;
    }
}

/// A connection that a client has made besides its first one, which this is: the harness accepts only that. The system takes what is
/// sent to it, and nothing comes.
struct Unaccepted(Shared);

impl Read for Unaccepted {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        // What it waits in depends on how it reads.
        self.0.lock().halted = Some(KnownBy::Deadline);
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Write for Unaccepted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> SimulatedClientLink<'a> {
    pub(super) fn new(case: &'a Case, program: &'a Program, sizes: TransferSizes) -> Self {
        Self { case, program, sizes, client: None, told: None, stream: Shared::new(sizes), taken_len: 0 }
    }

    /// What the client gives back for what it was told last.
    fn obey(&mut self) -> Answer {
        let (Some(client), Some(operation)) = (&mut self.client, self.told.take()) else {
            return Answer::Error(String::new());
        };
        let answer = match operation {
            Operation::Connect { .. } => Answer::Done,
            Operation::SendMessage(message) => client.send_message(&message),
            Operation::ReceiveMessage => client.receive_message(),
            Operation::ShutDown => client.shut_down(),
        };
        self.stream.lock().halted.map_or(answer, |known_by| Answer::Silent(silent(known_by)))
    }

    /// Takes what the client has sent.
    fn drain(&mut self, connection: usize, log: &mut Log<'_>) {
        if !log.incoming(connection).takes() {
            return;
        }
        let stream = self.stream.lock();
        log.record_received(connection, &stream.written[self.taken_len..]);
        self.taken_len = stream.written.len();
        if stream.closed {
            log.record_ended(connection, Ending::Closed);
        }
    }
}

impl Link for SimulatedClientLink<'_> {
    fn deliver(&mut self, _connection: usize, outgoing: Outgoing<'_>, _log: &mut Log<'_>) -> DeliveryOutcome {
        let mut stream = self.stream.lock();
        outgoing.pieces.iter().for_each(|piece| stream.push(Input::Piece((*piece).into())));
        DeliveryOutcome::default()
    }

    fn pause(&mut self, _connection: usize, _log: &mut Log<'_>) -> Boundary {
        self.stream.lock().push(Input::Pause);
        Boundary::Confirmed
    }

    fn outlast(&mut self, connection: usize, log: &mut Log<'_>) -> Option<Outlasted> {
        super::outlast(self.case, self, connection, log)
    }

    fn close(&mut self, _connection: usize, how: Close, _log: &mut Log<'_>) {
        let mut stream = self.stream.lock();
        let (input, gone) = match how {
            Close::Half => (Input::End, None),
            Close::AtOnce => (Input::End, Some(Gone::Closed { taken_len: stream.written.len() })),
            Close::Unread | Close::Reset { .. } => (Input::Broken, Some(Gone::Reset)),
        };
        stream.gone = gone;
        stream.push(input);
    }
}

impl ClientLink for SimulatedClientLink<'_> {
    fn connect(&mut self, _log: &mut Log<'_>) -> ClientConnected {
        let stream = Shared::new(self.sizes);
        let (first, mut connections) = (stream.clone(), 0);
        let dial: Dial = Box::new(move || {
            connections += 1;
            if connections == 1 {
                return Ok(Box::new(Held(first.clone())));
            }
            let mut stream = first.lock();
            stream.has_caller = true;
            if connections > CONNECTIONS_MAX {
                stream.halted = Some(KnownBy::Deadline);
            }
            // One that waits there already does nothing more.
            if stream.halted.is_some() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Ok(Box::new(Unaccepted(first.clone())))
        });
        let assignment = self.case.assignment;
        self.client = Client::connect(*self.program, assignment, dial).ok();
        (self.stream, self.taken_len) = (stream, 0);
        let buffer_size = assignment.buffer_size;
        let operation = Operation::Connect { host: String::new(), port: 0, buffer_size };
        ClientConnected { operation, answer: Answer::Done, accepted: Ok(()) }
    }

    fn tell(&mut self, operation: &Operation) {
        self.told = Some(operation.clone());
    }

    fn answer(
        &mut self,
        connection: Option<usize>,
        alongside: Alongside,
        log: &mut Log<'_>,
    ) -> (Answer, WaitOutcome) {
        let answer = self.obey();
        let has_failed = matches!(answer, Answer::Error(_));
        let silence = if let Answer::Silent(silence) = &answer { Some(*silence) } else { None };
        let Some(connection) = connection else { return (answer, WaitOutcome::Complete) };
        self.drain(connection, log);
        let incoming = log.incoming(connection);
        let is_enough = alongside.is_met_by(incoming);
        let outcome = if incoming.diverged() {
            WaitOutcome::Diverged
        } else if let Some(silence) = silence {
            WaitOutcome::Silent(silence)
        } else if has_failed || is_enough {
            WaitOutcome::Complete
        } else if incoming.ended() {
            WaitOutcome::Ended
        } else {
            WaitOutcome::Silent(silent(KnownBy::Deadline))
        };
        (answer, outcome)
    }

    fn raises(&self) -> bool {
        true
    }

    fn unread_by_client(&mut self, _connection: usize) -> Option<usize> {
        Some(self.stream.lock().unread())
    }

    fn has_connected_again(&mut self) -> bool {
        self.stream.lock().has_caller
    }
}
