//! How a server treats its clients, done wrong.

use super::{Bug, SERVER};
use crate::bug::program::{Change, ConversationEnd, Failure, Next, Stops, buffered};

const BASE: Bug = Bug { sides: SERVER, ..super::BASE };

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "one-client",
        text: "The server serves one client, and then no other.",
        shows: "The second client is refused.",
        why: "accept is called before the loop instead of inside it, or start returns when a client has \
              left: sometimes because the server itself sets keep_running to False then.",
        find: "Check what runs after recv has returned an empty result.",
        fix: "Call accept in an outer loop that goes on for as long as the server is to run.",
        changes: &[Change::Next(|_| Next::Nobody)],
        ..BASE
    },
    Bug {
        id: "one-client-while-listening",
        text: "The server serves one client and then no other, but keeps listening.",
        shows: "The second client connects, but its connection is never accepted.",
        why: "The system completes connections to a listening socket; only accept hands them to the program.",
        find: "Check what runs after recv has returned an empty result.",
        fix: "Call accept in an outer loop that goes on for as long as the server is to run.",
        changes: &[Change::Next(|_| Next::NobodyWhileListening)],
        ..BASE
    },
    Bug {
        id: "ends-when-client-leaves",
        text: "The server stops serving when a client has left, unless a reply to it was still being sent.",
        shows: "The second client is refused, or its connection is never accepted.",
        why: "What shows that the client has left ends the whole server: keep_running is set to False, or exit is called. Only where \
              sending fails does it go on to the next client.",
        find: "Check what runs after recv has returned an empty result.",
        fix: "Close the connection then, and accept the next client.",
        changes: &[Change::Next(|ended| match ended.failure {
            Some(Failure::Send(_)) => Next::Client,
            _ => ended.after_crash,
        })],
        ..BASE
    },
    Bug {
        id: "five-clients",
        text: "The server serves five clients and no more.",
        shows: "The sixth client is refused.",
        why: "The argument of listen limits how many clients may wait at a time, not how many are served.",
        find: "Look for a 5 anywhere but in listen.",
        fix: "Call accept in a loop without a count.",
        changes: &[Change::Next(|end| if end.clients < 5 { Next::Client } else { Next::Nobody })],
        ..BASE
    },
    Bug {
        id: "one-message",
        text: "The server answers one message of each client and then closes the connection.",
        shows: "The second message of a client gets no reply.",
        why: "There is no loop between accept and close, or something in it fails after the first reply and an except hides that.",
        find: "Check what runs after the first reply is sent, and print what is caught.",
        fix: "Receive and answer in a loop until recv returns an empty result.",
        changes: &[Change::MessagesMax(1)],
        ..BASE
    },
    Bug {
        id: "fifty-messages",
        text: "The server answers fifty messages of each client and then closes the connection.",
        shows: "A client that sends more messages loses its connection.",
        why: "The loop counts messages, but it should go on until the client leaves.",
        find: "Look for range in the loop that answers.",
        fix: "Loop until recv returns an empty result.",
        changes: &[Change::MessagesMax(50)],
        ..BASE
    },
    Bug {
        id: "greeting",
        text: "The server sends a greeting to each client before it has received anything.",
        shows: "The first reply starts with the bytes of the greeting.",
        why: "A line that showed that the connection works was left in; this protocol has no place for it.",
        find: "Look for a send right after accept.",
        fix: "Send nothing but replies, and print to the terminal instead.",
        changes: &[Change::Greeting(b"Connected!")],
        ..BASE
    },
    Bug {
        id: "empty-reply-not-sent",
        text: "An empty reply is not sent.",
        shows: "A message whose reply is empty gets no reply at all.",
        why: "An empty str is false in an if. A reply without any characters is a length of 0, which must be \
              sent regardless.",
        find: "Look for an if around the send.",
        fix: "Send a reply to every message.",
        changes: &[Change::Answers(|reply| !reply.is_empty())],
        ..BASE
    },
    Bug {
        id: "payload-kept",
        text: "What one client has left in the buffer of a message that it did not finish is put in front of the next client's bytes, \
              without its length.",
        shows: "After a client has left in the middle of a message, the next client is misunderstood.",
        why: "The buffer is kept in self or in the class, and outlives its connection. The length was taken out of it before.",
        find: "Check where the buffer is created: it should be after accept.",
        fix: "Start every connection with an empty buffer.",
        changes: &[
            Change::ReceiveLength(buffered::buffered_length_alone),
            Change::ReceivePayload(buffered::buffered_payload),
            Change::KeepsBuffer,
        ],
        ..BASE
    },
    Bug {
        id: "leftovers-kept",
        text: "What one client has left in the buffer is put in front of the next client's bytes.",
        shows: "After a client has left in the middle of a message, the next client is misunderstood.",
        why: "The buffer is kept in self, in a global variable or outside the loop, and outlives its connection.",
        find: "Check where the buffer is created: it should be after accept.",
        fix: "Start every connection with an empty buffer.",
        changes: &[Change::ReceiveMessage(buffered::buffered), Change::KeepsBuffer],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "dies-without-message",
        text: "The server crashes when a client leaves without having sent anything.",
        shows: "After a client that sent nothing, the server serves nobody.",
        why: "A name that only a message gives a value to is used after the loop, which raises an error.",
        find: "Connect, disconnect, and read what the server prints.",
        fix: "After the loop, use nothing that the loop may not have set.",
        changes: &[Change::Next(|ended| match ended {
            ConversationEnd { failure: None, messages: 0, after_crash, .. } => *after_crash,
            _ => Next::Client,
        })],
        ..BASE
    },
    Bug {
        id: "ends-when-idle",
        text: "The server ends when no client connects for a while.",
        shows: "A client that comes after a quiet moment is not accepted.",
        why: "settimeout was called on the listening socket, so that accept gives up now and then. What it raises says only that \
              nobody has come yet, but it ends the loop: nothing catches it, or what does so leaves the loop.",
        find: "Look for what happens after a timeout of accept.",
        fix: "Catch the timeout around accept alone, and go on with the loop.",
        changes: &[Change::EndsWhenIdle],
        ..BASE
    },
    Bug {
        id: "never-stops",
        text: "The server does not stop when it is told to.",
        shows: "After keep_running was set to False, it still answers messages and accepts clients.",
        why: "The loops run while True, or check a copy of keep_running.",
        find: "Look for while True.",
        fix: "Check self.keep_running in both loops, every time around.",
        changes: &[Change::Stops(Stops::Never)],
        ..BASE
    },
    Bug {
        id: "stops-between-clients",
        text: "The server does not stop until its client has left.",
        shows: "After keep_running was set to False, it answers as long as messages come.",
        why: "Only the loop around accept checks keep_running, not the one around recv.",
        find: "Look at the condition of the inner loop.",
        fix: "Check self.keep_running in both loops, every time around.",
        changes: &[Change::Stops(Stops::BetweenClients)],
        ..BASE
    },
    Bug {
        id: "connection-kept",
        text: "A server that has stopped does not close the connection of its client.",
        shows: "The server has stopped and its port is free, but its client waits forever.",
        why: "close was called on the listening socket but not on the connection. Of a connection that has a file as well (makefile), \
              both have to be closed.",
        find: "Check which sockets are closed after the loop that serves, and in shutdown.",
        fix: "Close the connection in any case, for example in a finally.",
        changes: &[Change::KeepsConnection],
        ..BASE
    },
    Bug {
        id: "port-kept",
        text: "A server that has stopped keeps listening on its port.",
        shows: "The connection ends, but the port still accepts clients that nobody serves.",
        why: "close was called on the connection but not on the listening socket.",
        find: "Check which sockets shutdown closes.",
        fix: "Close the listening socket, too.",
        changes: &[Change::KeepsPort],
        ..BASE
    },
];
