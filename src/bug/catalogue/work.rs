//! What another term's server does with a message, done wrong: no mistake with the default assignment.

use super::text::with_work;
use super::{BASE, Bug, CLIENT, SERVER, is_utf8, removes};
use crate::assignment::{Assignment, Charset, HeaderWidth, Work};
use crate::bug::program::{Change, Failure, HeaderCodec, Program, write_in};
use crate::conversation::Answer;

const RIGHT: Program = Program::RIGHT;

fn removes_back(assignment: &Assignment) -> bool {
    removes(assignment) && matches!(assignment.work, Work::RemoveBack(_))
}

fn reverses(assignment: &Assignment) -> bool {
    assignment.work == Work::Reverse
}

/// The reply where another number of characters is removed from the end.
fn without_last(text: &str, assignment: &Assignment, count: usize) -> Vec<u8> {
    with_work(text, assignment, Work::RemoveBack(count))
}

/// The assignment, with lengths that count only the payload.
fn not_counting(assignment: &Assignment) -> Assignment {
    Assignment { counts_header: false, ..*assignment }
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "one-too-few-removed-from-end",
        applies: removes_back,
        sides: SERVER,
        text: "The server removes one character too few from the end.",
        shows: "Every reply ends one character too late.",
        why: "A negative number behind the colon of a slice counts characters from the end: -1 leaves out the last one.",
        find: "Look at the slice: it should end at -{removed_chars}.",
        fix: "End the slice at minus the number of characters to remove.",
        changes: &[Change::Work(|text, assignment| {
            without_last(text, assignment, assignment.work.removed_chars().saturating_sub(1))
        })],
        ..BASE
    },
    Bug {
        id: "one-too-many-removed-from-end",
        applies: removes_back,
        sides: SERVER,
        text: "One character too many is removed from the end.",
        shows: "Every reply lacks its last character.",
        why: "A negative number behind the colon of a slice counts characters from the end: -1 leaves out the last one.",
        find: "Look at the slice: it should end at -{removed_chars}.",
        fix: "End the slice at minus the number of characters to remove.",
        changes: &[Change::Work(|text, assignment| {
            without_last(text, assignment, assignment.work.removed_chars() + 1)
        })],
        ..BASE
    },
    Bug {
        id: "removed-from-front",
        applies: removes_back,
        sides: SERVER,
        text: "Characters are removed from the start of a message instead of from its end.",
        shows: "Replies end as their messages do, and start {removed_characters} too late.",
        why: "With a number before the colon a slice starts there; with a negative number behind it, it ends there.",
        find: "Check on which side of the colon the {removed_chars} is.",
        fix: "Put -{removed_chars} behind the colon, and nothing before it.",
        changes: &[Change::Work(|text, assignment| {
            with_work(text, assignment, Work::RemoveFront(assignment.work.removed_chars()))
        })],
        ..BASE
    },
    Bug {
        id: "last-kept",
        applies: removes_back,
        sides: SERVER,
        text: "The characters that should be removed are sent back, and the rest is removed.",
        shows: "No reply is longer than {removed_characters}.",
        why: "With the number before the colon, a slice starts there; with the number behind it, it ends there.",
        find: "Check on which side of the colon the -{removed_chars} is.",
        fix: "Put -{removed_chars} behind the colon, and nothing before it.",
        changes: &[Change::Work(|text, assignment| {
            let before = text.chars().count().saturating_sub(assignment.work.removed_chars());
            with_work(text, assignment, Work::RemoveFront(before))
        })],
        ..BASE
    },
    Bug {
        id: "still-removed",
        applies: |assignment| assignment.work.is_echo(),
        sides: SERVER,
        text: "Characters are removed from the front of each message, though all of it should be sent back.",
        shows: "Every reply starts too late.",
        why: "The server was written for an assignment in which they had to be removed.",
        find: "Look for a slice.",
        fix: "Send back the text as it came.",
        changes: &[Change::Work(|text, assignment| with_work(text, assignment, Work::default()))],
        ..BASE
    },
    Bug {
        id: "sent-back-unchanged",
        applies: |assignment| matches!(assignment.work, Work::Uppercase | Work::Reverse),
        sides: SERVER,
        text: "The message is sent back as it came.",
        shows: "Every reply is the message itself.",
        why: "A str is never changed: its methods and its slices return another one, and that was not used.",
        find: "Check which variable is encoded for the reply.",
        fix: "Send what the method or the slice returns.",
        changes: &[Change::Work(|text, assignment| with_work(text, assignment, Work::Echo))],
        ..BASE
    },
    Bug {
        id: "bytes-in-uppercase",
        applies: |assignment| assignment.work == Work::Uppercase && assignment.charset != Charset::Ascii,
        sides: SERVER,
        text: "Only the letters of ASCII are put in uppercase.",
        shows: "Plain letters are right. An accented letter stays as it is.",
        why: "upper of bytes, like toupper in C, knows no letters but those of ASCII; upper of a str knows all of them.",
        find: "Check whether decode comes before upper.",
        fix: "Decode first, then call upper, then encode.",
        changes: &[Change::Work(|text, assignment| {
            with_work(&text.to_ascii_uppercase(), assignment, Work::Echo)
        })],
        ..BASE
    },
    Bug {
        id: "bytes-reversed",
        applies: |assignment| reverses(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The bytes of a message are reversed instead of its characters.",
        shows: "Plain letters are right. Of an accented letter the bytes come in the wrong order, which is no text.",
        why: "A slice of bytes steps through bytes; a slice of a str steps through characters.",
        find: "Check whether decode comes before or after the slice.",
        fix: "Decode first, then reverse, then encode.",
        changes: &[Change::Work(|text, _| text.bytes().rev().collect())],
        ..BASE
    },
    Bug {
        id: "units-reversed",
        applies: |assignment| reverses(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The 16-bit units of a text are reversed instead of its characters; an emoji is two units.",
        shows: "An emoji comes back as two replacement characters.",
        why: "Strings in JavaScript and C# consist of 16-bit units, and split(\"\") takes them apart.",
        find: "Send an emoji.",
        fix: "Reverse code points: [...text].reverse().join(\"\").",
        changes: &[Change::Work(|text, _| {
            let units: Vec<u16> = text.encode_utf16().collect();
            String::from_utf16_lossy(&units.into_iter().rev().collect::<Vec<_>>()).into_bytes()
        })],
        ..BASE
    },
    Bug {
        id: "client-reverses-too",
        applies: reverses,
        sides: CLIENT,
        text: "The client reverses the reply, as the server has already done.",
        shows: "The caller gets the reply backwards.",
        why: "Code was copied from the server.",
        find: "Look for a slice in the client.",
        fix: "Return the payload as it came.",
        changes: &[Change::Returns(|payload, _| Answer::Received {
            payload: payload.chars().rev().collect(),
            received: true,
        })],
        ..BASE
    },
    Bug {
        id: "utf-8-sent",
        applies: |assignment| assignment.charset == Charset::Latin1,
        text: "Text is sent as UTF-8 instead of {charset}.",
        shows: "Plain letters are right. An accented letter arrives as two characters.",
        why: "Without an argument, encode uses utf-8.",
        find: "Check which encoding is passed to encode.",
        fix: "Encode as {codec}.",
        changes: &[Change::TransformPayload(|payload, assignment| {
            Ok((RIGHT.decode)(&payload, assignment)?.into_bytes())
        })],
        ..BASE
    },
    Bug {
        id: "utf-8-decoded",
        applies: |assignment| assignment.charset == Charset::Latin1,
        text: "Payloads are decoded as UTF-8 instead of {charset}.",
        shows: "The first accented letter in a payload raises an error.",
        why: "Without an argument, decode uses utf-8.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as {codec}.",
        changes: &[Change::Decode(|payload, _| match std::str::from_utf8(payload) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Failure::Text("'utf-8' codec can't decode the payload")),
        })],
        ..BASE
    },
    Bug {
        id: "four-byte-length",
        applies: |assignment| assignment.header_width != HeaderWidth::Four,
        text: "The length takes 4 bytes instead of {header_width}.",
        shows: "The first length is read as another number, or waited for in vain, and so are all that follow.",
        why: "The letter in a format sets the width of the number: I packs 4 bytes, and the length has {header_width}.",
        find: "Compare your format strings with {length_format}, and the argument of the recv for the length with \
               {header_width}.",
        fix: "Pack and unpack the length with {length_format}, and receive {header_width} bytes for it.",
        changes: &[
            Change::HeaderLen(|_| 4),
            Change::WriteHeader(|len, assignment| write_in(HeaderWidth::Four, len, assignment)),
        ],
        ..BASE
    },
    Bug {
        id: "length-leaves-out-header",
        applies: |assignment| assignment.counts_header,
        text: "The length leaves out its own {header_width} bytes, which it should count.",
        shows: "Every length is {header_width} too small, and the end of each payload is taken for the next length.",
        why: "len was taken of the encoded text alone.",
        find: "Compare the length that you pack with the number of bytes in the whole message.",
        fix: "Add {header_width} to the length before you pack it, and subtract {header_width} from what you unpack.",
        changes: &[
            Change::ReadHeader(|header, assignment| {
                (HeaderCodec::RIGHT.read)(header, &not_counting(assignment))
            }),
            Change::WriteHeader(|len, assignment| (HeaderCodec::RIGHT.write)(len, &not_counting(assignment))),
        ],
        ..BASE
    },
];
