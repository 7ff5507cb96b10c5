//! The tables of known mistakes, one for each subject.

pub(super) mod calling;
pub(super) mod catching;
pub(super) mod framing;
pub(super) mod reading;
pub(super) mod serving;
pub(super) mod text;

use super::Bug;
use crate::side::Side;

/// What most rows share.
const BASE: Bug =
    Bug { id: "", sides: EACH_SIDE, text: "", shows: "", why: "", find: "", fix: "", changes: &[] };

const EACH_SIDE: &[Side] = &[Side::Server, Side::Client];
const SERVER: &[Side] = &[Side::Server];
const CLIENT: &[Side] = &[Side::Client];

/// The bugs of each subject.
pub const TOPICS: &[(&str, &[Bug])] = &[
    ("framing", framing::BUGS),
    ("reading", reading::BUGS),
    ("text", text::BUGS),
    ("catching", catching::BUGS),
    ("serving", serving::BUGS),
    ("calling", calling::BUGS),
];
