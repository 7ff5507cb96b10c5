//! How a length is laid out in front of a payload.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Assignment;

/// How many bytes of length stand in front of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum HeaderWidth {
    /// One byte: lengths of at most 255.
    One,
    /// Two bytes: lengths of at most 65,535.
    Two,
    /// Three bytes: lengths of at most 16,777,215.
    Three,
    /// Four bytes: lengths of at most 4,294,967,295.
    Four,
    /// Eight bytes: lengths of any payload that there is room for.
    Eight,
}

impl HeaderWidth {
    /// Every width.
    pub const ALL: [Self; 5] = [Self::One, Self::Two, Self::Three, Self::Four, Self::Eight];

    /// The width in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The greatest length that the header can declare.
    #[must_use]
    pub const fn len_max(self) -> u64 {
        u64::MAX >> (64 - 8 * self.bytes())
    }
}

impl From<HeaderWidth> for u8 {
    fn from(width: HeaderWidth) -> Self {
        width.bytes() as Self
    }
}

/// No header has this width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a header width of 1, 2, 3, 4 or 8 bytes, got {0}")]
pub struct HeaderWidthError(u8);

impl TryFrom<u8> for HeaderWidth {
    type Error = HeaderWidthError;

    fn try_from(bytes: u8) -> Result<Self, Self::Error> {
        let width = Self::ALL.into_iter().find(|width| width.bytes() == usize::from(bytes));
        width.ok_or(HeaderWidthError(bytes))
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
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::BigEndian, Self::LittleEndian];

    /// What it is called on the command line and in a file.
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
    /// In which order they are sent. A single byte is big-endian.
    pub byte_order: ByteOrder,
}

impl WireFormat {
    /// The format of this width and order. The order of a single byte makes no difference.
    #[must_use]
    pub const fn new(header_width: HeaderWidth, byte_order: ByteOrder) -> Self {
        match header_width {
            HeaderWidth::One => Self { header_width, byte_order: ByteOrder::BigEndian },
            _ => Self { header_width, byte_order },
        }
    }

    /// Every format.
    pub fn all() -> impl Iterator<Item = Self> {
        let orders = |width| ByteOrder::ALL.map(|order| Self { header_width: width, byte_order: order });
        HeaderWidth::ALL
            .into_iter()
            .flat_map(orders)
            .filter(|one| *one == Self::new(one.header_width, one.byte_order))
    }

    /// The options of the harness that ask for this format where `assignment` has another.
    #[must_use]
    pub fn options(self, assignment: &Assignment) -> String {
        let (Self { header_width, byte_order }, own) = (self, assignment.wire_format());
        let mut options = Vec::new();
        if header_width != own.header_width {
            options.push(format!("--header-width {}", header_width.bytes()));
        }
        if header_width != HeaderWidth::One && byte_order != assignment.byte_order {
            options.push(format!("--byte-order {}", byte_order.word()));
        }
        options.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_written_as_its_number_of_bytes_and_no_other_number_is_read() {
        for width in HeaderWidth::ALL {
            let text = serde_json::to_string(&width).unwrap();
            assert_eq!(text, width.bytes().to_string());
            assert_eq!(serde_json::from_str::<HeaderWidth>(&text).unwrap(), width);
        }
        let error = serde_json::from_str::<HeaderWidth>("5").unwrap_err().to_string();
        assert!(error.contains("1, 2, 3, 4 or 8 bytes, got 5"), "{error}");
    }

    #[test]
    fn the_greatest_length_has_every_bit_set() {
        let greatest = HeaderWidth::ALL.map(HeaderWidth::len_max);
        assert_eq!(greatest, [0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, u64::MAX]);
    }

    #[test]
    fn a_single_byte_has_no_order() {
        assert_eq!(WireFormat::all().count(), 9);
        let single = Assignment {
            header_width: HeaderWidth::One,
            byte_order: ByteOrder::LittleEndian,
            ..Assignment::default()
        };
        assert!(WireFormat::all().any(|format| format == single.wire_format()));
        assert_eq!(single.wire_format().options(&single), "");
        let two = WireFormat::new(HeaderWidth::Two, ByteOrder::BigEndian);
        assert_eq!(two.options(&single), "--header-width 2 --byte-order big");
    }
}
