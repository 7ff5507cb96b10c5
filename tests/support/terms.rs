//! Assignments of other terms.

use lengthwise::assignment::{Assignment, ByteOrder, Charset, HeaderWidth, Sizes, Work};

/// Two bytes of length, and otherwise what it is now.
pub(crate) fn two_bytes() -> Assignment {
    Assignment { header_width: HeaderWidth::Two, ..Assignment::default() }
}

/// Short messages that come back as they are, behind a single byte that counts itself.
pub(crate) fn echo() -> Assignment {
    Assignment {
        header_width: HeaderWidth::One,
        byte_order: ByteOrder::LittleEndian,
        counts_header: true,
        work: Work::Echo,
        buffer_size: 64,
        sizes: Sizes { long: Some(240), series: Some(100), parallel: Some(100), ..Sizes::default() },
        ..Assignment::default()
    }
}

/// Eight bytes of length, and messages that come back reversed.
pub(crate) fn reverse() -> Assignment {
    Assignment { header_width: HeaderWidth::Eight, work: Work::Reverse, ..Assignment::default() }
}

/// Those, and some that are about one thing each.
#[allow(dead_code, reason = "not every test looks at all of them")]
pub(crate) fn all() -> Vec<Assignment> {
    let default = Assignment::default();
    let mut all = vec![default, two_bytes(), echo(), reverse()];
    all.extend([Work::RemoveBack(10), Work::Uppercase].map(|work| Assignment { work, ..default }));
    all.extend([Charset::Ascii, Charset::Latin1].map(|charset| Assignment { charset, ..default }));
    all.push(Assignment { counts_header: true, ..default });
    all
}
