//! Hand-ins with a wrong server.

use lengthwise::side::Side;

use super::super::hand_in::{Changes, Fails, HandIn};
use crate::support::scenarios::LONGER_THAN_A_READ;
use crate::support::scenarios::Scenarios::{Graded, These};

pub(super) const TWO_BYTE_HEADER: Changes = &[
    ("pack('!I', len(reply))", "pack('!H', len(reply) & 0xffff)"),
    ("connection, 4)", "connection, 2)"),
    ("unpack('!I'", "unpack('!H'"),
];

pub(super) const HAND_INS: &[HandIn] = &[
    // It is wrong only about reads that bring a part, which nothing that is graded makes sure of.
    HandIn {
        name: "server-asks-again",
        server: &[("recv(min(self.buffer_size, length - len(data)))", "recv(length)")],
        cause_in_whole_run: Some((Side::Server, "header-asked-again")),
        // The changed line receives both parts. Nothing catches what decode raises.
        besides: &["payload-asked-again", "dies-of-no-text"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-at-another-port",
        server: &[("bind((host, port))", "bind((host, 0))")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["it listens on 127.0.0.1:"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-constructor-fails",
        server: &[("bind((host, port))", "bind(host, port)")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        ..HandIn::BASE
    },
    HandIn {
        name: "server-awaits-nobody",
        server: &[("def start(self):", "async def start(self):")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["start() returns a coroutine instead of serving: call asyncio.run() in it"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-constructor-hangs",
        server: &[(
            "self.sock.bind((host, port))",
            "self.sock.bind((host, port))
        self.sock.listen(5)
        self.first = self.sock.accept()",
        )],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["did not return"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-constructor-takes-four",
        server: &[
            ("host='', port=36001, buffer_size=1024", "host, port, buffer_size, backlog"),
            ("BufferedTCPEchoServer()", "BufferedTCPEchoServer('', 36001, 1024, 5)"),
        ],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["missing 1 required positional argument: 'backlog'"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-constructor-takes-none",
        server: &[
            ("self, host='', port=36001, buffer_size=1024", "self"),
            ("self.buffer_size = buffer_size", "self.buffer_size = 1024"),
            ("(host, port)", "('', 36001)"),
        ],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["takes 0 values"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-hangs-up",
        server: &[("+ reply)", "+ reply)\n                    break")],
        fails: Fails {
            server: These(&["series", "parallel", "server-shutdown"]),
            pair: These(&["series", "parallel"]),
            ..Fails::NOTHING
        },
        cause: Some("one-message"),
        besides: &["dies-of-no-text", "one of several"],
        cause_in_whole_run: Some((Side::Server, "one-message")),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-header-of-two-bytes",
        server: TWO_BYTE_HEADER,
        fails: Fails { server: These(&["long"]), pair: These(&["long"]), ..Fails::NOTHING },
        cause: Some("two-byte-length"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-import-fails",
        server: &[("import pack, unpack", "import pack, unpick")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["cannot import name 'unpick'"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-keeps-its-port",
        server: &[("self.sock.close()", "pass")],
        fails: Fails { server: These(&["server-shutdown"]), ..Fails::NOTHING },
        cause: Some("port-kept"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-length-includes-header",
        server: &[("len(reply))", "len(reply) + 4)")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("replies-count-header"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-length-of-the-message",
        server: &[("len(reply)", "len(message)")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("text-length-before-cut"),
        cause_in_whole_run: Some((Side::Server, "text-length-before-cut")),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-little-endian",
        server: &[("connection.sendall(pack('!I'", "connection.sendall(pack('<I'")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("replies-in-other-byte-order"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-looks-too-seldom",
        server: &[("try:\n                while self.keep_running:", "try:\n                while True:")],
        fails: Fails {
            server: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("stops-between-clients"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-never-stops",
        server: &[
            ("listen(5)\n        while self.keep_running:", "listen(5)\n        while True:"),
            ("try:\n                while self.keep_running:", "try:\n                while True:"),
        ],
        fails: Fails {
            server: These(&["server-shutdown"]),
            pair: These(&["server-shutdown"]),
            ..Fails::NOTHING
        },
        cause: Some("never-stops"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-one-client",
        server: &[("listen(5)\n        while self", "listen(5)\n        if self")],
        fails: Fails {
            server: These(&["client-reconnect"]),
            pair: These(&["client-reconnect"]),
            ..Fails::NOTHING
        },
        cause: Some("one-client-while-listening"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-reads-once",
        server: &[(
            "data = b''
        while len(data) < length:
            chunk = connection.recv(min(self.buffer_size, length - len(data)))
            if not chunk:
                return None
            data += chunk
        return data",
            "data = connection.recv(min(self.buffer_size, length))\n        return data if data else None",
        )],
        fails: Fails { server: LONGER_THAN_A_READ, pair: LONGER_THAN_A_READ, ..Fails::NOTHING },
        cause: Some("one-read-for-each-part"),
        besides: &["empty-is-end", "dies-of-no-text"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-reads-too-far",
        server: &[(
            "payload = self.receive_exactly(connection, unpack('!I', header)[0])
        return None if payload is None else payload.decode()",
            "length = unpack('!I', header)[0]
        payload = b''
        while len(payload) < length:
            chunk = connection.recv(self.buffer_size)
            if not chunk:
                return None
            payload += chunk
        return payload[:length].decode()",
        )],
        fails: Fails { server: These(&["parallel"]), pair: These(&["parallel"]), ..Fails::NOTHING },
        cause: Some("next-message-dropped"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-removes-from-the-end",
        server: &[("message[10:]", "message[:-10]")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("removed-from-end"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-removes-nine",
        server: &[("message[10:]", "message[9:]")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("one-too-few-removed"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-removes-nothing",
        server: &[("message[10:]", "message")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("nothing-removed"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-replies-twice",
        server: &[("pack('!I', len(reply)) + reply", "(pack('!I', len(reply)) + reply) * 2")],
        fails: Fails {
            server: Graded,
            pair: These(&["series", "parallel", "server-shutdown"]),
            ..Fails::NOTHING
        },
        ..HandIn::BASE
    },
    HandIn {
        name: "server-sends-newlines",
        server: &[("+ reply)", "+ reply + b'\\n')")],
        fails: Fails { server: Graded, pair: These(&["series", "parallel"]), ..Fails::NOTHING },
        cause: Some("newline-not-counted"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-spins-after-its-client",
        server: &[("            if not chunk:\n                return None\n", "")],
        fails: Fails {
            server: These(&["client-reconnect"]),
            pair: These(&["client-reconnect"]),
            ..Fails::NOTHING
        },
        cause: Some("never-ends"),
        deadline: "500ms",
        ..HandIn::BASE
    },
    // It is not the end of the connection that shows it: the server still holds that.
    HandIn {
        name: "server-start-fails-later",
        server: &[
            (
                "connection, _ = self.sock.accept()",
                "connection, _ = self.sock.accept()\n            self.connection = connection",
            ),
            ("message[10:].encode()", "message.without(10).encode()"),
        ],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        cause: Some("raises-before-reply"),
        told: &["has nothing left to do, as its start() has ended"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-start-fails",
        server: &[("        self.sock.listen(5)\n", ""), ("self.sock.accept()", "self.socket.accept()")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["no attribute 'socket', at buffered_server.py:15"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-start-returns",
        server: &[("keep_running = True", "keep_running = False"), ("        self.sock.listen(5)\n", "")],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["start() returned"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-stops-itself",
        server: &[(
            "if message is None:\n",
            "if message is None:\n                        self.keep_running = False\n",
        )],
        fails: Fails {
            server: These(&["client-reconnect"]),
            pair: These(&["client-reconnect"]),
            ..Fails::NOTHING
        },
        cause: Some("one-client-while-listening"),
        ..HandIn::BASE
    },
    HandIn {
        name: "server-syntax-error",
        server: &[(
            "listen(5)\n        while self.keep_running:",
            "listen(5)\n        while self.keep_running",
        )],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["SyntaxError"],
        ..HandIn::BASE
    },
    HandIn {
        name: "server-without-shutdown",
        server: &[
            ("\n    def shutdown(self):\n        self.sock.close()\n", ""),
            ("    server.shutdown()\n", ""),
        ],
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["BufferedTCPEchoServer lacks shutdown"],
        ..HandIn::BASE
    },
];
