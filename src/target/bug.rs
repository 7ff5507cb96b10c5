//! Programs with a known mistake as targets, in the harness's own process.
//!
//! They hang, spin and die as their mistakes make them, but only ever inside an operation on a socket that can be
//! interrupted, so that none of their threads outlives the scenario.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::PollFlags;

use super::interruptible::{EndSignal, Interruptible};
use super::worker::Worker;
use super::{Client, Endpoint, NotStarted, Server};
use crate::assignment::Assignment;
use crate::bug::{self, Next, Program};
use crate::conversation::{Answer, Operation};

/// A program of the [`bug`] catalogue as a server, on a thread and a port of its own.
#[derive(Debug)]
pub struct BugServer {
    program: Program,
    assignment: Assignment,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    keep_running: Arc<AtomicBool>,
    /// Wakes the server while it waits for a client.
    stop: EndSignal,
    end: EndSignal,
    thread: JoinHandle<()>,
}

impl BugServer {
    /// A server that runs `program`.
    #[must_use]
    pub const fn new(program: Program, assignment: Assignment) -> Self {
        Self { program, assignment, running: None }
    }
}

impl Server for BugServer {
    fn start(&mut self, _further: usize) -> Result<Endpoint, NotStarted> {
        let mut server = bug::Server::new(self.program, self.assignment);
        let start = || -> io::Result<_> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            let keep_running = Arc::new(AtomicBool::new(true));
            let (stop, end) = (EndSignal::new()?, EndSignal::new()?);
            let orders =
                Orders { keep_running: Arc::clone(&keep_running), stop: stop.clone(), end: end.clone() };
            let thread = thread::Builder::new().name("bug-server".into()).spawn(move || {
                // It returns nothing but the reason why it was ended.
                let _ = serve_all(&mut server, listener, &orders);
            })?;
            Ok((address, Running { keep_running, stop, end, thread }))
        };
        let (address, running) =
            start().map_err(|error| format!("The server with a bug cannot be started: {error}."))?;
        self.running = Some(running);
        Ok(Endpoint { addresses: vec![address], may_be_starting: false })
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&mut self) -> Result<String, String> {
        if let Some(running) = &self.running {
            running.keep_running.store(false, Ordering::Release);
            running.stop.raise();
        }
        Ok("by its keep_running".into())
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn was_killed(&mut self) -> bool {
        false
    }

    fn end(&mut self) -> Option<String> {
        if let Some(Running { end, thread, .. }) = self.running.take() {
            end.raise();
            let _ = thread.join();
        }
        None
    }
}

impl Drop for BugServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a server is told while it runs.
struct Orders {
    keep_running: Arc<AtomicBool>,
    stop: EndSignal,
    end: EndSignal,
}

/// Serves one client after another until the program ends by itself, or is ended, which is the error.
fn serve_all(server: &mut bug::Server, listener: TcpListener, orders: &Orders) -> io::Result<()> {
    let Orders { keep_running, stop, end } = orders;
    let mut told_to_stop = false;
    loop {
        let mut client = None;
        let next = if !told_to_stop && end.wait_for_either(&listener, stop)? {
            told_to_stop = true;
            server.stops_without_client()
        } else {
            end.wait_for(&listener, PollFlags::IN)?;
            match listener.accept() {
                Ok((stream, _)) => {
                    let stream = client.insert(Interruptible::new(stream, end.clone())?);
                    server.serve(stream, &|| keep_running.load(Ordering::Acquire))
                }
                // A client that was there is gone again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Next::Client,
                Err(error) => return Err(error),
            }
        };
        match next {
            Next::Client => {}
            Next::Nobody => {
                // Whoever sees the end of the connection finds the port free.
                drop(listener);
                drop(client);
                return Ok(());
            }
            Next::NobodyWhileListening => {
                drop(client);
                end.wait_for_end()?;
            }
        }
    }
}

/// A program of the [`bug`] catalogue as a client, on a thread of its own for each scenario.
#[derive(Debug)]
pub struct BugClient {
    program: Program,
    assignment: Assignment,
    running: Option<(EndSignal, Worker)>,
}

impl BugClient {
    /// A client that runs `program`.
    #[must_use]
    pub const fn new(program: Program, assignment: Assignment) -> Self {
        Self { program, assignment, running: None }
    }

    fn worker(&self) -> &Worker {
        &self.running.as_ref().expect("a client is started before it is told anything").1
    }
}

impl Client for BugClient {
    fn start(&mut self) -> Result<(), NotStarted> {
        let Self { program, assignment, .. } = *self;
        let mut client = None;
        let start = || -> io::Result<_> {
            let end = EndSignal::new()?;
            let signal = end.clone();
            let obey = move |operation| obey(&mut client, operation, program, assignment, &signal);
            Ok((end, Worker::start("bug-client", obey)?))
        };
        let running =
            start().map_err(|error| format!("The client with a bug cannot be started: {error}."))?;
        self.running = Some(running);
        Ok(())
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        self.worker().begin(operation)
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.worker().answer_ready()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        self.worker().finish(wait)
    }

    fn end(&mut self) -> Option<String> {
        if let Some((end, worker)) = self.running.take() {
            end.raise();
            worker.join();
        }
        None
    }
}

impl Drop for BugClient {
    fn drop(&mut self) {
        self.end();
    }
}

fn obey(
    client: &mut Option<bug::Client>,
    operation: Operation,
    program: Program,
    assignment: Assignment,
    end: &EndSignal,
) -> Answer {
    match (operation, client.as_mut()) {
        (Operation::Connect { host, port, buffer_size }, _) => {
            let end = end.clone();
            let dial: bug::Dial = Box::new(move || {
                let stream = TcpStream::connect((host.as_str(), port))?;
                Ok(Box::new(Interruptible::new(stream, end.clone())?))
            });
            match bug::Client::connect(program, Assignment { buffer_size, ..assignment }, dial) {
                Ok(connected) => {
                    *client = Some(connected);
                    Answer::Done
                }
                Err(error) => Answer::Error(error.to_string()),
            }
        }
        (_, None) => Answer::Error("not connected".into()),
        (Operation::SendMessage(message), Some(client)) => client.send_message(&message),
        (Operation::ReceiveMessage, Some(client)) => client.receive_message(),
        (Operation::ShutDown, Some(client)) => client.shut_down(),
    }
}
