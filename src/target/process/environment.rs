//! The environment of a submission: nothing of the user's but what programs need to be found and to run.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Where programs and their libraries are, the language and the time zone. Whoever needs more of a variable
/// gives it in the command: `env NAME=value program`.
const KEPT: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "JAVA_HOME",
    "CLASSPATH",
    "NODE_PATH",
    "PYTHONPATH",
    "PYENV_ROOT",
    "VIRTUAL_ENV",
    "LANG",
    "LANGUAGE",
    "TZ",
];

/// The categories of a locale.
const KEPT_PREFIX: &str = "LC_";

/// Leaves `command` those variables, the ones that it was given expressly, and a home that is its own.
pub(super) fn scrub(command: &mut Command, home: &Path) {
    let given: Vec<(OsString, OsString)> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with(KEPT_PREFIX);
    command
        .env_clear()
        .envs(env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept)))
        .env("HOME", home)
        .env("TMPDIR", home)
        .envs(given);
}
