//! The reference client and server as targets, in the harness's own process.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::BorrowedFd;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::worker::Worker;
use super::{Client, Endpoint, NotStarted, Server};
use crate::assignment::Assignment;
use crate::conversation::{Answer, Operation};
use crate::reference::{ReferenceClient, ReferenceServer, StopHandle};

/// The reference server, on a thread and a port of its own for each scenario.
#[derive(Debug)]
pub struct BuiltInServer {
    assignment: Assignment,
    running: Option<(StopHandle, JoinHandle<()>)>,
}

impl BuiltInServer {
    /// A server for this assignment.
    #[must_use]
    pub const fn new(assignment: Assignment) -> Self {
        Self { assignment, running: None }
    }
}

impl Server for BuiltInServer {
    fn start(&mut self, _further: usize) -> Result<Endpoint, NotStarted> {
        let start = || -> io::Result<_> {
            let mut server = ReferenceServer::bind((Ipv4Addr::LOCALHOST, 0), self.assignment)?;
            let address = server.local_addr()?;
            let handle = server.stop_handle();
            let thread = thread::Builder::new().name("reference-server".into()).spawn(move || {
                // What goes wrong on the way shows on the wire, where it is judged.
                let _ = server.start();
                server.shutdown();
            })?;
            Ok((address, handle, thread))
        };
        let (address, handle, thread) =
            start().map_err(|error| format!("The built-in server cannot be started: {error}."))?;
        self.running = Some((handle, thread));
        Ok(Endpoint { addresses: vec![address], may_be_starting: false })
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&mut self) -> Result<String, String> {
        if let Some((handle, _)) = &self.running {
            handle.stop();
        }
        Ok("by its stop handle".into())
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn was_killed(&mut self) -> bool {
        false
    }

    fn end(&mut self) -> Option<String> {
        if let Some((handle, thread)) = self.running.take() {
            handle.stop();
            let _ = thread.join();
        }
        None
    }
}

impl Drop for BuiltInServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// The reference client, on a thread of its own for each scenario.
#[derive(Debug)]
pub struct BuiltInClient {
    assignment: Assignment,
    running: Option<Worker>,
}

impl BuiltInClient {
    /// A client for this assignment.
    #[must_use]
    pub const fn new(assignment: Assignment) -> Self {
        Self { assignment, running: None }
    }

    fn worker(&self) -> &Worker {
        self.running.as_ref().expect("a client is started before it is told anything")
    }
}

impl Client for BuiltInClient {
    fn start(&mut self) -> Result<(), NotStarted> {
        let assignment = self.assignment;
        let mut client = None;
        let worker =
            Worker::start("reference-client", move |operation| obey(&mut client, operation, &assignment));
        self.running =
            Some(worker.map_err(|error| format!("The built-in client cannot be started: {error}."))?);
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
        // The thread ends by itself: there is nobody to tell it anything any more.
        self.running = None;
        None
    }
}

fn obey(client: &mut Option<ReferenceClient>, operation: Operation, assignment: &Assignment) -> Answer {
    let raised = |error: &dyn std::fmt::Display| Answer::Error(error.to_string());
    match (operation, client.as_mut()) {
        (Operation::Connect { host, port, buffer_size }, _) => {
            let assignment = Assignment { buffer_size, ..*assignment };
            match ReferenceClient::connect((host.as_str(), port), &assignment) {
                Ok(connected) => {
                    *client = Some(connected);
                    Answer::Done
                }
                Err(error) => raised(&error),
            }
        }
        (_, None) => Answer::Error("not connected".into()),
        (Operation::SendMessage(message), Some(client)) => match client.send_message(&message) {
            Ok(()) => Answer::Done,
            Err(error) => raised(&error),
        },
        (Operation::ReceiveMessage, Some(client)) => match client.receive_message() {
            Ok(payload) => Answer::Received { payload, received: true },
            Err(_) => Answer::Received { payload: String::new(), received: false },
        },
        (Operation::ShutDown, Some(_)) => {
            *client = None;
            Answer::Done
        }
    }
}
