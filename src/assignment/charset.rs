//! How text becomes the bytes of a payload.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The encoding of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Charset {
    /// UTF-8: a character takes one byte to four.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ASCII: no character but the first 128 of Unicode, one byte each.
    #[serde(rename = "ascii")]
    Ascii,
    /// ISO 8859-1: the first 256 characters of Unicode, one byte each. Every sequence of bytes is text.
    #[serde(rename = "latin-1")]
    Latin1,
    /// No text at all: any bytes. Here and in files each is written as the character of the same number, as in ISO 8859-1.
    #[serde(rename = "bytes")]
    Bytes,
}

impl Charset {
    /// Every charset.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Ascii, Self::Latin1, Self::Bytes];

    /// What a file calls it, and Python's `encode` if it is one.
    #[must_use]
    pub const fn codec(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::Bytes => "bytes",
        }
    }

    /// The greatest character that it has.
    const fn greatest(self) -> char {
        match self {
            Self::Utf8 => char::MAX,
            Self::Ascii => '\x7F',
            Self::Latin1 | Self::Bytes => '\u{FF}',
        }
    }

    /// Whether `text` can be encoded.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        self == Self::Utf8 || text.chars().all(|char| char <= self.greatest())
    }

    /// Whether a payload may be no text at all.
    #[must_use]
    pub const fn has_invalid_bytes(self) -> bool {
        !matches!(self, Self::Latin1 | Self::Bytes)
    }

    /// The payload that `text` becomes. What the charset does not have becomes a question mark: texts that are sent are checked
    /// with [`Charset::has`] before.
    #[must_use]
    pub fn encode<'a>(self, text: impl Into<Cow<'a, str>>) -> Cow<'a, [u8]> {
        let text = text.into();
        if self == Self::Utf8 || text.is_ascii() {
            return match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
        }
        let byte =
            |char: char| if char <= self.greatest() { u8::try_from(char).unwrap_or(b'?') } else { b'?' };
        text.chars().map(byte).collect()
    }

    /// How many characters `payload` is; nothing where it is no text.
    #[must_use]
    pub fn chars(self, payload: &[u8]) -> Option<usize> {
        match self {
            Self::Utf8 => std::str::from_utf8(payload).ok().map(|text| text.chars().count()),
            Self::Ascii => payload.is_ascii().then_some(payload.len()),
            Self::Latin1 | Self::Bytes => Some(payload.len()),
        }
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "ASCII",
            Self::Latin1 => "Latin-1",
            Self::Bytes => "bytes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_encoded_where_the_charset_has_it() {
        for (text, charset, payload) in [
            ("naïve", Charset::Utf8, Some(&b"na\xC3\xAFve"[..])),
            ("naïve", Charset::Latin1, Some(b"na\xEFve")),
            ("naïve", Charset::Ascii, None),
            ("€", Charset::Latin1, None),
            ("plain\0", Charset::Ascii, Some(b"plain\0")),
        ] {
            assert_eq!(charset.has(text), payload.is_some(), "{text} in {charset}");
            if let Some(payload) = payload {
                assert_eq!(&*charset.encode(text), payload);
                assert_eq!(charset.chars(payload), Some(text.chars().count()));
            }
        }
    }

    #[test]
    fn what_is_no_text_has_no_characters() {
        assert_eq!(Charset::Utf8.chars(b"a\xFF"), None);
        assert_eq!(Charset::Ascii.chars(b"a\xFF"), None);
        for charset in [Charset::Latin1, Charset::Bytes] {
            assert_eq!((charset.chars(b"a\xFF"), charset.has_invalid_bytes()), (Some(2), false));
        }
    }
}
