//! Namespaces of its own for a submission, made by bubblewrap.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Confinement, Process};
use crate::os::wait::wait_until;

const PROGRAM: &str = "bwrap";

/// How long the trial may take. It takes some milliseconds.
const TRIAL_DEADLINE: Duration = Duration::from_secs(10);

/// Shows a program no process but its own, and a file system that it cannot write to except in its private
/// temporary directory. The network stays: it is what a submission is reached by.
///
/// That there is one says that it works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox(());

impl Sandbox {
    /// Looks for bubblewrap and tries it.
    ///
    /// # Errors
    ///
    /// Why there is no sandbox, in a sentence for the user.
    pub fn find() -> Result<Self, String> {
        let sandbox = Self(());
        let confinement = Confinement { sandbox: Some(sandbox.clone()), ..Confinement::default() };
        let mut trial =
            Process::start(Command::new("true"), &confinement).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("{PROGRAM} is not on the PATH; the package that has it is called bubblewrap")
                }
                _ => format!("{PROGRAM} could not be started: {error}"),
            })?;
        let status = wait_until(Instant::now() + TRIAL_DEADLINE, || Ok(trial.exit_status()));
        trial.end();
        match status {
            Ok(Some(status)) if status.success() => Ok(sandbox),
            Ok(Some(_)) => Err(format!("{PROGRAM} does not work here: {}", trial.printed())),
            _ => Err(format!("{PROGRAM} did not end within {} s", TRIAL_DEADLINE.as_secs())),
        }
    }

    /// The command that runs `command` in the sandbox, from the same directory, with what was set of its
    /// environment and nothing else.
    pub(super) fn wrap(&self, command: &Command, writable: &Path) -> Command {
        let mut wrapped = Command::new(PROGRAM);
        wrapped
            .args(["--unshare-all", "--share-net", "--die-with-parent", "--cap-drop", "ALL"])
            .args(["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind"])
            .args([writable, writable])
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(directory) = command.get_current_dir() {
            wrapped.current_dir(directory);
        }
        wrapped
    }
}
