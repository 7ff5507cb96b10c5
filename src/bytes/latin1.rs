//! Bytes as a string for serde: one character, U+0000 to U+00FF, for each byte (Latin-1).
//!
//! Text in ASCII stays readable, and any bytes survive. Use it as `#[serde(with = "crate::bytes::latin1")]`.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serializer};

/// Writes the bytes.
///
/// # Errors
///
/// Those of the serializer.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Latin1(bytes))
}

/// Reads them back.
///
/// # Errors
///
/// Those of the deserializer, and a character above U+00FF.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_ascii() {
        return Ok(text.into_bytes());
    }
    let byte = |character: char| {
        u8::try_from(u32::from(character)).map_err(|_| {
            let wanted = "characters from U+0000 to U+00FF, one for each byte";
            D::Error::invalid_value(Unexpected::Char(character), &wanted)
        })
    };
    text.chars().map(byte).collect()
}

struct Latin1<'a>(&'a [u8]);

impl std::fmt::Display for Latin1<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write;
        // Whatever takes the text takes it faster in few parts.
        for part in self.0.chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
            match str::from_utf8(part) {
                Ok(text) if text.is_ascii() => f.write_str(text)?,
                _ => part.iter().try_for_each(|byte| f.write_char(char::from(*byte)))?,
            }
        }
        Ok(())
    }
}
