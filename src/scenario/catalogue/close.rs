//! How clients leave, and what a server owes the next one.

use super::{HARDENING, SERVER};
use crate::rule::Rule;
use crate::scenario::Payload::Random;
use crate::scenario::Size::{Chars, ManyBuffers};
use crate::scenario::Step::{
    CloseAtOnce, CloseUnread, Connect, HalfClose, Pause, Receive, ResetClient, Send, SendMalformed,
    ShutDownClient, SwitchClient,
};
use crate::scenario::{Malformed, Needs, Reading, Scenario, Step};

const BASE_SERVER: Scenario = Scenario { castings: SERVER, rule: Rule::NextClient, ..HARDENING };

/// These steps, and then a client that sends a message and gets its reply.
macro_rules! then_another {
    ($($step:expr),+) => {
        &[
            Connect,
            $($step,)+
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
        ] as &[Step]
    };
}

macro_rules! twenty_clients {
    ($($number:literal)+) => {
        &[$({
            let _ = $number;
            Connect
        }, Send(&[Random(Chars(32))]), Receive, ShutDownClient,)+] as &[Step]
    };
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "close/half-close",
        title: "A client that has sent everything and still listens gets its replies",
        why: "The end of what the client sends comes after its messages and does not replace them, even if \
              both arrive together.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Chars(32)), Random(Chars(33)), Random(Chars(34))]),
            HalfClose,
            Receive,
            Receive,
            Receive,
            ShutDownClient,
        ],
        ..BASE_SERVER
    },
    Scenario {
        id: "close/inside-header",
        title: "After a client that leaves inside a length, the next one is served",
        why: "If the connection ends inside a length, fewer bytes come than were asked for: unpacking them \
              fails, and asking for the rest again and again never ends.",
        needs: Needs::WideHeader,
        steps: then_another!(SendMalformed(Malformed::TruncatedHeader(2)), ShutDownClient),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/inside-payload",
        title: "After a client that leaves inside a message, the next one is served",
        why: "A loop that waits for the payload to be complete must notice that it never will be, and half \
              a message gets no reply.",
        steps: then_another!(SendMalformed(Malformed::TruncatedPayload), ShutDownClient),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/reset-inside-message",
        title: "After a client that resets inside a message, the next one is served",
        why: "A reset is an error of the read, not an empty result; if nothing catches it, it ends the \
              server.",
        steps: then_another!(SendMalformed(Malformed::TruncatedPayload), ResetClient),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/reset-between-messages",
        title: "After a client that resets once it has its reply, the next one is served",
        why: "This reset comes while the server waits for a length, which is where it spends most of its \
              time.",
        steps: then_another!(Send(&[Random(Chars(32))]), Receive, ResetClient),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/replies-unread",
        title: "After a client that leaves its replies unread, the next one is served",
        why: "Closing a connection that has unread bytes resets it, while the server is still sending or \
              already waiting for more.",
        steps: then_another!(Send(&[Random(Chars(32)), Random(Chars(1500)), Random(Chars(32))]), CloseUnread),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/before-replies",
        title: "After a client that leaves before its replies come, the next one is served",
        why: "The first reply finds nobody there, and the next one meets a broken pipe: an error of its own, \
              which is no reset, and a signal that ends a program in C.",
        steps: then_another!(Send(&[Random(Chars(32)), Random(Chars(33)), Random(Chars(34))]), CloseAtOnce),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/reset-during-reply",
        title: "After a client that resets during its reply, the next one is served",
        why: "A send that waits for its client to read is ended by the reset, and must not end the server.",
        steps: then_another!(Send(&[Random(ManyBuffers)]), ResetClient),
        // The server must still be sending, so its reply must not fit into the kernel's buffers.
        reading: Reading::Slowly,
        ..BASE_SERVER
    },
    Scenario {
        id: "close/silent-client",
        title: "After a client that leaves without sending anything, the next one is served",
        why: "The first read on a connection may already be its end.",
        steps: then_another!(ShutDownClient),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/no-leftovers",
        title: "No bytes of one client reach the next",
        why: "A buffer that outlives its connection puts the start of one client's message in front of \
              another's.",
        steps: then_another!(
            Send(&[Random(Chars(32))]),
            Receive,
            SendMalformed(Malformed::TruncatedPayload),
            ShutDownClient
        ),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/twenty-clients",
        title: "Twenty clients are served, one after another",
        why: "Whatever is not closed or created anew for each client piles up.",
        steps: twenty_clients!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20),
        ..BASE_SERVER
    },
    Scenario {
        id: "close/no-client-for-a-while",
        title: "A server that no client comes to for a while goes on waiting",
        why: "A timeout of accept says only that nobody has come yet.",
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
            Pause,
            Connect,
            Send(&[Random(Chars(33))]),
            Receive,
            ShutDownClient,
        ],
        ..BASE_SERVER
    },
    Scenario {
        id: "close/second-client-waits",
        title: "A client that connects while another is being served gets its turn",
        why: "The system accepts connections before the server does. A client that waits there has sent its \
              message long before the server looks at it.",
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            Connect,
            Send(&[Random(Chars(33))]),
            SwitchClient(0),
            Send(&[Random(Chars(34))]),
            Receive,
            ShutDownClient,
            SwitchClient(1),
            Receive,
            ShutDownClient,
        ],
        ..BASE_SERVER
    },
];
