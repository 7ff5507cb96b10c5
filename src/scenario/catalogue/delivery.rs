//! Where a read ends: anywhere. The messages are ordinary ones; only their cuts differ.

use super::{CLIENT, HARDENING, SERVER};
use crate::delivery::Delivery::{self, AfterHeader, AtBuffer, EveryByte, FrameAndAHalf, InHeader, Whole};
use crate::rule::Rule;
use crate::scenario::Payload::Random;
use crate::scenario::Size::{AboveBuffer, BelowBuffer, Chars, FrameBuffer, ManyBuffers};
use crate::scenario::Step::{Connect, Pause, Receive, ReceiveLate, Send, ShutDownClient};
use crate::scenario::{Needs, Reading, Scenario, Sending};

/// One message, and its reply.
const ONE: &[crate::scenario::Step] = &[Connect, Send(&[Random(BelowBuffer)]), Receive, ShutDownClient];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "delivery/header-in-two",
        title: "A length split across two reads is reassembled",
        why: "A single read nearly always returns the whole length, but every so often it does not.",
        rule: Rule::AnySplit,
        needs: Needs::WideHeader,
        steps: ONE,
        deliveries: &[InHeader(1), InHeader(2), InHeader(3)],
        ..HARDENING
    },
    Scenario {
        id: "delivery/header-alone",
        title: "A length may arrive some time before its payload",
        why: "Many senders write the length and the payload separately. A program that expects both in one \
              read finds nothing after the length.",
        rule: Rule::AnySplit,
        steps: ONE,
        deliveries: &[AfterHeader],
        ..HARDENING
    },
    Scenario {
        id: "delivery/every-byte",
        title: "A message that arrives byte by byte is received whole",
        why: "This is the worst that a stream can do. A program that survives it counts what has come and \
              asks for the rest.",
        rule: Rule::AnySplit,
        steps: ONE,
        deliveries: &[EveryByte],
        ..HARDENING
    },
    Scenario {
        id: "delivery/two-frames-one-read",
        title: "Two messages that arrive together get two replies",
        why: "A reader that takes one read for one message passes everything until two frames share a \
              segment.",
        rule: Rule::OneReplyPerMessage,
        steps: &[Connect, Send(&[Random(Chars(23)), Random(Chars(24))]), Receive, Receive, ShutDownClient],
        // Frames of 27 and 28 bytes, or 25 and 26.
        deliveries: &[Whole, Delivery::cut_at(&[2, 29]), EveryByte],
        ..HARDENING
    },
    Scenario {
        id: "delivery/three-frames-one-read",
        title: "Three messages that arrive together get three replies",
        why: "A program that looks for a second message in what it has read may still not look for a third. \
              Each message is also shorter than the one before, so that its own length has to decide whether \
              all of it is there.",
        rule: Rule::OneReplyPerMessage,
        steps: &[
            Connect,
            Send(&[Random(Chars(40)), Random(Chars(31)), Random(Chars(23))]),
            Receive,
            Receive,
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
    Scenario {
        id: "delivery/frame-and-a-half",
        title: "A message that arrives with half of the next is answered, and so is the next",
        why: "What follows a message must be kept until the rest of it arrives. A program that asks for all \
              of a message again, after part of it has come, reads into the next one.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(Chars(30)), Random(Chars(50))]), Receive, Receive, ShutDownClient],
        // Half of the second frame; all of the first and one byte, half a header, and a header of the second; and half of
        // the first, whose rest comes with the second.
        deliveries: &[
            FrameAndAHalf,
            Delivery::cut_at(&[35]),
            Delivery::cut_at(&[36]),
            Delivery::cut_at(&[38]),
            Delivery::cut_at(&[19]),
        ],
        ..HARDENING
    },
    Scenario {
        id: "delivery/frame-ends-at-buffer",
        title: "A message that ends exactly where the buffer does is complete",
        why: "A read that fills the buffer does not mean that there is more.",
        rule: Rule::AnySplit,
        steps: &[
            Connect,
            Send(&[Random(FrameBuffer(0))]),
            Receive,
            Send(&[Random(FrameBuffer(0)), Random(Chars(30))]),
            Receive,
            Receive,
            ShutDownClient,
        ],
        deliveries: &[Whole, AtBuffer(0)],
        ..HARDENING
    },
    Scenario {
        id: "delivery/around-buffer",
        title: "Pieces one byte shorter or longer than the buffer make no difference",
        why: "Arithmetic that is right only for full buffers is off by one just beside them.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Random(AboveBuffer)]), Receive, ShutDownClient],
        deliveries: &[AtBuffer(-1), AtBuffer(0), AtBuffer(1)],
        ..HARDENING
    },
    Scenario {
        id: "delivery/random",
        title: "Messages split at arbitrary points are all answered",
        why: "These are the cuts that nobody has thought of; another seed makes different ones.",
        rule: Rule::AnySplit,
        steps: &[
            Connect,
            Send(&[Random(Chars(13)), Random(Chars(200)), Random(Chars(20))]),
            Receive,
            Receive,
            Receive,
            Send(&[Random(Chars(77)), Random(Chars(30))]),
            Receive,
            Receive,
            ShutDownClient,
        ],
        deliveries: &[Delivery::Random],
        ..HARDENING
    },
    Scenario {
        id: "delivery/pause-between-messages",
        title: "A client that pauses between two messages is still served",
        why: "Nothing for a while is not the end of a connection: only an empty read is. A timeout that is taken for it \
              loses a client that thinks before it sends.",
        rule: Rule::OneReplyPerMessage,
        castings: SERVER,
        steps: &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            Pause,
            Send(&[Random(Chars(33))]),
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
    Scenario {
        id: "delivery/pause-inside-message",
        title: "A message that pauses half-way is received whole",
        why: "The rest of a message may be a long time in coming. Whoever gives up meanwhile has lost what had come, and \
              takes the rest for the start of the next message.",
        rule: Rule::AnySplit,
        steps: ONE,
        deliveries: &[InHeader(2), AfterHeader, Delivery::cut_at(&[19])],
        sending: Sending::WithPauses,
        ..HARDENING
    },
    Scenario {
        id: "delivery/late-reply",
        title: "A reply that is late is received, or reported as not received",
        why: "A recv with a timeout raises an exception when the time is over, and the caller of receive_message does \
              not expect one.",
        rule: Rule::ReturnsPayload,
        castings: CLIENT,
        steps: &[Connect, Send(&[Random(Chars(32))]), ReceiveLate, ShutDownClient],
        ..HARDENING
    },
    Scenario {
        id: "delivery/slow-reader",
        title: "A peer that reads slowly gets all of a long message",
        why: "A send may accept less than it is given while the peer is not reading; the rest must be sent \
              afterwards.",
        rule: Rule::Framing,
        steps: &[Connect, Send(&[Random(ManyBuffers)]), Receive, ShutDownClient],
        reading: Reading::Slowly,
        ..HARDENING
    },
];
