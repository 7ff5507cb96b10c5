//! Short conversations that no one is graded by: they tell apart what the scenarios do not.

use crate::scenario::Payload::Drawn;
use crate::scenario::Size::Chars;
use crate::scenario::Step::{Connect, Receive, Send, ShutDownClient, StopServer};
use crate::scenario::{Casting, Scenario, Tier};

const BASE: Scenario = Scenario { tier: Tier::Hardening, castings: &[Casting::Server], ..Scenario::BASE };

pub(super) const CONVERSATIONS: &[Scenario] = &[
    // A length of zero looks alike in both byte orders, and is half of one that is twice as wide.
    Scenario {
        id: "telling/empty-first",
        steps: &[
            Connect,
            Send(&[Drawn(Chars(0))]),
            Receive,
            Send(&[Drawn(Chars(0))]),
            Receive,
            Send(&[Drawn(Chars(12))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
    // Who goes on after the stop until the client leaves takes no other, and who never stops does.
    Scenario {
        id: "telling/stopped-between-clients",
        steps: &[
            Connect,
            Send(&[Drawn(Chars(12))]),
            Receive,
            StopServer,
            ShutDownClient,
            Connect,
            Send(&[Drawn(Chars(12))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
];
