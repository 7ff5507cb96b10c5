//! What a script that stands for an interpreter comes down to.
//!
//! Version managers put a script in the place of `python3`, which looks for the version that is meant and starts that. It takes
//! several times as long as the interpreter itself, and a hand-in starts several. Besides, some look for the version in the working
//! directory, where a hand-in could choose it. So the script is run once, by itself and before anything of the hand-in is, and from
//! then on what it has started.

use std::env;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::os::wait::wait_until;
use crate::target::process::{Process, find_program};

/// What a script begins with.
const SCRIPT: [u8; 2] = *b"#!";
/// The options for the question: nothing that is installed is set up, and no file is written.
const OPTIONS: [&str; 4] = ["-s", "-S", "-B", "-c"];
/// Prints what the interpreter is called and what it is. A script that gives the interpreter more than its name (an option,
/// or a variable that it or the loader of libraries goes by) gets no answer; neither does an interpreter that does not know
/// how it was started, as before Python 3.10.
const QUESTION: &str = "
import posix, sys
given = [name for name in posix.environ if name.startswith((b'PYTHON', b'LD_', b'DYLD_'))]
if not given and len(sys.orig_argv) == 6:
    sys.stdout.write('\\n' + sys.executable + '\\n' + posix.readlink('/proc/self/exe') + '\\n')
";
/// The variables that the question is about.
const MEANT_FOR_PYTHON: [&[u8]; 3] = [b"PYTHON", b"LD_", b"DYLD_"];

/// The interpreter that `python` stands for, for a hand-in in this folder. The same again where it is no script, or where it is not
/// certain that the interpreter by itself would be the same.
pub(super) fn behind(python: &Path, hand_in: &Path, deadline: Duration) -> PathBuf {
    let Some(program) = find_program(python.as_os_str()) else { return python.to_owned() };
    if !is_script(&program) {
        // A name stays one, and a path is one from anywhere.
        return if python.components().count() > 1 { program } else { python.to_owned() };
    }
    let place = env::current_dir().ok().map(|place| outside(&place, hand_in));
    place.and_then(|place| started_by(&program, &place, deadline)).unwrap_or(program)
}

/// A directory to start a script in that hand-ins have no say in: this one, or the nearest above it.
fn outside(place: &Path, hand_in: &Path) -> PathBuf {
    let is_inside = place.starts_with(hand_in);
    if is_inside { hand_in.parent().unwrap_or(hand_in) } else { place }.to_owned()
}

fn is_script(program: &Path) -> bool {
    let mut beginning = [0; SCRIPT.len()];
    File::open(program).and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == SCRIPT
}

/// The interpreter that a script starts in this directory, if that is all that it does.
fn started_by(script: &Path, place: &Path, deadline: Duration) -> Option<PathBuf> {
    let mut command = Command::new(script);
    command.args(OPTIONS).arg(QUESTION).current_dir(place);
    for (name, _) in env::vars_os() {
        if MEANT_FOR_PYTHON.iter().any(|beginning| name.as_bytes().starts_with(beginning)) {
            command.env_remove(name);
        }
    }
    let mut process = Process::start_trusted(command).ok()?;
    let status = wait_until(Instant::now() + deadline, || Ok(process.exit_status())).ok()??;
    let printed = process.printed();
    let mut lines = printed.lines().rev();
    let (program, name) = (Path::new(lines.next()?), Path::new(lines.next()?));
    // By its name it finds the virtual environment that it belongs to, and the name may lead elsewhere.
    let is_same = name.is_absolute() && name.canonicalize().is_ok_and(|found| found == program);
    (status.success() && is_same).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn script(folder: &TempDir, text: &str) -> PathBuf {
        let path = folder.path().join("python3");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_script_that_only_starts_an_interpreter_comes_down_to_that() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        for noise in ["", "echo something; export SOMETHING=else; ", "echo oops >&2; "] {
            let found = behind(&script(&folder, &format!("{noise}exec python3 \"$@\"")), place, PATIENCE);
            assert!(!is_script(&found) && found.is_absolute(), "{noise}: {}", found.display());
            // What is no script stays as it is.
            assert_eq!(behind(&found, place, PATIENCE), found);
        }
    }

    #[test]
    fn a_script_that_does_more_stays_what_is_started() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "exec python3 -O \"$@\"",
            "PYTHONHASHSEED=1 exec python3 \"$@\"",
            "python3 \"$@\"; exit 1",
            "exit 0",
        ] {
            let script = script(&folder, text);
            assert_eq!(behind(&script, folder.path(), PATIENCE), script, "{text}");
        }
    }

    #[test]
    fn the_interpreter_of_a_virtual_environment_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let python = behind(&script(&folder, "exec python3 \"$@\""), folder.path(), PATIENCE);
        let environment = folder.path().join("environment");
        let inside = environment.join("bin/python3");
        fs::create_dir_all(environment.join("bin")).unwrap();
        symlink(&python, &inside).unwrap();
        let home = python.parent().unwrap().display();
        fs::write(environment.join("pyvenv.cfg"), format!("home = {home}\n")).unwrap();
        let script = script(&folder, &format!("exec '{}' \"$@\"", inside.display()));
        assert_eq!(behind(&script, folder.path(), PATIENCE), inside);
    }

    #[test]
    fn a_script_that_chooses_by_its_working_directory_finds_nothing_of_the_hand_in() {
        let [course, hand_in] = ["/course", "/course/hand-in"].map(Path::new);
        assert_eq!(outside(course, hand_in), course);
        assert_eq!(outside(hand_in, hand_in), course);
        assert_eq!(outside(&hand_in.join("deep/inside"), hand_in), course);
    }
}
