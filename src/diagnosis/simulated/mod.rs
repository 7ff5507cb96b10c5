//! Conversations with a program that is known, over a [link](crate::conversation::Link) without sockets: predictions.

mod client;
mod server;
mod stream;

use std::time::Duration;

pub(super) use stream::ReadSizes;

use crate::bug::{Consulted, Program};
use crate::conversation::{Clock, Transcript, converse_with_client, converse_with_server};
use crate::scenario::Case;
use crate::side::Side;
use crate::silence::{KnownBy, Silence};

/// A predicted silence, of which it does not matter how long the harness has waited.
const fn silent(known_by: KnownBy) -> Silence {
    Silence { waited: Duration::from_secs(1), known_by }
}

/// What is predicted.
pub(super) struct Prediction {
    pub(super) transcript: Transcript,
    /// Which choices of its variant the program consulted for that.
    pub(super) consulted: Consulted,
}

/// What happens when `case` is played with a side that runs `program`.
pub(super) fn simulate(case: &Case, side: Side, program: &Program, sizes: ReadSizes) -> Prediction {
    match side {
        Side::Server => {
            let mut link = server::SimulatedServerLink::new(case, program, sizes);
            let transcript = converse_with_server(case, &mut link, Clock::STILL);
            Prediction { transcript, consulted: link.consulted() }
        }
        Side::Client => {
            let mut link = client::SimulatedClientLink::new(case, program, sizes);
            let transcript = converse_with_client(case, &mut link, Clock::STILL);
            Prediction { transcript, consulted: link.consulted() }
        }
    }
}
