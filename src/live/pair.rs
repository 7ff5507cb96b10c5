//! The link between a client and a server under test: each of them is connected to the harness, which passes on what they
//! send.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};

use super::client::{ClientUnderTest, listen, not_taken};
use super::deadline::Deadline;
use super::ending;
use super::relay::Relay;
use super::server::connect;
use super::{Timing, shutdown};
use crate::conversation::{Answer, Entry, Log, NotStopped, Operation, PairLink, WaitOutcome};
use crate::limits::longest_message_chars;
use crate::os::silence::ConnectionAddresses;
use crate::os::wait::wait_until;
use crate::scenario::Reading;
use crate::target::{RunningClient, RunningServer};

/// How many of the longest messages are held at most: a program that sends without end must not fill the memory.
const HELD_MESSAGES_MAX: usize = 8;

pub(super) struct LivePairLink<'a> {
    server: &'a mut dyn RunningServer,
    client: ClientUnderTest<'a>,
    buffer_size: usize,
    timing: &'a mut Timing,
    listener: TcpListener,
    address: SocketAddr,
    /// A connection to the server that was made for the client which is about to connect.
    next: Option<TcpStream>,
    /// Those of all clients, the last one's last.
    relays: Vec<Relay>,
    /// What the harness could not do, until it is noted.
    failure: Option<Entry>,
}

/// What is passed on while the harness waits; the rest is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passes {
    Nothing,
    /// What there is on connections that the client has ended: it may wait for the server to end them, too.
    AfterEnd,
    ToServer,
    Everything,
}

impl<'a> LivePairLink<'a> {
    /// Starts to listen for the client.
    ///
    /// # Errors
    ///
    /// What to note where that is not possible.
    pub(super) fn new(
        buffer_size: usize,
        server: &'a mut dyn RunningServer,
        client: &'a mut dyn RunningClient,
        timing: &'a mut Timing,
    ) -> Result<Self, Entry> {
        let listener = listen(Reading::AtOnce)
            .and_then(|listener| Ok((listener.local_addr()?, listener)))
            .map_err(|error| harness_error(&error));
        let (address, listener) = listener?;
        let client = ClientUnderTest::new(client);
        let (next, relays, failure) = (None, Vec::new(), None);
        Ok(Self { server, client, buffer_size, timing, listener, address, next, relays, failure })
    }

    /// Takes a connection of the client, if there is one. Tells whether there was.
    fn accept(&mut self) -> bool {
        let client = match self.listener.accept() {
            Ok((client, _)) => client,
            Err(error) => {
                if error.kind() != io::ErrorKind::WouldBlock {
                    self.fail(&error);
                }
                return false;
            }
        };
        match self.next.take().or_else(|| self.connect_to_server()) {
            Some(server) => match Relay::new(client, server) {
                Ok(relay) => self.relays.push(relay),
                Err(error) => self.fail(&error),
            },
            // A client whose server is gone is let go, too.
            None => ending::close(client),
        }
        true
    }

    fn fail(&mut self, error: &io::Error) {
        self.failure.get_or_insert_with(|| not_taken(error));
    }

    /// A new connection to the server; nothing where that takes none.
    fn connect_to_server(&mut self) -> Option<TcpStream> {
        let endpoint = self.server.endpoint();
        match connect(endpoint, Reading::AtOnce, self.timing) {
            Ok(socket) => Some(socket.into()),
            Err(error) => {
                // That the server takes none its client has to find out for itself.
                let why = shutdown::not_connected(&error, endpoint, self.timing);
                if let Entry::HarnessError { .. } = why {
                    self.failure.get_or_insert(why);
                }
                None
            }
        }
    }

    const fn held_max(&self) -> usize {
        HELD_MESSAGES_MAX * longest_message_chars(self.buffer_size)
    }

    /// Takes and passes on what there is. Tells whether there was anything.
    fn pump(&mut self, passes: Passes) -> bool {
        let held_max = self.held_max();
        let mut has_moved = false;
        for relay in &mut self.relays {
            has_moved |= relay.take(held_max);
            let (to_server, to_client) = match passes {
                Passes::Nothing => (false, false),
                Passes::AfterEnd => (relay.client.has_ended(), relay.client.has_ended()),
                Passes::ToServer => (true, false),
                Passes::Everything => (true, true),
            };
            has_moved |= to_server && relay.pass_to_server();
            has_moved |= to_client && relay.pass_to_client();
        }
        has_moved
    }

    fn open_ends(&self) -> Vec<ConnectionAddresses> {
        self.relays.iter().flat_map(Relay::open_ends).collect()
    }

    /// Waits for the client's answer.
    fn await_answer(&mut self, passes: Passes) -> WaitOutcome {
        let mut deadline = Deadline::on_all(self.open_ends(), self.timing);
        loop {
            if self.accept() | self.pump(passes) {
                deadline.progress();
                deadline.watch(self.open_ends());
            }
            if self.client.has_answered() {
                return WaitOutcome::Complete;
            }
            if self.failure.is_some() {
                // What the client waits for will not come, which is not its fault.
                return WaitOutcome::Unfinished(self.timing.deadline);
            }
            if let Some(expired) = self.client.expired(&mut deadline) {
                return expired;
            }
            let held_max = self.held_max();
            let passes = passes == Passes::Everything;
            let relayed = self.relays.iter().flat_map(|relay| relay.pollable(held_max, passes));
            let listener = PollFd::new(&self.listener, PollFlags::IN);
            self.client.wait(relayed.chain([listener]), &deadline);
        }
    }

    /// Waits for the connection of a client that says it has one: on a busy machine it may be there only a moment later.
    fn take_connection(&mut self) {
        // It cannot fail: no look does. A client that has made none is not blamed for that here.
        let _ = wait_until(Instant::now() + self.timing.trailing(), || {
            self.accept();
            Ok((self.next.is_none() || self.failure.is_some()).then_some(()))
        });
    }

    /// Takes what the client has sent until now.
    fn take_sent(&mut self) {
        // An error here means no more than that the table cannot tell.
        let _ = wait_until(Instant::now() + self.timing.trailing(), || {
            self.accept();
            let has_sent_all = self.relays.iter().all(|relay| relay.client.has_sent_all(self.timing));
            self.pump(Passes::Nothing);
            Ok(has_sent_all.then_some(()))
        });
    }
}

fn harness_error(error: &io::Error) -> Entry {
    Entry::HarnessError { why: format!("The harness could not listen for the client: {error}.") }
}

impl PairLink for LivePairLink<'_> {
    fn connect_operation(&mut self) -> Operation {
        self.next = self.connect_to_server();
        // The client meets what the harness has met.
        let address = if self.next.is_some() { self.address } else { self.server.endpoint().addresses[0] };
        Operation::Connect {
            host: address.ip().to_string(),
            port: address.port(),
            buffer_size: self.buffer_size,
        }
    }

    fn ask(&mut self, operation: &Operation, log: &mut Log<'_>) -> Answer {
        // Replies that have come are there before the client looks for them.
        let passes = match operation {
            Operation::ReceiveMessage => Passes::Everything,
            Operation::Connect { .. } | Operation::SendMessage(_) => Passes::Nothing,
            Operation::ShutDown => Passes::AfterEnd,
        };
        self.pump(passes);
        self.client.begin(operation);
        let outcome = self.await_answer(passes);
        let is_connected = outcome == WaitOutcome::Complete && !self.client.has_failed();
        if is_connected && matches!(operation, Operation::Connect { .. }) {
            self.take_connection();
        }
        self.take_sent();
        self.failure.take().into_iter().for_each(|failure| log.push(failure));
        self.client.take_after(outcome, self.timing, log)
    }

    fn pass_on(&mut self) {
        let mut deadline = Deadline::on_all(self.open_ends(), self.timing).for_reaction(self.timing);
        // The same.
        let _ = wait_until(self.timing.latest(), || {
            let is_idle = self.relays.iter().all(|relay| relay.server.is_idle(self.timing));
            if self.pump(Passes::ToServer) {
                deadline.progress();
                deadline.watch(self.open_ends());
                return Ok(None);
            }
            Ok((is_idle || deadline.expired().is_some()).then_some(()))
        });
    }

    fn stop_server(&mut self) -> Result<String, NotStopped> {
        shutdown::stop(self.server, self.timing)
    }
}
