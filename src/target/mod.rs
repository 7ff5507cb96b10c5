//! Targets: how a submission is reached.
//!
//! A [`Server`] is somewhere to connect to; a [`Client`] is something that can be told to connect, send,
//! receive and shut down. A new kind of target is a file here that implements one of them.

mod address;
mod bug;
mod builtin;
mod command;
mod driver;
mod interruptible;
mod listening;
mod output;
mod process;
mod stop;
mod submission;
mod talk;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

pub use address::AddressServer;
pub use bug::{BugClient, BugServer};
pub use builtin::{BuiltInClient, BuiltInServer};
pub use command::{CommandLine, CommandServer, ParseCommandError};
pub use driver::DriverClient;
pub use process::{Confinement, Limits, Sandbox, WorkingDirectory, end_all_started};
pub use stop::{ParseStopError, Stop, Stopper};
pub use submission::{FindError, Submission, SubmissionClient, SubmissionServer};

use crate::conversation::{Answer, Operation};
use crate::verdict::Finding;

/// Where a server can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses, to be tried in this order. Never empty.
    pub addresses: Vec<SocketAddr>,
    /// Whether the server may still be starting, so that a refused connection is to be tried again.
    pub may_be_starting: bool,
}

/// Why there is nothing to play with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotStarted {
    /// Something is in the way that the user can change: what it is, in a sentence.
    Blocked(String),
    /// The submission itself keeps it from being played with.
    AtFault {
        /// What is wrong with it.
        finding: Box<Finding>,
        /// The end of what it printed, where that is known.
        output: Option<String>,
    },
}

impl From<String> for NotStarted {
    fn from(why: String) -> Self {
        Self::Blocked(why)
    }
}

/// A server under test.
pub trait Server {
    /// Makes the server ready for one scenario. `further` says how many more scenarios are planned, so that
    /// something may be prepared for them.
    ///
    /// # Errors
    ///
    /// Why there is no server to play against.
    fn start(&mut self, further: usize) -> Result<Endpoint, NotStarted>;

    /// Whether each scenario gets a server that has served nobody yet. If not, what one scenario does to it may
    /// show in the next.
    fn is_fresh(&self) -> bool;

    /// Whether [`Server::stop`] has a way to stop it; if not, what the user can do about it.
    ///
    /// # Errors
    ///
    /// A sentence for the user.
    fn can_stop(&self) -> Result<(), String>;

    /// Tells the server to stop, without waiting for what comes of it, and says how it was told.
    ///
    /// # Errors
    ///
    /// Why it could not be told, in a sentence for the user.
    fn stop(&mut self) -> Result<String, String>;

    /// The process that the harness has started for it, if it has.
    fn pid(&self) -> Option<u32>;

    /// Whether a signal, rather than a decision of its own, ended the server's program.
    fn was_killed(&mut self) -> bool;

    /// Ends what [`Server::start`] began, and returns the end of what the server printed, where that is known.
    fn end(&mut self) -> Option<String>;
}

/// A client under test. It is told one thing at a time, and works on it by itself.
pub trait Client {
    /// Makes the client ready for one scenario.
    ///
    /// # Errors
    ///
    /// Why there is no client to play with.
    fn start(&mut self) -> Result<(), NotStarted>;

    /// The process that the harness has started for it, if it has.
    fn pid(&self) -> Option<u32>;

    /// Tells the client to do something, without waiting for it.
    ///
    /// # Errors
    ///
    /// Why it cannot be told: its program is gone.
    fn begin(&mut self, operation: Operation) -> io::Result<()>;

    /// A descriptor that is readable once the answer to the last operation is there.
    fn answer_ready(&self) -> BorrowedFd<'_>;

    /// Waits for the answer to the last operation, for `wait` at most; `None` where it has not come by then.
    fn finish(&mut self, wait: Duration) -> Option<Answer>;

    /// Ends what [`Client::start`] began, and returns the end of what the client printed, where that is known.
    fn end(&mut self) -> Option<String>;
}
