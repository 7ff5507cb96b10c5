//! Conversations with a program that is known, over a [link](crate::conversation::Link) without sockets: predictions.

mod client;
mod server;
mod stream;

use std::time::Duration;

pub(super) use stream::TransferSizes;

use crate::bug::Program;
use crate::conversation::{
    Clock, Link, Log, Outlasted, Transcript, converse_with_client, converse_with_server,
};
use crate::scenario::{Case, Sending};
use crate::side::Side;
use crate::silence::{KnownBy, Silence};

/// A predicted silence, of which it does not matter how long the harness has waited.
const fn silent(known_by: KnownBy) -> Silence {
    Silence { waited: Duration::from_secs(1), known_by }
}

/// Before something is sent: a pause, where the timeout of the side was seen to pass first.
fn outlast(case: &Case, link: &mut dyn Link, connection: usize, log: &mut Log<'_>) -> Option<Outlasted> {
    (case.sending == Sending::AfterTimeouts).then(|| {
        link.pause(connection, log);
        Outlasted { timeout: Duration::ZERO, gave_up: false }
    })
}

/// Whether an exception is raised in a server that runs `program` when `case` is played with it, caught or not: what it does not catch
/// need not be all that is wrong with a program that makes the same mistake.
pub(super) fn server_raises(case: &Case, program: &Program, sizes: TransferSizes) -> bool {
    let mut link = server::SimulatedServerLink::new(case, program, sizes);
    converse_with_server(case, &mut link, Clock::STILL);
    link.has_raised()
}

/// What happens when `case` is played with a side that runs `program`.
pub(super) fn simulate(case: &Case, side: Side, program: &Program, sizes: TransferSizes) -> Transcript {
    match side {
        Side::Server => {
            let mut link = server::SimulatedServerLink::new(case, program, sizes);
            converse_with_server(case, &mut link, Clock::STILL)
        }
        Side::Client => {
            let mut link = client::SimulatedClientLink::new(case, program, sizes);
            converse_with_client(case, &mut link, Clock::STILL)
        }
    }
}
