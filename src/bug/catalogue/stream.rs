//! Mistakes with the stream: where it ends, and how much of it one call brings or takes.

use super::{BASE, Bug, CLIENT, SERVER, is_long, is_wide, may_exceed_buffer};
use crate::assignment::Assignment;
use crate::bug::program::{Change, CutOff, buffered, receive, write_in};

/// A frame for each part of a payload that fits into the buffer; nothing for an empty one.
fn frames_by_the_buffer(frame: &[u8], assignment: &Assignment) -> Vec<u8> {
    let payload = &frame[frame.len().min(assignment.header_width.bytes())..];
    let parts = payload.chunks(assignment.buffer_size.max(1));
    parts.flat_map(|part| [with_length(part, assignment), part.to_vec()].concat()).collect()
}

/// The length of a part, which is one that its width can hold.
fn with_length(part: &[u8], assignment: &Assignment) -> Vec<u8> {
    write_in(assignment.header_width, part.len() as u64, assignment).unwrap_or_default()
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "empty-is-end",
        text: "An empty payload is treated as the end of the connection.",
        shows: "After an empty message the connection is given up.",
        why: "An empty result of recv means the end. An empty payload is a message, for which recv need not \
              be called at all.",
        find: "Look for a check whether the payload is empty, and for something that fails without a first character, in a try whose \
               except hides that.",
        fix: "Check what recv returned, not what the message contains.",
        changes: &[Change::EndsAtEmpty],
        ..BASE
    },
    Bug {
        id: "half-is-whole",
        text: "If the connection ends inside a message, the part that has come is taken for the whole message.",
        shows: "Half a message is treated as a message.",
        why: "The loop for the payload ends at an empty result of recv, and nothing checks whether enough has come.",
        find: "Check what happens after the loop when an empty result has ended it.",
        fix: "Compare what has come with the length, and treat less as a disconnect.",
        changes: &[Change::CutOff(CutOff::Whole)],
        ..BASE
    },
    Bug {
        id: "half-is-empty",
        text: "If the connection ends inside a message, an empty message is taken to have come.",
        shows: "Half a message is treated as an empty one.",
        why: "The function that receives so many bytes returns an empty result if the connection ends, and nothing checks that after it \
              was called for the payload. A message may be empty, too.",
        find: "Check what becomes of an empty result where the payload is received.",
        fix: "Return None where nothing could be received, and check for it after the length and after the payload.",
        changes: &[Change::CutOff(CutOff::Empty)],
        ..BASE
    },
    Bug {
        id: "awaits-end",
        sides: SERVER,
        text: "The server receives until the connection ends, and takes what has come for one message.",
        shows: "A client that waits for a reply before it disconnects waits forever. What one that does not wait has sent after its first \
              message is lost.",
        why: "An empty result of recv means that the client has disconnected. It does not come at the end of a message.",
        find: "Look for a loop around recv that only an empty result ends.",
        fix: "Receive the length first, and then leave the loop once as many bytes have come as it declares.",
        changes: &[Change::ReceiveMessage(buffered::all_for_one)],
        ..BASE
    },
    Bug {
        id: "awaits-end-of-all",
        sides: SERVER,
        text: "The server receives until the connection ends, and only then looks at the messages.",
        shows: "A client that waits for a reply before it disconnects waits forever.",
        why: "An empty result of recv means that the client has disconnected. It does not come at the end of a message.",
        find: "Look for a loop around recv that only an empty result ends.",
        fix: "Receive the length first, and then leave the loop once as many bytes have come as it declares.",
        changes: &[Change::ReceiveMessage(buffered::after_the_end)],
        ..BASE
    },
    Bug {
        id: "never-ends",
        text: "The loop that receives never ends after the peer has disconnected.",
        shows: "After a disconnect the program hangs and keeps a processor busy.",
        why: "Once the connection has ended, recv returns an empty result at once, every time. A loop that \
              waits for {header_width} bytes then runs forever.",
        find: "Check what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        changes: &[Change::ReceiveLength(receive::length_never_ends), Change::CutOff(CutOff::Awaited)],
        ..BASE
    },
    Bug {
        id: "never-ends-inside-header",
        applies: is_wide,
        text: "The loop that receives the rest of a length never ends after the peer has disconnected.",
        shows: "After a disconnect inside a length the program hangs and keeps a processor busy.",
        why: "An empty result of the first recv is noticed, but not one of the recv for the rest of the length.",
        find: "Check what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        changes: &[Change::ReceiveLength(receive::never_ends_in_length)],
        ..BASE
    },
    Bug {
        id: "never-ends-inside-payload",
        text: "The loop that receives a payload never ends after the peer has disconnected.",
        shows: "After a disconnect inside a message the program hangs and keeps a processor busy.",
        why: "Once the connection has ended, recv returns an empty result at once, every time. A loop that \
              waits for the whole payload then runs forever.",
        find: "Check what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        changes: &[Change::CutOff(CutOff::Awaited)],
        ..BASE
    },
    Bug {
        id: "last-part-kept",
        text: "Of a payload that takes several reads only the last part is kept.",
        shows: "Messages that arrive in one piece are right; of others only the end is left.",
        why: "In the loop, what recv returns replaces what has come before, instead of being added to it. recv_into without an \
              offset does the same.",
        find: "Look for = where += is meant.",
        fix: "Add each part to what has come before.",
        changes: &[Change::ReceivePayload(receive::last_part_kept)],
        ..BASE
    },
    Bug {
        id: "short-read-is-end",
        text: "A payload is taken to end with the first read that does not fill the buffer.",
        shows: "A message that arrives in small pieces loses its end, messages that arrive together are merged, and one that fills \
              the buffer exactly is never answered.",
        why: "recv returns what is there. That it is less than a buffer does not mean that nothing follows, and that it is a full \
              one does not mean that more does.",
        find: "Look for a comparison of the length of a chunk with the buffer size.",
        fix: "Let the declared length determine when to stop.",
        changes: &[Change::ReceivePayload(receive::until_short_read)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "short-read-ends-payload",
        text: "A payload is read in a loop, and the first read that brings less than it was asked for is taken to be the last.",
        shows: "A message that arrives in small pieces loses its end, and the rest is taken for the next length.",
        why: "recv returns what is there. That it is less than was asked for does not mean that nothing follows.",
        find: "Look for a break after a comparison of the length of a chunk with what was asked for, or with the buffer size.",
        fix: "Leave the loop once as many bytes have come as the length declares.",
        changes: &[Change::ReceivePayload(receive::payload_until_short_read)],
        ..BASE
    },
    Bug {
        id: "array-not-filled",
        text: "A single read into an array of the declared length is expected to fill it, and the rest of the array is taken as it is: \
              zeros.",
        shows: "Messages that arrive in one piece are right. Otherwise zeros follow the first piece, and what arrives later is taken \
              for the next length.",
        why: "read(array) in Java, and recv in C, return how many bytes have come, which may be fewer than there is room for.",
        find: "Look for a read whose result is not used.",
        fix: "Read in a loop until the array is full, or use readFully or readNBytes.",
        changes: &[Change::ReceivePayload(receive::payload_filled_up)],
        ..BASE
    },
    Bug {
        id: "rest-of-each-read-dropped",
        text: "The length and the payload are each received up to a buffer at a time, and what a read brings beyond them is dropped.",
        shows: "Mostly the payload arrives along with its length and is lost: the program waits for it in vain, or takes the next \
              message for it.",
        why: "A loop around recv(buffer_size) reads until enough has come, data[:count] takes as much as was wanted, and nothing keeps \
              the rest.",
        find: "Look at the argument of recv, and at what becomes of the bytes behind data[:count].",
        fix: "Ask for what is still missing: min(buffer_size, count - len(data)).",
        changes: &[
            Change::ReceiveLength(receive::length_by_the_buffer),
            Change::ReceivePayload(receive::rest_dropped),
        ],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "each-part-asked-again",
        applies: is_wide,
        text: "While a length or a payload is incomplete, as much is asked for again as at first, instead of what is missing.",
        shows: "All is well as long as each arrives in one piece. Otherwise bytes of what follows are taken along: a length is too long \
              to be unpacked, and a payload ends with the start of the next message.",
        why: "min(buffer_size, count) in a loop stays the same from one recv to the next, however much has come.",
        find: "Look at the argument of recv in the loop: it should shrink by what has been received.",
        fix: "Ask for min(buffer_size, count - len(data)), where data is what has come.",
        changes: &[
            Change::ReceiveLength(receive::length_asked_again),
            Change::ReceivePayload(receive::payload_part_asked_again),
        ],
        ..BASE
    },
    Bug {
        id: "one-read-or-end",
        text: "A single recv of the declared length is expected to return the whole payload, and less is taken for the end of the \
              connection.",
        shows: "Messages that arrive in one piece are right. Otherwise the connection is given up.",
        why: "recv returns what is there, which may be less than it was asked for while the rest is still on its way.",
        find: "Look for a recv that is not in a loop, and whose result is compared with the length.",
        fix: "Receive until as many bytes have come as the length declares. Only an empty result means the end.",
        changes: &[Change::ReceivePayload(receive::payload_in_one_read_or_end)],
        ..BASE
    },
    Bug {
        id: "one-event-for-message",
        text: "What one event or one large read brings is taken for exactly one message.",
        shows: "Messages that arrive whole and one at a time are right; what arrives along with a message is lost, and one in \
              pieces is cut.",
        why: "A 'data' event, or a recv after select, brings whatever has come: a part of a message, or several.",
        find: "Check whether what an event brings is kept until a message is complete.",
        fix: "Add what comes to a buffer of this connection, and take messages out of it as long as one is complete.",
        changes: &[Change::ReceiveMessage(receive::message_in_one_read), Change::ReadsByEvent],
        ..BASE
    },
    Bug {
        id: "one-for-each-event",
        text: "For each event or read at most one message is taken out of the buffer.",
        shows: "The second of two messages that arrive together is answered only after something else has come.",
        why: "An if checks once whether the buffer has a complete message. One event may bring several.",
        find: "Look for the if that checks whether a message is complete.",
        fix: "Turn the if into a while.",
        changes: &[Change::ReceiveMessage(buffered::reads_before_it_looks), Change::ReadsByEvent],
        ..BASE
    },
    Bug {
        id: "timeout-is-end",
        text: "A peer that pauses is taken to be gone.",
        shows: "When the peer pauses, a server closes the connection, and a client reports that nothing came and loses \
                what had come.",
        why: "settimeout was called to keep recv from hanging. What it raises after a while says only that nothing has \
              come yet, but it is handled like a disconnect: by an except that also catches timeouts, because \
              every timeout is an OSError. Or a message as a whole has a time limit.",
        find: "Look for settimeout, for what catches the exception that it leads to, and for anything that looks at the time.",
        fix: "Let recv wait, or keep what has come and call it again after a timeout.",
        changes: &[Change::Timeout],
        ..BASE
    },
    Bug {
        id: "sends-once",
        applies: is_long,
        text: "One call to send is assumed to send everything, or a timeout interrupts sendall.",
        shows: "A long message loses its end when the peer does not read fast enough.",
        why: "send may accept only part of what it is given, and returns how much that was. On Linux this \
              happens on a non-blocking socket or one with a timeout, as soon as the peer is slow. Without \
              settimeout, Linux keeps going until everything is sent, and the mistake shows only on other \
              systems. sendall sends everything, unless a timeout ends it first: it limits how long the peer may \
              take to make room, too.",
        find: "Look for a send whose result is not used, and for settimeout.",
        fix: "Use sendall without a timeout, or keep sending the rest until nothing is left.",
        changes: &[Change::Send(|connection, frame| connection.send(frame).map(|_| ()))],
        ..BASE
    },
    Bug {
        id: "not-flushed",
        text: "What is sent is written to a buffered stream that is never flushed.",
        shows: "Nothing arrives of a short message. A message longer than the stream's buffer, 8192 bytes in most languages, \
              arrives, together with what was held back before it.",
        why: "A buffered stream (makefile in Python, BufferedOutputStream in Java) collects what is written to it, and sends it \
              once its buffer is full, or when it is told to.",
        find: "Look for what is written to and never flushed.",
        fix: "Flush the stream after each message, or write to the socket itself.",
        changes: &[Change::Send(|connection, frame| connection.send_unflushed(frame))],
        ..BASE
    },
    Bug {
        id: "flushed-at-end",
        sides: SERVER,
        text: "Replies are written to a buffered stream that is flushed only when the client has left.",
        shows: "Nothing arrives as long as the client waits. Once it says that it will send no more, all replies come at once.",
        why: "A buffered stream (makefile in Python, BufferedOutputStream in Java) collects what is written to it, and sends it \
              once its buffer is full, or when it is flushed or closed.",
        find: "Look for a flush or a close behind the loop that answers.",
        fix: "Flush the stream after each reply, or write to the socket itself.",
        changes: &[Change::Send(|connection, frame| connection.send_unflushed(frame)), Change::FlushesAtEnd],
        ..BASE
    },
    Bug {
        id: "frame-for-each-buffer",
        applies: may_exceed_buffer,
        text: "What is longer than the buffer is sent as several messages, each with a length of its own.",
        shows: "Messages that fit into the buffer are right; of a longer one, the peer takes each part for a whole message.",
        why: "The length is packed inside the loop that sends one buffer after the other.",
        find: "Look for pack in the loop that sends.",
        fix: "Send one length, that of the whole payload, and then the payload: sendall needs no loop.",
        changes: &[Change::TransformFrame(|frame, assignment| {
            match frames_by_the_buffer(&frame, assignment) {
                frames if frames.is_empty() => frame,
                frames => frames,
            }
        })],
        ..BASE
    },
    Bug {
        id: "frame-for-each-buffer-of-something",
        sides: CLIENT,
        applies: may_exceed_buffer,
        text: "What is longer than the buffer is sent as several messages, each with a length of its own, and what is empty is not \
              sent at all.",
        shows: "Messages that fit into the buffer are right, unless they are empty; of a longer one, the peer takes each part for a \
              whole message.",
        why: "The length is packed inside the loop that sends one buffer after the other, and nothing is left to loop over where there \
              is no text.",
        find: "Look for pack in the loop that sends.",
        fix: "Send one length, that of the whole payload, and then the payload: sendall needs no loop.",
        changes: &[Change::TransformFrame(|frame, assignment| frames_by_the_buffer(&frame, assignment))],
        ..BASE
    },
];
