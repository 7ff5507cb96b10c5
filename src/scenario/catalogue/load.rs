//! Much at once.

use super::{HARDENING, SERVER};
use crate::rule::Rule;
use crate::scenario::Payload::{self, Random};
use crate::scenario::Size::Chars;
use crate::scenario::Step::{Connect, Receive, Send, ShutDownClient};
use crate::scenario::{Reading, Scenario, Step};

/// How many messages are sent before the first reply is received.
const PIPELINED: usize = 100;
const MANY_SHORT: &[Payload] = &[Random(Chars(40)); PIPELINED];
/// Together more than what the kernel keeps for a connection with small buffers, in either direction.
const LONG: usize = 20;
const MANY_LONG: &[Payload] = &[Random(Chars(100_000)); LONG];

/// Everything is sent at once, and then everything received.
const fn all_at_once<const STEPS: usize>(messages: &'static [Payload]) -> [Step; STEPS] {
    let mut steps = [Receive; STEPS];
    steps[0] = Connect;
    steps[1] = Send(messages);
    steps[STEPS - 1] = ShutDownClient;
    steps
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "load/hundred-messages",
        title: "A hundred messages sent at once get a hundred replies, in order",
        why: "A read returns several messages, part of another, or both, in ever-changing proportions.",
        rule: Rule::OneReplyPerMessage,
        steps: &all_at_once::<{ PIPELINED + 3 }>(MANY_SHORT),
        ..HARDENING
    },
    Scenario {
        id: "load/both-directions-full",
        title: "Replies that are not read for a while are not lost",
        why: "The client sends without reading until nothing more can be sent in either direction. What a \
              send does not accept must wait, and must not be dropped.",
        rule: Rule::OneReplyPerMessage,
        castings: SERVER,
        steps: &all_at_once::<{ LONG + 3 }>(MANY_LONG),
        reading: Reading::Slowly,
        ..HARDENING
    },
];
