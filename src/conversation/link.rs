//! What the interpreter needs of the world: sockets, or a simulation of them.

use std::time::Duration;

use super::{Answer, Entry, Incoming, Log, Operation, Undelivered};
use crate::delivery::Boundary;
use crate::silence::Silence;
use crate::verdict::HandInFault;

/// Why a server could not be told to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotStopped {
    /// Something is in the way that the user can change.
    Blocked {
        /// What, and what to do about it.
        why: String,
    },
    /// The server itself prevents it.
    Prevented {
        /// How.
        fault: HandInFault,
    },
}

/// What a wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitOutcome {
    /// What was awaited has come.
    Complete,
    /// The other side ended the connection first.
    Ended,
    /// Bytes came that are not the expected ones.
    Diverged,
    /// Nothing came.
    Silent(Silence),
    /// Bytes kept coming, but not all of them came within this time.
    Unfinished(Duration),
    /// Nothing came, but the program could not run for most of the time.
    Starved {
        /// How long it was awaited.
        waited: Duration,
        /// How long of that it has itself waited for a processor.
        queued: Duration,
    },
}

impl WaitOutcome {
    /// What to note of a wait that says nothing about the program.
    #[must_use]
    pub fn harness_error(self) -> Option<Entry> {
        let why = match self {
            Self::Starved { waited, queued } => format!(
                "The machine was too busy: of {} ms without an answer the program waited for a processor for {} ms.",
                waited.as_millis(),
                queued.as_millis()
            ),
            Self::Unfinished(waited) => format!(
                "The program was still making progress after {} ms, and had done nothing wrong so far. Give it more time with \
                 --deadline.",
                waited.as_millis()
            ),
            Self::Complete | Self::Ended | Self::Diverged | Self::Silent(_) => return None,
        };
        Some(Entry::HarnessError { why })
    }

    /// What to note of a wait on `connection` that came to nothing.
    #[must_use]
    pub const fn silence(self, connection: usize) -> Option<Entry> {
        match self {
            Self::Silent(silence) => Some(Entry::Silent { connection, silence }),
            Self::Unfinished(waited) => Some(Entry::Unfinished { connection, waited }),
            Self::Complete | Self::Ended | Self::Diverged | Self::Starved { .. } => None,
        }
    }
}

/// What is known of a connection that waits to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepting {
    /// It was accepted, or may be.
    Possible,
    /// The server stopped listening without having accepted it.
    Refused,
}

/// What is awaited of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// So many bytes in all.
    Len(usize),
    /// The end of the connection.
    End,
    /// Whatever follows bytes that are wrong, for a short while: evidence, not a condition.
    TrailingBytes,
    /// Whatever the other side still has to say to a client that sends no more.
    Rest,
    /// Whatever the other side makes of what was done last, until it has nothing left to do: what is sent after that is never
    /// read together with what was sent before. Where that cannot be seen, it is given some time.
    Reaction,
}

/// When a delivery is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The last piece is written.
    Written,
    /// The last piece was read by the other side.
    Read,
}

/// Bytes to deliver.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The pieces, each of which ends a read of the other side as far as that can be done.
    pub pieces: &'a [&'a [u8]],
    /// When the delivery is over.
    pub until: Until,
    /// Whether the end of what the harness sends follows, and has to arrive together with the last piece.
    pub with_end: bool,
}

impl<'a> Outgoing<'a> {
    /// Pieces of which the last one need not be read.
    #[must_use]
    pub const fn pieces(pieces: &'a [&'a [u8]]) -> Self {
        Self { pieces, until: Until::Written, with_end: false }
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryOutcome {
    /// How many of the boundaries between pieces were not seen to end a read of the other side.
    pub requested: usize,
    /// Why not everything could be sent.
    pub undelivered: Option<Undelivered>,
}

impl DeliveryOutcome {
    /// Adds what became of the next part of a delivery of so many `pieces`, of which so many were sent before. Tells whether there is
    /// use in sending more.
    pub(super) fn add(&mut self, part: Self, sent: usize, pieces: usize) -> bool {
        self.requested += part.requested;
        self.undelivered = part.undelivered.map(|why| Undelivered { done: sent + why.done, pieces, ..why });
        self.undelivered.is_none()
    }
}

/// What came of a timeout that the harness let pass before it sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlasted {
    /// How long the other side waits.
    pub timeout: Duration,
    /// Whether it had ended the connection, or answered what it was told, by then.
    pub gave_up: bool,
}

/// How the harness closes its end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// It sends no more, and still receives.
    Half,
    /// It leaves with what has come unread, which makes the system reset the connection.
    Unread,
    /// It closes, and what comes afterwards finds nobody there.
    AtOnce,
    /// It resets the connection.
    Reset {
        /// Whether it awaits the reaction to what it sent last before it does.
        awaits_reaction: bool,
    },
}

/// The harness's end of connections, whichever side it plays. Connections are numbered as in the [`Log`].
pub trait Link {
    /// Sends bytes, and takes what comes meanwhile.
    fn deliver(&mut self, connection: usize, outgoing: Outgoing<'_>, log: &mut Log<'_>) -> DeliveryOutcome;

    /// Sends nothing for longer than the other side waits for anything with a timeout, and takes what comes meanwhile.
    /// The pause is over as soon as it makes no difference any more. Tells whether the other side was seen to have read by then
    /// what was sent before.
    fn pause(&mut self, connection: usize, log: &mut Log<'_>) -> Boundary;

    /// Before something is sent: where the other side waits for it with a timeout so short that chance would decide whether it
    /// comes in time, lets the timeout pass, and tells what came of that.
    fn outlast(&mut self, connection: usize, log: &mut Log<'_>) -> Option<Outlasted>;

    /// Closes the harness's end.
    fn close(&mut self, connection: usize, how: Close, log: &mut Log<'_>);
}

/// A link whose other side is a server under test.
pub trait ServerLink: Link {
    /// Connects a new client, without adding it to the log.
    ///
    /// # Errors
    ///
    /// What to note of a connection that was not made.
    fn connect(&mut self) -> Result<(), Entry>;

    /// Does nothing while no client is there, for longer than the server waits for one with a timeout.
    fn idle(&mut self);

    /// Waits a while for the server to accept a connection. Tells whether it was seen that it never will.
    fn await_accept(&mut self, connection: usize, log: &mut Log<'_>) -> Accepting;

    /// Whether the server has accepted a connection, where that can be seen.
    fn is_accepted(&mut self, connection: usize) -> Option<bool>;

    /// Waits for what is wanted of a connection.
    fn receive(&mut self, connection: usize, want: Want, log: &mut Log<'_>) -> WaitOutcome;

    /// How much memory the server's program uses, in bytes, where that can be seen.
    fn server_memory(&mut self, connection: usize) -> Option<u64>;

    /// Tells the server to stop, once it has nothing else to do, and says how it was told.
    ///
    /// # Errors
    ///
    /// Why it could not be told, and what the user can do about that.
    fn stop_server(&mut self) -> Result<String, NotStopped>;

    /// Waits for a server that was told to stop to give up its port, and says what came of that.
    fn port_after_stop(&mut self) -> Entry;

    /// Whether a signal has ended the server's program. With `waits`, that is awaited for a while.
    fn was_killed(&mut self, waits: bool) -> bool;
}

/// How a client under test connected.
#[derive(Debug)]
pub struct ClientConnected {
    /// What it was told.
    pub operation: Operation,
    /// What it gave back.
    pub answer: Answer,
    /// Whether its connection came; if not, what to note.
    pub accepted: Result<(), Entry>,
}

/// What besides the answer to an operation is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alongside {
    /// Nothing.
    Nothing,
    /// All that should come on the connection.
    AllSent,
    /// The end of the connection.
    End,
}

impl Alongside {
    /// Whether nothing more is awaited of the connection.
    #[must_use]
    pub fn is_met_by(self, incoming: &Incoming<'_>) -> bool {
        match self {
            Self::Nothing => true,
            Self::AllSent => incoming.has_all(),
            Self::End => incoming.ended(),
        }
    }
}

/// A link whose other side is a client under test.
pub trait ClientLink: Link {
    /// Tells the client to connect, and takes its connection without adding it to the log.
    fn connect(&mut self, log: &mut Log<'_>) -> ClientConnected;

    /// Tells the client something, without waiting for its answer.
    fn tell(&mut self, operation: &Operation);

    /// Waits for the answer to what the client was told last, and for something else beside it on the connection that is
    /// open, if one is.
    fn answer(
        &mut self,
        connection: Option<usize>,
        alongside: Alongside,
        log: &mut Log<'_>,
    ) -> (Answer, WaitOutcome);

    /// Whether the client's errors are exceptions that its caller would have to catch, rather than answers.
    fn raises(&self) -> bool;

    /// How many bytes the client has left unread, where that can be seen.
    fn unread_by_client(&mut self, connection: usize) -> Option<usize>;

    /// Whether the client has made another connection, which nobody asked for.
    fn has_connected_again(&mut self) -> bool;
}

/// A link between a client and a server under test: the harness sees what it tells them, and what they answer. It stands
/// between them, and decides what is read together: the same as where it plays one of the two.
pub trait PairLink {
    /// What the client is told so that it connects to the server.
    fn connect_operation(&mut self) -> Operation;

    /// Tells the client something, and waits for its answer. What the server has sent is passed on only while the client
    /// receives: all of it at once.
    fn ask(&mut self, operation: &Operation, log: &mut Log<'_>) -> Answer;

    /// Passes on to the server, at once, what the client has sent until now, and waits for what the server makes of it.
    fn pass_on(&mut self);

    /// See [`ServerLink::stop_server`].
    ///
    /// # Errors
    ///
    /// Those of [`ServerLink::stop_server`].
    fn stop_server(&mut self) -> Result<String, NotStopped>;
}
