//! A client that has still to be told what to do is not given up, whatever it is blocked in until then.

use std::cell::Cell;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use rustix::thread::gettid;

use super::client::OperationState;
use super::connection::Connection;
use super::*;
use crate::conversation::{Log, Outgoing};
use crate::scenario::Reading;

/// More than the buffers of a connection hold.
const LONG: usize = 32 << 20;

/// How often the harness asks whether the client has been told, until it has: it could have proven by then, many times over,
/// that nothing will come.
const ASKED: u32 = 100;

/// A thread that receives nothing before it is told to.
struct Client {
    thread: JoinHandle<usize>,
    command: Cell<Option<PipeWriter>>,
    asked: Cell<u32>,
    timing: Timing,
    connection: Connection,
}

impl Client {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (input, command) = pipe().unwrap();
        let (sender, tid) = channel();
        let thread = thread::spawn(move || {
            sender.send(gettid()).unwrap();
            receive_once_told(input, TcpStream::connect(address).unwrap())
        });
        let (stream, _) = listener.accept().unwrap();
        let deadline = Duration::from_secs(20);
        let turn = Turn::new(&Turns::new(1), false);
        let mut timing = Timing::new(deadline, true, Arc::default(), turn);
        timing.roots.threads = vec![tid.recv().unwrap().as_raw_pid().try_into().unwrap()];
        let connection = Connection::new(stream, 0, Reading::AtOnce, &timing).unwrap();
        Self { thread, command: Cell::new(Some(command)), asked: Cell::new(0), timing, connection }
    }

    /// Tells the client at last, once this has been asked often enough.
    fn is_told(command: &Cell<Option<PipeWriter>>, asked: &Cell<u32>) -> bool {
        asked.set(asked.get() + 1);
        if asked.get() < ASKED {
            return false;
        }
        if let Some(mut command) = command.take() {
            command.write_all(b"receive\n").unwrap();
        }
        true
    }
}

/// Returns how many bytes came.
fn receive_once_told(mut input: PipeReader, mut stream: TcpStream) -> usize {
    input.read_exact(&mut [0; 8]).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    received.len()
}

#[test]
fn what_is_sent_to_a_client_that_is_told_late_is_delivered() {
    let Client { thread, command, asked, mut timing, mut connection } = Client::start();
    let mut log = Log::new(Clock::STILL);
    log.record_connected();
    let message = vec![b'x'; LONG];
    let pieces = [&message[..]];
    let is_told = || Client::is_told(&command, &asked);
    let outcome = connection.deliver(Outgoing::pieces(&pieces), is_told, &mut timing, &mut log);
    assert_eq!(outcome.undelivered, None);
    drop(connection);
    assert_eq!(thread.join().unwrap(), LONG);
}

#[test]
fn a_pause_does_not_end_before_a_client_is_told() {
    let Client { thread, command, asked, mut timing, mut connection } = Client::start();
    let mut log = Log::new(Clock::STILL);
    log.record_connected();
    let operation = || match Client::is_told(&command, &asked) {
        true => OperationState::UnderWay,
        false => OperationState::NotTold,
    };
    connection.pause(operation, &mut timing, &mut log);
    assert!(asked.get() >= ASKED, "it ended after {} looks", asked.get());
    drop(connection);
    assert_eq!(thread.join().unwrap(), 0);
}
