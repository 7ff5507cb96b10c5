//! The reference server and client over real sockets, and as programs.
//!
//! Whatever is waited for has an event; [`DEADLINE`] only turns a wait that would not end into a failure.

mod programs;
mod receiving;
mod serving;
mod stopping;

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use lengthwise::{Assignment, ReferenceClient, ReferenceServer, StopHandle};
use socket2::SockRef;

/// Longer than anything here takes, on however busy a machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// A reply to this does not fit into the buffers between a server and a client that does not read it.
const LONGER_THAN_BUFFERS: usize = 32 << 20;

/// A host that nothing but one test uses, so that nobody else takes a port there as soon as it is free.
///
/// All of 127.0.0.0/8 is this machine's, and connections start from 127.0.0.1 wherever there they go.
fn host_of_its_own(number: u8) -> IpAddr {
    [127, 0, 36, number].into()
}

/// A server that runs in a thread of its own.
struct Running {
    address: SocketAddr,
    stop: StopHandle,
    ended: Receiver<(io::Result<()>, ReferenceServer)>,
}

impl Running {
    fn start(mut server: ReferenceServer) -> Self {
        let (address, stop) = (server.local_addr().unwrap(), server.stop_handle());
        let (tell, ended) = channel();
        // Nobody waits for it where the test has failed before.
        thread::spawn(move || drop(tell.send((server.start(), server))));
        Self { address, stop, ended }
    }

    fn connect(&self) -> ReferenceClient {
        connect(self.address)
    }

    /// A client that is being sent a reply longer than the buffers, and does not read it.
    fn connect_and_leave_unread(&self) -> ReferenceClient {
        let mut client = self.connect();
        client.send_message(&"m".repeat(LONGER_THAN_BUFFERS)).unwrap();
        client.get_ref().peek(&mut [0]).unwrap();
        client
    }

    /// Serves a new client, which tells that the server did not end with those before.
    #[track_caller]
    fn serves(&self) {
        round_trip(&mut self.connect(), "0123456789next");
    }

    /// Stops the server, and returns it when it has ended.
    #[track_caller]
    fn stop(&self) -> ReferenceServer {
        self.stop.stop();
        let (outcome, server) =
            self.ended.recv_timeout(DEADLINE).expect("a server that is told to stop ends");
        outcome.unwrap();
        server
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

fn bind() -> ReferenceServer {
    ReferenceServer::bind("127.0.0.1:0", Assignment::default()).unwrap()
}

fn server() -> Running {
    Running::start(bind())
}

fn connect(address: SocketAddr) -> ReferenceClient {
    let client = ReferenceClient::connect(address, &Assignment::default()).unwrap();
    client.get_ref().set_read_timeout(Some(DEADLINE)).unwrap();
    client.get_ref().set_write_timeout(Some(DEADLINE)).unwrap();
    client
}

/// Sends `message` and receives its reply.
#[track_caller]
fn round_trip(client: &mut ReferenceClient, message: &str) {
    client.send_message(message).unwrap();
    assert_reply(client, message);
}

/// Receives the reply to `message`, all of which is in ASCII.
#[track_caller]
fn assert_reply(client: &mut ReferenceClient, message: &str) {
    assert!(client.receive_message().unwrap() == message[message.len().min(10)..], "another reply came");
}

/// Sends what may be anything.
fn send_bytes(client: &ReferenceClient, bytes: &[u8]) {
    client.get_ref().write_all(bytes).unwrap();
}

/// Leaves with a reset instead of a close.
fn reset(client: ReferenceClient) {
    SockRef::from(client.get_ref()).set_linger(Some(Duration::ZERO)).unwrap();
    client.shutdown();
}
