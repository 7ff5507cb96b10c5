//! The link between a client and a server under test.

use super::client::ClientUnderTest;
use super::deadline::Deadline;
use super::{Timing, shutdown};
use crate::conversation::{Answer, Log, Operation, PairLink};
use crate::target::{RunningClient, RunningServer};

pub(super) struct LivePairLink<'a> {
    server: &'a mut dyn RunningServer,
    client: ClientUnderTest<'a>,
    buffer_size: usize,
    timing: &'a mut Timing,
}

impl<'a> LivePairLink<'a> {
    pub(super) fn new(
        buffer_size: usize,
        server: &'a mut dyn RunningServer,
        client: &'a mut dyn RunningClient,
        timing: &'a mut Timing,
    ) -> Self {
        Self { server, client: ClientUnderTest::new(client), buffer_size, timing }
    }
}

impl PairLink for LivePairLink<'_> {
    fn connect_operation(&self) -> Operation {
        let address = self.server.endpoint().addresses[0];
        Operation::Connect {
            host: address.ip().to_string(),
            port: address.port(),
            buffer_size: self.buffer_size,
        }
    }

    fn ask(&mut self, operation: &Operation, log: &mut Log<'_>) -> Answer {
        self.client.begin(operation);
        let port = self.server.endpoint().addresses[0].port();
        self.client.answer(Deadline::of_pair(port, self.timing), self.timing, log).0
    }

    fn stop_server(&mut self) -> Result<String, String> {
        shutdown::stop(self.server, self.timing)
    }
}
