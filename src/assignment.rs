//! The parameters of the assignment, in one value.
//!
//! Terms differ: the header was two bytes wide once, the number of characters removed changes, and next year the server may
//! reverse messages instead. Everything that depends on such a figure takes it from an [`Assignment`]. This module owns those
//! figures and the words for them; nothing else may have one of its own. How a course writes them down is the business of
//! [`course`](crate::course).

mod charset;
mod sizes;
mod wire_format;
mod words;
mod work;

use serde::{Deserialize, Serialize};

pub use charset::Charset;
pub use sizes::Sizes;
pub use wire_format::{ByteOrder, HeaderWidth, HeaderWidthError, WireFormat};
pub(crate) use words::fill;
pub use work::Work;

use crate::limits::PAYLOAD_LEN_MAX;

/// What the assignment asks for: the wire format, the work of the server, and the buffer it is done with.
///
/// The default is the assignment's own: a 4-byte big-endian length of a payload in UTF-8, 10 characters removed from its front, a
/// buffer of 1,024 bytes. Payloads over 64 MiB are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Assignment {
    /// The width of the length in front of each payload.
    pub header_width: HeaderWidth,
    /// The byte order of that length.
    pub byte_order: ByteOrder,
    /// Whether that length counts its own bytes, too.
    #[serde(skip_serializing_if = "is_default")]
    pub counts_header: bool,
    /// How text becomes a payload.
    #[serde(skip_serializing_if = "is_default")]
    pub charset: Charset,
    /// What the server makes of a message.
    pub work: Work,
    /// The most bytes that one read asks for. At least 1.
    pub buffer_size: usize,
    /// The longest payload that is accepted, in bytes: no part of the wire format, but what keeps a peer from
    /// filling the memory. A header that declares more is refused as soon as it is read.
    pub payload_len_max: u64,
    /// How long the messages of the graded scenarios are.
    #[serde(skip_serializing_if = "is_default")]
    pub sizes: Sizes,
}

impl Default for Assignment {
    fn default() -> Self {
        Self {
            header_width: HeaderWidth::Four,
            byte_order: ByteOrder::BigEndian,
            counts_header: false,
            charset: Charset::Utf8,
            work: Work::default(),
            buffer_size: 1024,
            payload_len_max: PAYLOAD_LEN_MAX,
            sizes: Sizes::default(),
        }
    }
}

impl Assignment {
    /// How a length is laid out.
    #[must_use]
    pub const fn wire_format(&self) -> WireFormat {
        WireFormat::new(self.header_width, self.byte_order)
    }

    /// How many bytes of its own a length counts.
    #[must_use]
    pub const fn counted_header_len(&self) -> usize {
        if self.counts_header { self.header_width.bytes() } else { 0 }
    }

    /// The longest payload whose length a header can declare, in bytes.
    #[must_use]
    pub const fn payload_len_declarable(&self) -> u64 {
        self.header_width.len_max() - self.counted_header_len() as u64
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An [`Assignment`] as it is read. Recordings of format version 1 have the number of characters that are removed from the front,
/// and lack what could not be chosen then.
#[derive(Deserialize)]
struct Written {
    header_width: HeaderWidth,
    byte_order: ByteOrder,
    #[serde(default)]
    counts_header: bool,
    #[serde(default)]
    charset: Charset,
    work: Option<Work>,
    removed_chars: Option<usize>,
    buffer_size: usize,
    payload_len_max: u64,
    #[serde(default)]
    sizes: Sizes,
}

impl From<Written> for Assignment {
    fn from(written: Written) -> Self {
        Self {
            header_width: written.header_width,
            byte_order: written.byte_order,
            counts_header: written.counts_header,
            charset: written.charset,
            work: written.work.or(written.removed_chars.map(Work::RemoveFront)).unwrap_or_default(),
            buffer_size: written.buffer_size,
            payload_len_max: written.payload_len_max,
            sizes: written.sizes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_before_there_was_a_choice_is_still_read() {
        let written = r#"{"header_width":2,"byte_order":"big-endian","removed_chars":3,"buffer_size":16,"payload_len_max":9}"#;
        let read: Assignment = serde_json::from_str(written).unwrap();
        let own = Assignment {
            header_width: HeaderWidth::Two,
            work: Work::RemoveFront(3),
            buffer_size: 16,
            payload_len_max: 9,
            ..Assignment::default()
        };
        assert_eq!(read, own);
    }

    #[test]
    fn a_length_that_counts_its_header_leaves_less_for_the_payload() {
        let one = Assignment { header_width: HeaderWidth::One, counts_header: true, ..Assignment::default() };
        assert_eq!(one.payload_len_declarable(), 254);
        assert_eq!(Assignment { counts_header: false, ..one }.payload_len_declarable(), 255);
    }
}
