//! What a payload is decoded to, done wrong.

use super::{BASE, Bug, is_utf8, may_exceed_buffer};
use crate::bug::program::{Change, Program, decode};

const RIGHT: Program = Program::RIGHT;

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "chunks-decoded",
        applies: is_utf8,
        text: "Each chunk is decoded separately.",
        shows: "A character that is split between two reads raises an error, although the message is valid.",
        why: "A read may end anywhere, even inside a character, but decode needs whole characters.",
        find: "Check whether decode is inside the loop that receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "chunks-decoded-with-marks",
        applies: is_utf8,
        text: "Each chunk is decoded separately, and what cannot be decoded is replaced.",
        shows: "A character that is split between two reads becomes several replacement characters.",
        why: "A read may end anywhere, even inside a character. errors=\"replace\" hides that decode has failed.",
        find: "Look for errors= in calls of decode, and check whether they are inside the loop that receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded_with_replacement)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "blocks-decoded",
        applies: |assignment| is_utf8(assignment) && may_exceed_buffer(assignment),
        text: "Each part of the payload that fills the buffer is decoded separately.",
        shows: "In a message longer than the buffer, a character across the end of the buffer becomes \
              several replacement characters.",
        why: "The buffer is filled to its last byte before it is decoded, and that byte may lie inside a character.",
        find: "Check whether decode is inside the loop that receives, and what errors= is set to there.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::blocks_decoded)],
        ..BASE
    },
    Bug {
        id: "chunks-decoded-with-gaps",
        applies: is_utf8,
        text: "Each chunk is decoded separately, and what cannot be decoded is left out.",
        shows: "A character that is split between two reads is lost.",
        why: "A read may end anywhere, even inside a character. errors=\"ignore\" hides that decode has failed.",
        find: "Look for errors= in calls of decode, and check whether they are inside the loop that receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded_without_rest)],
        ..BASE
    },
    Bug {
        id: "characters-counted",
        applies: is_utf8,
        text: "The number of characters that have come is compared with the length, which counts bytes.",
        shows: "Plain letters are right. If the text contains an accented letter, the program waits for more than there is, or \
              takes bytes of the next message.",
        why: "The buffer is a str to which each decoded part is added, and len of a str counts characters.",
        find: "Check whether what is compared with the length is bytes or a str.",
        fix: "Collect bytes until there are as many as the length declares, and decode them once.",
        changes: &[Change::ReceivePayload(decode::characters_counted)],
        ..BASE
    },
    Bug {
        id: "characters-counted-merged",
        applies: is_utf8,
        text: "The number of characters that have come is compared with the length, which counts bytes, and what the last recv brings \
              beyond the end of a message is taken for a part of it.",
        shows: "Plain letters are right, one message at a time. If the text contains an accented letter, the program waits for more \
              than there is; several messages sent at once become one.",
        why: "The buffer is a str to which what recv(buffer_size) brings is added, decoded, and len of a str counts characters.",
        find: "Check whether what is compared with the length is bytes or a str, and what recv is asked for.",
        fix: "Ask for no more bytes than are missing, collect them until there are as many as the length declares, and decode them \
              once.",
        changes: &[Change::ReceivePayload(decode::characters_counted_merged)],
        ..BASE
    },
    Bug {
        id: "white-space-stripped",
        text: "White space at either end of a message is stripped.",
        shows: "A message that starts or ends with spaces or newlines comes out shorter.",
        why: "strip removes them. That is useful for lines that someone typed, but not here.",
        find: "Look for strip, rstrip and lstrip.",
        fix: "Leave the text as decode returned it.",
        changes: &[Change::Decode(|payload, assignment| {
            Ok((RIGHT.decode)(payload, assignment)?.trim().to_owned())
        })],
        ..BASE
    },
    Bug {
        id: "trimmed",
        text: "Spaces and control characters at either end of a message are removed.",
        shows: "A message that starts or ends with a space, a newline or a NUL comes out shorter.",
        why: "trim in Java removes every character up to the space (U+0020), which the control characters are as well.",
        find: "Look for trim.",
        fix: "Leave the text as it was decoded.",
        changes: &[Change::Decode(|payload, assignment| {
            let text = (RIGHT.decode)(payload, assignment)?;
            Ok(text.trim_matches(|char| char <= ' ').to_owned())
        })],
        ..BASE
    },
];
