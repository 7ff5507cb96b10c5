//! Dishonest hand-ins, which gain nothing. They are files, because little of the natural one is left in them.

use std::collections::BTreeSet;
use std::fs;

use lengthwise::side::Casting;

use super::hand_in::{Fails, HandIn};
use crate::support::fixtures::fixture;
use crate::support::harness::harness;
use crate::support::report::parsed;
use crate::support::scenarios::Scenarios::{Graded, GradedExcept, These};

pub(crate) const HAND_INS: &[HandIn] = &[
    HandIn {
        name: "allocates-without-end",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &[
            "cannot be imported: MemoryError, at buffered_server.py:5",
            "of memory; this program needed more.",
        ],
        ..HandIn::BASE
    },
    HandIn {
        name: "answers-for-the-adapter",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["The submission answered connect in the grader's place."],
        ..HandIn::BASE
    },
    HandIn {
        name: "answers-from-its-own-messages",
        fails: Fails { client: Graded, ..Fails::NOTHING },
        told: &["What it returned can be worked out from its own message"],
        ..HandIn::BASE
    },
    HandIn {
        name: "asks-at-import",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["EOF when reading a line, at buffered_client.py:3"],
        ..HandIn::BASE
    },
    HandIn {
        name: "closes-everything-at-import",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["closed descriptors that are not its own"],
        ..HandIn::BASE
    },
    HandIn {
        name: "ends-after-a-reply",
        fails: Fails {
            server: These(&["series", "parallel", "client-reconnect", "server-shutdown"]),
            pair: These(&["series", "parallel", "client-reconnect", "server-shutdown"]),
            ..Fails::NOTHING
        },
        told: &["The server answered the first message, then "],
        ..HandIn::BASE
    },
    HandIn {
        name: "exits-at-import",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["The import of buffered_server.py ended the interpreter: exit status: 0."],
        ..HandIn::BASE
    },
    HandIn {
        name: "fills-the-disk",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["File too large, at buffered_server.py:7", "each file 64 MiB; this program needed more."],
        ..HandIn::BASE
    },
    HandIn {
        name: "floods-its-output",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["The import of buffered_server.py had not ended after 5000 ms."],
        ..HandIn::BASE
    },
    HandIn {
        name: "forks-and-ignores-signals",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["SystemExit: and away, at buffered_client.py:16"],
        ..HandIn::BASE
    },
    HandIn {
        name: "ignores-signals",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &[
            "The import of buffered_client.py had not ended after 5000 ms.",
            "it ignores the signal that asks for that",
        ],
        ..HandIn::BASE
    },
    HandIn {
        name: "kills-its-parent-at-import",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["signal: 9 (SIGKILL)"],
        ..HandIn::BASE
    },
    HandIn {
        name: "kills-its-parent-at-start",
        fails: Fails { server: GradedExcept(&["short"]), pair: Graded, ..Fails::NOTHING },
        may_fail: &[(Casting::SERVER, "short")],
        told: &["was ended during a scenario"],
        ..HandIn::BASE
    },
    HandIn {
        name: "leaves-at-import",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["SystemExit: 0, at buffered_client.py:5"],
        ..HandIn::BASE
    },
    HandIn {
        name: "loops-at-import",
        fails: Fails { server: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["line 3, in <module>"],
        ..HandIn::BASE
    },
    HandIn {
        name: "patches-the-adapter",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["The client did not connect"],
        ..HandIn::BASE
    },
    HandIn {
        name: "prints-a-forged-report",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["The client did not connect"],
        ..HandIn::BASE
    },
    HandIn {
        name: "rewrites-the-report",
        fails: Fails { client: Graded, pair: Graded, ..Fails::NOTHING },
        told: &["SystemExit: and away, at buffered_client.py:39"],
        ..HandIn::BASE
    },
];

pub(crate) fn every_folder_is_in_the_table() {
    let entries = fixture("handins/cheats").read_dir().unwrap();
    let folders: BTreeSet<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(folders, HAND_INS.iter().map(|hand_in| hand_in.name.to_owned()).collect());
}

pub(crate) fn a_report_that_is_forged() {
    let work = tempfile::tempdir().unwrap();
    let hand_in = fixture("handins/cheats/rewrites-the-report");
    // By this name the hand-in tells the report of this test from those of others.
    let report = work.path().join("rewrites-the-report");
    let argument = format!("json={}", report.display());
    let options = ["--side", "client", "--scenario", "short", "--report", &argument];
    let assert = harness(&["--submission", hand_in.to_str().unwrap()]).args(options).assert().code(1);
    let report = parsed(&fs::read(&report).unwrap());
    assert!(report["score"] == 0 && report["verdict"] == "fail", "{assert}");
}
