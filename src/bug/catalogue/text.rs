//! What is done to the text, done wrong.

use super::{BASE, Bug, SERVER, is_text, is_utf8, removes, removes_front};
use crate::assignment::{Assignment, Work};
use crate::bug::program::text::printed;
use crate::bug::program::{Change, Failure, Program};

const RIGHT: Program = Program::RIGHT;

/// The text up to its first `end`.
fn until(payload: &[u8], end: char, assignment: &Assignment) -> Result<String, Failure> {
    let text = (RIGHT.decode)(payload, assignment)?;
    Ok(text.split(end).next().unwrap_or_default().to_owned())
}

/// The text without so many of its 16-bit units.
fn without_units(text: &str, work: Work, half: char) -> Vec<u8> {
    if text.is_ascii() {
        return without_bytes(text.as_bytes(), work).to_vec();
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = work.removed_chars().min(units.len());
    let kept = match work {
        Work::RemoveBack(_) => &units[..units.len() - count],
        _ => &units[count..],
    };
    let kept = char::decode_utf16(kept.iter().copied()).map(|char| char.unwrap_or(half));
    kept.collect::<String>().into_bytes()
}

/// The text without so many of its bytes.
fn without_bytes(text: &[u8], work: Work) -> &[u8] {
    let count = work.removed_chars().min(text.len());
    match work {
        Work::RemoveBack(_) => &text[..text.len() - count],
        _ => &text[count..],
    }
}

fn without_marked_letters(text: &str, count: usize) -> Vec<u8> {
    let is_mark = |character: char| ('\u{300}'..='\u{36f}').contains(&character);
    let mut seen = 0;
    let kept = text.chars().skip_while(|character| {
        seen += usize::from(!is_mark(*character));
        seen <= count
    });
    kept.collect::<String>().into_bytes()
}

/// The reply where the assignment asks for another work.
pub(super) fn with_work(text: &str, assignment: &Assignment, work: Work) -> Vec<u8> {
    (RIGHT.work)(text, &Assignment { work, ..*assignment })
}

/// The right reply, unless the message has as many characters as `is_kept` says of those that should be removed: such a message is
/// sent back as it is.
fn kept_if(text: &str, assignment: &Assignment, is_kept: fn(len: usize, removed: usize) -> bool) -> Vec<u8> {
    match is_kept(text.chars().count(), assignment.work.removed_chars()) {
        true => with_work(text, assignment, Work::Echo),
        false => (RIGHT.work)(text, assignment),
    }
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "bytes-removed",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The server removes bytes where it should remove {removed_characters}.",
        shows: "Plain letters are right. An accented letter at the start of a message leaves one character \
              too many, or a broken one.",
        why: "A slice of bytes counts bytes; a slice of a str counts characters. A str that was decoded as Latin-1 has a character for \
              each byte.",
        find: "Check whether decode comes before or after the slice, and which encoding it is given.",
        fix: "Decode as utf-8 first, then slice, then encode.",
        changes: &[Change::Work(|text, assignment| without_bytes(text.as_bytes(), assignment.work).to_vec())],
        ..BASE
    },
    Bug {
        id: "bytes-removed-before-decoding",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The server removes bytes where it should remove {removed_characters}, and decodes what is left.",
        shows: "Plain letters are right. An accented letter at the start of a message leaves one character too many, or bytes that \
              cannot be decoded.",
        why: "A slice of bytes counts bytes; a slice of a str counts characters.",
        find: "Check whether decode comes before or after the slice.",
        fix: "Decode first, then slice, then encode.",
        changes: &[
            Change::Decode(|payload, assignment| {
                (RIGHT.decode)(without_bytes(payload, assignment.work), assignment)
            }),
            Change::Work(|text, assignment| with_work(text, assignment, Work::Echo)),
        ],
        ..BASE
    },
    Bug {
        id: "length-less-removed",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The length of a reply is that of the message less {removed_chars}.",
        shows: "Plain letters are right. If a character that is removed has several bytes, the length is too large, and the client \
              waits in vain for the rest. For a message of fewer bytes than {removed_chars} it would be negative.",
        why: "{removed_chars} characters may have more bytes than that.",
        find: "Look for {removed_chars} where the length is packed.",
        fix: "Encode the reply, and take the length of the result.",
        changes: &[Change::DeclaredLen(|_, message, assignment| {
            let removed = assignment.work.removed_chars();
            message.len().checked_sub(removed).ok_or(Failure::Length(removed as u64))
        })],
        ..BASE
    },
    Bug {
        id: "one-too-few-removed",
        applies: removes_front,
        sides: SERVER,
        text: "The server removes one character too few.",
        shows: "Every reply starts one character too early.",
        why: "The number before the colon of a slice is the index of the first character that is kept, counting from 0.",
        find: "Look at the slice: it should start at {removed_chars}.",
        fix: "Start the slice at the number of characters to remove.",
        changes: &[Change::Work(|text, assignment| {
            with_work(text, assignment, Work::RemoveFront(assignment.work.removed_chars().saturating_sub(1)))
        })],
        ..BASE
    },
    Bug {
        id: "one-too-many-removed",
        applies: removes_front,
        sides: SERVER,
        text: "One character too many is removed.",
        shows: "Every reply lacks its first character.",
        why: "The number before the colon of a slice is the index of the first character that is kept, counting from 0.",
        find: "Look at the slice: it should start at {removed_chars}.",
        fix: "Start the slice at the number of characters to remove.",
        changes: &[Change::Work(|text, assignment| {
            with_work(text, assignment, Work::RemoveFront(assignment.work.removed_chars() + 1))
        })],
        ..BASE
    },
    Bug {
        id: "removed-from-end",
        applies: removes_front,
        sides: SERVER,
        text: "Characters are removed from the end of a message instead of from its start.",
        shows: "Replies start as their messages do, and end {removed_characters} too early.",
        why: "A negative number after the colon of a slice counts from the end.",
        find: "Check on which side of the colon the {removed_chars} is, and whether it has a sign.",
        fix: "Put {removed_chars} before the colon, and nothing after it.",
        changes: &[Change::Work(|text, assignment| {
            with_work(text, assignment, Work::RemoveBack(assignment.work.removed_chars()))
        })],
        ..BASE
    },
    Bug {
        id: "nothing-removed",
        applies: removes,
        sides: SERVER,
        text: "Nothing is removed: the whole message is sent back.",
        shows: "Every reply is {removed_characters} too long.",
        why: "A slice makes a new str and leaves the old one as it is; the result was not used.",
        find: "Check which variable is encoded for the reply.",
        fix: "Send the result of the slice.",
        changes: &[Change::Work(|text, assignment| with_work(text, assignment, Work::Echo))],
        ..BASE
    },
    Bug {
        id: "first-ten-kept",
        applies: removes_front,
        sides: SERVER,
        text: "The characters that should be removed are sent back, and the rest is removed.",
        shows: "No reply is longer than {removed_characters}.",
        why: "With the number after the colon, a slice ends there; with the number before it, it starts there.",
        find: "Check on which side of the colon the {removed_chars} is.",
        fix: "Put {removed_chars} before the colon, and nothing after it.",
        changes: &[Change::Work(|text, assignment| {
            let more = text.chars().count().saturating_sub(assignment.work.removed_chars());
            with_work(text, assignment, Work::RemoveBack(more))
        })],
        ..BASE
    },
    Bug {
        id: "units-removed",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The server removes 16-bit units where it should remove {removed_characters}; an emoji is two units.",
        shows: "If there is an emoji among the characters to remove, too little is removed, or half of the emoji is left.",
        why: "Strings in Java, JavaScript and C# consist of 16-bit units, unlike those in Python.",
        find: "Send {removed_chars} emoji: nothing may come back.",
        fix: "Count code points.",
        changes: &[Change::Work(|text, assignment| {
            without_units(text, assignment.work, char::REPLACEMENT_CHARACTER)
        })],
        ..BASE
    },
    Bug {
        id: "units-removed-in-java",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The server removes 16-bit units where it should remove {removed_characters}, and what is left of an emoji becomes a \
              question mark.",
        shows: "If there is an emoji among the characters to remove, too little is removed, or the reply starts with a question mark.",
        why: "A String in Java consists of 16-bit units, an emoji is two of them, and getBytes writes a ? for half an emoji.",
        find: "Send {removed_chars} emoji: nothing may come back.",
        fix: "Cut the String at offsetByCodePoints(0, {removed_chars}).",
        changes: &[Change::Work(|text, assignment| without_units(text, assignment.work, '?'))],
        ..BASE
    },
    Bug {
        id: "marks-removed",
        applies: |assignment| removes_front(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "A letter and its combining marks are removed as one character.",
        shows: "A message with combining marks loses more than {removed_characters}.",
        why: "What a reader sees as one character may be several code points, and a slice counts code points.",
        find: "Look for normalization, or for a library that splits text into what a reader sees as characters.",
        fix: "Slice the str as decode returned it.",
        changes: &[Change::Work(|text, assignment| {
            without_marked_letters(text, assignment.work.removed_chars())
        })],
        ..BASE
    },
    Bug {
        id: "short-message-kept",
        applies: removes,
        sides: SERVER,
        text: "A message with fewer characters than should be removed is sent back unchanged.",
        shows: "A message shorter than {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice. None is needed: a slice from beyond the end is empty.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Work(|text, assignment| kept_if(text, assignment, |len, removed| len < removed))],
        ..BASE
    },
    Bug {
        id: "ten-characters-kept",
        applies: removes,
        sides: SERVER,
        text: "A message with exactly as many characters as should be removed is sent back unchanged.",
        shows: "A message of {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Work(|text, assignment| kept_if(text, assignment, |len, removed| len == removed))],
        ..BASE
    },
    Bug {
        id: "up-to-ten-kept",
        applies: removes,
        sides: SERVER,
        text: "A message with no more characters than should be removed is sent back unchanged.",
        shows: "A message of up to {removed_characters} comes back whole instead of empty.",
        why: "A condition guards the slice. None is needed: a slice from beyond the end is empty.",
        find: "Look for a comparison with {removed_chars}.",
        fix: "Slice in any case.",
        changes: &[Change::Work(|text, assignment| kept_if(text, assignment, |len, removed| len <= removed))],
        ..BASE
    },
    Bug {
        id: "every-occurrence-removed",
        applies: |assignment| removes_front(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The characters to remove are removed wherever they occur in the message, and not only at its start.",
        shows: "A message that repeats its beginning loses every repetition of it.",
        why: "replace replaces all that it finds, wherever that is.",
        find: "Look for replace.",
        fix: "Take a slice, which counts characters and compares none: text[{removed_chars}:].",
        changes: &[Change::Work(|text, assignment| {
            let removed: String = text.chars().take(assignment.work.removed_chars()).collect();
            match removed.is_empty() {
                true => (RIGHT.work)(text, assignment),
                false => with_work(&text.replace(&removed, ""), assignment, Work::Echo),
            }
        })],
        ..BASE
    },
    Bug {
        id: "set-stripped",
        applies: |assignment| removes_front(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The characters to remove are stripped as a set, together with every one of them that follows.",
        shows: "A reply starts too late where its message goes on with characters that are among its first.",
        why: "lstrip takes its argument for a set of characters, and removes characters until one comes that is not in the set.",
        find: "Look for lstrip.",
        fix: "Take a slice, which counts characters and compares none: text[{removed_chars}:].",
        changes: &[Change::Work(|text, assignment| {
            let set: Vec<char> = text.chars().take(assignment.work.removed_chars()).collect();
            with_work(text.trim_start_matches(&set[..]), assignment, Work::Echo)
        })],
        ..BASE
    },
    Bug {
        id: "reply-stripped",
        applies: removes,
        sides: SERVER,
        text: "White space at either end of a reply is stripped.",
        shows: "A reply that starts or ends with spaces or newlines comes out shorter.",
        why: "strip removes them, although they are part of the message.",
        find: "Look for strip after the slice.",
        fix: "Send what the slice returns.",
        changes: &[Change::Work(|text, assignment| {
            let reply = (RIGHT.work)(text, assignment);
            let text = (RIGHT.decode)(&reply, assignment).unwrap_or_default();
            with_work(text.trim(), assignment, Work::Echo)
        })],
        ..BASE
    },
    Bug {
        id: "last-character-dropped",
        applies: removes,
        sides: SERVER,
        text: "A reply of a single character is replaced by an empty one.",
        shows: "A message with one character more than should be removed gets an empty reply.",
        why: "A condition guards the slice and is off by one. A slice needs no guard.",
        find: "Look for a comparison with {removed_chars}, or with 1 more than that.",
        fix: "Slice in any case.",
        changes: &[Change::Work(|text, assignment| match text.chars().count() {
            len if len == assignment.work.removed_chars() + 1 => Vec::new(),
            _ => (RIGHT.work)(text, assignment),
        })],
        ..BASE
    },
    Bug {
        id: "ends-at-newline",
        text: "A message is taken to end at its first newline.",
        shows: "Everything after a newline in a message is lost.",
        why: "splitlines, split and readline look for newlines, but only the length determines where a message ends.",
        find: "Look for functions that work on lines.",
        fix: "Take as many bytes as the length declares, whatever they are.",
        changes: &[Change::Decode(|payload, assignment| until(payload, '\n', assignment))],
        ..BASE
    },
    Bug {
        id: "ends-at-nul",
        text: "A message is taken to end at its first NUL.",
        shows: "Everything after a zero byte in a message is lost.",
        why: "In C a NUL ends a string; in this protocol the length determines where a message ends.",
        find: "Look for a NUL in your code, for example in a call of split or rstrip.",
        fix: "Take as many bytes as the length declares, whatever they are.",
        changes: &[Change::Decode(|payload, assignment| until(payload, '\0', assignment))],
        ..BASE
    },
    Bug {
        id: "byte-order-mark-dropped",
        applies: |assignment| is_utf8(assignment) && assignment.work != Work::Reverse,
        text: "A byte-order mark at the start of a message is dropped.",
        shows: "A message that starts with one is one character shorter than it was.",
        why: "The encoding utf-8-sig removes the mark; utf-8 leaves it in place.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as utf-8.",
        changes: &[Change::Decode(|payload, assignment| {
            let text = (RIGHT.decode)(payload, assignment)?;
            Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
        })],
        ..BASE
    },
    Bug {
        id: "ascii-only",
        applies: is_utf8,
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
        applies: is_text,
        text: "Text is sent as UTF-16 instead of {charset}.",
        shows: "Payloads are twice as long as they should be, with a zero byte next to each letter.",
        why: "encode was given utf-16.",
        find: "Check which encoding is passed to encode.",
        fix: "Encode as {codec}.",
        changes: &[Change::TransformPayload(|payload, assignment| {
            let text = (RIGHT.decode)(&payload, assignment)?;
            Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
        })],
        ..BASE
    },
    Bug {
        id: "bytes-printed",
        text: "The bytes of a payload are turned into text with str instead of decode.",
        shows: "The text starts with b' and ends with ', and every byte that is no plain letter becomes an escape sequence.",
        why: "str of bytes is what print shows of them. decode returns the text that they stand for.",
        find: "Look for str, or an f-string, around what recv returned.",
        fix: "Call decode on it.",
        changes: &[Change::Decode(|payload, _| Ok(printed(payload)))],
        ..BASE
    },
    Bug {
        id: "ascii-decoded",
        applies: is_utf8,
        text: "Text that is not ASCII cannot be decoded or encoded.",
        shows: "The first accented letter in a payload raises an error.",
        why: "decode or encode was given ascii; without an argument both use utf-8, which has every character. Or each byte is \
              decoded on its own, as in recv(1).decode(): a part of a character is none.",
        find: "Check which encoding is passed to decode and to encode, and whether decode is called before the payload is whole.",
        fix: "Use utf-8 for both, and decode the payload once, when all of it has come.",
        changes: &[Change::Decode(|payload, assignment| match payload.is_ascii() {
            true => (RIGHT.decode)(payload, assignment),
            false => Err(Failure::Text("'ascii' codec can't decode the payload")),
        })],
        ..BASE
    },
    Bug {
        id: "latin-1-decoded",
        applies: is_utf8,
        text: "Payloads are decoded as Latin-1, in which each byte is a character.",
        shows: "An accented letter becomes two or three other characters.",
        why: "decode was given latin-1, or the default charset of the machine was used, for example by new String(bytes) in older \
              versions of Java.",
        find: "Check which encoding is passed to decode.",
        fix: "Decode as utf-8.",
        changes: &[Change::Decode(|payload, _| Ok(payload.iter().map(|byte| char::from(*byte)).collect()))],
        ..BASE
    },
    Bug {
        id: "ascii-kept",
        applies: is_utf8,
        text: "Characters that are not ASCII are left out.",
        shows: "Accented letters, other scripts and emoji are missing from what is received.",
        why: "decode was given ascii, or a single byte at a time, together with errors=\"ignore\".",
        find: "Look for errors= in the calls of decode and encode, and for what ignores an exception of theirs.",
        fix: "Decode the whole payload as utf-8, and leave errors= out.",
        changes: &[Change::Decode(|payload, _| {
            Ok(payload.iter().filter(|byte| byte.is_ascii()).map(|byte| char::from(*byte)).collect())
        })],
        ..BASE
    },
];
