//! Programs of the [`bug`] catalogue on threads.
//!
//! They hang, spin and die as their mistakes make them, but only ever inside an operation on a socket that can be
//! interrupted, so that none of their threads outlives the scenario.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::PollFlags;

use super::interruptible::{EndSignal, Interruptible};
use super::{Server, Tid};
use crate::assignment::Assignment;
use crate::bug::{self, Next, Program};
use crate::conversation::{Answer, Operation};

/// Starts `program` as a server, at a port of its own.
pub(super) fn serve(program: Program, assignment: Assignment) -> io::Result<Server> {
    let mut server = bug::Server::new(program, assignment);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let keep_running = Arc::new(AtomicBool::new(true));
    let (stop, end) = (EndSignal::new()?, EndSignal::new()?);
    let orders = Orders {
        keep_running: Arc::clone(&keep_running),
        stop: stop.clone(),
        end: end.clone(),
        timeout: program.timeout(),
    };
    let tid = Tid::default();
    let own_tid = tid.clone();
    let thread = thread::Builder::new().name("bug-server".into()).spawn(move || {
        own_tid.set();
        // It returns nothing but the reason why it was ended.
        let _ = serve_all(&mut server, listener, &orders);
    })?;
    Ok(Server {
        endpoint: Server::endpoint(address),
        stop: Box::new(move || {
            keep_running.store(false, Ordering::Release);
            stop.raise();
        }),
        stopped_by: "by its keep_running",
        end: Box::new(move || end.raise()),
        thread: Some(thread),
        tid,
    })
}

/// What a server is told while it runs.
struct Orders {
    keep_running: Arc<AtomicBool>,
    /// Wakes the server while it waits for a client.
    stop: EndSignal,
    end: EndSignal,
    timeout: Option<Duration>,
}

/// Serves one client after another until the program ends on its own, or is ended, which is the error.
fn serve_all(server: &mut bug::Server, listener: TcpListener, orders: &Orders) -> io::Result<()> {
    let Orders { keep_running, stop, end, timeout } = orders;
    let mut told_to_stop = false;
    let mut forgotten = None;
    loop {
        let mut client = None;
        let idle_timeout = server.idle_timeout();
        let next = if !told_to_stop && end.wait_for_either(&listener, stop, idle_timeout)? {
            told_to_stop = true;
            server.stops_without_client()
        } else {
            if idle_timeout.is_none() {
                end.wait_for(&listener, PollFlags::IN)?;
            }
            match listener.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && idle_timeout.is_some() => {
                    server.when_idle()
                }
                Ok((stream, _)) => {
                    drop(forgotten.take());
                    let stream = client.insert(Interruptible::new(stream, end.clone(), *timeout)?);
                    server.serve(stream, &|| keep_running.load(Ordering::Acquire))
                }
                // A client that was there is gone again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Next::Client,
                Err(error) => return Err(error),
            }
        };
        match next {
            Next::Client => forgotten = client.filter(|_| server.keeps_connection(next)),
            Next::Nobody => {
                // A client that sees the end of its connection finds the port free.
                drop(listener);
                drop(client);
                return Ok(());
            }
            Next::NobodyWhileListening => {
                drop(client);
                end.do_nothing()?;
            }
            Next::NobodyWhileConnected => {
                drop(listener);
                end.wait_for_end()?;
                return Ok(());
            }
            Next::Nothing => end.wait_for_end()?,
        }
    }
}

/// `program` as a client that obeys one operation after the other, until `end` is raised.
pub(super) fn client(
    program: Program,
    assignment: Assignment,
    end: EndSignal,
) -> impl FnMut(Operation) -> Answer + Send + 'static {
    let mut client = None;
    move |operation| obey(&mut client, operation, program, assignment, &end)
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
                Ok(Box::new(Interruptible::new(stream, end.clone(), program.timeout())?))
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
