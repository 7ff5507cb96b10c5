//! Conversations: the one interpreter of a [`Case`](crate::scenario::Case), and what it leaves behind.
//!
//! [`converse_with_server`], [`converse_with_client`] and [`converse_as_pair`] do what a case says and keep a
//! [`Transcript`] of what happened. They see the world through a [link](Link): `live` has one over sockets, `diagnosis` one
//! over a simulation, and whatever is predicted is played by the same code as what is graded.
//!
//! Nothing here judges, opens a socket or reads a clock. A conversation ends as soon as what should have come can no
//! longer come, and leaves it to the judge to say what that means.

mod client;
mod clock;
mod incoming;
mod link;
mod log;
mod operation;
mod pair;
mod reply_queue;
mod server;
mod transcript;

use std::ops::ControlFlow;

pub use client::converse_with_client;
pub use clock::Clock;
pub use incoming::Incoming;
pub use link::{
    Accepting, Alongside, ClientConnected, ClientLink, Close, DeliveryOutcome, Link, NotStopped, Outgoing,
    Outlasted, PairLink, ServerLink, Until, WaitOutcome, Want,
};
pub use log::Log;
pub use operation::{Answer, Malformation, Operation, OperationKind};
pub use pair::converse_as_pair;
pub use reply_queue::ReplyQueue;
pub use server::converse_with_server;
pub use transcript::{ConnectFailure, Ending, Entry, Obstacle, Transcript, Undelivered};

use crate::delivery::Boundary;
use crate::scenario::{Action, Sending};
use crate::side::Casting;

/// Whether a conversation goes on.
type Flow = ControlFlow<()>;

/// Before how many pieces of one delivery a short timeout is outlasted: a length in single bytes, and what follows it. More
/// would show nothing new, and take long where a right program looks again and again whether something has come.
const OUTLASTED_PIECES: usize = 5;

/// Sends bytes in the way of the case.
fn deliver(
    link: &mut (impl Link + ?Sized),
    sending: Sending,
    connection: usize,
    outgoing: Outgoing<'_>,
    log: &mut Log<'_>,
) -> DeliveryOutcome {
    match sending {
        Sending::WithPauses => deliver_with_pauses(link, connection, outgoing.pieces, log),
        Sending::AtOnce | Sending::AfterTimeouts => match link.outlast(connection, log) {
            None => link.deliver(connection, outgoing, log),
            Some(Outlasted { timeout, gave_up }) => {
                log.push(Entry::TimeoutPassed { connection, timeout, gave_up });
                deliver_after_timeouts(link, connection, outgoing, log)
            }
        },
    }
}

/// Sends pieces to a side whose timeout has passed before the first of them, and passes before the next few.
fn deliver_after_timeouts(
    link: &mut (impl Link + ?Sized),
    connection: usize,
    outgoing: Outgoing<'_>,
    log: &mut Log<'_>,
) -> DeliveryOutcome {
    let alone = OUTLASTED_PIECES.min(outgoing.pieces.len()).saturating_sub(1);
    let (first, rest) = outgoing.pieces.split_at(alone);
    let mut delivered = DeliveryOutcome::default();
    for (number, piece) in first.iter().enumerate() {
        // After an empty piece the one before it has been read.
        let one = link.deliver(connection, Outgoing::pieces(&[piece, b""]), log);
        if !delivered.add(one, number, outgoing.pieces.len()) {
            return delivered;
        }
        link.outlast(connection, log);
    }
    let rest = link.deliver(connection, Outgoing { pieces: rest, ..outgoing }, log);
    delivered.add(rest, alone, outgoing.pieces.len());
    delivered
}

/// Sends pieces with a pause between each two.
fn deliver_with_pauses(
    link: &mut (impl Link + ?Sized),
    connection: usize,
    pieces: &[&[u8]],
    log: &mut Log<'_>,
) -> DeliveryOutcome {
    let mut delivered = DeliveryOutcome::default();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            let boundary = link.pause(connection, log);
            delivered.requested += usize::from(boundary == Boundary::Unconfirmed);
        }
        let one = link.deliver(connection, Outgoing::pieces(&[piece]), log);
        if !delivered.add(one, number, pieces.len()) {
            break;
        }
    }
    delivered
}

/// Notes that `messages` were sent as `pieces`.
fn record_sent(
    connection: usize,
    messages: usize,
    pieces: &[&[u8]],
    delivered: DeliveryOutcome,
    log: &mut Log<'_>,
) {
    let out_of_time = delivered.undelivered.as_ref().and_then(|why| match why.obstacle {
        Obstacle::OutOfTime { waited } => Some(WaitOutcome::Unfinished(waited)),
        _ => None,
    });
    log.push(Entry::Sent {
        connection,
        messages,
        len: pieces.iter().map(|piece| piece.len()).sum(),
        pieces: pieces.len(),
        requested: delivered.requested,
        undelivered: delivered.undelivered,
    });
    out_of_time.and_then(WaitOutcome::harness_error).into_iter().for_each(|entry| log.push(entry));
}

/// Notes whether the server could be told to stop. If not, the conversation cannot go on.
fn record_stop(told: Result<String, NotStopped>, log: &mut Log<'_>) -> Flow {
    match told {
        Ok(how) => {
            log.push(Entry::ToldToStop { how });
            Flow::Continue(())
        }
        Err(NotStopped::Blocked { why }) => {
            log.push(Entry::StopFailed { why });
            Flow::Break(())
        }
        Err(NotStopped::Prevented { fault }) => {
            log.push(Entry::StopPrevented { fault });
            Flow::Break(())
        }
    }
}

/// Aborts a case with an action that no arm of an interpreter plays: the side under test cannot be made to do it. Of the
/// actions that suit its casting an interpreter leaves out none.
fn abort_unplayable(action: &Action, casting: Casting, log: &mut Log<'_>) -> Flow {
    debug_assert!(!action.suits(casting), "the interpreter has no arm for {action:?}");
    log.push(Entry::HarnessError { why: format!("This side cannot be made to do this: {action:?}.") });
    Flow::Break(())
}
