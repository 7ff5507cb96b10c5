//! The parameters of the assignment, in one value.
//!
//! Terms differ: the header was two bytes wide once, and the number of characters removed changes. Everything that depends on
//! such a figure takes it from an [`Assignment`]. This module owns those figures; nothing else may have one of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::PAYLOAD_LEN_MAX;

/// How many bytes of length stand in front of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum HeaderWidth {
    /// Two bytes: payloads of at most 65,535 bytes.
    Two,
    /// Four bytes: payloads of at most 4,294,967,295 bytes.
    Four,
}

impl HeaderWidth {
    /// The width in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// The longest payload whose length the header can state, in bytes.
    #[must_use]
    pub const fn payload_len_max(self) -> u64 {
        match self {
            Self::Two => u16::MAX as u64,
            Self::Four => u32::MAX as u64,
        }
    }
}

impl From<HeaderWidth> for u8 {
    fn from(width: HeaderWidth) -> Self {
        match width {
            HeaderWidth::Two => 2,
            HeaderWidth::Four => 4,
        }
    }
}

/// No header has this width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a header width of 2 or 4 bytes, got {0}")]
pub struct HeaderWidthError(u8);

impl TryFrom<u8> for HeaderWidth {
    type Error = HeaderWidthError;

    fn try_from(bytes: u8) -> Result<Self, Self::Error> {
        match bytes {
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            _ => Err(HeaderWidthError(bytes)),
        }
    }
}

/// In which order the bytes of a length are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByteOrder {
    /// The most significant byte first: network order.
    BigEndian,
    /// The least significant byte first.
    LittleEndian,
}

impl ByteOrder {
    /// What it is called on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BigEndian => "big",
            Self::LittleEndian => "little",
        }
    }
}

impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BigEndian => "big-endian",
            Self::LittleEndian => "little-endian",
        })
    }
}

/// How a length is laid out in front of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireFormat {
    /// How many bytes it takes.
    pub header_width: HeaderWidth,
    /// In which order they are sent.
    pub byte_order: ByteOrder,
}

impl WireFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [
        Self { header_width: HeaderWidth::Four, byte_order: ByteOrder::BigEndian },
        Self { header_width: HeaderWidth::Four, byte_order: ByteOrder::LittleEndian },
        Self { header_width: HeaderWidth::Two, byte_order: ByteOrder::BigEndian },
        Self { header_width: HeaderWidth::Two, byte_order: ByteOrder::LittleEndian },
    ];

    /// The options of the harness that ask for this format where `assignment` has another.
    #[must_use]
    pub fn options(self, assignment: &Assignment) -> String {
        let Self { header_width, byte_order } = self;
        let mut options = Vec::new();
        if header_width != assignment.header_width {
            options.push(format!("--header-width {}", header_width.bytes()));
        }
        if byte_order != assignment.byte_order {
            options.push(format!("--byte-order {}", byte_order.word()));
        }
        options.join(" ")
    }
}

/// What the assignment asks for: the wire format, the work of the server, and the buffer it is done with.
///
/// The default is the assignment's own: a 4-byte big-endian length, 10 characters removed, a buffer of 1,024
/// bytes. Payloads over 64 MiB are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The width of the length in front of each payload.
    pub header_width: HeaderWidth,
    /// The byte order of that length.
    pub byte_order: ByteOrder,
    /// How many characters (Unicode scalar values) the server removes from the front of a message.
    pub removed_chars: usize,
    /// The most bytes that one read asks for. At least 1.
    pub buffer_size: usize,
    /// The longest payload that is accepted, in bytes: no part of the wire format, but what keeps a peer from
    /// filling the memory. A header that declares more is refused as soon as it is read.
    pub payload_len_max: u64,
}

impl Default for Assignment {
    fn default() -> Self {
        Self {
            header_width: HeaderWidth::Four,
            byte_order: ByteOrder::BigEndian,
            removed_chars: 10,
            buffer_size: 1024,
            payload_len_max: PAYLOAD_LEN_MAX,
        }
    }
}

impl Assignment {
    /// How a length is laid out.
    #[must_use]
    pub const fn wire_format(&self) -> WireFormat {
        WireFormat { header_width: self.header_width, byte_order: self.byte_order }
    }
}
