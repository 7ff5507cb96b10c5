//! Mistakes that look like one of the catalogue and are none: what is named of them has to be true.
//!
//! Each is the natural hand-in with one mistake, written without a look at the programs of the catalogue.

use std::collections::BTreeSet;

use lengthwise::side::Side;
use serde_json::Value;

use super::grading::grade_folder;
use super::hand_in::{Changes, HandIn};

/// A hand-in, and which causes would be true of it.
pub(crate) struct Lookalike {
    pub(crate) name: &'static str,
    side: Side,
    changes: Changes,
    /// What it is graded in, as options; everything where there are none.
    selection: &'static [&'static str],
    /// The only mistakes that may be named.
    is_true: &'static [&'static str],
    /// Whether one of them has to be.
    has_to_be_named: bool,
}

impl Lookalike {
    const BASE: Self = Self {
        name: "",
        side: Side::Server,
        changes: &[],
        selection: &[],
        // The natural server does not catch the exception of a payload that is not text.
        is_true: &["dies-of-no-text"],
        has_to_be_named: false,
    };
}

/// Where the natural server receives a message.
const RECEIVES: &str = "        header = self.receive_exactly(connection, 4)
        if header is None:
            return None
        payload = self.receive_exactly(connection, unpack('!I', header)[0])
        return None if payload is None else payload.decode()";

/// Has the natural server catch everything.
const CATCHES_ALL: (&str, &str) = ("except OSError", "except Exception");

/// Has the natural server catch what decode raises, too.
const CATCHES_NO_TEXT: (&str, &str) = ("except OSError", "except (OSError, ValueError)");

pub(crate) const LOOKALIKES: &[Lookalike] = &[
    // What is wrong is that there is one read, however much that asks for.
    Lookalike {
        name: "one-read-of-4096",
        changes: &[
            CATCHES_ALL,
            (
                RECEIVES,
                "        data = connection.recv(4096)
        return data[4:4 + unpack('!I', data[:4])[0]].decode() if data else None",
            ),
        ],
        is_true: &["one-read-for-message"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    // How much of a long message that brings depends on timing, and so does what becomes of the rest.
    Lookalike {
        name: "one-read-of-65536",
        changes: &[
            CATCHES_ALL,
            (
                RECEIVES,
                "        data = connection.recv(65536)
        return data[4:4 + unpack('!I', data[:4])[0]].decode() if data else None",
            ),
        ],
        is_true: &["one-event-for-message"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    Lookalike {
        name: "one-read-of-a-buffer-and-a-length",
        changes: &[
            CATCHES_ALL,
            (
                RECEIVES,
                "        data = connection.recv(4 + self.buffer_size)
        return data[4:4 + unpack('!I', data[:4])[0]].decode() if data else None",
            ),
        ],
        is_true: &["one-read-for-message"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    // The slice keeps the length alone.
    Lookalike {
        name: "length-from-a-read-of-4096",
        changes: &[CATCHES_ALL, ("self.receive_exactly(connection, 4)", "connection.recv(4096)[:4] or None")],
        is_true: &["rest-of-header-read-dropped"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    Lookalike {
        name: "size-of-the-object",
        changes: &[CATCHES_ALL, ("pack('!I', len(reply))", "pack('!I', __import__('sys').getsizeof(reply))")],
        is_true: &["object-size-declared"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    // The length of each reply is that of what was read, which a send that stops early leaves as it was.
    Lookalike {
        name: "reads-at-most-65536",
        changes: &[CATCHES_NO_TEXT, ("unpack('!I', header)[0]", "min(unpack('!I', header)[0], 65536)")],
        is_true: &[],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "reads-at-most-65536-once",
        changes: &[CATCHES_NO_TEXT, ("unpack('!I', header)[0]", "min(unpack('!I', header)[0], 65536)")],
        selection: &["--scenario", "close,long"],
        is_true: &[],
        ..Lookalike::BASE
    },
    // It gives up a connection in the middle of what a client sends that would have reset it, so that the next client never comes.
    Lookalike {
        name: "one-read-or-the-end",
        changes: &[
            CATCHES_NO_TEXT,
            (
                RECEIVES,
                "        header = self.receive_exactly(connection, 4)
        if header is None:
            return None
        length = unpack('!I', header)[0]
        payload = connection.recv(length)
        return payload.decode() if len(payload) == length else None",
            ),
        ],
        is_true: &["one-read-or-end"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    Lookalike {
        name: "receives-to-the-end",
        changes: &[
            CATCHES_NO_TEXT,
            (
                RECEIVES,
                "        data = b''
        while chunk := connection.recv(self.buffer_size):
            data += chunk
        return data[4:4 + unpack('!I', data[:4])[0]].decode() if data else None",
            ),
        ],
        // Nothing catches what unpack raises of less than a length.
        is_true: &["awaits-end", "dies-inside-header"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    // It stops at the same byte whether its client reads or not.
    Lookalike {
        name: "cuts-replies-to-65536",
        changes: &[
            CATCHES_NO_TEXT,
            ("pack('!I', len(reply)) + reply", "(pack('!I', len(reply)) + reply)[:65536]"),
        ],
        is_true: &[],
        ..Lookalike::BASE
    },
    // An exception of its own that closes the connection, or ends start(), is no mistake about the end of a connection.
    Lookalike {
        name: "looks-at-the-first-character",
        changes: &[("reply = message[10:]", "first = message[0]\n                    reply = message[10:]")],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "misspells-a-name-at-the-end",
        changes: &[("                        break", "                        brake")],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "exits-at-the-end",
        changes: &[("                        break", "                        raise SystemExit")],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "counts-without-a-counter",
        changes: &[("+ reply)", "+ reply)\n                    count += 1")],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "counts-without-a-counter-on-a-thread",
        changes: &[
            ("from socket import *\n", "from socket import *\nfrom threading import Thread\n"),
            (
                "            try:\n                while",
                "            Thread(target=self.serve, args=(connection,)).start()\n\n    def serve(self, connection):\n            try:\n                while",
            ),
            ("+ reply)", "+ reply)\n                    self.count += 1"),
        ],
        ..Lookalike::BASE
    },
    // Nothing catches what it raises itself at the end of a connection. That it goes on to no other client is what comes of it.
    Lookalike {
        name: "catches-nothing",
        changes: &[
            (
                "                return None\n            data",
                "                raise ConnectionError('closed')\n            data",
            ),
            ("except OSError", "except ZeroDivisionError"),
        ],
        is_true: &["exceptions-not-caught"],
        has_to_be_named: true,
        ..Lookalike::BASE
    },
    Lookalike {
        name: "catches-nothing-and-counts-characters",
        changes: &[
            (
                "                return None\n            data",
                "                raise ConnectionError('closed')\n            data",
            ),
            ("except OSError", "except ZeroDivisionError"),
            ("pack('!I', len(reply)) + reply", "pack('!I', len(message[10:])) + reply"),
        ],
        is_true: &["exceptions-not-caught", "length-counts-characters"],
        ..Lookalike::BASE
    },
    // Composed, a letter and its mark are one character; what follows is composed as well.
    Lookalike {
        name: "normalizes",
        changes: &[
            CATCHES_NO_TEXT,
            ("from socket import *\n", "from socket import *\nfrom unicodedata import normalize\n"),
            ("reply = message[10:]", "reply = normalize('NFC', message)[10:]"),
        ],
        is_true: &[],
        ..Lookalike::BASE
    },
    // A right server that is slow, of which nothing but that is known: it answers those first who have left.
    Lookalike {
        name: "takes-its-time",
        changes: &[
            CATCHES_NO_TEXT,
            ("from socket import *\n", "from socket import *\nfrom time import sleep\n"),
            ("reply = message[10:]", "sleep(2.5)\n                    reply = message[10:]"),
        ],
        selection: &["--scenario", "short,close/before-replies"],
        is_true: &[],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "misspells-false",
        side: Side::Client,
        changes: &[(
            "            if header is None:\n                return '', False",
            "            if header is None:\n                return '', false",
        )],
        is_true: &[],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "logs-without-a-logger",
        side: Side::Client,
        changes: &[(
            "except ConnectionError:\n            pass",
            "except ConnectionError as error:\n            logging.error(error)",
        )],
        is_true: &[],
        ..Lookalike::BASE
    },
];

/// Grades one, and checks that what is named of it is true.
pub(crate) fn check(lookalike: &Lookalike) {
    let Lookalike { name, side, changes, selection, is_true, has_to_be_named } = lookalike;
    let (server, client): (Changes, Changes) = match side {
        Side::Server => (changes, &[]),
        Side::Client => (&[], changes),
    };
    let work = tempfile::tempdir().unwrap();
    let folder = HandIn { name, server, client, ..HandIn::BASE }.write_below(work.path());
    let report = grade_folder(&folder, &[&["--side", side.word(), "--seed", "1"], *selection].concat());
    let failed = report["causes"].as_array().unwrap();
    let named: BTreeSet<&str> = failed.iter().flat_map(bugs).collect();
    let is_true: BTreeSet<&str> = is_true.iter().copied().collect();
    assert!(named.is_subset(&is_true), "{named:?} is named, and only {is_true:?} is true: {report:#}");
    assert!(!named.is_empty() || !has_to_be_named, "none of {is_true:?} is named: {report:#}");
}

/// The mistakes of a cause, those that cannot be told apart included.
fn bugs(cause: &Value) -> impl Iterator<Item = &str> {
    let mistakes = cause["mistakes"].as_array().unwrap().iter();
    mistakes.flat_map(|mistake| mistake["bugs"].as_array().unwrap()).filter_map(Value::as_str)
}
