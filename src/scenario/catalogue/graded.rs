//! The seven scenarios that the assignment grades.
//!
//! Nothing is cut: each send is one write, and the same on every run.

use crate::rule::Rule;
use crate::scenario::Payload::Random;
use crate::scenario::Size::{Long, Medium, Parallel, Series, Short};
use crate::scenario::Step::{Connect, Receive, ReceiveUntilEnd, Send, ShutDownClient, StopServer};
use crate::scenario::{Scenario, Tier};

/// Played in every casting, each send in one piece.
const GRADED: Scenario = Scenario { tier: Tier::Graded, ..Scenario::BASE };

/// The graded tier, in the order of the assignment.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "short",
        title: "A message shorter than the buffer comes back {comes_back}",
        why: "This is the smallest complete conversation: a program that fails here gets the header, the \
              work or the reply wrong.",
        rule: Rule::Work,
        steps: &[Connect, Send(&[Random(Short)]), Receive, ShutDownClient],
        ..GRADED
    },
    Scenario {
        id: "medium",
        title: "A message slightly longer than the buffer gets its complete reply",
        why: "One read returns at most one buffer: a program that reads once for each message loses the end \
              of this one.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(Medium)]), Receive, ShutDownClient],
        ..GRADED
    },
    Scenario {
        id: "long",
        title: "A message many times as long as the buffer gets its complete reply",
        why: "It takes hundreds of reads and more than one write. A program that stops early, or sends once \
              and does not check how much was accepted, fails here.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(Long)]), Receive, ShutDownClient],
        ..GRADED
    },
    Scenario {
        id: "series",
        title: "Three messages, each sent after the previous reply, get three replies",
        why: "Whatever one message leaves behind, in a buffer or in the stream, spoils the next.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Series)]),
            Receive,
            Send(&[Random(Series)]),
            Receive,
            Send(&[Random(Series)]),
            Receive,
            ShutDownClient,
        ],
        ..GRADED
    },
    Scenario {
        id: "parallel",
        title: "Three messages sent at once get three replies, in order",
        why: "TCP does not preserve message boundaries: one read may return the end of one message and the \
              start of the next, and a program that asks for more than the message still lacks reads into \
              the next one.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Parallel), Random(Parallel), Random(Parallel)]),
            Receive,
            Receive,
            Receive,
            ShutDownClient,
        ],
        ..GRADED
    },
    Scenario {
        id: "server-shutdown",
        title: "A server that is told to stop ends the connection, and the client notices",
        why: "A server that is stopped while messages are still coming must neither hang nor send half a \
              reply, and its client must tell the end of the connection from a reply.",
        rule: Rule::StopsWhenTold,
        steps: &[
            Connect,
            Send(&[Random(Short)]),
            Receive,
            StopServer,
            Send(&[Random(Short)]),
            Send(&[Random(Short)]),
            Send(&[Random(Short)]),
            Send(&[Random(Short)]),
            Send(&[Random(Short)]),
            ReceiveUntilEnd,
            ShutDownClient,
        ],
        ..GRADED
    },
    Scenario {
        id: "client-reconnect",
        title: "A second client is served after the first has left",
        why: "A server that takes a disconnect for an error, or does not accept again, serves only one \
              client.",
        rule: Rule::NextClient,
        steps: &[
            Connect,
            Send(&[Random(Short)]),
            Receive,
            ShutDownClient,
            Connect,
            Send(&[Random(Short)]),
            Receive,
            ShutDownClient,
        ],
        ..GRADED
    },
];
