//! How long a message is: the lengths at which sums go wrong.

use super::{HARDENING, SERVER};
use crate::rule::Rule;
use crate::scenario::Payload::Random;
use crate::scenario::Scenario;
use crate::scenario::Size::{Buffer, Chars, Removed, ReplyBuffer};
use crate::scenario::Step::{Connect, Receive, Send, SendMalformed, ShutDownClient};
use crate::scenario::{Malformed, Needs, Step};

/// One message before, so that it is the length and nothing else, and one after, to see what is left behind.
macro_rules! between_two_others {
    ($($size:expr),+) => {
        &[
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            $(Send(&[Random($size)]), Receive,)+
            Send(&[Random(Chars(33))]),
            Receive,
            ShutDownClient,
        ] as &[Step]
    };
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "length/empty",
        title: "An empty message gets an empty reply",
        why: "A length of zero is a message. A program that reads zero bytes for it may take the result for \
              the end of the connection, and one that checks the payload instead of its presence drops the \
              message.",
        rule: Rule::OneReplyPerMessage,
        steps: between_two_others!(Chars(0)),
        ..HARDENING
    },
    Scenario {
        id: "length/shorter-than-removed",
        title: "A message shorter than what is removed gets an empty reply",
        why: "There are fewer characters than should be removed: nothing is left, and that is the reply.",
        needs: Needs::Removal,
        rule: Rule::Work,
        steps: between_two_others!(Removed(-5)),
        ..HARDENING
    },
    Scenario {
        id: "length/as-many-as-removed",
        title: "A message exactly as long as what is removed gets an empty reply",
        why: "This is the longest message of which nothing may be left.",
        needs: Needs::Removal,
        rule: Rule::Work,
        steps: between_two_others!(Removed(0)),
        ..HARDENING
    },
    Scenario {
        id: "length/one-more-than-removed",
        title: "A message with one character more than is removed gets that one back",
        why: "This is the shortest message of which something is left; a removal that is off by one shows at \
              once.",
        needs: Needs::Removal,
        rule: Rule::Work,
        steps: between_two_others!(Removed(1)),
        ..HARDENING
    },
    Scenario {
        id: "length/buffer-less-one",
        title: "A message and a reply one byte shorter than the buffer arrive whole",
        why: "This is the longest message that one read can return with a byte to spare.",
        rule: Rule::AnySplit,
        steps: between_two_others!(Buffer(-1), ReplyBuffer(-1)),
        ..HARDENING
    },
    Scenario {
        id: "length/buffer",
        title: "A message and a reply exactly as long as the buffer arrive whole",
        why: "The read that fills the buffer is the last one here. A program that takes a full buffer for a \
              sign that more is to come waits forever.",
        rule: Rule::AnySplit,
        steps: between_two_others!(Buffer(0), ReplyBuffer(0)),
        ..HARDENING
    },
    Scenario {
        id: "length/buffer-and-one",
        title: "A message and a reply one byte longer than the buffer arrive whole",
        why: "This is the shortest message that needs a second read, for a single byte.",
        rule: Rule::AnySplit,
        steps: between_two_others!(Buffer(1), ReplyBuffer(1)),
        ..HARDENING
    },
    Scenario {
        id: "length/65535",
        title: "A message of 65,535 bytes gets its complete reply",
        why: "This is the greatest length that two bytes can encode, and a common size of a part: an empty \
              remainder must not look like the end of the connection.",
        rule: Rule::Framing,
        // No message may be longer: where a length has two bytes, this is the one that the case is for.
        steps: between_two_others!(Chars(65_535)),
        ..HARDENING
    },
    Scenario {
        id: "length/65536",
        title: "A message of 65,536 bytes and replies of about that length arrive whole",
        why: "This is the smallest length that needs a third byte: one that is kept in 16 bits starts again \
              at zero.",
        rule: Rule::Framing,
        // A reply of one byte less answers a message that two bytes of length cannot declare, either.
        steps: between_two_others!(Chars(65_536), Removed(65_535), Removed(65_536)),
        ..HARDENING
    },
    Scenario {
        id: "length/longest-claim",
        title: "Declaring the greatest possible length does not stop the server",
        why: "A length is a claim, not a promise. A server that allocates what is only declared can be \
              brought down by a few bytes, and one that reads the length as a signed number finds it \
              negative.",
        rule: Rule::NextClient,
        castings: SERVER,
        steps: &[
            Connect,
            SendMalformed(Malformed::OversizedLength),
            ShutDownClient,
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
];
