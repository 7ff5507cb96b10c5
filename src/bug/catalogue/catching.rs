//! Exceptions that are not caught. They are one mistake with many faces, one for each kind of exception.

use super::{BASE, Bug, CLIENT, SERVER, is_wide};
use crate::bug::EXCEPTIONS_NOT_CAUGHT;
use crate::bug::program::{Change, Exceptions};

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: EXCEPTIONS_NOT_CAUGHT,
        text: "Exceptions that a peer can cause are not caught, or end more than the conversation with that peer.",
        shows: "A server serves nobody after a client that resets the connection, leaves in the middle of a message, or sends what \
              is not {charset}; receive_message of a client raises instead of returning an empty text and False.",
        why: "recv and send raise an OSError when the connection is reset, decode raises a UnicodeDecodeError, and unpack a \
              struct.error. Without a try around it, each of them ends the loop that serves. In Node, an 'error' event without a \
              listener ends the process.",
        find: "Look for the try around the conversation with one client, at what its except names, and at what that does: a break, a \
               return, or a keep_running set to False may end the loop around accept.",
        fix: "Put the whole conversation with one client into a try that catches OSError, ValueError and struct.error, close the \
              connection in any case, and accept the next client. In Node, add a listener for 'error' to every socket.",
        changes: &[Change::Uncaught(Exceptions::UNUSUAL)],
        ..BASE
    },
    Bug {
        id: "dies-of-disconnect",
        sides: SERVER,
        text: "A client that leaves brings the server down.",
        shows: "After its first client the server serves nobody.",
        why: "recv returns an empty result at the end of the connection; unpack raises an error for it, and \
              nothing catches that.",
        find: "Connect, disconnect, and read what the server prints.",
        fix: "Treat an empty result as the end of this client: close the connection, and accept the next \
              one.",
        changes: &[Change::Uncaught(Exceptions::END.union(Exceptions::FORMAT))],
        ..BASE
    },
    Bug {
        id: "dies-inside-header",
        applies: is_wide,
        sides: SERVER,
        text: "A client that leaves in the middle of a length brings the server down.",
        shows: "After such a client the server serves nobody.",
        why: "unpack raises an error when it is given fewer bytes than it needs, and nothing catches it.",
        find: "Check what unpack is given when recv returns an empty result halfway through.",
        fix: "Check how much has come before you unpack it; fewer than {header_width} bytes at the end are a \
              disconnect.",
        changes: &[Change::Uncaught(Exceptions::FORMAT)],
        ..BASE
    },
    Bug {
        id: "dies-inside-payload",
        sides: SERVER,
        text: "A client that leaves in the middle of a message brings the server down.",
        shows: "After such a client the server serves nobody.",
        why: "An exception of your own for incomplete messages is raised and never caught.",
        find: "Send half a message, disconnect, and read what the server prints.",
        fix: "Treat an end inside a message as a disconnect: close the connection, and accept the next \
              client.",
        changes: &[Change::Uncaught(Exceptions::END_IN_PAYLOAD)],
        ..BASE
    },
    Bug {
        id: "dies-of-reset",
        sides: SERVER,
        text: "A client that resets the connection brings the server down.",
        shows: "After such a client the server serves nobody.",
        why: "recv raises ConnectionResetError when the client resets the connection, and nothing catches \
              it.",
        find: "Check whether recv is inside a try, and what that catches.",
        fix: "Catch OSError around the conversation with one client, and accept the next.",
        changes: &[Change::Uncaught(Exceptions::RECEIVE)],
        ..BASE
    },
    Bug {
        id: "dies-of-broken-pipe",
        sides: SERVER,
        text: "A client that is gone before its reply is sent brings the server down.",
        shows: "After a client that did not wait for its reply, the server serves nobody.",
        why: "send raises BrokenPipeError or ConnectionResetError when the client is gone, and nothing \
              catches it.",
        find: "Check whether send is inside a try, and what that catches.",
        fix: "Catch OSError around the conversation with one client, and accept the next.",
        changes: &[Change::Uncaught(Exceptions::SEND)],
        ..BASE
    },
    Bug {
        id: "dies-of-claim",
        applies: |assignment| assignment.payload_len_declarable() > assignment.payload_len_max,
        sides: SERVER,
        text: "A length that the server has no room for brings it down.",
        shows: "After a client that declared an enormous length, the server serves nobody.",
        why: "bytearray(length) and recv(length) allocate what is only declared, and raise MemoryError.",
        find: "Look for a call that is given the length before the bytes have come.",
        fix: "Allocate for what has come, never for what is declared, and set a limit.",
        changes: &[Change::Uncaught(Exceptions::TOO_LONG)],
        ..BASE
    },
    Bug {
        id: "dies-of-no-text",
        applies: |assignment| assignment.charset.has_invalid_bytes(),
        sides: SERVER,
        text: "A payload that is not {charset} brings the server down.",
        shows: "After a client that sent one, the server serves nobody.",
        why: "decode raises UnicodeDecodeError, and nothing catches it.",
        find: "Check whether decode is inside a try, and what that catches.",
        fix: "Catch the error, close the connection, and accept the next client.",
        changes: &[Change::Uncaught(Exceptions::TEXT)],
        ..BASE
    },
    Bug {
        id: "raises-at-end",
        sides: CLIENT,
        text: "A disconnect where a length should come raises an exception.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "unpack raises an error for the empty result that recv returns at the end.",
        find: "Check what unpack is given after the server is gone.",
        fix: "Check for an empty result before you unpack it.",
        changes: &[Change::Uncaught(Exceptions::END.union(Exceptions::FORMAT))],
        ..BASE
    },
    Bug {
        id: "raises-inside-header",
        applies: is_wide,
        sides: CLIENT,
        text: "A disconnect inside a length raises an exception.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "unpack raises an error when it is given fewer bytes than it needs.",
        find: "Check what unpack is given when recv returns an empty result halfway through.",
        fix: "Check how much has come before you unpack it.",
        changes: &[Change::Uncaught(Exceptions::FORMAT)],
        ..BASE
    },
    Bug {
        id: "raises-inside-payload",
        sides: CLIENT,
        text: "A disconnect inside a reply raises an exception.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "An exception of your own for incomplete messages is never caught.",
        find: "Look for raise in what receive_message calls.",
        fix: "Catch it, and return an empty text and False.",
        changes: &[Change::Uncaught(Exceptions::END_IN_PAYLOAD)],
        ..BASE
    },
    Bug {
        id: "raises-of-reset",
        sides: CLIENT,
        text: "A connection that is reset raises an exception.",
        shows: "receive_message raises ConnectionResetError instead of returning an empty text and False.",
        why: "recv raises it when the server resets the connection; it returns an empty result only when the \
              server closes it.",
        find: "Check whether recv is inside a try.",
        fix: "Catch OSError, and return an empty text and False.",
        changes: &[Change::Uncaught(Exceptions::RECEIVE)],
        ..BASE
    },
    Bug {
        id: "raises-of-timeout",
        sides: CLIENT,
        text: "A reply that is late raises an exception.",
        shows: "receive_message raises TimeoutError instead of returning.",
        why: "settimeout limits how long recv waits, and nothing catches what it raises then.",
        find: "Look for settimeout.",
        fix: "Let recv wait, or catch the exception and call recv again.",
        changes: &[Change::Timeout, Change::Uncaught(Exceptions::TIMEOUT)],
        ..BASE
    },
    Bug {
        id: "catches-only-resets",
        sides: SERVER,
        text: "The server survives a reset, but not a broken pipe.",
        shows: "After a client that closed the connection before its replies came, the server serves nobody.",
        why: "The first send to a client that has closed its socket succeeds, and the next one raises \
              BrokenPipeError, which is no ConnectionResetError. In C it also sends SIGPIPE, which ends the \
              program.",
        find: "Look for except ConnectionResetError.",
        fix: "Catch ConnectionError or OSError, which both errors are. In C, ignore SIGPIPE as well.",
        changes: &[Change::Uncaught(Exceptions::BROKEN_PIPE)],
        ..BASE
    },
    Bug {
        id: "raises-of-broken-pipe",
        sides: CLIENT,
        text: "send_message catches a reset, but not a broken pipe.",
        shows: "The caller gets BrokenPipeError from send_message when the server is gone.",
        why: "Which of the two errors send raises depends on how the server has left and on what was sent before.",
        find: "Look for except ConnectionResetError.",
        fix: "Catch ConnectionError, which both errors are.",
        changes: &[Change::Uncaught(Exceptions::BROKEN_PIPE)],
        ..BASE
    },
    Bug {
        id: "raises-of-send",
        sides: CLIENT,
        text: "send_message raises an exception when the server is gone.",
        shows: "The caller gets BrokenPipeError or ConnectionResetError from send_message.",
        why: "The socket of a server that is gone takes one more message at most; the send after that raises, and \
              nothing catches it.",
        find: "Check whether send is inside a try.",
        fix: "Catch ConnectionError around the send; receive_message then reports the disconnect.",
        changes: &[Change::Uncaught(Exceptions::SEND)],
        ..BASE
    },
];
