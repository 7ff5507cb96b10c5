//! Two bugs in one program, for tests.

use super::{Bug, Program, calling, framing, reading, serving, text};
use crate::side::Side;

/// A bug in what a message says together with a bug in how it travels: of each of the former, with some of the
/// latter.
pub(crate) fn pairs(side: Side) -> impl Iterator<Item = ([&'static Bug; 2], Program)> {
    /// The next bug meets the one so many rows further on.
    const ROWS: usize = 3;
    const EACH_MEETS: usize = 2;
    let can_be_made = move |bug: &&'static Bug| bug.sides.contains(&side);
    let says = [framing::BUGS, text::BUGS].into_iter().flatten().filter(can_be_made);
    let travels: Vec<_> =
        [reading::BUGS, serving::BUGS, calling::BUGS].into_iter().flatten().filter(can_be_made).collect();
    says.enumerate().flat_map(move |(number, one)| {
        let others: Vec<_> = travels
            .iter()
            .cycle()
            .skip(number * ROWS)
            .step_by(travels.len() / EACH_MEETS)
            .take(EACH_MEETS)
            .collect();
        others.into_iter().map(|other| ([one, *other], both(one, other))).collect::<Vec<_>>()
    })
}

fn both(says: &Bug, travels: &Bug) -> Program {
    let Program { header, decode, remove, dress, count, style, .. } = says.program;
    let Program { receive, send, serving, calling, .. } = travels.program;
    Program { header, receive, decode, remove, dress, count, send, serving, calling, style }
}
