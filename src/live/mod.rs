//! Conversations over sockets: the [links](crate::conversation) to a server, a client, or both, under test.
//!
//! What belongs here is waiting: for bytes, answers, the end of a connection, never for good and never by the clock alone
//! where the system shows more. Nothing here knows what a case is about, and nothing judges.

mod client;
mod connection;
mod deadline;
mod ending;
mod pair;
mod pause;
mod relay;
mod server;
mod settling;
mod shutdown;
mod stall;
mod starvation;
mod turn;

#[cfg(test)]
mod tests;

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deadline::{Deadline, wait_for};
pub(crate) use turn::{Taken, Turn, Turns};

use crate::conversation::{Clock, Transcript, converse_as_pair, converse_with_client, converse_with_server};
use crate::limits::{DEADLINES_IN_ALL, TRAILING_WAIT_MAX};
use crate::os::proc::{Holders, descendants_of, holds};
use crate::os::run_delay::FairLimit;
use crate::os::silence::Roots;
use crate::os::sock_diag::{ConnectionState, SocketTable};
use crate::scenario::Case;
use crate::side::Casting;
use crate::target::{RunningClient, RunningServer};

/// How the harness waits.
#[derive(Debug)]
pub(crate) struct Timing {
    /// How long the other side may be silent.
    pub(crate) deadline: Duration,
    /// The kernel's socket table, where there is one and it is to be looked at.
    table: Option<SocketTable>,
    /// The processes that hold the other ends of the harness's connections.
    holders: Holders,
    /// What plays the present case, as far as the harness has started it.
    roots: Roots,
    /// Set once nothing may be waited for any more.
    interrupted: Arc<AtomicBool>,
    /// Held while something is played, and given up where it is only waited.
    turn: Arc<Turn>,
}

impl Timing {
    /// Waits with this deadline. With `exact`, deliveries are exact where the system shows its sockets; without, the
    /// harness behaves as if the submission ran on another machine.
    ///
    /// Once `interrupted` is set, every wait ends as if nothing had come.
    #[must_use]
    pub(crate) fn new(
        deadline: Duration,
        exact: bool,
        interrupted: Arc<AtomicBool>,
        turn: Arc<Turn>,
    ) -> Self {
        Self {
            deadline,
            table: if exact { SocketTable::open().ok() } else { None },
            holders: Holders::default(),
            roots: Roots::default(),
            interrupted,
            turn,
        }
    }

    /// How long something may take as a whole, if its programs never wait for a processor.
    fn limit(&self) -> Duration {
        self.deadline * DEADLINES_IN_ALL
    }

    /// When something that begins now is over in any case.
    fn latest(&self) -> Instant {
        Instant::now() + FairLimit::at_most(self.limit())
    }

    /// The other end of a connection, where the kernel shows it.
    fn peer_state(&mut self, stream: &TcpStream) -> Option<ConnectionState> {
        let (peer, own) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
        self.table.as_mut()?.connection(peer, own).ok()?
    }

    /// The processes that hold the socket with this inode: those that the harness has started, if they do, without a search through
    /// all the others.
    fn pids_that_hold(&mut self, inode: u64) -> Vec<u32> {
        let roots = &self.roots.pids;
        let started = roots.iter().copied().chain(roots.iter().flat_map(|pid| descendants_of(*pid)));
        let own: Vec<u32> = started.filter(|pid| holds(*pid, inode)).collect();
        if own.is_empty() { self.holders.of(inode).to_vec() } else { own }
    }

    /// How long bytes are awaited that are no more than evidence.
    fn trailing(&self) -> Duration {
        self.deadline.min(TRAILING_WAIT_MAX)
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Waits until the programs of the last conversation can do nothing more about it. What they have done then does not depend on
/// when they are ended.
pub(crate) fn await_reaction(timing: &Timing) {
    let mut deadline = Deadline::start(timing).for_reaction(timing);
    while deadline.expired().is_none() {
        wait_for(&mut [], deadline.remaining());
    }
}

/// The programs that play the side, or the sides, under test.
pub(crate) enum Players<'a> {
    /// A server.
    Server(&'a mut dyn RunningServer),
    /// A client.
    Client(&'a mut dyn RunningClient),
    /// Both.
    Pair(&'a mut dyn RunningServer, &'a mut dyn RunningClient),
}

impl Players<'_> {
    /// The casting that this makes.
    #[must_use]
    pub(crate) const fn casting(&self) -> Casting {
        match self {
            Self::Server(_) => Casting::SERVER,
            Self::Client(_) => Casting::CLIENT,
            Self::Pair(..) => Casting::Pair,
        }
    }

    /// What the harness has started for them.
    fn roots(&self) -> Roots {
        let (pids, threads) = match self {
            Self::Server(server) => ([server.pid(), None], [server.thread(), None]),
            Self::Client(client) => ([client.pid(), None], [client.thread(), None]),
            Self::Pair(server, client) => ([server.pid(), client.pid()], [server.thread(), client.thread()]),
        };
        let present = |ids: [Option<u32>; 2]| ids.into_iter().flatten().collect();
        Roots { pids: present(pids), threads: present(threads) }
    }
}

/// The harness's ends of the connections of a conversation that is over. They stay open until this is dropped, so that the
/// programs under test stay where they are.
#[derive(Debug, Default)]
pub(crate) struct OpenEnds(
    #[expect(dead_code, reason = "it is kept open, and not used")] Vec<connection::Connection>,
);

/// Plays a case with the programs under test, and returns what happened, and what is still open.
pub(crate) fn converse(case: &Case, players: Players<'_>, timing: &mut Timing) -> (Transcript, OpenEnds) {
    timing.roots = players.roots();
    let started = Instant::now();
    let elapsed = || started.elapsed();
    let clock = Clock::new(&elapsed);
    match players {
        Players::Server(server) => {
            let mut link = server::LiveServerLink::new(case.reading, server, timing);
            let transcript = converse_with_server(case, &mut link, clock);
            (transcript, link.into_open_ends())
        }
        Players::Client(client) => match client::LiveClientLink::new(case, client, timing) {
            Ok(mut link) => {
                let transcript = converse_with_client(case, &mut link, clock);
                (transcript, link.into_open_ends())
            }
            Err(entry) => (Transcript::from(vec![entry]), OpenEnds::default()),
        },
        Players::Pair(server, client) => {
            let buffer_size = case.assignment.buffer_size;
            match pair::LivePairLink::new(buffer_size, server, client, timing) {
                Ok(mut link) => (converse_as_pair(case, &mut link, clock), OpenEnds::default()),
                Err(entry) => (Transcript::from(vec![entry]), OpenEnds::default()),
            }
        }
    }
}
