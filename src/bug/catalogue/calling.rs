//! How a client deals with its caller, done wrong.

use super::{Bug, CLIENT, is_text, removes};
use crate::assignment::Work;
use crate::bug::program::{AtEnd, Change, Failure};
use crate::conversation::{Answer, Malformation};

const BASE: Bug = Bug { sides: CLIENT, ..super::BASE };
/// What a server leaves of a text that it removes characters from.
fn removed(text: &str, work: Work) -> String {
    let count = work.removed_chars();
    match work {
        Work::RemoveBack(_) => text.chars().take(text.chars().count().saturating_sub(count)).collect(),
        _ => text.chars().skip(count).collect(),
    }
}

/// What the right program returns if there is no message.
const fn not_received() -> Answer {
    Answer::Received { payload: String::new(), received: false }
}

/// The two values in the wrong order.
fn swapped() -> Answer {
    Answer::Malformed(Malformation::Swapped, "its payload is a boolean, not text".into())
}

/// No text.
fn without_text() -> Answer {
    Answer::Malformed(Malformation::NoText, "its payload is nothing, not text".into())
}

/// No value at all.
fn nothing() -> Answer {
    Answer::Malformed(Malformation::Nothing, "there is neither a payload nor a boolean".into())
}

/// One value instead of two.
fn text_alone() -> Answer {
    Answer::Malformed(Malformation::TextAlone, "there is no boolean".into())
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "success-at-end",
        text: "A disconnect is reported as an empty message that was received.",
        shows: "receive_message returns an empty text and True after the server has closed the connection.",
        why: "recv returns an empty result at the end, which looks like an empty message.",
        find: "Check what happens to an empty result of recv.",
        fix: "Return False when no message was received.",
        changes: &[Change::ReturnsAtEnd(|failure, _| match failure {
            None | Some(Failure::EndInHeader { .. }) => {
                Answer::Received { payload: String::new(), received: true }
            }
            Some(_) => not_received(),
        })],
        ..BASE
    },
    Bug {
        id: "always-received",
        text: "Whatever happens is reported as a message that was received.",
        shows: "receive_message returns True even after the server is gone, however it went.",
        why: "The boolean is True in every return of the function.",
        find: "Look at each return of receive_message.",
        fix: "Return False when no message was received.",
        changes: &[Change::ReturnsAtEnd(|_, _| Answer::Received { payload: String::new(), received: true })],
        ..BASE
    },
    Bug {
        id: "never-received",
        text: "A message that was received is reported as not received.",
        shows: "receive_message returns the text and False.",
        why: "The boolean is never set to True, or its meaning is inverted.",
        find: "Look at each return of receive_message.",
        fix: "Return True with a payload that has come completely.",
        changes: &[Change::Returns(|payload, _| Answer::Received { payload, received: false })],
        ..BASE
    },
    Bug {
        id: "raises-before-anything",
        text: "A disconnect before the first reply raises an exception.",
        shows: "receive_message raises if the server is gone before it has sent anything.",
        why: "A name is used that only a reply gives a value to.",
        find: "Run a server that accepts and closes, and read the error.",
        fix: "Give everything that is returned a value before the first recv.",
        changes: &[Change::ReturnsAtEnd(|failure, memory| match failure {
            None if memory.messages == 0 => Answer::Error("cannot access local variable 'payload'".into()),
            _ => not_received(),
        })],
        ..BASE
    },
    Bug {
        id: "raises-the-second-time",
        text: "A client that has noticed the end cannot be asked again.",
        shows: "The first receive_message after a disconnect is right, but the second raises.",
        why: "The socket is closed when the connection ends, and recv on a closed socket raises OSError.",
        find: "Look for close outside shutdown.",
        fix: "Close only in shutdown, or remember that the connection has ended.",
        changes: &[Change::AtEnd(|_| AtEnd::Closes)],
        ..BASE
    },
    Bug {
        id: "silent-after-shutdown",
        text: "send_message catches the error of a socket that the client itself has closed.",
        shows: "A client that was shut down returns from send_message as if it had sent the message.",
        why: "Every OSError is caught around the send, and one of them says that the socket is closed.",
        find: "Look at what the except around the send catches.",
        fix: "Catch ConnectionError, which is raised only when the server is gone.",
        changes: &[Change::Sent(|sent| match sent {
            Ok(()) | Err(Failure::Send(_)) => Answer::Done,
            Err(failure) => Answer::Error(failure.to_string()),
        })],
        ..BASE
    },
    Bug {
        id: "reconnects",
        text: "A client whose server is gone reconnects on its own.",
        shows: "receive_message does not return: it waits for a reply on a new connection, on which nothing \
              was sent.",
        why: "connect is called when recv returns an empty result.",
        find: "Look for connect outside the constructor.",
        fix: "Return an empty text and False; whether to reconnect is up to the caller.",
        changes: &[Change::AtEnd(|_| AtEnd::Reconnects)],
        ..BASE
    },
    Bug {
        id: "reconnects-after-first",
        text: "A client whose server is gone after the first reply reconnects on its own.",
        shows: "The end of the connection is not noticed after one reply, but it is after several.",
        why: "It was written for a server that closes after each reply, and hides that mistake.",
        find: "Look for connect outside the constructor.",
        fix: "Return an empty text and False; keeping the connection open is up to the server.",
        changes: &[Change::AtEnd(
            |memory| if memory.messages == 1 { AtEnd::Reconnects } else { AtEnd::Keeps },
        )],
        ..BASE
    },
    Bug {
        id: "bytes-returned",
        applies: is_text,
        text: "The payload is returned as bytes instead of as text.",
        shows: "The caller gets b'…'.",
        why: "recv returns bytes; decode turns them into text.",
        find: "Print the type of what receive_message returns.",
        fix: "Decode the payload before you return it.",
        changes: &[Change::Returns(|_, _| {
            Answer::Malformed(Malformation::Bytes, "its payload is bytes, not text".into())
        })],
        ..BASE
    },
    Bug {
        id: "pair-swapped",
        text: "The two values of receive_message are returned in the wrong order.",
        shows: "The caller gets True where the text should be.",
        why: "A tuple has an order: the payload comes first.",
        find: "Look at each return of receive_message.",
        fix: "Return the payload, then the boolean.",
        changes: &[Change::Returns(|_, _| swapped()), Change::ReturnsAtEnd(|_, _| swapped())],
        ..BASE
    },
    Bug {
        id: "pair-swapped-at-success",
        text: "The two values of receive_message are returned in the wrong order if a message was received.",
        shows: "The caller gets True where the text should be; the order is right only after a disconnect.",
        why: "A tuple has an order: the payload comes first, in every return of the function.",
        find: "Look at each return of receive_message.",
        fix: "Return the payload, then the boolean.",
        changes: &[Change::Returns(|_, _| swapped())],
        ..BASE
    },
    Bug {
        id: "text-alone-returned",
        text: "receive_message returns the text alone, and not whether it was received.",
        shows: "The caller gets one value where it unpacks two.",
        why: "Printing whether a message was received, or keeping it in the object, is not returning it.",
        find: "Look at each return of receive_message: there should be a comma in it.",
        fix: "Return both, the text first: return text, True. After a disconnect it is return \"\", False.",
        changes: &[Change::Returns(|_, _| text_alone()), Change::ReturnsAtEnd(|_, _| text_alone())],
        ..BASE
    },
    Bug {
        id: "text-alone-at-success",
        text: "receive_message returns the text alone if a message was received, and not whether it was.",
        shows: "The caller gets one value where it unpacks two; there are two only after a disconnect.",
        why: "Printing whether a message was received, or keeping it in the object, is not returning it.",
        find: "Look at each return of receive_message: there should be a comma in it.",
        fix: "Return both, the text first: return text, True.",
        changes: &[Change::Returns(|_, _| text_alone())],
        ..BASE
    },
    Bug {
        id: "none-for-text",
        text: "receive_message returns None instead of an empty text if the connection has ended.",
        shows: "Once the server is gone, the caller gets None and False where it expects a text.",
        why: "None is no text: whoever takes its length or adds to it gets a TypeError.",
        find: "Look at the return for a connection that has ended.",
        fix: "After a disconnect, return \"\", False.",
        changes: &[Change::ReturnsAtEnd(|_, _| without_text())],
        ..BASE
    },
    Bug {
        id: "nothing-at-end",
        text: "receive_message returns nothing if the connection has ended.",
        shows: "Once the server is gone, the caller gets None where it unpacks two values.",
        why: "A return without a value, and the end of a function, return None.",
        find: "Look for a way through receive_message that ends without a return, or with an empty one.",
        fix: "After a disconnect, return \"\", False.",
        changes: &[Change::ReturnsAtEnd(|_, _| nothing())],
        ..BASE
    },
    Bug {
        id: "connects-for-each-message",
        text: "The client connects anew for each message.",
        shows: "One message at a time is right; replies to the messages before are lost, and the server sees a client leave that has \
              not received them.",
        why: "connect, or the constructor of the socket, is called in send_message. A message belongs to the connection of the client, \
              of which there is one.",
        find: "Look for connect outside the constructor.",
        fix: "Connect once, in the constructor, and close only in shutdown.",
        changes: &[Change::ConnectsForEach],
        ..BASE
    },
    Bug {
        id: "client-removes-too",
        applies: removes,
        text: "The client removes characters from the reply, as the server has already done.",
        shows: "The caller gets {removed_characters} too few.",
        why: "Code was copied from the server.",
        find: "Look for a slice in the client.",
        fix: "Return the payload as it came.",
        changes: &[Change::Returns(|payload, assignment| Answer::Received {
            payload: removed(&payload, assignment.work),
            received: true,
        })],
        ..BASE
    },
    Bug {
        id: "never-closes",
        text: "shutdown does not close the connection.",
        shows: "The server never learns that its client is gone.",
        why: "Setting a variable to None does not close a socket, and neither does the end of a function, as \
              long as something still refers to it.",
        find: "Check what shutdown calls.",
        fix: "Call close on the socket.",
        changes: &[Change::Closes(|_| false)],
        ..BASE
    },
    Bug {
        id: "closes-only-after-use",
        text: "shutdown closes the connection only if something was received on it.",
        shows: "A client that is shut down immediately leaves its connection open.",
        why: "Closing depends on something that the first message sets.",
        find: "Look for a condition around close.",
        fix: "Close in any case.",
        changes: &[Change::Closes(|memory| memory.messages > 0)],
        ..BASE
    },
];
