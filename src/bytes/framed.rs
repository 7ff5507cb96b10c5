//! Bytes of a stream of frames, in which a length can be told from the text behind it.

use std::ops::Range;

use super::{escaped, more, unit};

/// How many columns a window of bytes takes at most, the marks of what was left out included.
pub(crate) const WINDOW_COLUMNS: usize = 64;
/// How many bytes before the place that matters are shown: enough to see the header that they belong to.
const BYTES_BEFORE: usize = 16;

/// Bytes, and where among them the length of a frame is. Those always stand as `\xNN`: as a character, a length of 65 would be
/// taken for text, and one of 32 could not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Framed<'a> {
    pub(crate) bytes: &'a [u8],
    lengths: Vec<Range<usize>>,
}

/// A stretch of bytes as text, and the column under which one of them starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The bytes, escaped; what was left out at either end is a number of bytes in brackets.
    pub(crate) text: String,
    /// The column, from 0, of the byte that was asked for. One past the end of the text where it is not there.
    pub(crate) column: usize,
}

impl<'a> Framed<'a> {
    /// `bytes`, with lengths at these places, which are in order.
    pub(crate) const fn new(bytes: &'a [u8], lengths: Vec<Range<usize>>) -> Self {
        Self { bytes, lengths }
    }

    /// Whether the byte at this offset belongs to a length.
    pub(crate) fn is_length(&self, offset: usize) -> bool {
        let next = self.lengths.partition_point(|length| length.end <= offset);
        self.lengths.get(next).is_some_and(|length| length.contains(&offset))
    }

    /// The text for what stands at `offset`, where there is something, and how many bytes it stands for.
    fn unit(&self, offset: usize) -> (String, usize) {
        match self.is_length(offset) {
            true => (format!("\\x{:02X}", self.bytes[offset]), 1),
            false => unit(&self.bytes[offset..]),
        }
    }

    /// All of it, escaped.
    #[must_use]
    pub(crate) fn escaped(&self) -> String {
        let mut text = String::with_capacity(self.bytes.len());
        let mut offset = 0;
        while offset < self.bytes.len() {
            let (unit, len) = self.unit(offset);
            text.push_str(&unit);
            offset += len;
        }
        text
    }

    /// Shows the bytes around the offset `place`, in at most [`WINDOW_COLUMNS`] columns.
    ///
    /// Printable text stands as it is, other bytes as `\0`, `\n`, `\r`, `\t`, `\\` or `\xNN`. A character that is
    /// not ASCII stands as it is where all of its bytes are inside the window.
    #[must_use]
    pub(crate) fn window(&self, place: usize) -> Window {
        let bytes = self.bytes;
        let start = window_start(bytes, place);
        let mut text = match start {
            0 => String::new(),
            skipped => format!("[{skipped} bytes] "),
        };
        let mut columns = text.chars().count();
        let mut column = None;
        let mut offset = start;
        let mark_len =
            if columns + self.columns_from(start) > WINDOW_COLUMNS { more(bytes.len()).len() } else { 0 };
        while offset < bytes.len() {
            let (unit, len) = self.unit(offset);
            let width = unit.chars().count();
            if columns + width + mark_len > WINDOW_COLUMNS {
                text.push_str(&more(bytes.len() - offset));
                break;
            }
            if column.is_none() && place < offset + len {
                column = Some(columns);
            }
            columns += width;
            text.push_str(&unit);
            offset += len;
        }
        Window { text, column: column.unwrap_or(columns) }
    }

    /// How many columns everything from this offset on takes; of what has no room anyway, some are enough.
    fn columns_from(&self, start: usize) -> usize {
        let (mut columns, mut offset) = (0, start);
        while offset < self.bytes.len() && columns <= WINDOW_COLUMNS {
            let (unit, len) = self.unit(offset);
            columns += unit.chars().count();
            offset += len;
        }
        columns
    }

    /// The same as [`Framed::window`] in three parts: what stands before the place, what is there, and what stands behind it.
    #[cfg(any(feature = "html", test))]
    #[must_use]
    pub(crate) fn window_around(&self, place: usize) -> [String; 3] {
        let Window { text, column } = self.window(place);
        let marked = if place < self.bytes.len() { self.unit(place).0.chars().count() } else { 0 };
        let mut characters = text.chars();
        let mut next = |count: usize| characters.by_ref().take(count).collect::<String>();
        [next(column), next(marked), next(usize::MAX)]
    }
}

/// The offset from which to show, so that `place` is in the window; never inside a character.
fn window_start(bytes: &[u8], place: usize) -> usize {
    let mut start = place.min(bytes.len()).saturating_sub(BYTES_BEFORE);
    if escaped(&bytes[..start]).chars().take(BYTES_BEFORE).count() < BYTES_BEFORE {
        return 0;
    }
    while start > 0 && bytes.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
        start -= 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8]) -> Framed<'_> {
        Framed::new(bytes, Vec::new())
    }

    #[test]
    fn a_length_is_never_shown_as_text() {
        let bytes = b"\0\0\0 a b\n\0\0\0\nc";
        let framed = Framed::new(bytes, vec![0..4, 8..12]);
        assert_eq!(framed.escaped(), r"\x00\x00\x00\x20a b\n\x00\x00\x00\x0Ac");
        assert_eq!(framed.window(3), Window { text: framed.escaped(), column: r"\x00\x00\x00".len() });
        assert_eq!(framed.window_around(3), [r"\x00\x00\x00", r"\x20", r"a b\n\x00\x00\x00\x0Ac"]);
    }

    #[test]
    fn the_column_is_that_of_the_byte_asked_for() {
        let shown = plain(b"\0\0\0\x03age").window(4);
        assert_eq!(shown.column, "\\0\\0\\0\\x03".len());
        assert_eq!(plain(b"abc").window(3), Window { text: "abc".into(), column: 3 });
        assert_eq!(plain(b"").window(0), Window { text: String::new(), column: 0 });
    }

    #[test]
    fn long_streams_are_shown_around_the_place_and_aligned() {
        let expected = vec![b'a'; 100_000];
        let mut received = expected.clone();
        received[50_000] = b'b';
        let (left, right) = (plain(&expected).window(50_000), plain(&received).window(50_000));
        assert_eq!(left.column, right.column);
        assert!(left.text.starts_with("[49984 bytes] aaa"), "{}", left.text);
        assert!(left.text.ends_with("more bytes]"), "{}", left.text);
        assert!(left.text.chars().count() <= WINDOW_COLUMNS, "{}", left.text);
        assert_eq!(right.text.as_bytes()[right.column], b'b');
    }

    #[test]
    fn a_window_falls_into_what_is_before_a_place_at_it_and_behind_it() {
        assert_eq!(plain(b"\0\0\0\x03age").window_around(3), ["\\0\\0\\0", "\\x03", "age"]);
        assert_eq!(plain(b"age").window_around(3), ["age", "", ""]);
        assert_eq!(plain("aéz".as_bytes()).window_around(1), ["a", "é", "z"]);
    }

    #[test]
    fn a_place_inside_a_character_points_to_the_character() {
        let shown = plain("aéz".as_bytes()).window(2);
        assert_eq!((shown.text.as_str(), shown.column), ("aéz", 1));
    }
}
