//! That a program did nothing, and how that is known.

use crate::english::ms;
use crate::side::Side;
use crate::silence::{BlockedIn, KnownBy, Silence};

/// That something was awaited of a side in vain: `The server sent no reply` becomes `The server sent no reply within 2000 ms.`
pub(super) fn in_vain(what: &str, side: Side, silence: Silence) -> String {
    match silence.known_by {
        KnownBy::Deadline => format!("{what} within {}.", ms(silence.waited)),
        KnownBy::Blocked(within) => format!("{what} and never will: it {}.", waits(side, within)),
        KnownBy::Spinning => {
            format!("{what}: it kept a processor busy for {} and moved no byte.", ms(silence.waited))
        }
    }
}

/// That a client which was told to connect did not.
pub(super) fn never_connected(silence: Silence) -> String {
    match silence.known_by {
        // It has done what it was told, as far as it knows.
        KnownBy::Blocked(BlockedIn::Command) => {
            "The client did not connect: it said that it was ready, but no connection had come.".into()
        }
        KnownBy::Blocked(_) | KnownBy::Deadline | KnownBy::Spinning => {
            in_vain("The client did not connect", Side::Client, silence)
        }
    }
}

/// What a program did instead of anything else, behind its name: `sent nothing for 2000 ms`.
pub(super) fn did_nothing(side: Side, silence: Silence) -> String {
    match silence.known_by {
        KnownBy::Deadline => format!("sent nothing for {}", ms(silence.waited)),
        KnownBy::Blocked(within) => waits(side, within).to_owned(),
        KnownBy::Spinning => format!("kept a processor busy for {} and sent nothing", ms(silence.waited)),
    }
}

/// How a connection ended on which nothing more came, in a word or two.
pub(super) fn ended(silence: Silence) -> String {
    match silence.known_by {
        KnownBy::Deadline => format!("silent for {}", ms(silence.waited)),
        // It waits for nothing.
        KnownBy::Blocked(BlockedIn::Command) => "the connection was still open".to_owned(),
        KnownBy::Blocked(_) => "waits for ever".to_owned(),
        KnownBy::Spinning => format!("busy for {} without sending anything", ms(silence.waited)),
    }
}

/// What a program does that can do nothing else.
const fn waits(side: Side, within: BlockedIn) -> &'static str {
    match within {
        BlockedIn::Recv => "is blocked in recv, with no more data on its way",
        BlockedIn::Poll => "is blocked in poll, with no more data on its way",
        BlockedIn::Accept => "is blocked in accept, waiting for another connection",
        BlockedIn::RecvElsewhere => "is blocked in recv on another connection",
        BlockedIn::Lock => "is blocked on a lock or in a join, and so are all of its threads",
        BlockedIn::Child => "waits for a child process, which is blocked too",
        BlockedIn::Signal => "waits for a signal that nothing sends",
        BlockedIn::Read => "is blocked in read, on something other than the connection",
        BlockedIn::Command => match side {
            Side::Server => "has nothing left to do, as its start() has ended",
            Side::Client => "has nothing left to do, as it has returned from all that it was told to do",
        },
        BlockedIn::Sleep => "sleeps for longer than anything is waited for",
        BlockedIn::Stopped => "has been stopped by a signal",
    }
}
