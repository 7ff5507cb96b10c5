//! How a server treats its clients, done wrong.

use super::connection::Failure;
use super::program::{Ended, Next, Program, Serving, Stops};
use super::{Bug, SERVER, receiving};

const BASE: Bug = Bug { sides: SERVER, ..Bug::BASE };
const RIGHT: Program = Program::RIGHT;

/// A server that is right but for this.
const fn serving(serving: Serving) -> Program {
    Program { serving, ..RIGHT }
}

/// What becomes of a server that does not catch what `is_fatal` picks out.
fn dies(ended: &Ended<'_>, is_fatal: impl Fn(&Failure) -> bool) -> Next {
    if ended.failure.is_some_and(is_fatal) { ended.after_death } else { Next::Client }
}

pub(super) const BUGS: &[Bug] = &[
    Bug {
        id: "one-client",
        text: "The server serves one client in its life.",
        shows: "The second client is refused.",
        why: "accept stands before the loop instead of in it, or start returns when a client has left.",
        find: "See what runs after recv has returned an empty result.",
        fix: "Accept in an outer loop that goes on while the server is to run.",
        program: serving(Serving { next: |_| Next::Nobody, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "one-client-while-listening",
        text: "The server serves one client in its life, and keeps listening.",
        shows: "The second client connects, and nobody ever takes its connection.",
        why: "The system takes connections for a socket that listens; only accept hands them to the program.",
        find: "See what runs after recv has returned an empty result.",
        fix: "Accept in an outer loop that goes on while the server is to run.",
        program: serving(Serving { next: |_| Next::NobodyWhileListening, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "five-clients",
        text: "The server serves five clients and no more.",
        shows: "The sixth client is refused.",
        why: "The number given to listen is how many may wait at a time, not how many are to be served.",
        find: "Look for a 5 outside of listen.",
        fix: "Accept in a loop without a count.",
        program: serving(Serving {
            next: |ended| if ended.clients < 5 { Next::Client } else { Next::Nobody },
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "one-message",
        text: "The server answers one message of each client and closes.",
        shows: "The second message of a client gets no reply.",
        why: "There is no loop between accept and close.",
        find: "See what runs after the first reply was sent.",
        fix: "Receive and answer in a loop until recv returns an empty result.",
        program: serving(Serving { messages_max: 1, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "fifty-messages",
        text: "The server answers fifty messages of each client and closes.",
        shows: "A client with more messages loses its connection.",
        why: "A loop that counts stands where there should be one that goes on until the client leaves.",
        find: "Look for range in the loop that answers.",
        fix: "Loop until recv returns an empty result.",
        program: serving(Serving { messages_max: 50, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "greeting",
        text: "The server sends a greeting to each client before it is asked anything.",
        shows: "The first bytes of the first reply are those of the greeting.",
        why: "A line to see that it works was left in; there is no room for it in this protocol.",
        find: "Look for a send right after accept.",
        fix: "Send nothing but replies; print to the terminal instead.",
        program: serving(Serving { greeting: b"Connected!", ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "empty-reply-not-sent",
        text: "A reply that is empty is not sent.",
        shows: "A message of ten characters or fewer gets no reply at all.",
        why: "An empty str counts as false in an if; the reply to a short message is a length of 0 all the same.",
        find: "Look for an if around the send.",
        fix: "Send a reply to each message.",
        program: serving(Serving { answers: |reply| !reply.is_empty(), ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "leftovers-kept",
        text: "What one client has left in the buffer is put before the next client's bytes.",
        shows: "After a client that left inside a message, the next one is misunderstood.",
        why: "The buffer is kept in self or outside of the loop, and outlives its connection.",
        find: "See where the buffer is made: it must be after accept.",
        fix: "Start each connection with an empty buffer.",
        program: Program {
            receive: receiving::buffered,
            serving: Serving { forgets: false, ..RIGHT.serving },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "dies-without-message",
        text: "The server dies when a client leaves without having sent anything.",
        shows: "After a client that said nothing, nobody is served.",
        why: "Something that only a message sets is used after the loop: an error for a name that has no value.",
        find: "Connect and leave, and read what the server prints.",
        fix: "Use nothing after the loop that the loop may not have set.",
        program: serving(Serving {
            next: |ended| match ended {
                Ended { failure: None, messages: 0, after_death, .. } => *after_death,
                _ => Next::Client,
            },
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-of-disconnect",
        text: "The server dies when a client leaves.",
        shows: "After its first client nobody is served.",
        why: "recv returns an empty result at the end of the connection; unpack raises an error for it, and nothing \
              catches that.",
        find: "Connect, leave, and read what the server prints.",
        fix: "Treat an empty result as the end of this client: close, and accept the next one.",
        program: serving(Serving {
            next: |ended| match ended.failure {
                None | Some(Failure::EndInHeader { .. }) => ended.after_death,
                Some(_) => Next::Client,
            },
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-inside-header",
        text: "The server dies when a client leaves inside a length.",
        shows: "After such a client nobody is served.",
        why: "unpack raises an error for fewer bytes than it needs, and nothing catches it.",
        find: "See what unpack is given when recv has returned an empty result half-way.",
        fix: "Look at how much has come before you unpack; less than four bytes at the end is a disconnect.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::EndInHeader { .. })),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-inside-payload",
        text: "The server dies when a client leaves inside a message.",
        shows: "After such a client nobody is served.",
        why: "An error of your own for a message that is not whole is raised and never caught.",
        find: "Send half a message, leave, and read what the server prints.",
        fix: "Treat an end inside a message as a disconnect: close, and accept the next client.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::EndInPayload)),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-of-reset",
        text: "The server dies when a client breaks the connection off.",
        shows: "After such a client nobody is served.",
        why: "recv raises ConnectionResetError when the other side breaks off, and nothing catches it.",
        find: "Look at what surrounds recv: whether there is a try, and what it catches.",
        fix: "Catch OSError around the conversation with one client, and accept the next.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::Receive(_))),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-of-broken-pipe",
        text: "The server dies when a client is gone before its reply is sent.",
        shows: "After a client that did not wait for its reply nobody is served.",
        why: "send raises BrokenPipeError or ConnectionResetError when nobody is there, and nothing catches it.",
        find: "Look at what surrounds send: whether there is a try, and what it catches.",
        fix: "Catch OSError around the conversation with one client, and accept the next.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::Send(_))),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-of-claim",
        text: "The server dies of a length for which it has no room.",
        shows: "After a client that declared four gigabytes nobody is served.",
        why: "bytearray(length) and recv(length) make room for what is only claimed, and raise MemoryError.",
        find: "Look for a call that is given the length before the bytes have come.",
        fix: "Make room for what has come, never for what is claimed; and have a limit.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::TooLong(_))),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "dies-of-no-text",
        text: "The server dies of a payload that is not UTF-8.",
        shows: "After a client that sent one nobody is served.",
        why: "decode raises UnicodeDecodeError, and nothing catches it.",
        find: "Look at what surrounds decode: whether there is a try, and what it catches.",
        fix: "Catch the error, close that connection, and accept the next client.",
        program: serving(Serving {
            next: |ended| dies(ended, |failure| matches!(failure, Failure::Text(_))),
            ..RIGHT.serving
        }),
        ..BASE
    },
    Bug {
        id: "never-stops",
        text: "The server does not stop when it is told to.",
        shows: "It answers on, and takes the next client, after keep_running was set to False.",
        why: "The loops run while True, or keep a copy of keep_running.",
        find: "Look for while True.",
        fix: "Ask for self.keep_running in both loops, each time round.",
        program: serving(Serving { stops: Stops::Never, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "stops-between-clients",
        text: "The server stops only when its client has left.",
        shows: "It answers on after keep_running was set to False, as long as messages come.",
        why: "Only the loop around accept asks for keep_running, not the one around recv.",
        find: "See what the inner loop asks for.",
        fix: "Ask for self.keep_running in both loops, each time round.",
        program: serving(Serving { stops: Stops::BetweenClients, ..RIGHT.serving }),
        ..BASE
    },
    Bug {
        id: "port-kept",
        text: "A server that has stopped keeps listening on its port.",
        shows: "The connection ends, and the port still takes clients that nobody serves.",
        why: "close was called for the connection and not for the socket that listens.",
        find: "See which sockets shutdown closes.",
        fix: "Close the listening socket too.",
        program: serving(Serving { closes_port: false, ..RIGHT.serving }),
        ..BASE
    },
];
