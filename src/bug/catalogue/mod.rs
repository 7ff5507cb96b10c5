//! The tables of known mistakes, one for each subject.

pub(super) mod calling;
pub(super) mod catching;
mod decoding;
pub(super) mod framing;
pub(super) mod reading;
mod sending;
pub(super) mod serving;
mod stream;
pub(super) mod text;
pub(super) mod work;

use super::Bug;
use crate::assignment::{Assignment, Charset, HeaderWidth, Work};
use crate::side::Side;

/// What most rows share.
const BASE: Bug = Bug {
    id: "",
    sides: EACH_SIDE,
    applies: |_| true,
    text: "",
    shows: "",
    why: "",
    find: "",
    fix: "",
    changes: &[],
    reads_by_any_size: false,
};

const EACH_SIDE: &[Side] = &[Side::Server, Side::Client];
const SERVER: &[Side] = &[Side::Server];
const CLIENT: &[Side] = &[Side::Client];

/// The bugs of each subject.
pub const TOPICS: &[(&str, &[Bug])] = &[
    ("framing", framing::BUGS),
    ("sending", sending::BUGS),
    ("reading", reading::BUGS),
    ("stream", stream::BUGS),
    ("text", text::BUGS),
    ("decoding", decoding::BUGS),
    ("work", work::BUGS),
    ("catching", catching::BUGS),
    ("serving", serving::BUGS),
    ("calling", calling::BUGS),
];

/// Whether some characters are removed.
fn removes(assignment: &Assignment) -> bool {
    assignment.work.removed_chars() > 0
}

fn removes_front(assignment: &Assignment) -> bool {
    removes(assignment) && matches!(assignment.work, Work::RemoveFront(_))
}

/// Whether characters may take several bytes.
fn is_utf8(assignment: &Assignment) -> bool {
    assignment.charset == Charset::Utf8
}

/// Whether a payload is text, which a program has to encode and to decode.
fn is_text(assignment: &Assignment) -> bool {
    assignment.charset != Charset::Bytes
}

/// Whether a length can be cut in two.
fn is_wide(assignment: &Assignment) -> bool {
    assignment.header_width > HeaderWidth::One
}

/// Whether a length may be greater than 16 bits have room for, so that a message may be long.
fn is_long(assignment: &Assignment) -> bool {
    assignment.header_width > HeaderWidth::Two
}

/// Whether a single read may bring the three shortest messages of a scenario.
fn holds_three(assignment: &Assignment) -> bool {
    assignment.buffer_size >= 128
}

/// Whether a message may be longer than the buffer, with something to spare.
fn may_exceed_buffer(assignment: &Assignment) -> bool {
    assignment.payload_len_declarable()
        > assignment.buffer_size as u64 + assignment.work.removed_chars() as u64 + 1
}

/// The number of characters in what is mostly text.
fn characters(payload: &[u8]) -> usize {
    String::from_utf8_lossy(payload).chars().count()
}
