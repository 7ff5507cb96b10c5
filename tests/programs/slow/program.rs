//! How a program is made, and how the harness reaches it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::is_there::is_there;
use crate::support::python::python;
use crate::support::runtime::Runtime;

/// The old texts and the new ones, in the order in which they are replaced.
pub(crate) type Changes = &'static [(&'static str, &'static str)];

pub(crate) enum Program {
    /// A server of this folder, and its arguments.
    Own(&'static str, &'static [&'static str]),
    /// A server of the folder `tests/servers`, changed.
    Server(&'static str, Changes),
    /// A client of the folder `tests/clients`, changed.
    Client(&'static str, Changes),
    /// The natural hand-in, with these changes to its server and to its client. Only the sides that are named are played.
    HandIn { server: Changes, client: Changes, sides: &'static [&'static str] },
}

/// Where the servers of this folder are.
pub(crate) fn directory() -> PathBuf {
    fixture("slow/programs")
}

impl Program {
    /// The file of a server of this folder.
    pub(crate) const fn own_file(&self) -> Option<&'static str> {
        match self {
            Self::Own(file, _) => Some(file),
            Self::Server(..) | Self::Client(..) | Self::HandIn { .. } => None,
        }
    }

    /// What a test of it is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Own(file, arguments) => [&[*file], *arguments].concat().join(" "),
            Self::Server(file, _) | Self::Client(file, _) => (*file).to_owned(),
            Self::HandIn { sides, .. } => format!("a hand-in's {}", sides.join(" and ")),
        }
    }

    pub(crate) fn is_there(&self) -> bool {
        match self {
            Self::Own(file, _) | Self::Server(file, _) | Self::Client(file, _) => {
                is_there(Runtime::of(Path::new(file)))
            }
            Self::HandIn { .. } => true,
        }
    }

    /// The command that starts it. It is made in the folder `work`.
    pub(crate) fn command(&self, work: &Path) -> Vec<String> {
        match self {
            Self::Own(file, arguments) => {
                let mut command = run(&directory().join(file), work);
                command.extend(arguments.iter().map(ToString::to_string));
                command
            }
            Self::Server(file, changes) => run(&write(&fixture("servers").join(file), changes, work), work),
            Self::Client(file, changes) => run(&write(&fixture("clients").join(file), changes, work), work),
            Self::HandIn { .. } => panic!("a hand-in is not started by a command"),
        }
    }

    /// The options by which the harness reaches it.
    pub(crate) fn options(&self, work: &Path) -> Vec<String> {
        match self {
            Self::Own(..) | Self::Server(..) => {
                vec!["--server".into(), shell_words::join(self.command(work))]
            }
            Self::Client(..) => vec!["--client".into(), shell_words::join(self.command(work))],
            Self::HandIn { server, client, sides } => {
                let natural = fixture("handins/right/natural");
                write(&natural.join("buffered_server.py"), server, work);
                write(&natural.join("buffered_client.py"), client, work);
                let mut options = vec!["--submission".into(), work.to_str().unwrap().to_owned()];
                options.extend(sides.iter().flat_map(|side| ["--side".into(), (*side).to_owned()]));
                options
            }
        }
    }
}

/// Writes the file with its changes into the folder.
fn write(file: &Path, changes: Changes, folder: &Path) -> PathBuf {
    let changed = folder.join(file.file_name().unwrap());
    fs::write(&changed, change(&fs::read_to_string(file).unwrap(), changes)).unwrap();
    changed
}

fn run(file: &Path, build: &Path) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let path = file.to_str().unwrap();
    match Runtime::of(file) {
        // Not isolated: the programs here import what they share.
        Runtime::Python => words(&[python(), "-S", "-E", "-B", path]),
        // Compiled at every start, by a virtual machine that has to start itself.
        Runtime::Java => words(&["java", path]),
        runtime @ (Runtime::C | Runtime::Node) => runtime.prepare(file, build).unwrap(),
    }
}
