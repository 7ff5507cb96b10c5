//! Mistakes that look like one of the catalogue and are none: what is named of them has to be true.
//!
//! Each is the natural hand-in with one mistake, written without a look at the programs of the catalogue.

use std::collections::BTreeSet;

use lengthwise::side::Side;
use serde_json::Value;

use super::grading::grade_folder;
use super::hand_in::{Changes, HandIn};

/// A hand-in, and which causes would be true of it.
pub(crate) struct Lookalike {
    pub(crate) name: &'static str,
    side: Side,
    changes: Changes,
    /// What it is graded in, as options; everything where there are none.
    selection: &'static [&'static str],
    /// The only mistakes that may be named.
    is_true: &'static [&'static str],
    /// Whether one of them has to be.
    has_to_be_named: bool,
}

impl Lookalike {
    const BASE: Self = Self {
        name: "",
        side: Side::Server,
        changes: &[],
        selection: &[],
        // The natural server does not catch the exception of a payload that is not text.
        is_true: &["dies-of-no-text"],
        has_to_be_named: false,
    };
}

/// Has the natural server catch what decode raises, too.
const CATCHES_NO_TEXT: (&str, &str) = ("except OSError", "except (OSError, ValueError)");

pub(crate) const LOOKALIKES: &[Lookalike] = &[
    // The length of each reply is that of what was read, which a send that stops early leaves as it was.
    Lookalike {
        name: "reads-at-most-65536",
        changes: &[CATCHES_NO_TEXT, ("unpack('!I', header)[0]", "min(unpack('!I', header)[0], 65536)")],
        is_true: &[],
        ..Lookalike::BASE
    },
    Lookalike {
        name: "reads-at-most-65536-once",
        changes: &[CATCHES_NO_TEXT, ("unpack('!I', header)[0]", "min(unpack('!I', header)[0], 65536)")],
        selection: &["--scenario", "close,long"],
        is_true: &[],
        ..Lookalike::BASE
    },
    // It stops at the same byte whether its client reads or not.
    Lookalike {
        name: "cuts-replies-to-65536",
        changes: &[
            CATCHES_NO_TEXT,
            ("pack('!I', len(reply)) + reply", "(pack('!I', len(reply)) + reply)[:65536]"),
        ],
        is_true: &[],
        ..Lookalike::BASE
    },
];

/// Grades one, and checks that what is named of it is true.
pub(crate) fn check(lookalike: &Lookalike) {
    let Lookalike { name, side, changes, selection, is_true, has_to_be_named } = lookalike;
    let (server, client): (Changes, Changes) = match side {
        Side::Server => (changes, &[]),
        Side::Client => (&[], changes),
    };
    let work = tempfile::tempdir().unwrap();
    let folder = HandIn { name, server, client, ..HandIn::BASE }.write_below(work.path());
    let report = grade_folder(&folder, &[&["--side", side.word(), "--seed", "1"], *selection].concat());
    let failed = report["causes"].as_array().unwrap();
    let named: BTreeSet<&str> = failed.iter().flat_map(bugs).collect();
    let is_true: BTreeSet<&str> = is_true.iter().copied().collect();
    assert!(named.is_subset(&is_true), "{named:?} is named, and only {is_true:?} is true: {report:#}");
    assert!(!named.is_empty() || !has_to_be_named, "none of {is_true:?} is named: {report:#}");
}

/// The mistakes of a cause, those that cannot be told apart included.
fn bugs(cause: &Value) -> impl Iterator<Item = &str> {
    let mistakes = cause["mistakes"].as_array().unwrap().iter();
    mistakes.flat_map(|mistake| mistake["bugs"].as_array().unwrap()).filter_map(Value::as_str)
}
