//! What a program makes of a payload and of a message, done right.

use super::failure::Failure;
use crate::assignment::{Assignment, Charset, Work};

/// The text that `payload` stands for.
pub(super) fn decode(payload: &[u8], assignment: &Assignment) -> Result<String, Failure> {
    match assignment.charset {
        Charset::Utf8 => match std::str::from_utf8(payload) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Failure::Text("'utf-8' codec can't decode the payload")),
        },
        Charset::Ascii if !payload.is_ascii() => Err(Failure::Text("'ascii' codec can't decode the payload")),
        Charset::Ascii | Charset::Latin1 | Charset::Bytes => {
            Ok(payload.iter().map(|byte| char::from(*byte)).collect())
        }
    }
}

/// What comes of a payload that is no UTF-8 where each part that is wrong is replaced: the longest that could have begun a character,
/// as the Unicode Standard advises (chapter 3.9), and Java, JavaScript and Python have it.
pub(super) fn replaced(payload: &[u8], assignment: &Assignment) -> Option<String> {
    let is_no_text = assignment.charset == Charset::Utf8 && std::str::from_utf8(payload).is_err();
    is_no_text.then(|| String::from_utf8_lossy(payload).into_owned())
}

/// The payload that `text` becomes.
pub(in crate::bug) fn encode(text: &str, assignment: &Assignment) -> Vec<u8> {
    match assignment.charset {
        Charset::Utf8 | Charset::Ascii => text.as_bytes().to_vec(),
        Charset::Latin1 | Charset::Bytes => {
            text.chars().map(|char| u8::try_from(char).unwrap_or(b'?')).collect()
        }
    }
}

/// The reply to `text`, encoded.
pub(super) fn work(text: &str, assignment: &Assignment) -> Vec<u8> {
    let worked = match assignment.work {
        Work::Echo => return encode(text, assignment),
        // Long texts are ASCII, where it takes a fraction of the time.
        Work::Uppercase if text.is_ascii() => return text.to_ascii_uppercase().into_bytes(),
        Work::Reverse if text.is_ascii() => return text.bytes().rev().collect(),
        Work::Uppercase => text.to_uppercase(),
        Work::Reverse => text.chars().rev().collect(),
        Work::RemoveFront(count) => {
            let kept = text.char_indices().nth(count).map_or("", |(start, _)| &text[start..]);
            return encode(kept, assignment);
        }
        Work::RemoveBack(count) => {
            let mut kept = text.chars();
            (0..count).take_while(|_| kept.next_back().is_some()).for_each(drop);
            return encode(kept.as_str(), assignment);
        }
    };
    encode(&worked, assignment)
}

/// What Python prints of bytes.
pub(in crate::bug) fn printed(payload: &[u8]) -> String {
    let quote = if payload.contains(&b'\'') && !payload.contains(&b'"') { '"' } else { '\'' };
    let mut printed = String::with_capacity(payload.len() + 3);
    printed.push('b');
    printed.push(quote);
    for byte in payload {
        match byte {
            b'\t' => printed.push_str("\\t"),
            b'\n' => printed.push_str("\\n"),
            b'\r' => printed.push_str("\\r"),
            b'\\' => printed.push_str("\\\\"),
            byte if char::from(*byte) == quote => printed.extend(['\\', quote]),
            b' '..=b'~' => printed.push(char::from(*byte)),
            byte => printed.push_str(&format!("\\x{byte:02x}")),
        }
    }
    printed.push(quote);
    printed
}
