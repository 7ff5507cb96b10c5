//! What is done to the text, done wrong.

use super::{BASE, Bug, SERVER};
use crate::bug::program::{Change, Failure, Program, decode};

const RIGHT: Program = Program::RIGHT;

/// The text up to its first `end`.
fn until(payload: &[u8], end: char) -> Result<String, Failure> {
    let text = (RIGHT.decode)(payload)?;
    Ok(text.split(end).next().unwrap_or_default().to_owned())
}

/// What Python prints of bytes.
fn printed(payload: &[u8]) -> String {
    let quote = if payload.contains(&b'\'') && !payload.contains(&b'"') { '"' } else { '\'' };
    let byte = |byte: &u8| match byte {
        b'\t' => "\\t".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\\' => "\\\\".to_owned(),
        byte if char::from(*byte) == quote => format!("\\{quote}"),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    format!("b{quote}{}{quote}", payload.iter().map(byte).collect::<String>())
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

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "bytes-removed",
        sides: SERVER,
        text: "The server removes bytes where it should remove {removed_characters}.",
        shows: "Plain letters are right. An accented letter at the start of a message leaves one character \
              too many, or a broken one.",
        why: "A slice of bytes counts bytes; a slice of a str counts characters.",
        find: "Check whether decode comes before or after the slice.",
        fix: "Decode first, then slice, then encode.",
        changes: &[Change::Remove(|text, count| text.bytes().skip(count).collect())],
    },
    Bug {
        id: "one-too-few-removed",
        sides: SERVER,
        text: "The server removes one character too few.",
        shows: "Every reply starts one character too early.",
        why: "The number before the colon of a slice is the index of the first character that is kept, \
              counting from 0.",
        find: "Look at the slice: it should start at {removed_chars}.",
        fix: "Start the slice at the number of characters to remove.",
        changes: &[Change::Remove(|text, count| (RIGHT.remove)(text, count.saturating_sub(1)))],
    },
    Bug {
        id: "one-too-many-removed",
        sides: SERVER,
        text: "One character too many is removed.",
        shows: "Every reply lacks its first character.",
        why: "The number before the colon of a slice is the index of the first character that is kept, \
              counting from 0.",
        find: "Look at the slice: it should start at {removed_chars}.",
        fix: "Start the slice at the number of characters to remove.",
        changes: &[Change::Remove(|text, count| (RIGHT.remove)(text, count + 1))],
    },
    Bug {
        id: "removed-from-end",
        sides: SERVER,
        text: "Characters are removed from the end of a message instead of from its start.",
        shows: "Replies start as their messages do, and end {removed_characters} too early.",
        why: "A negative number after the colon of a slice counts from the end.",
        find: "Check on which side of the colon the {removed_chars} is, and whether it has a sign.",
        fix: "Put {removed_chars} before the colon, and nothing after it.",
        changes: &[Change::Remove(remove_from_end)],
    },
    Bug {
        id: "nothing-removed",
        sides: SERVER,
        text: "Nothing is removed: the whole message is sent back.",
        shows: "Every reply is {removed_characters} too long.",
        why: "A slice makes a new str and leaves the old one as it is; the result was not used.",
        find: "Check which variable is encoded for the reply.",
        fix: "Send the result of the slice.",
        changes: &[Change::Remove(|text, _| text.as_bytes().to_vec())],
    },
    Bug {
        id: "first-ten-kept",
        sides: SERVER,
        text: "The characters that should be removed are sent back, and the rest is removed.",
        shows: "No reply is longer than {removed_characters}.",
        why: "With the number after the colon, a slice ends there; with the number before it, it starts \
              there.",
        find: "Check on which side of the colon the {removed_chars} is.",
        fix: "Put {removed_chars} before the colon, and nothing after it.",
        changes: &[Change::Remove(|text, count| text.chars().take(count).collect::<String>().into_bytes())],
    },
    Bug {
        id: "units-removed",
        sides: SERVER,
        text: "The server removes 16-bit units where it should remove {removed_characters}; an emoji is two \
              units.",
        shows: "If there is an emoji among the characters to remove, too little is removed, or half of the \
              emoji is left.",
        why: "Strings in Java, JavaScript and C# consist of 16-bit units, unlike those in Python.",
        find: "Send {removed_chars} emoji: nothing may come back.",
        fix: "Count code points.",
        changes: &[Change::Remove(remove_units)],
    },
    Bug {
        id: "marks-removed",
        sides: SERVER,
        text: "A letter and its combining marks are removed as one character.",
        shows: "A message with combining marks loses more than {removed_characters}.",
        why: "What a reader sees as one character may be several code points, and a slice counts code \
              points.",
        find: "Look for normalization, or for a library that splits text into what a reader sees as \
              characters.",
        fix: "Slice the str as decode returned it.",
        changes: &[Change::Remove(remove_with_marks)],
    },
    Bug {
        id: "short-message-kept",
        sides: SERVER,
        text: "A message with fewer characters than should be removed is sent back unchanged.",
        shows: "A message shorter than {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice. None is needed: a slice from beyond the end is empty.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Remove(|text, count| match text.chars().count() {
            len if len < count => text.as_bytes().to_vec(),
            _ => (RIGHT.remove)(text, count),
        })],
    },
    Bug {
        id: "ten-characters-kept",
        sides: SERVER,
        text: "A message with exactly as many characters as should be removed is sent back unchanged.",
        shows: "A message of {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Remove(|text, count| match text.chars().count() {
            len if len == count => text.as_bytes().to_vec(),
            _ => (RIGHT.remove)(text, count),
        })],
    },
    Bug {
        id: "up-to-ten-kept",
        sides: SERVER,
        text: "A message with no more characters than should be removed is sent back unchanged.",
        shows: "A message of up to {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice. None is needed: a slice from beyond the end is empty.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Remove(|text, count| match text.chars().count() {
            len if len <= count => text.as_bytes().to_vec(),
            _ => (RIGHT.remove)(text, count),
        })],
    },
    Bug {
        id: "every-occurrence-removed",
        sides: SERVER,
        text: "The characters to remove are removed wherever they occur in the message, and not only at its start.",
        shows: "A message that repeats its beginning loses every repetition of it.",
        why: "replace replaces all that it finds, wherever that is.",
        find: "Look for replace.",
        fix: "Take a slice, which counts characters and compares none: text[{removed_chars}:].",
        changes: &[Change::Remove(|text, count| {
            let kept = (RIGHT.remove)(text, count);
            match text.get(..text.len() - kept.len()) {
                Some(removed) if !removed.is_empty() => text.replace(removed, "").into_bytes(),
                _ => kept,
            }
        })],
    },
    Bug {
        id: "reply-stripped",
        sides: SERVER,
        text: "White space at either end of a reply is stripped.",
        shows: "A reply that starts or ends with spaces or newlines comes out shorter.",
        why: "strip removes them, although they are part of the message.",
        find: "Look for strip after the slice.",
        fix: "Send what the slice returns.",
        changes: &[Change::Remove(|text, count| {
            String::from_utf8_lossy(&(RIGHT.remove)(text, count)).trim().as_bytes().to_vec()
        })],
    },
    Bug {
        id: "last-character-dropped",
        sides: SERVER,
        text: "A reply of a single character is replaced by an empty one.",
        shows: "A message with one character more than should be removed gets an empty reply.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with {removed_chars}, or with 1 more than that.",
        fix: "Slice in any case.",
        changes: &[Change::Remove(|text, count| match text.chars().count() {
            len if len == count + 1 => Vec::new(),
            _ => (RIGHT.remove)(text, count),
        })],
    },
    Bug {
        id: "white-space-stripped",
        text: "White space at either end of a message is stripped.",
        shows: "A message that starts or ends with spaces or newlines comes out shorter.",
        why: "strip removes them. That is useful for lines that someone typed, but not here.",
        find: "Look for strip, rstrip and lstrip.",
        fix: "Leave the text as decode returned it.",
        changes: &[Change::Decode(|payload| Ok((RIGHT.decode)(payload)?.trim().to_owned()))],
        ..BASE
    },
    Bug {
        id: "ends-at-newline",
        text: "A message is taken to end at its first newline.",
        shows: "Everything after a newline in a message is lost.",
        why: "splitlines, split and readline look for newlines, but only the length determines where a \
              message ends.",
        find: "Look for functions that work on lines.",
        fix: "Take as many bytes as the length declares, whatever they are.",
        changes: &[Change::Decode(|payload| until(payload, '\n'))],
        ..BASE
    },
    Bug {
        id: "ends-at-nul",
        text: "A message is taken to end at its first NUL.",
        shows: "Everything after a zero byte in a message is lost.",
        why: "In C a NUL ends a string; in this protocol the length determines where a message ends.",
        find: "Look for a NUL in your code, for example in a call of split or rstrip.",
        fix: "Take as many bytes as the length declares, whatever they are.",
        changes: &[Change::Decode(|payload| until(payload, '\0'))],
        ..BASE
    },
    Bug {
        id: "byte-order-mark-dropped",
        text: "A byte-order mark at the start of a message is dropped.",
        shows: "A message that starts with one is one character shorter than it was.",
        why: "The encoding utf-8-sig removes the mark; utf-8 leaves it in place.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as utf-8.",
        changes: &[Change::Decode(|payload| {
            let text = (RIGHT.decode)(payload)?;
            Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
        })],
        ..BASE
    },
    Bug {
        id: "ascii-only",
        text: "Only ASCII can be sent.",
        shows: "The first accented letter in what is to be sent raises an error.",
        why: "encode was given ascii. Without an argument it uses utf-8, which can encode every character.",
        find: "Check which encoding is passed to encode.",
        fix: "Encode as utf-8.",
        changes: &[Change::TransformPayload(|payload, _| match payload.is_ascii() {
            true => Ok(payload),
            false => Err(Failure::Text("'ascii' codec can't encode the text")),
        })],
        ..BASE
    },
    Bug {
        id: "utf-16-sent",
        text: "Text is sent as UTF-16 instead of UTF-8.",
        shows: "Payloads are twice as long as they should be, with a zero byte next to each letter.",
        why: "encode was given utf-16.",
        find: "Check which encoding is passed to encode.",
        fix: "Encode as utf-8.",
        changes: &[Change::TransformPayload(|payload, _| {
            let text = String::from_utf8_lossy(&payload).into_owned();
            Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
        })],
        ..BASE
    },
    Bug {
        id: "chunks-decoded",
        text: "Each chunk is decoded separately.",
        shows: "A character that is split between two reads raises an error, although the message is valid.",
        why: "A read may end anywhere, even inside a character, but decode needs whole characters.",
        find: "Check whether decode is inside the loop that receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded)],
        ..BASE
    },
    Bug {
        id: "chunks-decoded-with-marks",
        text: "Each chunk is decoded separately, and what cannot be decoded is replaced.",
        shows: "A character that is split between two reads becomes several replacement characters.",
        why: "A read may end anywhere, even inside a character. errors=\"replace\" hides that decode has \
              failed.",
        find: "Look for errors= in calls of decode, and check whether they are inside the loop that \
              receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded_with_replacement)],
        ..BASE
    },
    Bug {
        id: "blocks-decoded",
        text: "Each part of the payload that fills the buffer is decoded separately.",
        shows: "In a message longer than the buffer, a character across the end of the buffer becomes \
              several replacement characters.",
        why: "The buffer is filled to its last byte before it is decoded, and that byte may lie inside a \
              character.",
        find: "Check whether decode is inside the loop that receives, and what errors= is set to there.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::blocks_decoded)],
        ..BASE
    },
    Bug {
        id: "chunks-decoded-with-gaps",
        text: "Each chunk is decoded separately, and what cannot be decoded is left out.",
        shows: "A character that is split between two reads is lost.",
        why: "A read may end anywhere, even inside a character. errors=\"ignore\" hides that decode has failed.",
        find: "Look for errors= in calls of decode, and check whether they are inside the loop that receives.",
        fix: "Put the bytes together first, and decode them once.",
        changes: &[Change::ReceivePayload(decode::chunks_decoded_without_rest)],
        ..BASE
    },
    Bug {
        id: "bytes-printed",
        text: "The bytes of a payload are turned into text with str instead of decode.",
        shows: "The text starts with b' and ends with ', and every byte that is no plain letter becomes an escape sequence.",
        why: "str of bytes is what print shows of them. decode returns the text that they stand for.",
        find: "Look for str, or an f-string, around what recv returned.",
        fix: "Call decode on it.",
        changes: &[Change::Decode(|payload| Ok(printed(payload)))],
        ..BASE
    },
    Bug {
        id: "ascii-decoded",
        text: "Payloads are decoded as ASCII.",
        shows: "The first accented letter in a payload raises an error.",
        why: "decode was given ascii. Without an argument it uses utf-8, which can decode every character.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as utf-8.",
        changes: &[Change::Decode(|payload| match payload.is_ascii() {
            true => (RIGHT.decode)(payload),
            false => Err(Failure::Text("'ascii' codec can't decode the payload")),
        })],
        ..BASE
    },
    Bug {
        id: "latin-1-decoded",
        text: "Payloads are decoded as Latin-1, in which each byte is a character.",
        shows: "An accented letter becomes two or three other characters.",
        why: "decode was given latin-1, or the default charset of the machine was used, for example by new String(bytes) in older \
              versions of Java.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as utf-8.",
        changes: &[Change::Decode(|payload| Ok(payload.iter().map(|byte| char::from(*byte)).collect()))],
        ..BASE
    },
    Bug {
        id: "characters-counted",
        text: "The number of characters that have come is compared with the length, which counts bytes.",
        shows: "Plain letters are right. If the text contains an accented letter, the program waits for more than there is, or \
              takes bytes of the next message.",
        why: "The buffer is a str to which each decoded part is added, and len of a str counts characters.",
        find: "Check whether what is compared with the length is bytes or a str.",
        fix: "Collect bytes until there are as many as the length declares, and decode them once.",
        changes: &[Change::ReceivePayload(decode::characters_counted)],
        ..BASE
    },
];
