//! The harness, started as its users start it.

use assert_cmd::Command;

/// The harness with these arguments, not started yet.
pub(crate) fn harness(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.args(arguments);
    command
}
