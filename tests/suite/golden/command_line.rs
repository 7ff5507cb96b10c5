//! What the harness tells about itself, in a terminal of 80 columns.

use super::assert_golden;
use crate::support::terminal::in_terminal;

/// Each under the name of its snapshot.
const COMMANDS: &[(&str, &[&str])] = &[
    ("help", &["--help"]),
    ("list", &["list"]),
    // A graded scenario, one that repeats itself, and one for the server alone that cannot be played by the rules.
    ("explain-series", &["explain", "series"]),
    ("explain-hundred-messages", &["explain", "load/hundred-messages"]),
    ("explain-not-utf8", &["explain", "text/not-utf8"]),
    // A bug that both sides can have, and one of each side alone.
    ("explain-other-byte-order", &["explain", "other-byte-order"]),
    ("explain-nothing-removed", &["explain", "nothing-removed"]),
    ("explain-reconnects", &["explain", "reconnects"]),
    // What a file comes to: that of now, and one of another term.
    ("assignment-check-default", &["assignment", "check", "src/course/default.toml"]),
    ("assignment-check-echo", &["assignment", "check", "tests/terms/echo.toml"]),
    ("explain-short-echo", &["explain", "short", "--assignment", "tests/terms/echo.toml"]),
];

pub(super) fn names() -> Vec<String> {
    COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn what_the_harness_tells_about_itself() {
    for (name, arguments) in COMMANDS {
        assert_golden(name, &in_terminal(80, arguments));
    }
}
