//! What is done to the text, done wrong.

use super::connection::Failure;
use super::program::Program;
use super::{Bug, SERVER, receiving};

const BASE: Bug = Bug::BASE;
const RIGHT: Program = Program::RIGHT;

/// The text without its end from the first `end` on.
fn until(payload: &[u8], end: char) -> Result<String, Failure> {
    let text = (RIGHT.decode)(payload)?;
    Ok(text.split(end).next().unwrap_or_default().to_owned())
}

fn remove_units(text: &str, count: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().skip(count).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

fn remove_with_marks(text: &str, count: usize) -> Vec<u8> {
    let is_mark = |character: char| ('\u{300}'..='\u{36f}').contains(&character);
    let mut seen = 0;
    let kept = text.chars().skip_while(|character| {
        seen += usize::from(!is_mark(*character));
        seen <= count
    });
    kept.collect::<String>().into_bytes()
}

fn remove_from_end(text: &str, count: usize) -> Vec<u8> {
    let kept = text.chars().count().saturating_sub(count);
    text.chars().take(kept).collect::<String>().into_bytes()
}

pub(super) const BUGS: &[Bug] = &[
    Bug {
        id: "bytes-removed",
        sides: SERVER,
        text: "Ten bytes are removed instead of ten characters.",
        shows: "Plain letters are right. An accent among the first ten leaves a character too many, or a broken \
                one.",
        why: "A slice of bytes counts bytes; a slice of a str counts characters.",
        find: "See whether decode comes before or after the slice.",
        fix: "Decode, then slice, then encode.",
        program: Program { remove: |text, count| text.bytes().skip(count).collect(), ..RIGHT },
    },
    Bug {
        id: "one-too-few-removed",
        sides: SERVER,
        text: "One character too few is removed.",
        shows: "Every reply starts with the tenth character of its message.",
        why: "The number before the colon of a slice is the index of the first character kept, counted from 0.",
        find: "Look at the slice: it must start at 10.",
        fix: "Start the slice at the number of characters to remove.",
        program: Program { remove: |text, count| (RIGHT.remove)(text, count - 1), ..RIGHT },
    },
    Bug {
        id: "one-too-many-removed",
        sides: SERVER,
        text: "One character too many is removed.",
        shows: "Every reply lacks its first character.",
        why: "The number before the colon of a slice is the index of the first character kept, counted from 0.",
        find: "Look at the slice: it must start at 10.",
        fix: "Start the slice at the number of characters to remove.",
        program: Program { remove: |text, count| (RIGHT.remove)(text, count + 1), ..RIGHT },
    },
    Bug {
        id: "removed-from-end",
        sides: SERVER,
        text: "The last ten characters are removed instead of the first.",
        shows: "Replies start as their messages do and end too early.",
        why: "A negative number after the colon of a slice counts from the end.",
        find: "Look on which side of the colon the 10 stands, and at its sign.",
        fix: "Slice from the tenth character to the end.",
        program: Program { remove: remove_from_end, ..RIGHT },
    },
    Bug {
        id: "nothing-removed",
        sides: SERVER,
        text: "Nothing is removed: the message comes back whole.",
        shows: "Replies are ten characters too long.",
        why: "A slice makes a new str and leaves the old one as it is; its result was not used.",
        find: "See which variable is encoded for the reply.",
        fix: "Send the result of the slice.",
        program: Program { remove: |text, _| text.as_bytes().to_vec(), ..RIGHT },
    },
    Bug {
        id: "first-ten-kept",
        sides: SERVER,
        text: "The first ten characters are sent back instead of what is behind them.",
        shows: "No reply is longer than ten characters.",
        why: "With the number after the colon a slice ends there; with the number before it, it starts there.",
        find: "Look on which side of the colon the 10 stands.",
        fix: "Slice from the tenth character to the end.",
        program: Program {
            remove: |text, count| text.chars().take(count).collect::<String>().into_bytes(),
            ..RIGHT
        },
    },
    Bug {
        id: "units-removed",
        sides: SERVER,
        text: "Ten 16-bit units are removed, of which an emoji takes two.",
        shows: "With an emoji among the first ten characters the cut comes too early, or inside it.",
        why: "Strings in Java, JavaScript and C# are made of 16-bit units, unlike those of Python.",
        find: "Send ten emoji: nothing may come back.",
        fix: "Count code points.",
        program: Program { remove: remove_units, ..RIGHT },
    },
    Bug {
        id: "marks-removed",
        sides: SERVER,
        text: "A letter and the marks above it are removed as one character.",
        shows: "A message with combining marks loses more than ten characters.",
        why: "What a reader sees as one character may be several code points; a slice counts code points.",
        find: "Look for a library that takes text apart as a reader sees it, or for a normalisation.",
        fix: "Slice the str as decode gave it.",
        program: Program { remove: remove_with_marks, ..RIGHT },
    },
    Bug {
        id: "short-message-kept",
        sides: SERVER,
        text: "A message with fewer characters than are removed is sent back as it is.",
        shows: "Five characters come back where nothing should be left.",
        why: "A condition guards the slice. It needs none: a slice from beyond the end is empty.",
        find: "Look for a comparison with 10.",
        fix: "Slice in any case.",
        program: Program {
            remove: |text, count| match text.chars().count() {
                len if len < count => text.as_bytes().to_vec(),
                _ => (RIGHT.remove)(text, count),
            },
            ..RIGHT
        },
    },
    Bug {
        id: "ten-characters-kept",
        sides: SERVER,
        text: "A message with just as many characters as are removed is sent back as it is.",
        shows: "Ten characters come back where nothing should be left.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with 10.",
        fix: "Slice in any case.",
        program: Program {
            remove: |text, count| match text.chars().count() {
                len if len == count => text.as_bytes().to_vec(),
                _ => (RIGHT.remove)(text, count),
            },
            ..RIGHT
        },
    },
    Bug {
        id: "last-character-dropped",
        sides: SERVER,
        text: "A reply of a single character is made an empty one.",
        shows: "A message of eleven characters gets nothing back.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with 10 or 11.",
        fix: "Slice in any case.",
        program: Program {
            remove: |text, count| match text.chars().count() {
                len if len == count + 1 => Vec::new(),
                _ => (RIGHT.remove)(text, count),
            },
            ..RIGHT
        },
    },
    Bug {
        id: "white-space-stripped",
        text: "White space at the ends of a message is stripped.",
        shows: "A message that starts or ends with blanks or newlines comes out shorter.",
        why: "strip takes them away; it is needed for lines that were typed, not here.",
        find: "Look for strip, rstrip and lstrip.",
        fix: "Leave the text as decode gave it.",
        program: Program { decode: |payload| Ok((RIGHT.decode)(payload)?.trim().to_owned()), ..RIGHT },
        ..BASE
    },
    Bug {
        id: "ends-at-newline",
        text: "A message ends at its first newline.",
        shows: "What stands behind a newline in a message is lost.",
        why: "splitlines, split or readline look for newlines; the length alone says where a message ends.",
        find: "Look for functions that work on lines.",
        fix: "Take as many bytes as the length says, whatever they are.",
        program: Program { decode: |payload| until(payload, '\n'), ..RIGHT },
        ..BASE
    },
    Bug {
        id: "ends-at-nul",
        text: "A message ends at its first NUL.",
        shows: "What stands behind a zero byte in a message is lost.",
        why: "In C a NUL ends a string; in this protocol the length does.",
        find: "Look for a NUL in your code, in rstrip for example.",
        fix: "Take as many bytes as the length says, whatever they are.",
        program: Program { decode: |payload| until(payload, '\0'), ..RIGHT },
        ..BASE
    },
    Bug {
        id: "byte-order-mark-dropped",
        text: "A byte-order mark at the start of a message is dropped.",
        shows: "A message that starts with one is a character shorter than it was.",
        why: "The encoding utf-8-sig takes the mark away, utf-8 leaves it.",
        find: "See which encoding decode is given.",
        fix: "Decode as utf-8.",
        program: Program {
            decode: |payload| {
                let text = (RIGHT.decode)(payload)?;
                Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
            },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "ascii-only",
        text: "Only ASCII can be sent.",
        shows: "The first accent in what is to be sent raises an error.",
        why: "encode was given ascii; without an argument it uses utf-8, which has every character.",
        find: "See which encoding encode is given.",
        fix: "Encode as utf-8.",
        program: Program {
            dress: |payload, _| match payload.is_ascii() {
                true => Ok(payload),
                false => Err(Failure::Text("'ascii' codec can't encode the text")),
            },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "utf-16-sent",
        text: "Text is sent as UTF-16 instead of UTF-8.",
        shows: "Every payload is twice as long as it should be, with a zero byte beside each letter.",
        why: "encode was given utf-16.",
        find: "See which encoding encode is given.",
        fix: "Encode as utf-8.",
        program: Program {
            dress: |payload, _| {
                let text = String::from_utf8_lossy(&payload).into_owned();
                Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
            },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "chunks-decoded",
        text: "Each chunk is decoded by itself.",
        shows: "A character that the end of a read cuts in two raises an error, although the message is sound.",
        why: "recv ends anywhere, also inside a character; decode wants whole ones.",
        find: "See whether decode stands inside the loop that receives.",
        fix: "Put the bytes together first, and decode once.",
        program: Program { receive: receiving::chunks_decoded, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "chunks-decoded-with-marks",
        text: "Each chunk is decoded by itself, and what cannot be decoded is replaced.",
        shows: "A character that the end of a read cuts in two becomes several question marks.",
        why: "recv ends anywhere, also inside a character. Errors set to replace hide that decode has failed.",
        find: "Look for errors= in calls of decode, and see whether they stand inside the loop that receives.",
        fix: "Put the bytes together first, and decode once.",
        program: Program { receive: receiving::chunks_decoded_with_marks, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "blocks-decoded",
        text: "Each part of the payload that fills the buffer is decoded by itself.",
        shows: "In a message longer than the buffer, a character across its end becomes several question marks.",
        why: "The buffer is filled to its last byte before it is decoded, and that byte may lie inside a character.",
        find: "See whether decode stands inside the loop that receives, and what errors= says there.",
        fix: "Put the bytes together first, and decode once.",
        program: Program { receive: receiving::blocks_decoded, ..RIGHT },
        ..BASE
    },
];
