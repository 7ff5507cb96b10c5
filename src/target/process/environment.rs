//! The environment of a submission: the same on every machine and for every user, but for where programs and libraries are.
//!
//! What a program does can depend on its locale, its time zone and more. A grade must not depend on who grades, so all of this is
//! fixed, for a hand-in as for a command. Whoever needs something else gives it in the command: `env NAME=value program`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs are found.
const PATH: &str = "PATH";
/// Where their libraries are, and what they are installed with: without these many a command could not be run at all.
pub(super) const LOCATIONS: &[&str] =
    &["LD_LIBRARY_PATH", "JAVA_HOME", "CLASSPATH", "NODE_PATH", "PYTHONPATH", "PYENV_ROOT", "VIRTUAL_ENV"];

/// What is the same everywhere.
const FIXED: &[(&str, &str)] = &[
    // Text is UTF-8, and messages are in English. Java before 18 takes its charset from here.
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC"),
    // The order in which Python goes through a set of strings, which is otherwise another one in each run.
    ("PYTHONHASHSEED", "0"),
];

/// Whether a program is named by a word alone, and nothing in the folders on PATH has that name.
pub(super) fn is_nowhere(program: &OsStr) -> bool {
    let is_there = |folder: PathBuf| folder.join(program).exists();
    !program.as_bytes().contains(&b'/')
        && !env::var_os(PATH).is_some_and(|path| env::split_paths(&path).any(is_there))
}

/// Gives `command` this environment, a home that is its own, and what it was given expressly, which may also be the absence
/// of a variable.
pub(super) fn scrub(command: &mut Command, home: &Path) {
    let given: Vec<(OsString, Option<OsString>)> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(Into::into))).collect();
    let is_kept = |name: &str| name == PATH || LOCATIONS.contains(&name);
    command
        .env_clear()
        .envs(env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept)))
        .envs(FIXED.iter().copied())
        .env("HOME", home)
        .env("TMPDIR", home);
    for (name, value) in given {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_expressly_counts() {
        let mut command = Command::new("true");
        command.env("PORT", "1").env("TZ", "Asia/Kathmandu").env_remove("PYTHONHASHSEED");
        scrub(&mut command, Path::new("/home"));
        let value = |name: &str| {
            let found = command.get_envs().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| value).map(|value| value.to_string_lossy().into_owned())
        };
        for (name, wanted) in [
            ("PORT", Some("1")),
            ("TZ", Some("Asia/Kathmandu")),
            ("LC_ALL", Some("C.UTF-8")),
            ("PYTHONHASHSEED", None),
            ("TMPDIR", Some("/home")),
        ] {
            assert_eq!(value(name).as_deref(), wanted, "{name}");
        }
    }
}
