//! The seven scenarios that the assignment grades.
//!
//! Their deliveries are natural, one write a message, and the same on every run.

use crate::rule::Rule;
use crate::scenario::Payload::Random;
use crate::scenario::Size::{AboveBuffer, BelowBuffer, Chars, ManyBuffers};
use crate::scenario::Step::{Connect, Receive, ReceiveUntilEnd, Send, ShutDownClient, StopServer};
use crate::scenario::{Scenario, Tier};

const BASE: Scenario = Scenario { tier: Tier::Graded, ..Scenario::BASE };

/// The graded tier, in the order of the assignment.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "short",
        title: "A message shorter than the buffer comes back without its first characters",
        why: "The smallest whole conversation: who fails here has the header, the cut or the reply wrong.",
        rule: Rule::RemovesFront,
        steps: &[Connect, Send(&[Random(BelowBuffer)]), Receive, ShutDownClient],
        ..BASE
    },
    Scenario {
        id: "medium",
        title: "A message slightly longer than the buffer comes back whole",
        why: "One read brings at most a buffer: who reads once for each message loses the end of this one.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(AboveBuffer)]), Receive, ShutDownClient],
        ..BASE
    },
    Scenario {
        id: "long",
        title: "A message many times as long as the buffer comes back whole",
        why: "It needs hundreds of reads and more than one write: who stops early, or sends once and does not \
              look how much was taken, shows it here.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(ManyBuffers)]), Receive, ShutDownClient],
        ..BASE
    },
    Scenario {
        id: "series",
        title: "Three messages, each sent after the reply to the one before, get three replies",
        why: "What one message leaves behind, in a buffer or in the stream, spoils the next.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Chars(1500))]),
            Receive,
            Send(&[Random(Chars(1500))]),
            Receive,
            Send(&[Random(Chars(1500))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
    Scenario {
        id: "parallel",
        title: "Three messages sent at once get three replies, in their order",
        why: "TCP keeps no borders between messages: one read may bring the end of one and the start of the \
              next, and who asks for more than the message still lacks eats into its neighbour.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Chars(1500)), Random(Chars(1500)), Random(Chars(1500))]),
            Receive,
            Receive,
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
    Scenario {
        id: "server-shutdown",
        title: "A server that is told to stop ends the connection, and the client notices",
        why: "A server that is stopped while messages still come must neither hang nor send half a reply; its \
              client must tell the end of the connection from a reply.",
        rule: Rule::StopsWhenTold,
        steps: &[
            Connect,
            Send(&[Random(BelowBuffer)]),
            Receive,
            StopServer,
            Send(&[Random(BelowBuffer)]),
            Send(&[Random(BelowBuffer)]),
            Send(&[Random(BelowBuffer)]),
            Send(&[Random(BelowBuffer)]),
            Send(&[Random(BelowBuffer)]),
            ReceiveUntilEnd,
            ShutDownClient,
        ],
        ..BASE
    },
    Scenario {
        id: "client-reconnect",
        title: "A second client is served after the first has left",
        why: "A server that takes its client's leaving for an error, or never looks for another, serves one \
              client in its life.",
        rule: Rule::NextClient,
        steps: &[
            Connect,
            Send(&[Random(BelowBuffer)]),
            Receive,
            ShutDownClient,
            Connect,
            Send(&[Random(BelowBuffer)]),
            Receive,
            ShutDownClient,
        ],
        ..BASE
    },
];
