//! How a client deals with its caller, done wrong.

use super::connection::{Failure, Memory};
use super::program::{AtEnd, Calling, Program};
use super::{Bug, CLIENT};
use crate::conversation::{Answer, Malformation};

const BASE: Bug = Bug { sides: CLIENT, ..Bug::BASE };
const RIGHT: Program = Program::RIGHT;

/// What came of receiving.
type Received = Result<Option<String>, Failure>;

/// A client that is right but for this.
const fn calling(calling: Calling) -> Program {
    Program { calling, ..RIGHT }
}

/// A client that is right but for what `receive_message` gives back.
const fn answering(answer: fn(Received, &Memory) -> Answer) -> Program {
    calling(Calling { answer, ..RIGHT.calling })
}

fn right(received: Received, memory: &Memory) -> Answer {
    (RIGHT.calling.answer)(received, memory)
}

/// The right answer, unless `is_raised` picks the failure out.
fn raising(received: Received, memory: &Memory, is_raised: impl Fn(&Failure) -> bool) -> Answer {
    match received {
        Err(failure) if is_raised(&failure) => Answer::Error(failure.to_string()),
        _ => right(received, memory),
    }
}

pub(super) const BUGS: &[Bug] = &[
    Bug {
        id: "success-at-end",
        text: "A disconnect is reported as an empty message that was received.",
        shows: "receive_message returns an empty text and True when the server has closed.",
        why: "recv gives an empty result at the end, which looks like an empty message.",
        find: "See what becomes of an empty result of recv.",
        fix: "Return False where no message was received.",
        program: answering(|received, memory| match received {
            Ok(None) | Err(Failure::EndInHeader { .. }) => {
                Answer::Received { payload: String::new(), received: true }
            }
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "always-received",
        text: "Whatever happens is reported as a message that was received.",
        shows: "receive_message returns True also when the server is gone, however it went.",
        why: "The boolean is True on every way out of the function.",
        find: "Look at each return of receive_message.",
        fix: "Return False where no message was received.",
        program: answering(|received, _| Answer::Received {
            payload: received.ok().flatten().unwrap_or_default(),
            received: true,
        }),
        ..BASE
    },
    Bug {
        id: "never-received",
        text: "A message that was received is reported as not received.",
        shows: "receive_message returns the text and False.",
        why: "The boolean is never set to True, or its sense is turned round.",
        find: "Look at each return of receive_message.",
        fix: "Return True with a payload that has come whole.",
        program: answering(|received, memory| match received {
            Ok(Some(payload)) => Answer::Received { payload, received: false },
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "raises-at-end",
        text: "A disconnect where a length should come is let through as an error.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "unpack raises an error for the empty result that recv gives at the end.",
        find: "See what unpack is given when the server is gone.",
        fix: "Test for an empty result before you unpack.",
        program: answering(|received, memory| match received {
            Ok(None) | Err(Failure::EndInHeader { .. }) => {
                Answer::Error("unpack requires a buffer of 4 bytes".into())
            }
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "raises-inside-header",
        text: "A disconnect inside a length is let through as an error.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "unpack raises an error for fewer bytes than it needs.",
        find: "See what unpack is given when recv returns an empty result half-way.",
        fix: "Look at how much has come before you unpack.",
        program: answering(|received, memory| {
            raising(received, memory, |failure| matches!(failure, Failure::EndInHeader { .. }))
        }),
        ..BASE
    },
    Bug {
        id: "raises-inside-payload",
        text: "A disconnect inside a reply is let through as an error.",
        shows: "receive_message raises instead of returning an empty text and False.",
        why: "An error of your own for a message that is not whole is never caught.",
        find: "Look for raise in what receive_message calls.",
        fix: "Catch it, and return an empty text and False.",
        program: answering(|received, memory| {
            raising(received, memory, |failure| matches!(failure, Failure::EndInPayload))
        }),
        ..BASE
    },
    Bug {
        id: "raises-of-reset",
        text: "A connection that is broken off is let through as an error.",
        shows: "receive_message raises ConnectionResetError instead of returning an empty text and False.",
        why: "recv raises it when the server breaks off; an empty result comes only when it closes.",
        find: "See whether recv stands in a try.",
        fix: "Catch OSError, and return an empty text and False.",
        program: answering(|received, memory| {
            raising(received, memory, |failure| matches!(failure, Failure::Receive(_)))
        }),
        ..BASE
    },
    Bug {
        id: "raises-before-anything",
        text: "A disconnect before the first reply is let through as an error.",
        shows: "receive_message raises when the server is gone before it has said anything.",
        why: "A name is used that only a reply gives a value to.",
        find: "Let a server accept and close, and read the error.",
        fix: "Give everything that is returned a value before the first recv.",
        program: answering(|received, memory| match received {
            Ok(None) if memory.messages == 0 => {
                Answer::Error("cannot access local variable 'payload'".into())
            }
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "raises-the-second-time",
        text: "A client that has noticed the end cannot be asked again.",
        shows: "The first receive_message after a disconnect is right, the second raises.",
        why: "The socket is closed at the end of the connection, and recv on a closed socket raises OSError.",
        find: "Look for close outside of shutdown.",
        fix: "Close in shutdown only, or remember that there is nothing more to come.",
        program: calling(Calling { at_end: |_| AtEnd::Closes, ..RIGHT.calling }),
        ..BASE
    },
    Bug {
        id: "reconnects",
        text: "A client whose server is gone connects again by itself.",
        shows: "receive_message does not return: it waits for a reply on a new connection, for which nothing was \
                sent.",
        why: "connect is called when recv returns an empty result.",
        find: "Look for connect outside of the constructor.",
        fix: "Return an empty text and False; whether to connect again is the caller's business.",
        program: calling(Calling { at_end: |_| AtEnd::Reconnects, ..RIGHT.calling }),
        ..BASE
    },
    Bug {
        id: "reconnects-after-first",
        text: "A client whose server is gone after the first reply connects again by itself.",
        shows: "The end of the connection after one reply is not noticed, but that after several replies is.",
        why: "It was written against a server that closes after each reply, and hides that fault.",
        find: "Look for connect outside of the constructor.",
        fix: "Return an empty text and False; it is for the server to keep the connection.",
        program: calling(Calling {
            at_end: |memory| if memory.messages == 1 { AtEnd::Reconnects } else { AtEnd::Keeps },
            ..RIGHT.calling
        }),
        ..BASE
    },
    Bug {
        id: "bytes-returned",
        text: "The payload is returned as bytes instead of as text.",
        shows: "The caller gets b'…'.",
        why: "recv returns bytes; decode makes text of them.",
        find: "Print the type of what receive_message returns.",
        fix: "Decode the payload before you return it.",
        program: answering(|received, memory| match received {
            Ok(Some(_)) => Answer::Malformed(Malformation::Bytes, "its payload is bytes, not text".into()),
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "pair-swapped",
        text: "The two values of receive_message are returned in the wrong order.",
        shows: "The caller gets True where the text should be.",
        why: "A tuple has an order: the payload comes first.",
        find: "Look at each return of receive_message.",
        fix: "Return the payload, then the boolean.",
        program: answering(|_, _| {
            Answer::Malformed(Malformation::Swapped, "its payload is a boolean, not text".into())
        }),
        ..BASE
    },
    Bug {
        id: "pair-swapped-at-success",
        text: "The two values of receive_message are in the wrong order where a message was received.",
        shows: "The caller gets True where the text should be; only at a disconnect the order is right.",
        why: "A tuple has an order: the payload comes first, on every way out of the function.",
        find: "Look at each return of receive_message.",
        fix: "Return the payload, then the boolean.",
        program: answering(|received, memory| match received {
            Ok(Some(_)) => {
                Answer::Malformed(Malformation::Swapped, "its payload is a boolean, not text".into())
            }
            _ => right(received, memory),
        }),
        ..BASE
    },
    Bug {
        id: "client-removes-too",
        text: "The client removes ten characters of the reply, as the server has done already.",
        shows: "The caller gets ten characters too few.",
        why: "Code was copied from the server.",
        find: "Look for a slice in the client.",
        fix: "Return the payload as it came.",
        program: answering(|received, memory| {
            right(received.map(|text| text.map(|text| text.chars().skip(10).collect())), memory)
        }),
        ..BASE
    },
    Bug {
        id: "never-closes",
        text: "shutdown does not close the connection.",
        shows: "The server never learns that its client is gone.",
        why: "Setting a variable to None is not close, nor is the end of a function while something holds the \
              socket.",
        find: "See what shutdown calls.",
        fix: "Call close on the socket.",
        program: calling(Calling { closes: |_| false, ..RIGHT.calling }),
        ..BASE
    },
    Bug {
        id: "closes-only-after-use",
        text: "shutdown closes the connection only if something was received on it.",
        shows: "A client that is shut down at once leaves its connection open.",
        why: "The close depends on something that is set by the first message.",
        find: "Look for a condition around close.",
        fix: "Close in any case.",
        program: calling(Calling { closes: |memory| memory.messages > 0, ..RIGHT.calling }),
        ..BASE
    },
];
