//! The reference client and server on threads.

use std::fmt::Display;
use std::io;
use std::net::Ipv4Addr;
use std::thread;

use super::{Server, Tid};
use crate::assignment::Assignment;
use crate::conversation::{Answer, Operation};
use crate::reference::{ReferenceClient, ReferenceServer};

/// Starts the server, at a port of its own.
pub(super) fn serve(assignment: Assignment) -> io::Result<Server> {
    let mut server = ReferenceServer::bind((Ipv4Addr::LOCALHOST, 0), assignment)?;
    let address = server.local_addr()?;
    let handle = server.stop_handle();
    let tid = Tid::default();
    let own_tid = tid.clone();
    let thread = thread::Builder::new().name("reference-server".into()).spawn(move || {
        own_tid.set();
        // What goes wrong on the way shows on the wire, where it is judged.
        let _ = server.start();
        server.shutdown();
    })?;
    let stop = handle.clone();
    Ok(Server {
        endpoint: Server::endpoint(address),
        stop: Box::new(move || stop.stop()),
        stopped_by: "by its stop handle",
        end: Box::new(move || handle.stop()),
        thread: Some(thread),
        tid,
    })
}

/// A client that obeys one operation after the other.
pub(super) fn client(assignment: Assignment) -> impl FnMut(Operation) -> Answer + Send + 'static {
    let mut client = None;
    move |operation| obey(&mut client, operation, &assignment)
}

fn obey(client: &mut Option<ReferenceClient>, operation: Operation, assignment: &Assignment) -> Answer {
    let failed = |error: &dyn Display| Answer::Error(error.to_string());
    match (operation, client.as_mut()) {
        (Operation::Connect { host, port, buffer_size }, _) => {
            let assignment = Assignment { buffer_size, ..*assignment };
            match ReferenceClient::connect((host.as_str(), port), &assignment) {
                Ok(connected) => {
                    *client = Some(connected);
                    Answer::Done
                }
                Err(error) => failed(&error),
            }
        }
        (_, None) => Answer::Error("not connected".into()),
        (Operation::SendMessage(message), Some(client)) => match client.send_message(&message) {
            Ok(()) => Answer::Done,
            Err(error) => failed(&error),
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
