//! Assignments of other terms, from the files in `tests/terms`.

use lengthwise::assignment::{Assignment, Charset, Work};
use lengthwise::course::Course;

const FILES: [&str; 3] = [
    include_str!("../terms/two-bytes.toml"),
    include_str!("../terms/echo.toml"),
    include_str!("../terms/reverse.toml"),
];

/// What each file asks for.
pub(crate) fn terms() -> [Assignment; 3] {
    FILES.map(|text| Course::read(text).unwrap_or_else(|error| panic!("{error}:\n{text}")).assignment)
}

/// The assignment of now, those, and some that differ from it in one thing each.
pub(crate) fn all() -> Vec<Assignment> {
    let default = Assignment::default();
    let mut all = vec![default];
    all.extend(terms());
    all.extend([Work::RemoveBack(10), Work::Uppercase].map(|work| Assignment { work, ..default }));
    all.extend(
        [Charset::Ascii, Charset::Latin1, Charset::Bytes].map(|charset| Assignment { charset, ..default }),
    );
    all.push(Assignment { counts_header: true, ..default });
    all
}
