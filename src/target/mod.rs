//! Targets: how a submission is reached.
//!
//! A [`ServerTarget`] or a [`ClientTarget`] can be started. What starting it returns, a [`RunningServer`] or a
//! [`RunningClient`], is the only thing that can be told anything. Several that were started from one target may run at the
//! same time, each on a thread of its own, and dropping one ends what it stands for.
//!
//! A kind of target is a file and a field of `TargetOptions`. The file has how it is started and talked to, the command-line
//! options that name it, the description that reports show, and the words that name it again.
//!
//! This module owns programs and processes: what it starts, it confines and ends. It must not know what is played.

mod address;
mod ahead;
pub(crate) mod client_protocol;
mod command;
mod command_line;
mod driver;
mod error;
mod in_process;
mod listening;
#[cfg(feature = "cli")]
pub(crate) mod options;
mod output;
mod pipe;
mod process;
mod python;
mod stop;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

pub use address::{AddressServer, ResolveError};
pub use command::CommandServer;
pub use command_line::{CommandLine, ParseCommandError};
pub use driver::DriverClient;
pub use error::{NoStop, StartError, StopError};
pub use in_process::InProcess;
pub use process::{
    Allowed, Confinement, Containment, Layer, Limits, MissingLayer, ReachedLimit, Refusal, end_all_started,
};
#[cfg(feature = "cli")]
pub(crate) use python::Unpacked;
#[cfg(feature = "cli")]
pub(crate) use python::folder as hand_in_folder;
#[cfg(feature = "cli")]
pub(crate) use python::search::{is_python, side_of};
pub use python::{FindError, LoadedSubmission, PythonClient, PythonServer, Submission};
pub use stop::{ParseStopError, Stop, Stopper};

use crate::conversation::{Answer, Operation};
use crate::event::{Exception, SocketCall};
use crate::side::Casting;
use process::Bounds;
#[cfg(feature = "cli")]
use {
    crate::side::Side,
    clap::Args,
    options::{TargetKind, Words},
    std::path::{Path, PathBuf},
};

/// What is graded: a server, a client, or both.
#[derive(Default)]
pub struct Target {
    /// The server under test.
    pub server: Option<Box<dyn ServerTarget>>,
    /// The client under test.
    pub client: Option<Box<dyn ClientTarget>>,
}

impl Target {
    /// A server under test, with the harness as its client.
    #[must_use]
    pub fn server(server: impl ServerTarget + 'static) -> Self {
        Self { server: Some(Box::new(server)), client: None }
    }

    /// A client under test, with the harness as its server.
    #[must_use]
    pub fn client(client: impl ClientTarget + 'static) -> Self {
        Self { server: None, client: Some(Box::new(client)) }
    }

    /// Both sides under test, each against the harness and then together.
    #[must_use]
    pub fn pair(server: impl ServerTarget + 'static, client: impl ClientTarget + 'static) -> Self {
        Self { server: Some(Box::new(server)), client: Some(Box::new(client)) }
    }

    /// The castings that this target can be played in.
    #[must_use]
    pub fn castings(&self) -> Vec<Casting> {
        let (server, client) = (self.server.is_some(), self.client.is_some());
        let possible =
            |casting: &Casting| (server || !casting.needs_server()) && (client || !casting.needs_client());
        Casting::ALL.iter().copied().filter(possible).collect()
    }

    /// The same target once more, to be played against on another thread; `None` where that cannot be.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        let server = match &self.server {
            Some(server) => Some(server.try_clone()?),
            None => None,
        };
        let client = match &self.client {
            Some(client) => Some(client.try_clone()?),
            None => None,
        };
        Some(Self { server, client })
    }
}

/// The options that name a target: a field for each kind, and what they share.
#[cfg(feature = "cli")]
#[derive(Debug, Args)]
pub(crate) struct TargetOptions {
    #[command(flatten)]
    address: address::AddressOptions,
    #[command(flatten)]
    command: command::CommandOptions,
    #[command(flatten)]
    driver: driver::DriverOptions,
    #[command(flatten)]
    python: python::PythonOptions,
    #[command(flatten)]
    shared: options::SharedOptions,
}

#[cfg(feature = "cli")]
impl TargetOptions {
    /// The kinds: those that are a server only, one that is a client only, and one that can be both.
    fn kinds(&self) -> [&dyn TargetKind; 4] {
        // A kind that is added cannot be forgotten here.
        let Self { address, command, driver, python, shared: _ } = self;
        [address, command, driver, python]
    }

    /// What is named as a hand-in, if one is graded: a folder, an archive, or a file in the folder.
    pub(crate) fn hand_in(&self) -> Option<&Path> {
        self.python.named()
    }

    /// Names a hand-in, as --submission does.
    pub(crate) fn name_hand_in(&mut self, path: PathBuf) {
        self.python.name(path);
    }

    /// Names the file of a side of the hand-in, as its option does.
    pub(crate) fn name_file(&mut self, side: Side, file: PathBuf) {
        self.python.name_file(side, file);
    }

    /// Names a server that is running, as --target does.
    pub(crate) fn name_address(&mut self, address: String) {
        self.address.name(address);
    }

    /// The options that name what is graded, of each kind; nothing where the reference is.
    pub(crate) fn named(&self) -> Vec<String> {
        let mut words = Words::new("harness");
        self.kinds().iter().for_each(|kind| kind.reproduce(&mut words));
        words.into_arguments()
    }

    /// Whether something is said of how a server is stopped.
    pub(crate) fn has_stop(&self) -> bool {
        self.shared.stop.is_some()
    }

    /// The commands that are started.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &CommandLine> {
        self.kinds().into_iter().filter_map(TargetKind::command)
    }
}

/// Where a server can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses, to be tried in this order. Never empty.
    pub addresses: Vec<SocketAddr>,
    /// Whether the server may still be starting, so that a refused connection is tried again.
    pub may_be_starting: bool,
}

/// Whether a program prints its stack before it is ended, as far as it can be made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// It does: something that was awaited never came.
    Print,
    /// It does not. Most programs wait for something when they are ended, which explains nothing.
    Omit,
}

/// What is left of a program that has been ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// What it printed, of very much the beginning and the end, its stack included where that was wanted; nothing where that is not
    /// known.
    pub printed: Option<String>,
    /// The signal that ended it, if one did. It may have been sent by the harness.
    pub signal: Option<i32>,
    /// The code that its program ended with, where that is known and no signal ended it.
    pub exit_code: Option<i32>,
    /// The limit of the harness's that it has met, as far as that shows.
    pub reached: Option<ReachedLimit>,
    /// Where it could do what it liked, if it was contained.
    bounds: Option<Bounds>,
    /// The exception that has ended it, or its thread, where one is known to have.
    pub raised: Option<Exception>,
    /// The calls that it has made of its sockets, if they were noted.
    pub calls: Vec<SocketCall>,
}

impl Remains {
    /// What is left of a program that ran under `limits`.
    fn new(printed: String, signal: Option<i32>, limits: &Limits) -> Self {
        let reached = limits.reached(&printed, signal);
        let raised = Exception::last_uncaught_in(&printed);
        let printed = Some(limits.named_in(printed, signal));
        Self { printed, signal, exit_code: None, reached, bounds: None, raised, calls: Vec::new() }
    }

    /// The same, of a program that could do what it liked only there.
    fn within(self, bounds: Option<Bounds>) -> Self {
        Self { bounds, ..self }
    }

    /// What is said of a contained program that has failed without saying why: it may have been refused something.
    #[must_use]
    pub fn unexplained(&self) -> Option<String> {
        let code = self.exit_code.filter(|code| *code != 0 && self.bounds.is_some())?;
        self.printed.as_ref().is_none_or(String::is_empty).then(|| {
            format!(
                "The program ended with exit status: {code} and printed nothing. If it needs a file that it may not use, allow that \
                 with --allow-read PATH or --allow-write PATH; with --no-sandbox it may use everything."
            )
        })
    }

    /// What it was refused because it was contained, as far as that shows in how it ended, in what it printed, or in what else
    /// it has said.
    #[must_use]
    pub fn refused(&self, said: &str) -> Option<Refusal> {
        let bounds = self.bounds.as_ref()?;
        let texts = || self.printed.iter().map(String::as_str).chain([said]);
        bounds.refused_by(self.signal).or_else(|| texts().find_map(|text| bounds.refused_in(text)))
    }
}

/// A server under test that can be started.
pub trait ServerTarget: Send {
    /// Makes a server ready for one scenario. `starts_ahead` says how many more are planned, so that something may
    /// be prepared for them: by this target and all of its clones together.
    ///
    /// # Errors
    ///
    /// Why there is no server to play against.
    fn start(&mut self, starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError>;

    /// The same target once more. Servers of both run at the same time, and nothing that happens to one of them is seen
    /// by the other. `None` where two cannot run side by side: because there is only one, or they have the same port.
    fn try_clone(&self) -> Option<Box<dyn ServerTarget>>;

    /// Why every further start will fail, if that is known.
    fn exhausted(&self) -> Option<StartError> {
        None
    }

    /// Says whether what is started from now on notes the calls that it makes of its sockets, and tells whether it can.
    fn trace_calls(&mut self, _traces: bool) -> bool {
        false
    }

    /// Whether each start gives a server that has served no client yet. If not, what one scenario does to it may
    /// show in the next.
    fn is_fresh(&self) -> bool;

    /// Whether a server that was started can be told to stop.
    ///
    /// # Errors
    ///
    /// What the user can do about it.
    fn can_stop(&self) -> Result<(), NoStop>;
}

/// A server under test that is running. Dropping it ends what was started for it.
pub trait RunningServer: Send {
    /// Where it can be reached.
    fn endpoint(&self) -> &Endpoint;

    /// Tells the server to stop, without waiting for the effect, and says how it was told.
    ///
    /// # Errors
    ///
    /// Why it could not be told.
    fn stop(&mut self) -> Result<String, StopError>;

    /// The process that the harness has started for it, if it has.
    fn pid(&self) -> Option<u32>;

    /// The thread of this process that it runs on, if it does.
    fn thread(&self) -> Option<u32> {
        None
    }

    /// Whether a signal, rather than a decision of its own, ended the server's program.
    fn was_killed(&mut self) -> bool;

    /// How its program has ended of its own accord, in words, if that is seen. Something that it has started may go on.
    fn ended(&mut self) -> Option<String> {
        None
    }

    /// Ends it, and returns what is left of it, its `stack` included.
    fn end(self: Box<Self>, stack: Stack) -> Remains;
}

/// A client under test that can be started.
pub trait ClientTarget: Send {
    /// Makes a client ready for one scenario. `starts_ahead` says how many more are planned, as for a server.
    ///
    /// # Errors
    ///
    /// Why there is no client to play with.
    fn start(&mut self, starts_ahead: usize) -> Result<Box<dyn RunningClient>, StartError>;

    /// The same target once more, as of a server.
    fn try_clone(&self) -> Option<Box<dyn ClientTarget>>;

    /// Why every further start will fail, if that is known.
    fn exhausted(&self) -> Option<StartError> {
        None
    }

    /// Says whether what is started from now on notes the calls that it makes of its sockets, and tells whether it can.
    fn trace_calls(&mut self, _traces: bool) -> bool {
        false
    }
}

/// A client under test that is running. It is told one operation at a time, and works on it on its own.
/// Dropping it ends what was started for it.
pub trait RunningClient: Send {
    /// Tells the client to do something, without waiting for it.
    ///
    /// # Errors
    ///
    /// Why it cannot be told: its program is gone.
    fn begin(&mut self, operation: Operation) -> io::Result<()>;

    /// Whether all that it was told has been handed over, so that it can know of it.
    fn is_told(&self) -> bool;

    /// Whether it has read all that was handed over, as far as can be seen.
    fn has_read(&self) -> bool {
        true
    }

    /// A descriptor that is readable once the answer to the last operation is there.
    fn answer_ready(&self) -> BorrowedFd<'_>;

    /// Waits for the answer to the last operation, for `wait` at most; `None` where it has not come by then.
    fn finish(&mut self, wait: Duration) -> Option<Answer>;

    /// Whether an error that it answers with is an exception that nothing in it has caught. A program that is told what to
    /// do in a protocol of its own reports its errors in an answer.
    fn raises(&self) -> bool;

    /// The process that the harness has started for it, if it has.
    fn pid(&self) -> Option<u32>;

    /// The thread of this process that it runs on, if it does.
    fn thread(&self) -> Option<u32> {
        None
    }

    /// Ends it, and returns what is left of it, its `stack` included.
    fn end(self: Box<Self>, stack: Stack) -> Remains;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Assignment;

    #[test]
    fn servers_of_one_target_run_side_by_side() {
        let mut target = InProcess::reference(Assignment::default());
        let [first, second] = [(); 2].map(|()| ServerTarget::start(&mut target, 0).unwrap());
        assert_ne!(first.endpoint(), second.endpoint());
        let address = second.endpoint().addresses[0];
        assert_eq!(first.end(Stack::Omit), Remains::default());
        // Ending one leaves the other where it is.
        std::net::TcpStream::connect(address).unwrap();
    }
}
