//! What is sent of a message, and what with it, done wrong.

use super::{BASE, Bug, characters, is_utf8, may_exceed_buffer};
use crate::assignment::Assignment;
use crate::bug::program::Change;

/// The size of a pointer on a machine of 64 bits.
const POINTER_LEN: usize = 8;

/// Zeros behind `bytes`, as many as fill the buffer.
fn padded(mut bytes: Vec<u8>, assignment: &Assignment) -> Vec<u8> {
    bytes.resize(bytes.len().max(assignment.buffer_size), 0);
    bytes
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "newline-added",
        text: "A newline is added to the payload, and the length counts it.",
        shows: "Every length is 1 too large, and every payload ends with a newline.",
        why: "It is a habit from protocols whose messages are lines. Here the length determines where a \
              message ends.",
        find: "Look for \\n where you build a payload.",
        fix: "Send the text as it is.",
        changes: &[Change::TransformPayload(|mut payload, _| {
            payload.push(b'\n');
            Ok(payload)
        })],
        ..BASE
    },
    Bug {
        id: "newline-not-counted",
        text: "A newline follows each message, and the length does not count it.",
        shows: "The first message is right; the newline after it is taken for the start of the next length.",
        why: "The newline is appended to the frame after the length was taken.",
        find: "Compare the number of bytes that you send with the length plus {header_width}.",
        fix: "Send nothing after the payload.",
        changes: &[Change::TransformFrame(|mut frame, _| {
            frame.push(b'\n');
            frame
        })],
        ..BASE
    },
    Bug {
        id: "nul-added",
        text: "A NUL is added to the payload, and the length counts it.",
        shows: "Every length is 1 too large, and every payload ends with a zero byte.",
        why: "It is a habit from C, where a NUL ends a string; or pack was given a format with one byte too \
              many for the text.",
        find: "Print the payload as bytes right before it is sent.",
        fix: "Send the encoded text and nothing else.",
        changes: &[Change::TransformPayload(|mut payload, _| {
            payload.push(0);
            Ok(payload)
        })],
        ..BASE
    },
    Bug {
        id: "cut-to-buffer",
        applies: may_exceed_buffer,
        text: "Payloads are cut to the size of the buffer before they are sent.",
        shows: "Messages that fit into the buffer are right; longer ones lose their end.",
        why: "The buffer size limits what one recv returns. It limits neither send nor the length of a \
              message.",
        find: "Look for the buffer size where you send.",
        fix: "Send the whole payload, however long it is.",
        changes: &[Change::TransformPayload(|mut payload, assignment| {
            payload.truncate(assignment.buffer_size);
            Ok(payload)
        })],
        ..BASE
    },
    Bug {
        id: "payload-cut-to-characters",
        applies: is_utf8,
        text: "The length counts the characters of the text, and the payload is cut to as many bytes.",
        shows: "Plain letters are right. If the text contains an accented letter, the length is too small and the end of the text \
              is lost.",
        why: "In pack, the number before an s counts bytes and cuts what is longer, but it was computed with len of the str, \
              which counts characters.",
        find: "Look for a format that is put together with len, such as \"%ds\", and at what len is called on.",
        fix: "Encode the text first, and use the length of the result both as the length and in the format.",
        changes: &[Change::TransformPayload(|mut payload, _| {
            payload.truncate(characters(&payload));
            Ok(payload)
        })],
        ..BASE
    },
    Bug {
        id: "payload-cut-to-one-byte",
        text: "Only the first byte of the payload is sent, after the length of all of it.",
        shows: "Everything up to the length is right. Then the peer waits in vain for the rest of the payload, or takes what is \
              sent next for it.",
        why: "In a format, an s without a number in front of it stands for one byte: pack(\"!Is\", length, data) leaves out the \
              rest of data.",
        find: "Look for an s in a format that you pass to pack.",
        fix: "Pack the length alone, and add the bytes to it: pack({length_format}, len(data)) + data.",
        changes: &[Change::TransformFrame(|mut frame, assignment| {
            // An s that nothing is left for is a zero byte.
            frame.resize(assignment.header_width.bytes() + 1, 0);
            frame
        })],
        ..BASE
    },
    Bug {
        id: "payload-cut-to-eight-bytes",
        text: "Only the first 8 bytes of the payload are sent, after the length of all of it.",
        shows: "Everything up to the length is right. Then the peer waits in vain for the rest of the payload, or takes what is \
              sent next for it.",
        why: "In C, sizeof a pointer is the size of the pointer, 8 bytes, and not of what it points to.",
        find: "Look for sizeof in the arguments of send and write, and whether what follows it is a pointer.",
        fix: "Pass the number of bytes that the payload has, which you have declared as its length.",
        changes: &[Change::TransformFrame(|mut frame, assignment| {
            // What lies behind a shorter one in memory is mostly zero.
            frame.resize(assignment.header_width.bytes() + POINTER_LEN, 0);
            frame
        })],
        ..BASE
    },
    Bug {
        id: "message-cut-to-eight-bytes",
        text: "Only the first 8 bytes of each message are sent, the length among them.",
        shows: "The length and the first bytes of the payload are right. Then the peer waits in vain for the rest, or takes what is \
              sent next for it.",
        why: "In C, sizeof a pointer is the size of the pointer, 8 bytes, and not of what it points to.",
        find: "Look for sizeof in the arguments of send and write, and whether what follows it is a pointer.",
        fix: "Pass the number of bytes that the message has: those of the length, and those of the payload.",
        changes: &[Change::TransformFrame(|mut frame, _| {
            frame.resize(POINTER_LEN, 0);
            frame
        })],
        ..BASE
    },
    Bug {
        id: "whole-array-sent",
        text: "The whole array is sent, and not only the part of it that was filled.",
        shows: "The first message is right; the zeros after it are taken for the lengths of empty messages.",
        why: "sizeof an array, or its length, counts all of its elements, also those that nothing was written to.",
        find: "Look at the size that is passed to send or write.",
        fix: "Send as many bytes as the header and the payload have.",
        changes: &[Change::TransformFrame(padded)],
        ..BASE
    },
    Bug {
        id: "array-counted",
        text: "Payloads are filled up with zeros to the size of the buffer, and the length counts them.",
        shows: "A payload shorter than the buffer ends with zero bytes.",
        why: "The length was taken of the array, and not of what was written into it.",
        find: "Print the payload as bytes right before it is sent.",
        fix: "Keep the number of bytes that were written, and declare and send only those.",
        changes: &[Change::TransformPayload(|payload, assignment| Ok(padded(payload, assignment)))],
        ..BASE
    },
    Bug {
        id: "header-not-sent",
        text: "The payload is sent without its length.",
        shows: "The first {header_width} bytes of the text are taken for a length.",
        why: "Only the encoded text is passed to send. That it can be read on its own in a terminal hides that something is \
              missing.",
        find: "Look at what is passed to send: it should start with what pack returned.",
        fix: "Send the packed length in front of each payload.",
        changes: &[Change::WriteHeader(|_, _| Ok(Vec::new()))],
        ..BASE
    },
];
