//! The command-line options that name a target, and the target that they name.
//!
//! Each kind of target has its own options in its own file, and [`TargetOptions`] lists the kinds. Here is what becomes
//! of them, and the options that several kinds share.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{self, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;

use super::process::{named_in, needed_by};
use super::python::Unpacked;
use super::{
    Allowed, CommandLine, Confinement, Containment, InProcess, Layer, Limits, MissingLayer, Stop, Stopper,
    Target, TargetOptions,
};
use crate::assignment::Assignment;
use crate::course::{Course, Names, parse_duration};
use crate::event::TargetDescription;

pub(crate) const START_DEADLINE: &str = "10s";

/// One kind of target, as the command line names it.
pub(super) trait TargetKind {
    /// The target, if the options name one of this kind.
    ///
    /// # Errors
    ///
    /// The options contradict each other, or what they name does not exist.
    fn select(&self, setup: &Setup<'_>) -> Result<Option<Selection>, SelectError>;

    /// The options that name the same target again.
    fn reproduce(&self, words: &mut Words);

    /// The command that it starts, if it does.
    fn command(&self) -> Option<&CommandLine> {
        None
    }
}

impl TargetOptions {
    /// The target that the options name; without any, the reference. No submission may read `secrets`, whatever else it may.
    /// `unpacked` is the hand-in where an archive of it is named.
    ///
    /// # Errors
    ///
    /// The options contradict each other, or what they name does not exist.
    pub(crate) fn select(
        &self,
        course: &Course,
        asking: Asking,
        secrets: &[PathBuf],
        unpacked: Option<&Unpacked>,
    ) -> Result<Selection, SelectError> {
        let Asking { ask, is_attended } = asking;
        let Course { assignment, names, .. } = course;
        let setup = Setup { assignment, names, shared: &self.shared, ask, is_attended, secrets, unpacked };
        let mut selected: Option<Selection> = None;
        for kind in self.kinds() {
            if let Some(one) = kind.select(&setup)? {
                selected = Some(match selected {
                    Some(server) => one.beside(server),
                    None => one,
                });
            }
        }
        if self.shared.stop.is_some() && selected.as_ref().is_none_or(|one| one.target.server.is_none()) {
            return Err(SelectError::usage(UselessOption::Stop));
        }
        match selected {
            Some(selected) => Ok(selected),
            None if self.shared.containment.is_given() => Err(SelectError::usage(UselessOption::Containment)),
            None => Ok(InProcess::reference(*assignment).into()),
        }
    }

    /// The options that lead to the same target.
    pub(crate) fn reproduce(&self, words: &mut Words) {
        self.kinds().iter().for_each(|kind| kind.reproduce(words));
        self.shared.reproduce(words);
    }
}

/// The options that several kinds of target share.
#[derive(Debug, Args)]
pub(super) struct SharedOptions {
    /// How long the started server may take to listen, and a hand-in to be imported
    #[arg(
        long,
        value_name = "TIME",
        default_value = START_DEADLINE,
        value_parser = parse_duration,
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) start_deadline: Duration,

    #[command(flatten)]
    containment: ContainmentOptions,

    /// How the server is told to stop: owner, pid:N, signal:NAME, command:CMD or prompt
    ///
    /// owner: SIGTERM to the process on this machine that listens on the port. pid:N: SIGTERM to that process.
    /// signal:NAME: that signal, to what was started or else to the owner. command:CMD: by this command, with
    /// the placeholders of --server. prompt: by hand, when asked. The default is SIGTERM for --server and, at
    /// a terminal, prompt for --target.
    #[arg(long, value_name = "HOW", help_heading = "Target")]
    pub(super) stop: Option<Stop>,
}

impl SharedOptions {
    fn reproduce(&self, words: &mut Words) {
        words.option("--stop", self.stop.as_ref());
        words.duration("--start-deadline", self.start_deadline, START_DEADLINE);
        self.containment.reproduce(words);
    }
}

/// The options that say what a submission is kept from.
#[derive(Debug, Args)]
pub(crate) struct ContainmentOptions {
    /// Require every containment layer, and fail if one is unavailable
    ///
    /// It is kept apart in every way that there is. The report says which those are: landlock (which files it may use, and
    /// which processes it may reach), own-uid (a user of its own, if the harness is run by root), seccomp (no system calls that
    /// reach into other processes or change the system) and namespaces (processes and mounts of its own).
    #[arg(long, conflicts_with_all = ["no_sandbox", "contain"], help_heading = "Containment")]
    sandbox: bool,

    /// Run the submission without containment, to debug a problem with it
    #[arg(long, conflicts_with = "contain", help_heading = "Containment")]
    no_sandbox: bool,

    /// Use only these containment layers, and fail if one is unavailable: landlock, own-uid, seccomp, namespaces
    #[arg(long, value_name = "LAYER", value_delimiter = ',', help_heading = "Containment")]
    contain: Vec<Layer>,

    /// Also let the submission read this file or directory (repeatable)
    ///
    /// The working directory of a --server or --client, the files that the command names, and the directories that these
    /// are in are readable anyway.
    #[arg(long, value_name = "PATH", help_heading = "Containment")]
    allow_read: Vec<PathBuf>,

    /// A directory that the submission may write to besides its temporary one (repeatable)
    #[arg(long, value_name = "PATH", help_heading = "Containment")]
    allow_write: Vec<PathBuf>,
}

impl ContainmentOptions {
    /// Adds the options that keep a submission from the same.
    pub(crate) fn reproduce(&self, words: &mut Words) {
        words.flag("--sandbox", self.sandbox);
        words.flag("--no-sandbox", self.no_sandbox);
        self.contain.iter().for_each(|layer| words.option("--contain", Some(layer)));
        for (option, paths) in [("--allow-read", &self.allow_read), ("--allow-write", &self.allow_write)] {
            paths.iter().for_each(|path| words.option(option, Some(path.display())));
        }
    }

    /// The same for a harness that is started elsewhere: paths lead to where they lead from here.
    pub(crate) fn absolute(&self) -> io::Result<Self> {
        let absolute_of = |paths: &[PathBuf]| paths.iter().map(path::absolute).collect::<io::Result<_>>();
        Ok(Self {
            allow_read: absolute_of(&self.allow_read)?,
            allow_write: absolute_of(&self.allow_write)?,
            contain: self.contain.clone(),
            ..*self
        })
    }

    /// Whether anything is said about how a submission is kept apart.
    fn is_given(&self) -> bool {
        self.sandbox
            || self.no_sandbox
            || [self.contain.is_empty(), self.allow_read.is_empty(), self.allow_write.is_empty()]
                .contains(&false)
    }

    fn containment(&self, needed: &Allowed) -> Result<Containment, MissingLayer> {
        match &self.contain[..] {
            _ if self.sandbox => Containment::of(&Layer::ALL, needed),
            _ if self.no_sandbox => Ok(Containment::default()),
            [] => Ok(Containment::available(needed)),
            layers => Containment::of(layers, needed),
        }
    }

    /// How a program is kept apart that this command starts, and from these `secrets`. `names` says whether the user has written the
    /// command, so that what it names is meant to be used.
    pub(crate) fn confinement(
        &self,
        command: &Command,
        names: bool,
        secrets: &[PathBuf],
    ) -> Result<Confinement, SelectError> {
        let found = |paths: &[PathBuf]| -> Result<Vec<PathBuf>, SelectError> {
            let find = |path: &PathBuf| {
                path.canonicalize().map_err(|_| SelectError::unavailable(NotThere(path.clone())))
            };
            paths.iter().map(find).collect()
        };
        let (read, write) = (found(&self.allow_read)?, found(&self.allow_write)?);
        if let Some(secret) = secrets.iter().find(|one| write.iter().any(|place| one.starts_with(place))) {
            return Err(SelectError::usage(OpenSecret(secret.clone())));
        }
        let allowed = Allowed { read, write, except: secrets.to_vec() };
        let mut needed = allowed.clone();
        needed.read.extend(needed_by(command));
        if names {
            needed.read.extend(named_in(command));
        }
        let containment = self.containment(&needed).map_err(SelectError::unavailable)?;
        Ok(Confinement { limits: Limits::default(), containment, allowed })
    }
}

/// How a person is asked to do something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    /// Asks, and returns once the person says that it is done.
    pub(crate) ask: fn(&str) -> io::Result<()>,
    /// Whether there is somebody to ask.
    pub(crate) is_attended: bool,
}

/// What a kind of target is given to make one.
pub(super) struct Setup<'a> {
    pub(super) assignment: &'a Assignment,
    /// What a hand-in is made of.
    pub(super) names: &'a Names,
    pub(super) shared: &'a SharedOptions,
    pub(super) is_attended: bool,
    /// The hand-in, where an archive of it was named.
    pub(super) unpacked: Option<&'a Unpacked>,
    secrets: &'a [PathBuf],
    ask: fn(&str) -> io::Result<()>,
}

impl Setup<'_> {
    pub(super) fn stopper(&self, stop: Stop) -> Stopper {
        Stopper { stop, deadline: self.shared.start_deadline, ask: self.ask }
    }

    /// How a program is kept apart that this command starts. `names` says whether the user has written the command, so that
    /// what it names is meant to be used.
    pub(super) fn confinement(&self, command: &Command, names: bool) -> Result<Confinement, SelectError> {
        self.shared.containment.confinement(command, names, self.secrets)
    }
}

/// A target, and what reports say of it.
pub(crate) struct Selection {
    pub(crate) description: TargetDescription,
    pub(crate) target: Target,
}

impl Selection {
    /// A target whose programs are started, and kept apart in this way.
    pub(super) fn started(description: TargetDescription, target: Target, confinement: &Confinement) -> Self {
        let containment = confinement.containment.to_string();
        Self {
            description: description.contained_by((!containment.is_empty()).then_some(containment)),
            target,
        }
    }

    /// This client, together with a server of another kind.
    fn beside(self, server: Self) -> Self {
        let layers = match (self.description.containment(), server.description.containment()) {
            (Some(client), Some(server)) if client != server => {
                Some(format!("{client} for the client, {server} for the server"))
            }
            _ => None,
        };
        let description = self.description.with("server", server.description.title());
        let description = match layers {
            Some(layers) => description.contained_by(Some(layers)),
            None => description,
        };
        Self { description, target: Target { server: server.target.server, client: self.target.client } }
    }
}

/// Why options lead to no target.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SelectError {
    /// They contradict each other.
    #[error("{0}")]
    Usage(Box<dyn Error>),
    /// What they name cannot be had here.
    #[error("{0}")]
    Unavailable(Box<dyn Error>),
}

impl SelectError {
    pub(super) fn usage(error: impl Error + 'static) -> Self {
        Self::Usage(Box::new(error))
    }

    pub(super) fn unavailable(error: impl Error + 'static) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// An option that changes nothing about what was named.
#[derive(Debug, thiserror::Error)]
enum UselessOption {
    #[error("--stop needs a server to stop: give --target or --server")]
    Stop,
    #[error("there is nothing to keep apart: give --submission, --server or --client")]
    Containment,
}

#[derive(Debug, thiserror::Error)]
#[error("{} is not there", .0.display())]
struct NotThere(PathBuf);

#[derive(Debug, thiserror::Error)]
#[error("the key {} is where --allow-write lets the submission write: choose another place", .0.display())]
struct OpenSecret(PathBuf);

/// A command line that is put together of options.
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// The command line of `program`, without options so far.
    pub(crate) fn new(program: &str) -> Self {
        Self(vec![program.into()])
    }

    /// The words, the name of the program aside.
    pub(crate) fn into_arguments(self) -> Vec<String> {
        self.0.into_iter().skip(1).collect()
    }

    /// Adds an option that has a value, if it was given.
    pub(crate) fn option(&mut self, name: &str, value: Option<impl fmt::Display>) {
        self.0.extend(value.into_iter().flat_map(|value| [name.to_owned(), value.to_string()]));
    }

    /// Adds an option that has no value, if it was given.
    pub(crate) fn flag(&mut self, name: &str, is_given: bool) {
        self.0.extend(is_given.then(|| name.to_owned()));
    }

    /// Adds an option that is a time, unless it is the usual one.
    pub(crate) fn duration(&mut self, name: &str, value: Duration, usual: &str) {
        let is_usual = parse_duration(usual) == Ok(value);
        self.option(name, (!is_usual).then(|| humantime::format_duration(value)));
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_words::join(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        target: TargetOptions,
    }

    /// The description of what a command line names, or what is wrong with it.
    fn select(line: &str) -> Result<Value, String> {
        let words = shell_words::split(&format!("harness {line}")).unwrap();
        let asking = Asking { ask: |_| Ok(()), is_attended: false };
        let options = Line::try_parse_from(words).unwrap().target;
        let selected =
            options.select(&Course::default(), asking, &[], None).map_err(|error| error.to_string())?;
        let has_server = line.is_empty() || line.contains("--server") || line.contains("--target");
        let has_client = line.is_empty() || line.contains("--client");
        assert_eq!(selected.target.server.is_some(), has_server, "{line}");
        assert_eq!(selected.target.client.is_some(), has_client, "{line}");
        let mut description = serde_json::to_value(selected.description).unwrap();
        // What holds depends on the machine, and whether anything is said of it on whether something is started.
        let contained_by = description.as_object_mut().unwrap().remove("contained_by");
        assert_eq!(contained_by.is_some(), line.contains("--server") || line.contains("--client"), "{line}");
        Ok(description)
    }

    #[test]
    fn options_name_a_server_a_client_or_both() {
        for (line, description) in [
            ("", json!({ "kind": "built-in" })),
            ("--target 127.0.0.1:9", json!({ "kind": "address", "address": "127.0.0.1:9" })),
            ("--server 'a b' --stop owner", json!({ "kind": "command", "command": "a b" })),
            ("--client c", json!({ "kind": "client", "command": "c", "server": null })),
            ("--client c --server s", json!({ "kind": "client", "command": "c", "server": "s" })),
            (
                "--client c --target 127.0.0.1:9",
                json!({ "kind": "client", "command": "c", "server": "127.0.0.1:9" }),
            ),
        ] {
            assert_eq!(select(line), Ok(description), "{line}");
        }
    }

    #[test]
    fn an_option_that_changes_nothing_is_refused() {
        for line in ["--stop owner", "--client c --stop owner"] {
            assert!(select(line).unwrap_err().starts_with("--stop needs a server"), "{line}");
        }
        for line in ["--sandbox", "--no-sandbox", "--contain landlock", "--allow-read /"] {
            assert!(select(line).unwrap_err().starts_with("there is nothing to keep apart"), "{line}");
        }
    }
}
