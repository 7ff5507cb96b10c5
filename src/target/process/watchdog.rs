//! The directory that all private ones are in, and a watchdog that cleans up when the harness cannot, because it
//! has been killed.
//!
//! The watchdog is a shell that waits until the other end of its input is closed, which the kernel does when the
//! harness is gone. Then it kills every process whose environment mentions the directory, and removes the directory.
//! A process that has wiped its environment escapes this; none escapes [namespaces](super::Layer) of its own.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::directory::remove;

/// Each program knows its own directory in it, and nobody but the owner can tell which others there are.
const PASSABLE: u32 = 0o711;

/// Gives up after a while on what cannot be killed.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _
pass=0
while [ "$pass" -lt 100 ]; do
    pids=$(grep -lsF -e "$1" /proc/[0-9]*/environ | cut -d / -f 3)
    [ "$pids" ] || break
    kill -s KILL $pids
    pass=$((pass + 1))
done
# What is mounted there would be removed with it.
grep -qF -e " $1" /proc/self/mountinfo && exit
chmod -R u+rwx "$1"
rm -rf "$1"
"#;

static RUN: Mutex<Option<Run>> = Mutex::new(None);

/// What the programs of this process have in common, while there are any.
#[derive(Debug)]
struct Run {
    directory: PathBuf,
    uses: usize,
    /// Holds the other end of the watchdog's input. Without a shell there is no watchdog.
    watchdog: Option<Child>,
}

impl Run {
    fn new() -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("harness-").permissions(Permissions::from_mode(PASSABLE));
        let directory = builder.tempdir()?.keep();
        let watchdog = start_watchdog(&directory).ok();
        Ok(Self { directory, uses: 0, watchdog })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        remove(&self.directory);
        if let Some(watchdog) = &mut self.watchdog {
            // Not left to end on its own: a program may have stopped it.
            let _ = watchdog.kill();
            let _ = watchdog.wait();
        }
    }
}

/// In a process group of its own, so that Ctrl-C at the terminal is not for it.
fn start_watchdog(directory: &Path) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", SCRIPT, "harness-watchdog"])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

fn run() -> MutexGuard<'static, Option<Run>> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The directory to make private ones in. It is there until it has been left as often as it was entered.
pub(super) fn enter() -> io::Result<PathBuf> {
    let mut run = run();
    let run = match &mut *run {
        Some(run) => run,
        none => none.insert(Run::new()?),
    };
    run.uses += 1;
    Ok(run.directory.clone())
}

/// Takes back one [`enter`].
pub(super) fn leave() {
    let mut run = run();
    if let Some(common) = &mut *run {
        common.uses -= 1;
        if common.uses == 0 {
            *run = None;
        }
    }
}
