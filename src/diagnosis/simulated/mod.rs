//! Conversations with a program that is known, over a [link](crate::conversation::Link) without sockets: predictions.

mod client;
mod server;
mod stream;

use std::time::Duration;

pub(super) use stream::{Chance, SURE_LEN};

use crate::bug::{Asked, Program};
use crate::conversation::{Clock, Transcript, converse_with_client, converse_with_server};
use crate::scenario::Case;
use crate::side::Side;

/// In a predicted transcript, how long the harness has waited.
const WAITED: Duration = Duration::from_secs(1);

/// What is predicted.
pub(super) struct Prediction {
    pub(super) transcript: Transcript,
    /// Which parts of its style had a say in that.
    pub(super) asked: Asked,
}

/// What happens when `case` is played with a side that runs `program`.
pub(super) fn play(case: &Case, side: Side, program: &Program, chance: Chance) -> Prediction {
    match side {
        Side::Server => {
            let mut link = server::Link::new(case, program, chance);
            let transcript = converse_with_server(case, &mut link, Clock::STILL);
            Prediction { transcript, asked: link.asked() }
        }
        Side::Client => {
            let mut link = client::Link::new(case, program, chance);
            let transcript = converse_with_client(case, &mut link, Clock::STILL);
            Prediction { transcript, asked: link.asked() }
        }
    }
}
