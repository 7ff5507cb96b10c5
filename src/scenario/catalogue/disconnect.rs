//! How servers leave, and what a client has to make of it.

use super::{CLIENT, HARDENING};
use crate::rule::Rule;
use crate::scenario::CloseMode::{AfterPartialHeader, AfterPartialPayload, Clean, Reset};
use crate::scenario::Payload::Random;
use crate::scenario::Size::{Chars, Removed};
use crate::scenario::Step::{
    Connect, Receive, ReceiveNothing, Send, SendInVain, ServerCloses, ShutDownClient,
};
use crate::scenario::{Needs, Scenario, Step};

const BASE_CLIENT: Scenario = Scenario { castings: CLIENT, rule: Rule::NoticesDisconnect, ..HARDENING };

/// A message and its reply, a message without one, and the server is gone in this way.
macro_rules! after_a_reply {
    ($leaving:expr) => {
        &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            // However many are removed, something is left that can be cut in half.
            Send(&[Random(Removed(22))]),
            ServerCloses($leaving),
            ReceiveNothing,
            ShutDownClient,
        ] as &[Step]
    };
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "disconnect/closed",
        title: "A client notices that its server has closed the connection",
        why: "The end of a connection is an empty read; a loop that waits for bytes runs forever.",
        steps: after_a_reply!(Clean),
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/reset",
        title: "A client notices that its server has reset the connection",
        why: "A reset is an error of the read, not an empty result, and must be caught.",
        steps: after_a_reply!(Reset),
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/inside-header",
        title: "A client notices that the connection has ended inside a length",
        why: "Part of a length cannot be unpacked, and the rest never comes.",
        needs: Needs::WideHeader,
        steps: after_a_reply!(AfterPartialHeader),
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/inside-payload",
        title: "A client notices that the connection has ended inside a reply",
        why: "Half a reply is not a reply.",
        steps: after_a_reply!(AfterPartialPayload),
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/before-anything",
        title: "A client notices that the connection has ended before any reply",
        why: "The first read may already be the end.",
        steps: &[Connect, Send(&[Random(Chars(32))]), ServerCloses(Clean), ReceiveNothing, ShutDownClient],
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/twice",
        title: "A client notices the end of its connection every time it is asked",
        why: "The caller may ask once more. A client that reconnects on its own, or forgets what it knew, \
              gives a different answer.",
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ServerCloses(Clean),
            ReceiveNothing,
            ReceiveNothing,
            ShutDownClient,
        ],
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/send-after-close",
        title: "A client may be told to send although its server has closed the connection",
        why: "The first send succeeds, because nobody has said yet that the connection is gone; the next one \
              raises BrokenPipeError.",
        rule: Rule::SendsInVain,
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ServerCloses(Clean),
            SendInVain(&[Random(Chars(32)), Random(Chars(33)), Random(Chars(34))]),
            ShutDownClient,
        ],
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/send-after-reset",
        title: "A client may be told to send although its server has reset the connection",
        why: "The first send raises ConnectionResetError, and the next one BrokenPipeError: two errors, to be \
              caught around every send.",
        rule: Rule::SendsInVain,
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ServerCloses(Reset),
            SendInVain(&[Random(Chars(32)), Random(Chars(33))]),
            ShutDownClient,
        ],
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/send-after-shutdown",
        title: "A client that was shut down does not pretend to send",
        why: "A message that is lost without a word is missed much later, and elsewhere. An except that is as wide \
              as OSError also catches the error of a socket that the program has closed itself.",
        rule: Rule::SendsInVain,
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
            SendInVain(&[Random(Chars(32))]),
        ],
        ..BASE_CLIENT
    },
    Scenario {
        id: "disconnect/shutdown-at-once",
        title: "A client that is shut down before it has sent anything closes its connection",
        why: "Whether a connection is closed must not depend on how it was used.",
        rule: Rule::ClosesSocket,
        steps: &[Connect, ShutDownClient, Connect, Send(&[Random(Chars(32))]), Receive, ShutDownClient],
        ..BASE_CLIENT
    },
];
