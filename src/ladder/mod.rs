//! A conversation as a ladder: two lifelines with time running down, and a rung for each thing that passed between them.
//!
//! This module owns how a transcript becomes a picture: in which order things happened where the transcript leaves that open,
//! what belongs together, and what of it is wrong. It must not judge, because what is wrong is what the finding says; and it must
//! not put anything into words or lines, because [`crate::prose`] and the reports do that.

mod build;
mod client;
mod collapse;
mod send;
mod server;
mod wrong;

use std::time::Duration;

use crate::assignment::Assignment;
use crate::conversation::{Answer, ConnectFailure, Ending, Operation, Undelivered};
use crate::delivery::Boundary;
use crate::event::{CallShows, Crash, PlayedCase, SocketCall, Trace};
use crate::side::{Casting, Side};
use crate::silence::Silence;
use crate::verdict::{ExpectedAnswer, Finding, HandInFault};

use build::Builder;

/// What happened in one conversation, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Which side was under test; the other one was the harness.
    pub casting: Casting,
    /// The assignment that it was played for.
    pub assignment: Assignment,
    /// How many connections were made.
    pub connections: usize,
    /// What happened, in order.
    pub rungs: Vec<Rung>,
}

/// What was found of a trial.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found<'a> {
    /// What was wrong.
    pub finding: Option<&'a Finding>,
    /// What broke the program under test.
    pub crash: Option<&'a Crash>,
    /// What the program did when it was played once more.
    pub trace: Option<&'a Trace>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// How long after the start of the conversation; nothing where the transcript does not say. Of what the harness sent it is
    /// when all of it was sent, and of what it received when the first byte of it came.
    pub at: Option<Duration>,
    /// On which connection, counted from 0; nothing where it concerns none.
    pub connection: Option<usize>,
    /// What.
    pub kind: RungKind,
    /// Whether it is what the finding is about.
    pub is_wrong: bool,
}

/// What can happen in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungKind {
    /// The client connects.
    Connects,
    /// The harness could not connect.
    NotConnected(ConnectFailure),
    /// The client under test made no connection.
    NeverConnected(Silence),
    /// No program took the connection.
    NotAccepted(Option<Silence>),
    /// Bytes go from one side to the other.
    Bytes(Bytes),
    /// More pieces of the same send, which are not shown one by one.
    MorePieces {
        /// Who sends them.
        from: Side,
        /// How many.
        count: usize,
        /// The lengths of the shortest and of the longest of them, in bytes.
        lens: (usize, usize),
        /// What is known of where they end.
        boundary: Boundary,
    },
    /// Not all of a send could be sent.
    Undelivered(Undelivered),
    /// A frame that had to come, and has not.
    Missing {
        /// What it would have been.
        owed: Bytes,
        /// Its number, counted from 0.
        frame: usize,
        /// Whether something else came instead.
        is_replaced: bool,
    },
    /// A side was waited for in vain.
    Silent {
        /// Which side.
        side: Side,
        /// For how long, and how it is known.
        silence: Silence,
    },
    /// A side was not done after this time.
    Unfinished {
        /// Which side.
        side: Side,
        /// After how long.
        waited: Duration,
    },
    /// A side ends the connection.
    Ends {
        /// Which side.
        by: Side,
        /// How.
        ending: Ending,
    },
    /// Both sides close the connection, this one first.
    BothClose {
        /// Which one.
        first: Side,
    },
    /// The server is told to stop.
    ToldToStop {
        /// In which way.
        how: String,
    },
    /// The hand-in keeps the harness from telling the server to stop.
    StopPrevented(HandInFault),
    /// A signal of the harness has ended the server's program.
    Killed,
    /// After the stop, whether the server's port was still in use.
    PortAfterStop {
        /// How long was waited for it to be given up.
        silence: Silence,
        /// Whether something still listened.
        listening: bool,
    },
    /// The client under test was told to do something, and this came of it.
    Called {
        /// What it was told.
        operation: Operation,
        /// What came of it.
        answer: Answer,
    },
    /// What the call before should have come to.
    Due(ExpectedAnswer),
    /// The program under test waited with this timeout, and the harness let it pass before it sent anything more.
    TimeoutPassed(Duration),
    /// The memory of the server's program grew, by so many bytes.
    MemoryGrew(u64),
    /// The client had read so many bytes of the replies after the one that it was told to receive.
    ReadAhead(usize),
    /// The client made another connection, unasked.
    ConnectedAgain,
    /// The call of the program under test that shows what went wrong, when it was played once more.
    Culprit {
        /// The call.
        call: SocketCall,
        /// What it shows.
        shows: CallShows,
    },
    /// The program under test broke.
    Crashed(Crash),
    /// Something that is the harness's or the machine's business stood in the way.
    Trouble {
        /// What.
        why: String,
    },
    /// What stands in the rungs before is repeated.
    Repeated {
        /// How many rungs before this one are meant.
        rungs: usize,
        /// How many times more they happen.
        times: usize,
        /// Whether each time it is another connection.
        is_each_anew: bool,
    },
    /// Some of what happened is not shown: so many rungs.
    LeftOut(usize),
}

/// Bytes that go from one side to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// Who sends them.
    pub from: Side,
    /// What they are.
    pub contents: Contents,
    /// How many.
    pub len: usize,
    /// The first of them: at most [`HEAD_LEN`].
    pub head: Vec<u8>,
    /// Which piece of a send they are; nothing where it was not cut.
    pub piece: Option<Piece>,
}

/// What bytes are. Frames are counted from 0, on each connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Whole frames, as they have to be.
    Frames {
        /// The number of the first.
        first: usize,
        /// How many.
        count: usize,
        /// How many bytes of the next came with them.
        ahead: usize,
    },
    /// The beginning of a frame, of which no more came.
    Part {
        /// Its number.
        frame: usize,
        /// Its length, in bytes.
        of: usize,
    },
    /// Anything else.
    Other {
        /// The number of the frame that had to come instead; nothing where none had to.
        instead_of: Option<usize>,
    },
}

/// A piece of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its number, counted from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Whether a read of the other side was seen to end behind it; nothing for the last.
    pub boundary: Option<Boundary>,
}

impl Bytes {
    /// These, which were not cut.
    fn new(from: Side, contents: Contents, bytes: &[u8]) -> Self {
        let head = bytes[..bytes.len().min(HEAD_LEN)].to_vec();
        Self { from, contents, len: bytes.len(), head, piece: None }
    }
}

/// How many of the first bytes are kept of what was sent, to show them.
pub const HEAD_LEN: usize = 80;

impl Ladder {
    /// The ladder of what was `played` in `casting`, with what was found wrong.
    #[must_use]
    pub fn new(played: &PlayedCase, casting: Casting, found: Found<'_>) -> Self {
        let Found { finding, crash, trace } = found;
        let mut builder = Builder::new(played, casting, finding);
        match casting {
            Casting::SERVER => server::climb(&mut builder),
            Casting::CLIENT => client::climb(&mut builder),
            // What passes between the sides of a pair is not seen.
            Casting::Pair => {}
        }
        let (connections, rungs) = builder.finish(crash, trace);
        Self { casting, assignment: played.case.assignment, connections, rungs: collapse::collapse(rungs) }
    }

    /// Whether the harness plays this side.
    #[must_use]
    pub fn is_harness(&self, side: Side) -> bool {
        self.casting.side().is_some_and(|under_test| under_test != side)
    }
}

#[cfg(test)]
mod tests;
