//! Wrong hand-ins: the natural one with one mistake made in it.

mod clients;
mod servers;

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;

use super::hand_in::{Fails, HandIn};
use crate::support::scenarios::Scenarios::{Graded, These};

/// The environment variable that names a folder to keep them in.
const KEEP: &str = "LENGTHWISE_KEEP_HANDINS";

/// The same mistake on both sides.
const BOTH: &[HandIn] = &[
    // Short frames look the same, whether four bytes of length are read or two empty frames of two.
    HandIn {
        name: "both-header-of-two-bytes",
        server: servers::TWO_BYTE_HEADER,
        client: clients::TWO_BYTE_HEADER,
        fails: Fails { server: These(&["long"]), client: Graded, pair: These(&["long"]) },
        cause: Some("two-byte-length"),
        ..HandIn::BASE
    },
    HandIn {
        name: "both-little-endian",
        server: &[
            ("connection.sendall(pack('!I'", "connection.sendall(pack('<I'"),
            ("unpack('!I'", "unpack('<I'"),
        ],
        client: &[("pack('!I', len", "pack('<I', len"), ("unpack('!I'", "unpack('<I'")],
        fails: Fails { server: Graded, client: Graded, ..Fails::NOTHING },
        cause: Some("other-byte-order"),
        ..HandIn::BASE
    },
];

pub(crate) fn hand_ins() -> impl Iterator<Item = &'static HandIn> {
    [BOTH, clients::HAND_INS, servers::HAND_INS].into_iter().flatten()
}

#[track_caller]
pub(crate) fn find(name: &str) -> &'static HandIn {
    hand_ins().find(|hand_in| hand_in.name == name).expect("there is a wrong hand-in of this name")
}

/// Writes all of them out, which fails if the changes of one no longer fit the natural hand-in.
pub(crate) fn each_can_be_written() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = env::var_os(KEEP).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let mut names = BTreeSet::new();
    for hand_in in hand_ins() {
        assert!(names.insert(hand_in.name), "two hand-ins are called {}", hand_in.name);
        assert!(hand_in.server.len() + hand_in.client.len() > 0, "nothing is changed in {}", hand_in.name);
        hand_in.write_below(&folder);
    }
}
