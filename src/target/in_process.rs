//! Programs in the harness's own process: the reference, and those with a known bug.

mod bug;
mod interruptible;
mod reference;
mod worker;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{
    ClientTarget, Endpoint, NoStop, Remains, RunningClient, RunningServer, ServerTarget, Stack, StartError,
    StopError,
};
use crate::assignment::Assignment;
use crate::bug::Program;
use crate::conversation::{Answer, Operation};
use interruptible::EndSignal;
use worker::Worker;
#[cfg(feature = "cli")]
use {super::Target, super::options::Selection, crate::event::TargetDescription};

/// A program on threads of this process, as a server and as a client: a new one for each scenario.
#[derive(Debug, Clone, Copy)]
pub struct InProcess {
    runs: Runs,
    assignment: Assignment,
}

#[derive(Debug, Clone, Copy)]
enum Runs {
    Reference,
    Bug(Program),
}

impl InProcess {
    /// The reference client and server.
    #[must_use]
    pub const fn reference(assignment: Assignment) -> Self {
        Self { runs: Runs::Reference, assignment }
    }

    /// A program of the [`bug`](crate::bug) catalogue.
    #[must_use]
    pub const fn bug(program: Program, assignment: Assignment) -> Self {
        Self { runs: Runs::Bug(program), assignment }
    }

    fn start_client(self) -> io::Result<Client> {
        let (worker, end) = match self.runs {
            Runs::Reference => (Worker::start("reference-client", reference::client(self.assignment))?, None),
            Runs::Bug(program) => {
                let end = EndSignal::new()?;
                let obey = bug::client(program, self.assignment, end.clone());
                (Worker::start("bug-client", obey)?, Some(end))
            }
        };
        Ok(Client { worker, end })
    }
}

#[cfg(feature = "cli")]
impl From<InProcess> for Selection {
    /// Both sides of the program, as the harness's own.
    fn from(program: InProcess) -> Self {
        let target = Target::pair(program, program);
        Self { description: TargetDescription::built_in(), target }
    }
}

impl ServerTarget for InProcess {
    fn start(&mut self, _starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError> {
        let server = match self.runs {
            Runs::Reference => reference::serve(self.assignment)
                .map_err(|error| StartFailure { program: "built-in server", error }),
            Runs::Bug(program) => bug::serve(program, self.assignment)
                .map_err(|error| StartFailure { program: "server with a bug", error }),
        };
        Ok(Box::new(server.map_err(StartError::blocked)?))
    }

    fn try_clone(&self) -> Option<Box<dyn ServerTarget>> {
        Some(Box::new(*self))
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), NoStop> {
        Ok(())
    }
}

impl ClientTarget for InProcess {
    fn start(&mut self, _starts_ahead: usize) -> Result<Box<dyn RunningClient>, StartError> {
        let program = match self.runs {
            Runs::Reference => "built-in client",
            Runs::Bug(_) => "client with a bug",
        };
        let client =
            self.start_client().map_err(|error| StartError::blocked(StartFailure { program, error }))?;
        Ok(Box::new(client))
    }

    fn try_clone(&self) -> Option<Box<dyn ClientTarget>> {
        Some(Box::new(*self))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("The {program} cannot be started: {error}.")]
struct StartFailure {
    program: &'static str,
    error: io::Error,
}

/// The id of a thread, once it runs.
#[derive(Debug, Clone, Default)]
struct Tid(Arc<OnceLock<u32>>);

impl Tid {
    /// The present thread is the one.
    fn set(&self) {
        #[cfg(target_os = "linux")]
        if let Ok(tid) = rustix::thread::gettid().as_raw_pid().try_into() {
            let _ = self.0.set(tid);
        }
    }

    /// Waits for the thread to run, which takes no longer than to start it.
    fn get(&self) -> Option<u32> {
        cfg!(target_os = "linux").then(|| *self.0.wait())
    }
}

/// A server on a thread of its own, and the means to control it.
struct Server {
    endpoint: Endpoint,
    /// Tells it to stop, as a program would.
    stop: Box<dyn Fn() + Send>,
    /// How it is told to stop, for a sentence.
    stopped_by: &'static str,
    /// Ends it, whatever it does.
    end: Box<dyn Fn() + Send>,
    thread: Option<JoinHandle<()>>,
    tid: Tid,
}

impl Server {
    fn endpoint(address: SocketAddr) -> Endpoint {
        Endpoint { addresses: vec![address], may_be_starting: false }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl RunningServer for Server {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn stop(&mut self) -> Result<String, StopError> {
        (self.stop)();
        Ok(self.stopped_by.into())
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn thread(&self) -> Option<u32> {
        self.tid.get()
    }

    fn was_killed(&mut self) -> bool {
        false
    }

    fn end(self: Box<Self>, _stack: Stack) -> Remains {
        Remains::default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        (self.end)();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A client on a thread of its own.
#[derive(Debug)]
struct Client {
    worker: Worker,
    /// Ends it, whatever it does. Without one it ends after its last operation.
    end: Option<EndSignal>,
}

impl RunningClient for Client {
    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        self.worker.begin(operation)
    }

    fn is_told(&self) -> bool {
        true
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.worker.answer_ready()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        self.worker.finish(wait)
    }

    fn raises(&self) -> bool {
        // The programs of the catalogue stand for hand-ins. The reference reports its errors.
        self.end.is_some()
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn thread(&self) -> Option<u32> {
        self.worker.thread()
    }

    fn end(self: Box<Self>, _stack: Stack) -> Remains {
        Remains::default()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            end.raise();
            self.worker.join();
        }
    }
}
