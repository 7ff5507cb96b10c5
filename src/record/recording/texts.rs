//! Long texts in a recording, each of which is written once.
//!
//! A message is in the case, in the operation of a client that is told to send it, and in the bytes that come back. In a line, what
//! is long stands in the list `texts`, and where it belongs is a place in the list: `{"text": 3, "from": 10, "len": 649990}`. Texts
//! are counted from 0 through the whole recording. A string that has something else besides is `{"pieces": [...]}`.
//!
//! A text of the list is ASCII that JSON needs no escapes for, so that its bytes, its characters and what stands in the line are
//! the same.

use std::collections::HashMap;
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value};

use crate::bytes::common_len;

/// What is shorter stays where it belongs, in bytes: a person finds it there.
const LEN_MIN: usize = 512;
/// How many bytes the places of a recording come to at most. Its reader could be made to fill its memory by a short line, else.
const PLACES_LEN_MAX: usize = 256 << 20;
/// How many bytes of a text it is looked up by.
const WINDOW_LEN: usize = 8;
/// One window in 2 to the power of this is looked up.
const RARITY: u32 = 7;
/// Multiplied by this, windows that differ in any bit differ in the first ones: 2 to the power of 64 by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The keys of a line and of a place.
const TEXTS: &str = "texts";
const TEXT: &str = "text";
const FROM: &str = "from";
const LEN: &str = "len";
const PIECES: &str = "pieces";

/// Writes values with each long text once.
#[derive(Debug)]
pub(super) struct Writer {
    texts: Vec<Vec<u8>>,
    /// Where a window was first seen: in which text, and at which byte.
    windows: HashMap<u64, (usize, usize)>,
    /// How many bytes may still be written as places.
    left: usize,
    string: OpenString,
}

/// A string that is being written.
#[derive(Debug, Default)]
struct OpenString {
    /// What is written of it so far, as JSON, up to its last place.
    pieces: Vec<Vec<u8>>,
    /// What follows that, as JSON has it between quotes.
    rest: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            windows: HashMap::new(),
            left: PLACES_LEN_MAX,
            string: OpenString::default(),
        }
    }
}

impl Writer {
    /// The JSON of a value that is an object, with the texts that were not there before.
    ///
    /// # Panics
    ///
    /// Where JSON cannot express the value, or it is no object.
    pub(super) fn write(&mut self, value: &impl Serialize) -> Vec<u8> {
        let known = self.texts.len();
        let mut json = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut json, &mut *self);
        value.serialize(&mut serializer).expect("it has nothing that JSON cannot express");
        if let [first, more @ ..] = &self.texts[known..] {
            assert_eq!(json.pop(), Some(b'}'), "it is an object");
            json.extend(format!(",\"{TEXTS}\":[\"").bytes());
            json.extend_from_slice(first);
            for text in more {
                json.extend(b"\",\"");
                json.extend_from_slice(text);
            }
            json.extend(b"\"]}");
        }
        json
    }

    /// Adds ASCII without escapes to the open string.
    fn add(&mut self, run: &[u8]) {
        let mut unknown = Vec::new();
        // Where that begins which is not written yet.
        let mut start = 0;
        let mut at = 0;
        while let Some(window) = run[at..].first_chunk::<WINDOW_LEN>() {
            let window = u64::from_le_bytes(*window);
            // The first one always: there may be no other, where a character is repeated.
            if at == start || window.wrapping_mul(SPREAD) >> (u64::BITS - RARITY) == 0 {
                match self.windows.get(&window) {
                    Some((text, known)) => {
                        let (text, known) = (*text, *known);
                        let before = common_end_len(&run[start..at], &self.texts[text][..known]);
                        let len = before + common_len(&run[at..], &self.texts[text][known..]);
                        if (LEN_MIN..=self.left).contains(&len) {
                            self.add_unknown(&run[start..at - before], &mut unknown);
                            self.refer(text, known - before, len);
                            start = at - before + len;
                            at = start;
                            continue;
                        }
                    }
                    None => unknown.push((window, at - start)),
                }
            }
            at += 1;
        }
        self.add_unknown(&run[start..], &mut unknown);
    }

    /// Adds what is not in the list yet, with its windows and where they begin. Those that reach beyond it are left out.
    fn add_unknown(&mut self, run: &[u8], windows: &mut Vec<(u64, usize)>) {
        if (LEN_MIN..=self.left).contains(&run.len()) {
            let text = self.texts.len();
            self.texts.push(run.to_vec());
            for (window, at) in windows.iter().filter(|(_, at)| at + WINDOW_LEN <= run.len()) {
                self.windows.entry(*window).or_insert((text, *at));
            }
            self.refer(text, 0, run.len());
        } else {
            self.string.rest.extend_from_slice(run);
        }
        windows.clear();
    }

    /// Adds a place in the list.
    fn refer(&mut self, text: usize, from: usize, len: usize) {
        self.left -= len;
        self.string.close_rest();
        let place = match len == self.texts[text].len() {
            true => format!("{{\"{TEXT}\":{text}}}"),
            false => format!("{{\"{TEXT}\":{text},\"{FROM}\":{from},\"{LEN}\":{len}}}"),
        };
        self.string.pieces.push(place.into_bytes());
    }
}

impl OpenString {
    fn close_rest(&mut self) {
        if !self.rest.is_empty() {
            self.pieces.push([b"\"", &self.rest[..], b"\""].concat());
            self.rest.clear();
        }
    }
}

impl Formatter for &mut Writer {
    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, text: &str) -> io::Result<()> {
        if text.len() < LEN_MIN {
            self.string.rest.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        if text.is_ascii() {
            self.add(text.as_bytes());
            return Ok(());
        }
        for run in text.as_bytes().chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
            if run.len() < LEN_MIN || !run[0].is_ascii() {
                self.string.rest.extend_from_slice(run);
            } else {
                self.add(run);
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        CompactFormatter.write_char_escape(&mut self.string.rest, escape)
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let OpenString { pieces, rest } = &mut self.string;
        if pieces.is_empty() {
            writer.write_all(b"\"")?;
            writer.write_all(rest)?;
            writer.write_all(b"\"")?;
            rest.clear();
            return Ok(());
        }
        self.string.close_rest();
        match &std::mem::take(&mut self.string.pieces)[..] {
            [place] => writer.write_all(place),
            pieces => write!(writer, "{{\"{PIECES}\":[{}]}}", String::from_utf8_lossy(&pieces.join(&b','))),
        }
    }
}

/// How many bytes `left` and `right` have in common at their end.
fn common_end_len(left: &[u8], right: &[u8]) -> usize {
    left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count()
}

/// Puts the texts back where they belong.
#[derive(Debug)]
pub(super) struct Reader {
    texts: Vec<String>,
    /// How many bytes the places may still come to.
    left: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self { texts: Vec::new(), left: PLACES_LEN_MAX }
    }
}

/// Why places cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("`{TEXTS}` has something that is no text")]
    NoText,
    #[error("a place is not one in the {known} texts so far: {place}")]
    OutOfRange { known: usize, place: String },
    #[error("the places come to more than {PLACES_LEN_MAX} bytes")]
    TooLong,
}

impl Reader {
    /// Takes the texts of a line, and puts them into their places in it.
    pub(super) fn expand(&mut self, line: &mut Value) -> Result<(), PlaceError> {
        if let Some(Value::Array(texts)) = line.as_object_mut().and_then(|line| line.remove(TEXTS)) {
            for text in texts {
                let Value::String(text) = text else { return Err(PlaceError::NoText) };
                self.texts.push(text);
            }
        }
        self.fill(line)
    }

    fn fill(&mut self, value: &mut Value) -> Result<(), PlaceError> {
        match value {
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill(value)),
            Value::Object(place) if place.get(TEXT).is_some_and(Value::is_number) => {
                *value = Value::String(self.at(place)?.to_owned());
                Ok(())
            }
            Value::Object(string) if matches!(string.get(PIECES), Some(Value::Array(_))) => {
                let mut whole = String::new();
                for piece in string[PIECES].as_array().into_iter().flatten() {
                    whole.push_str(match piece {
                        Value::String(text) => text,
                        Value::Object(place) => self.at(place)?,
                        _ => return Err(PlaceError::NoText),
                    });
                }
                *value = Value::String(whole);
                Ok(())
            }
            Value::Object(entries) => entries.values_mut().try_for_each(|value| self.fill(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    /// What is at a place.
    fn at(&mut self, place: &Map<String, Value>) -> Result<&str, PlaceError> {
        let number =
            |key: &str| place.get(key).and_then(Value::as_u64).and_then(|number| number.try_into().ok());
        let known = self.texts.len();
        let found = number(TEXT).and_then(|text: usize| self.texts.get(text)).and_then(|text| {
            let from = if place.contains_key(FROM) { number(FROM)? } else { 0 };
            let len = if place.contains_key(LEN) { number(LEN)? } else { text.len().checked_sub(from)? };
            text.get(from..from.checked_add(len)?)
        });
        let found = found.ok_or_else(|| PlaceError::OutOfRange {
            known,
            place: Value::Object(place.clone()).to_string().chars().take(100).collect(),
        })?;
        self.left = self.left.checked_sub(found.len()).ok_or(PlaceError::TooLong)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// What is written of these values, line by line, and is read back equal.
    #[track_caller]
    fn written(values: &[Value]) -> Vec<String> {
        let (mut writer, mut reader) = (Writer::default(), Reader::default());
        let lines = values.iter().map(|value| {
            let line = writer.write(value);
            let mut read = serde_json::from_slice(&line).unwrap();
            reader.expand(&mut read).unwrap();
            assert_eq!(read, *value);
            String::from_utf8(line).unwrap()
        });
        lines.collect()
    }

    /// Text without a pattern that is the same every time.
    fn text(seed: u64, len: usize) -> String {
        let mut state = seed;
        let letters = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
        });
        letters.take(len).collect()
    }

    #[test]
    fn a_long_text_is_written_once_in_all_lines_together() {
        let long = text(1, 5000);
        let received = format!("\0\0\u{13}\u{88}{}\0\0\0\x02ok", &long[10..]);
        let first = json!({ "message": long, "received": received, "short": "text" });
        let lines = written(&[first, json!({ "again": [long, &long[100..900]] })]);
        assert!(lines[0].contains("\"message\":{\"text\":0}"), "{}", lines[0]);
        let pieces = "{\"pieces\":[\"\\u0000\\u0000\\u0013\u{88}\",{\"text\":0,\"from\":10,\"len\":4990},\
                      \"\\u0000\\u0000\\u0000\\u0002ok\"]}";
        assert!(lines[0].contains(pieces), "{}", lines[0]);
        assert_eq!(lines.concat().matches(&long[..]).count(), 1);
        assert_eq!(lines[1], "{\"again\":[{\"text\":0},{\"text\":0,\"from\":100,\"len\":800}]}");
    }

    #[test]
    fn what_is_repeated_without_a_pattern_or_with_nothing_else_is_found() {
        for long in ["x".repeat(2000), "xy".repeat(1000), text(2, 2000)] {
            let lines = written(&[json!({ "whole": long, "part": &long[10..] })]);
            assert!(lines[0].len() < 2200, "{}", lines[0]);
        }
    }

    #[test]
    fn what_is_short_or_not_ascii_stays_where_it_is() {
        for short in [text(3, LEN_MIN - 1), "é".repeat(LEN_MIN), "\n".repeat(LEN_MIN), String::new()] {
            let value = json!({ "one": short, "two": short });
            assert_eq!(written(std::slice::from_ref(&value)), [value.to_string()]);
        }
    }

    #[test]
    fn places_that_are_none_are_refused() {
        let known = json!({ "texts": ["some text"], "ok": { "text": 0, "from": 5 } });
        for (place, says) in [
            (json!({ "text": 1 }), "in the 1 texts so far: {\"text\":1}"),
            (json!({ "text": 0, "from": 5, "len": 5 }), "is not one"),
            (json!({ "text": 0, "from": u64::MAX, "len": 2 }), "is not one"),
            (json!({ "text": 0, "from": 10 }), "is not one"),
            (json!({ "text": 0, "from": -1 }), "is not one"),
            (json!({ "text": 0.5 }), "is not one"),
            (json!({ "pieces": ["a", 1] }), "no text"),
        ] {
            let mut reader = Reader::default();
            reader.expand(&mut known.clone()).unwrap();
            let error = reader.expand(&mut json!({ "place": place })).unwrap_err().to_string();
            assert!(error.contains(says), "{place}: {error}");
        }
    }

    #[test]
    fn a_short_line_does_not_become_endless() {
        let mut reader = Reader { left: 29, ..Reader::default() };
        let mut line =
            json!({ "texts": ["ten letters"], "places": vec![json!({ "text": 0, "len": 10 }); 3] });
        assert_eq!(reader.expand(&mut line), Err(PlaceError::TooLong));
    }

    proptest! {
        #[test]
        fn any_strings_are_read_back_equal(
            parts in vec((0u64..3, 0usize..3000, 0usize..3000, "\\PC{0,3}|[\0-\u{ff}]{0,3}"), 0..12),
            cut in 1usize..4,
        ) {
            let strings: Vec<String> = parts
                .iter()
                .map(|(seed, from, len, between)| {
                    let long = text(*seed, 6000);
                    format!("{between}{}{between}", &long[*from..from + len])
                })
                .collect();
            let values: Vec<Value> = strings.chunks(cut).map(|strings| json!({ "strings": strings })).collect();
            written(&values);
        }
    }
}
