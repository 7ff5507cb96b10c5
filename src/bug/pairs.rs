//! Two bugs in one program, for tests.

use super::catalogue::{calling, framing, reading, serving, text};
use super::{Bug, Program};
use crate::side::Side;

/// Pairs of a bug in what a message contains and a bug in how it travels: each of the former with some of the latter.
pub(crate) fn pairs(side: Side) -> impl Iterator<Item = ([&'static Bug; 2], Program)> {
    /// Each bug is paired with the one this many rows further on than the bug before it.
    const ROWS: usize = 3;
    const PAIRS_EACH: usize = 2;
    let can_be_made = move |bug: &&'static Bug| bug.sides.contains(&side);
    let contains = [framing::BUGS, text::BUGS].into_iter().flatten().filter(can_be_made);
    let travels: Vec<_> =
        [reading::BUGS, serving::BUGS, calling::BUGS].into_iter().flatten().filter(can_be_made).collect();
    contains.enumerate().flat_map(move |(number, one)| {
        let others: Vec<_> = travels
            .iter()
            .cycle()
            .skip(number * ROWS)
            .step_by(travels.len() / PAIRS_EACH)
            .take(PAIRS_EACH)
            .collect();
        others.into_iter().map(|other| ([one, *other], both(one, other))).collect::<Vec<_>>()
    })
}

fn both(contains: &Bug, travels: &Bug) -> Program {
    let Program { header, decode, remove, transform_payload, declared_len, variant, .. } = contains.program;
    let Program { receive, has_timeout, send, serving, calling, .. } = travels.program;
    Program {
        header,
        receive,
        has_timeout,
        decode,
        remove,
        transform_payload,
        declared_len,
        send,
        serving,
        calling,
        variant,
    }
}
