//! Hand-ins with a wrong client.

use lengthwise::side::Side;

use super::super::hand_in::{Changes, Fails, HandIn};
use crate::support::scenarios::LONGER_THAN_A_READ;
use crate::support::scenarios::Scenarios::{Graded, These};

pub(super) const TWO_BYTE_HEADER: Changes = &[
    ("pack('!I', len(payload))", "pack('!H', len(payload) & 0xffff)"),
    ("receive_exactly(4)", "receive_exactly(2)"),
    ("unpack('!I'", "unpack('!H'"),
];

pub(super) const HAND_INS: &[HandIn] = &[
    HandIn {
        name: "client-connects-late",
        client: &[
            (
                "self.sock.connect((server_host, server_port))",
                "self.server = (server_host, server_port)\n        self.connected = False",
            ),
            (
                "payload = message.encode()",
                "if not self.connected:
            self.sock.connect(self.server)
            self.connected = True
        payload = message.encode()",
            ),
        ],
        fails: Fails { client: Graded, ..Fails::NOTHING },
        ..HandIn::BASE
    },
    HandIn {
        name: "client-constructor-fails",
        client: &[("connect((server_host, server_port))", "connect(server_host, server_port)")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["at buffered_client.py:9"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-constructor-hangs",
        client: &[(
            "self.sock.connect((server_host, server_port))",
            "self.sock.connect((server_host, server_port))\n        while True:\n            pass",
        )],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["Its connect did not return"],
        deadline: "500ms",
        ..HandIn::BASE
    },
    HandIn {
        name: "client-fails-at-the-end",
        client: &[("            if header is None:\n                return '', False\n", "")],
        fails: Fails {
            client: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("raises-at-end"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-header-of-two-bytes",
        client: TWO_BYTE_HEADER,
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        ..HandIn::BASE
    },
    HandIn {
        name: "client-import-fails",
        client: &[("import pack, unpack\n", "import pack, unpack\nimport buffered_helpers\n")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["No module named 'buffered_helpers', at buffered_client.py:3"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-length-includes-header",
        client: &[("len(payload))", "len(payload) + 4)")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("length-counts-header"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-reads-once",
        client: &[(
            "data = b''
        while len(data) < length:
            chunk = self.sock.recv(min(self.buffer_size, length - len(data)))
            if not chunk:
                return None
            data += chunk
        return data",
            "data = self.sock.recv(min(self.buffer_size, length))\n        return data if data else None",
        )],
        fails: Fails { client: LONGER_THAN_A_READ, pair: LONGER_THAN_A_READ, ..Fails::NOTHING },
        cause: Some("one-read-for-each-part"),
        // It takes an empty result for the end of the connection, and what it asks for an empty payload is 0 bytes.
        besides: &["raises-inside-header", "empty-is-end"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-reads-too-far",
        client: &[(
            "payload = self.receive_exactly(unpack('!I', header)[0])
            if payload is None:
                return '', False
            return payload.decode()",
            "length = unpack('!I', header)[0]
            payload = b''
            while len(payload) < length:
                chunk = self.sock.recv(self.buffer_size)
                if not chunk:
                    return '', False
                payload += chunk
            return payload[:length].decode()",
        )],
        fails: Fails { client: These(&["parallel"]), pair: These(&["parallel"]), ..Fails::NOTHING },
        cause: Some("next-message-dropped"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-removes-again",
        client: &[("payload.decode()", "payload.decode()[10:]")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("client-removes-too"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-returns-bytes",
        client: &[("payload.decode()", "payload")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("bytes-returned"),
        told: &["the payload has to be a str, not bytes"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-returns-none-at-the-end",
        client: &[
            ("header is None:\n                return ''", "header is None:\n                return None"),
            ("except OSError:\n            return ''", "except OSError:\n            return None"),
        ],
        fails: Fails {
            client: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("none-for-text"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-returns-nothing",
        client: &[("return payload.decode(), True", "print(payload.decode())")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["returns None: it has to be two values, a str and a bool"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-returns-payload-only",
        client: &[("payload.decode(), True", "payload.decode()")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("text-alone-at-success"),
        told: &["': it has to be two values, a str and a bool"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-returns-swapped",
        client: &[("payload.decode(), True", "True, payload.decode()")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("pair-swapped-at-success"),
        told: &["the payload comes first, then whether it was received"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-says-one-for-true",
        client: &[("payload.decode(), True", "payload.decode(), 1")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["the second value has to be a bool, not int"],
        ..HandIn::BASE
    },
    HandIn {
        name: "client-sends-apart",
        client: &[(
            "try:
            self.sock.sendall(pack('!I', len(payload)) + payload)
        except ConnectionError:
            pass",
            "self.sock.sendall(pack('!I', len(payload)))
        self.sock.sendall(payload)",
        )],
        // The second of the two finds out that the server is gone, where one alone would have been sent in vain.
        cause_in_whole_run: Some((Side::Client, "raises-of-send")),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-sends-twice",
        client: &[("pack('!I', len(payload)) + payload", "(pack('!I', len(payload)) + payload) * 2")],
        fails: Fails {
            client: Graded,
            pair: These(&["series", "parallel", "server-shutdown"]),
            ..Fails::NOTHING
        },
        ..HandIn::BASE
    },
    HandIn {
        name: "client-spins-at-the-end",
        client: &[("            if not chunk:\n                return None\n", "")],
        fails: Fails {
            client: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("never-ends"),
        deadline: "500ms",
        ..HandIn::BASE
    },
    HandIn {
        name: "client-stays-connected",
        client: &[("self.sock.close()", "pass")],
        fails: Fails {
            client: These(&["client-reconnect"]),
            pair: These(&["client-reconnect"]),
            ..Fails::NOTHING
        },
        cause: Some("never-closes"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-takes-the-end-for-a-message",
        client: &[(
            "header is None:\n                return '', False",
            "header is None:\n                return '', True",
        )],
        fails: Fails {
            client: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("success-at-end"),
        ..HandIn::BASE
    },
    HandIn {
        name: "client-without-receive",
        client: &[("def receive_message", "def recieve_message")],
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["BufferedTCPClient lacks receive_message"],
        ..HandIn::BASE
    },
];
