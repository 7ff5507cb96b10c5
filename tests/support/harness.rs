//! The harness, started as its users start it.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use assert_cmd::Command;

use super::python::python;

/// The harness with these arguments, not started yet. The key that it seals recordings with is not that of whoever runs the tests.
pub(crate) fn harness(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.args(arguments).env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("PATH", search_path());
    for variable in ["COLUMNS", "HARNESS_SEED", "HARNESS_TARGET"] {
        command.env_remove(variable);
    }
    command
}

/// The search path on which `python3` is [the interpreter itself](python).
pub(crate) fn search_path() -> OsString {
    let usual = env::var_os("PATH").unwrap_or_default();
    let folder = Path::new(python()).parent().filter(|folder| folder.is_absolute());
    let folders = folder.map(Path::to_owned).into_iter().chain(env::split_paths(&usual));
    // A folder that can be in no search path is found as usual.
    env::join_paths(folders).unwrap_or(usual)
}
