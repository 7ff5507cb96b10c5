//! The harness, started as its users start it.

use assert_cmd::Command;

/// The harness with these arguments, not started yet. The key that it seals recordings with is not that of whoever runs the tests.
pub(crate) fn harness(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.args(arguments).env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    for variable in ["COLUMNS", "HARNESS_SEED", "HARNESS_TARGET"] {
        command.env_remove(variable);
    }
    command
}
