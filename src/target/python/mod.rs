//! Hand-ins in Python: `buffered_client.py` and `buffered_server.py`, as the assignment asks for them.
//!
//! Each side has an interpreter of its own, which imports its file once and forks a clean child for each scenario:
//! what happens in one scenario, or on one side, cannot be seen in another. The interpreter's work is done by
//! `adapter`, which is part of this binary. It is told what to do, and answers, on private [channels](channel);
//! the verdict is made in the harness from the bytes on the wire and these answers.

mod calls;
mod channel;
mod child;
mod client;
#[cfg(feature = "cli")]
mod executable;
mod fault;
pub(crate) mod folder;
mod interpreter;
mod places;
pub(crate) mod search;
mod server;
mod submission;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use client::PythonClient;
pub use server::PythonServer;
pub use submission::{FindError, Submission};

use super::{Confinement, StartError};
use crate::assignment::{Assignment, Charset};
use crate::limits::answer_len_max;
use crate::side::Side;
use interpreter::{Interpreter, Setup};
#[cfg(feature = "cli")]
use {
    super::Target,
    super::options::{self, SelectError, Selection, TargetKind, Words},
    crate::event::TargetDescription,
    clap::Args,
    std::path::PathBuf,
    std::process::Command,
};

/// Both sides of a hand-in that an interpreter was found for.
#[derive(Debug)]
pub struct LoadedSubmission {
    /// The server.
    pub server: PythonServer,
    /// The client.
    pub client: PythonClient,
    /// The version of the interpreter.
    pub version: String,
    /// What is in the folder and is not there for the hand-in, in a few words, if there is anything like that.
    pub left_out: Option<String>,
}

impl Submission {
    /// Starts `python` for both sides, each in a copy of its own of the hand-in's folder. A side that has no file is blocked.
    /// `start_deadline` is how long each may take to start, to import and to listen.
    ///
    /// # Errors
    ///
    /// Why the folder cannot be read, or the interpreter is of no use.
    pub fn load(
        &self,
        python: &Path,
        assignment: &Assignment,
        start_deadline: Duration,
        confinement: &Confinement,
    ) -> Result<LoadedSubmission, StartError> {
        let folders =
            self.read(&confinement.allowed.except).map_err(|error| StartError::blocked(NoFolder(error)))?;
        let left_out = folders.left_out();
        let setup = Setup {
            folders: Arc::new(folders),
            python: python.to_owned(),
            confinement: confinement.clone(),
            start_deadline,
            answer_len_max: answer_len_max(assignment),
            payloads: if assignment.charset == Charset::Bytes { "bytes" } else { "str" },
        };
        let [server, client] =
            [Side::Server, Side::Client].map(|side| Interpreter::new(self, side, setup.clone()));
        let any = if self.file(Side::Server).is_some() { &server } else { &client };
        let version = any.version()?;
        let server =
            PythonServer::new(server, &self.names().keep_running, assignment.buffer_size, start_deadline);
        Ok(LoadedSubmission { server, client: PythonClient::new(client), version, left_out })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the folder cannot be read: {0}")]
struct NoFolder(io::Error);

#[cfg(feature = "cli")]
#[derive(Debug, thiserror::Error)]
#[error("{0} is for a hand-in: name its folder, as in harness {0} … --submission DIR")]
struct NoSubmission(&'static str);

/// A hand-in that was unpacked.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// The folder that its files are in.
    pub(crate) folder: PathBuf,
    /// Where the file of the server and that of the client lie in it, as far as they have their names.
    pub(crate) server: Option<PathBuf>,
    /// See `server`.
    pub(crate) client: Option<PathBuf>,
}

/// The options that name a hand-in.
#[cfg(feature = "cli")]
#[derive(Debug, Args)]
pub(super) struct PythonOptions {
    /// Grade the hand-in in this folder or archive: buffered_client.py and buffered_server.py
    ///
    /// Without an option, as in harness DIR, it means the same. A file that lies deeper, or whose name is only near to these, is taken
    /// where nothing else could be meant. They run in a copy of DIR, which each scenario finds unchanged, and nothing is written to
    /// DIR itself. An archive is a .zip, .tar, .tar.gz or .tgz.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["target", "server", "client", "stop"],
        help_heading = "Target"
    )]
    submission: Option<PathBuf>,

    /// The hand-in's client, where it has another name
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    client_file: Option<PathBuf>,

    /// The hand-in's server, where it has another name
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    server_file: Option<PathBuf>,

    /// The Python interpreter that runs the hand-in, 3.8 or later [default: python3]
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    python: Option<PathBuf>,
}

#[cfg(feature = "cli")]
impl PythonOptions {
    /// What is named as the hand-in: its folder, an archive, or a file of it.
    pub(super) fn named(&self) -> Option<&Path> {
        self.submission.as_deref()
    }

    /// Names the hand-in, as --submission does.
    pub(super) fn name(&mut self, submission: PathBuf) {
        self.submission = Some(submission);
    }

    /// Names the file of a side, as its option does, unless that was given.
    pub(super) fn name_file(&mut self, side: Side, file: PathBuf) {
        let named = match side {
            Side::Server => &mut self.server_file,
            Side::Client => &mut self.client_file,
        };
        named.get_or_insert(file);
    }

    /// The first of the options that was given and means something for a hand-in only.
    fn first_option(&self) -> Option<&'static str> {
        let options = [
            ("--client-file", &self.client_file),
            ("--server-file", &self.server_file),
            ("--python", &self.python),
        ];
        options.into_iter().find_map(|(option, path)| path.as_ref().map(|_| option))
    }
}

#[cfg(feature = "cli")]
impl TargetKind for PythonOptions {
    fn select(&self, setup: &options::Setup<'_>) -> Result<Option<Selection>, SelectError> {
        let Some(named) = &self.submission else {
            let useless = self.first_option().map(|option| SelectError::usage(NoSubmission(option)));
            return useless.map_or(Ok(None), Err);
        };
        let unpacked = setup.unpacked;
        let folder = unpacked.map_or(named, |unpacked| &unpacked.folder);
        let server = self.server_file.as_deref().or_else(|| unpacked?.server.as_deref());
        let client = self.client_file.as_deref().or_else(|| unpacked?.client.as_deref());
        let submission =
            Submission::find(folder, server, client, setup.names).map_err(SelectError::unavailable)?;
        let python = self.python.as_deref().unwrap_or(Path::new("python3"));
        let python = executable::behind(python, submission.folder(), setup.shared.start_deadline);
        let confinement = setup.confinement(&Command::new(&python), false)?;
        let LoadedSubmission { server, client, version, left_out } = submission
            .load(&python, setup.assignment, setup.shared.start_deadline, &confinement)
            .map_err(SelectError::unavailable)?;
        let mut description = TargetDescription::new("submission").with("path", named.display());
        for (side, detail) in [(Side::Server, "server_file"), (Side::Client, "client_file")] {
            if let Some(found) = submission.found_elsewhere(side) {
                description = description.with(detail, found.display());
            }
        }
        if let Some(left_out) = left_out {
            description = description.with("left_out", left_out);
        }
        let description = description.with("python", version);
        Ok(Some(Selection::started(description, Target::pair(server, client), &confinement)))
    }

    fn reproduce(&self, words: &mut Words) {
        let paths = [
            ("--submission", &self.submission),
            ("--client-file", &self.client_file),
            ("--server-file", &self.server_file),
            ("--python", &self.python),
        ];
        for (option, path) in paths {
            words.option(option, path.as_ref().map(|path| path.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;
    use crate::course::Names;
    use crate::target::{RunningServer, ServerTarget, Stack};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// A server that listens and does nothing else, and ignores the signal that asks it to end.
    const STUBBORN_SERVER: &str = "
import signal, socket

class BufferedTCPServer:
    def __init__(self, host, port, buffer_size):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        self.listener = socket.create_server((host, port))
    def start(self):
        while True:
            self.listener.accept()
    def shutdown(self):
        pass
";

    fn reachable(server: &dyn RunningServer) -> bool {
        TcpStream::connect(server.endpoint().addresses[0]).is_ok()
    }

    #[test]
    fn a_server_that_does_not_let_itself_be_ended_is_killed_and_the_one_beside_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("buffered_server.py"), STUBBORN_SERVER).unwrap();
        let submission = Submission::find(folder.path(), None, None, &Names::default()).unwrap();
        let assignment = Assignment { buffer_size: 16, ..Assignment::default() };
        let loaded = submission.load(Path::new("python3"), &assignment, PATIENCE, &Confinement::default());
        let mut target = loaded.unwrap().server;
        let [first, second] = [(); 2].map(|()| target.start(0).unwrap());
        assert!(reachable(&*first) && reachable(&*second));
        let address = first.endpoint().addresses[0];
        let started = Instant::now();
        assert_eq!(first.end(Stack::Print).printed.as_deref(), Some(""));
        assert!(started.elapsed() < PATIENCE);
        assert!(TcpStream::connect(address).is_err(), "the first one still listens");
        assert!(reachable(&*second), "the second one was ended, too");
        // Both come from one interpreter, which is still the same.
        let third = target.start(0).unwrap();
        assert_eq!(third.pid(), second.pid());
    }

    /// A server that waits for a client.
    const WAITING_SERVER: &str = "
import socket

class BufferedTCPServer:
    def __init__(self, host, port, buffer_size):
        self.listener = socket.create_server((host, port))
    def start(self):
        print('started', flush=True)
        self.listener.accept()[0].close()
        self.listener.accept()
    def shutdown(self):
        pass
";

    #[test]
    fn where_a_server_is_when_it_is_ended_is_told_on_demand() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("buffered_server.py"), WAITING_SERVER).unwrap();
        let submission = Submission::find(folder.path(), None, None, &Names::default()).unwrap();
        let assignment = Assignment { buffer_size: 16, ..Assignment::default() };
        let loaded = submission.load(Path::new("python3"), &assignment, PATIENCE, &Confinement::default());
        let mut target = loaded.unwrap().server;
        let mut ended = |stack| {
            let server = target.start(0).unwrap();
            // Once it has closed a connection it has printed.
            let mut connection = TcpStream::connect(server.endpoint().addresses[0]).unwrap();
            assert_eq!(connection.read(&mut [0]).unwrap(), 0);
            server.end(stack).printed.unwrap()
        };
        assert_eq!(ended(Stack::Omit), "started");
        let printed = ended(Stack::Print);
        assert!(printed.contains("in start\n") && printed.contains("self.listener.accept()"), "{printed}");
    }
}
