//! What is in a message: characters are not bytes, and bytes need not be text.

use super::{HARDENING, SERVER};
use crate::delivery::Delivery::{InCharacter, Whole};
use crate::rule::Rule;
use crate::scenario::Payload::{Prefixed, Random, Repeated};
use crate::scenario::Size::{AboveBuffer, Chars};
use crate::scenario::Step::{Connect, Receive, Send, SendMalformed, ShutDownClient};
use crate::scenario::{Malformed, Needs, Scenario, Step};

/// A text at the start of a message, the rest of which is drawn; another message after it, to see what is left.
macro_rules! starting {
    ($($start:literal),+) => {
        &[
            Connect,
            $(Send(&[Prefixed($start, Chars(20))]), Receive,)+
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
        ] as &[Step]
    };
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "text/two-byte-characters",
        title: "A two-byte character counts as one {when_done}",
        why: "A program that works on bytes instead of characters cuts this message inside a character, or in the wrong \
              place.",
        rule: Rule::Work,
        steps: starting!("zwölf Bäume, ", "123456789é", "0123456789 àéîõü "),
        ..HARDENING
    },
    Scenario {
        id: "text/three-byte-characters",
        title: "A three-byte character counts as one {when_done}",
        why: "Many of the world's scripts take three bytes a character, and a program that is right for two \
              may be wrong for three.",
        rule: Rule::Work,
        steps: starting!("一二三四五六七八九十百千", "123456789€"),
        ..HARDENING
    },
    Scenario {
        id: "text/four-byte-characters",
        title: "A four-byte character counts as one {when_done}",
        why: "In languages whose strings consist of 16-bit units such a character takes two of them, so that a \
              program that works on units tears it apart, or counts it twice.",
        rule: Rule::Work,
        steps: starting!("123456789😀", "😀123456789"),
        ..HARDENING
    },
    Scenario {
        id: "text/ten-emoji",
        title: "Ten emoji are ten characters",
        why: "They are forty bytes and twenty 16-bit units: only a program that works on characters leaves \
              exactly what it should.",
        rule: Rule::Work,
        steps: starting!("😀😁😂😃😄😅😆😇😈😉", "😀😁😂😃😄😅😆😇😈"),
        ..HARDENING
    },
    Scenario {
        id: "text/combining-marks",
        title: "A letter and its combining mark are two characters",
        why: "A Python string consists of code points; a program that takes what a reader sees for a character \
              does something else.",
        rule: Rule::Work,
        steps: starting!("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}"),
        ..HARDENING
    },
    Scenario {
        id: "text/length-in-bytes",
        title: "The length counts bytes, even where there are more of them than characters",
        why: "The number of characters equals the number of bytes only as long as nobody writes an accented \
              letter.",
        rule: Rule::LengthInBytes,
        steps: &[
            Connect,
            Send(&[Repeated("", "naïve café, ", Chars(60))]),
            Receive,
            Send(&[Repeated("", "€", AboveBuffer)]),
            Receive,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
    Scenario {
        id: "text/character-in-two-reads",
        title: "A character that is split by the end of a read is put together",
        why: "Decoding each chunk separately fails, or corrupts the character, whenever a read ends inside \
              one.",
        rule: Rule::AnySplit,
        steps: &[Connect, Send(&[Repeated("", "aé€😀", Chars(40))]), Receive, ShutDownClient],
        deliveries: &[InCharacter],
        ..HARDENING
    },
    Scenario {
        id: "text/character-across-buffer",
        title: "A character that is split by the end of the buffer is put together",
        why: "The same happens without any help from the network: in one of these three messages a character \
              crosses the end of the buffer, whatever its size.",
        rule: Rule::AnySplit,
        steps: &[
            Connect,
            Send(&[Repeated("", "€", AboveBuffer)]),
            Receive,
            Send(&[Repeated("a", "€", AboveBuffer)]),
            Receive,
            Send(&[Repeated("ab", "€", AboveBuffer)]),
            Receive,
            ShutDownClient,
        ],
        deliveries: &[Whole],
        ..HARDENING
    },
    Scenario {
        id: "text/nul-and-newline",
        title: "NUL, newline and carriage return are characters like any other",
        why: "A program that ends a string at a NUL or a message at a newline, or that strips white space, \
              loses them.",
        rule: Rule::Work,
        steps: starting!("one\0two\nthree\r\nfour \0", "\n\n\n\n\n\n\n\n\n\n\n\0 \t\n"),
        ..HARDENING
    },
    Scenario {
        id: "text/white-space-at-the-ends",
        title: "White space at either end of a message is kept",
        why: "Trimming what was read or what is sent removes characters that nobody asked to remove.",
        rule: Rule::Work,
        steps: &[
            Connect,
            Send(&[Repeated("0123456789  middle", " ", Chars(24))]),
            Receive,
            Send(&[Repeated("   0123456middle", "\n", Chars(24))]),
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
    Scenario {
        id: "text/byte-order-mark",
        title: "A byte-order mark is a character, and is kept",
        why: "Some decoders swallow it at the start of a text; then one character too many is removed, or \
              the reply lacks one.",
        rule: Rule::Work,
        steps: starting!("\u{feff}123456789", "0123456789\u{feff}"),
        ..HARDENING
    },
    Scenario {
        id: "text/not-utf8",
        title: "A payload that is not {charset} does not stop the server",
        why: "Decoding such a payload fails. What the server does with its connection is up to the server, \
              but the next client must be served.",
        needs: Needs::InvalidText,
        rule: Rule::NextClient,
        castings: SERVER,
        steps: &[
            Connect,
            SendMalformed(Malformed::InvalidUtf8),
            ShutDownClient,
            Connect,
            Send(&[Random(Chars(32))]),
            Receive,
            ShutDownClient,
        ],
        ..HARDENING
    },
];
