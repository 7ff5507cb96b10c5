//! What happens in a conversation, and what follows from it for each connection.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{Clock, Ending, Entry, Incoming, Transcript};

/// What happens in a conversation: the transcript, and the state of each connection that follows from it.
///
/// A link adds what comes, the interpreter everything else.
#[derive(Debug)]
pub struct Log<'a> {
    clock: Clock<'a>,
    transcript: Transcript,
    connections: Vec<Incoming<'a>>,
}

impl<'a> Log<'a> {
    /// An empty log, for a conversation that begins.
    #[must_use]
    pub fn new(clock: Clock<'a>) -> Self {
        Self { clock, transcript: Transcript::default(), connections: Vec::new() }
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Adds what happened last.
    pub fn push(&mut self, entry: Entry) {
        self.transcript.push(self.now(), entry);
    }

    /// The transcript. Of a conversation that was broken off, the last entry says so.
    #[must_use]
    pub fn into_transcript(mut self, flow: ControlFlow<()>) -> Transcript {
        if flow.is_break() {
            self.push(Entry::Aborted);
        }
        self.transcript
    }

    /// Everything that has happened until now.
    #[must_use]
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Whether no connection is open at the harness's end.
    #[must_use]
    pub fn are_all_closed(&self) -> bool {
        self.connections.iter().all(Incoming::is_closed)
    }

    /// How many connections were made.
    #[must_use]
    pub const fn connections(&self) -> usize {
        self.connections.len()
    }

    /// A connection was made. Returns its number.
    pub fn record_connected(&mut self) -> usize {
        let connection = self.connections.len();
        self.connections.push(Incoming::default());
        self.push(Entry::Connected { connection });
        connection
    }

    /// The connection with this number, as long as the harness's end of it is open.
    #[must_use]
    pub fn if_open(&mut self, connection: usize) -> Option<&mut Incoming<'a>> {
        self.connections.get_mut(connection).filter(|connection| !connection.is_closed())
    }

    /// The state of a connection that was made.
    ///
    /// # Panics
    ///
    /// Where no connection has this number.
    #[must_use]
    pub fn incoming(&mut self, connection: usize) -> &mut Incoming<'a> {
        &mut self.connections[connection]
    }

    /// How many replies to others the other side may have to make before it comes to this connection: those that have not come
    /// elsewhere, as long as none has come here.
    #[must_use]
    pub fn owed_before(&self, connection: usize) -> usize {
        if self.connections[connection].has_any() {
            return 0;
        }
        let others = self.connections.iter().enumerate().filter(|(other, _)| *other != connection);
        others.map(|(_, incoming)| incoming.missing()).sum()
    }

    /// Bytes have come.
    pub fn record_received(&mut self, connection: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.connections[connection].record(bytes);
            self.transcript.push_received(self.now(), connection, bytes);
        }
    }

    /// The other side has ended a connection.
    pub fn record_ended(&mut self, connection: usize, ending: Ending) {
        if self.connections[connection].record_end(ending) {
            self.push(Entry::Ended { connection, ending });
        }
    }

    /// The harness has closed its end of a connection.
    pub fn record_closed(&mut self, connection: usize) {
        self.connections[connection].close();
    }
}
