//! What happened while a scenario was played, in order.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::operation::{Answer, Operation};
use crate::delivery::Boundary;
use crate::silence::Silence;
use crate::verdict::HandInFault;

/// How a connection ended, as the harness saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The other side said that it sends no more (FIN).
    Closed,
    /// The other side broke the connection off (RST).
    Reset,
}

/// One thing that happened. Connections are numbered from 0, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// A connection was made.
    Connected {
        /// Its number.
        connection: usize,
    },
    /// The harness could not connect to the server under test.
    NotConnected {
        /// Why not.
        why: ConnectFailure,
    },
    /// The client under test was told to connect, and no connection came.
    NeverConnected {
        /// How long was waited for it.
        silence: Silence,
    },
    /// A connection was made, but no program took it.
    NotAccepted {
        /// Its number.
        connection: usize,
        /// How long was waited for that; nothing where the server stopped listening before.
        silence: Option<Silence>,
    },
    /// The harness sent messages, or, where their number is 0, bytes that are none. Added when the delivery is over, and so
    /// after whatever arrived in the meantime.
    Sent {
        /// On which connection.
        connection: usize,
        /// How many messages.
        messages: usize,
        /// How many bytes they take.
        len: usize,
        /// Into how many pieces they were cut.
        pieces: usize,
        /// How many of the boundaries between them were not seen to end a read of the other side.
        requested: usize,
        /// Why not all of them could be sent.
        undelivered: Option<Undelivered>,
    },
    /// Bytes came from the other side.
    Received {
        /// On which connection.
        connection: usize,
        /// The bytes, as they came.
        #[serde(with = "crate::bytes::latin1")]
        bytes: Vec<u8>,
    },
    /// The harness waited for bytes, or for the end of a connection, and nothing happened.
    Silent {
        /// On which connection.
        connection: usize,
        /// How long.
        silence: Silence,
    },
    /// Bytes kept coming, but what was waited for was not complete after this long.
    Unfinished {
        /// On which connection.
        connection: usize,
        /// How long.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// The other side ended a connection.
    Ended {
        /// Which connection.
        connection: usize,
        /// How.
        ending: Ending,
    },
    /// The server under test was told to stop.
    ToldToStop {
        /// In which way.
        how: String,
    },
    /// The server under test could not be told to stop.
    StopFailed {
        /// Why not, and what the user can do about it.
        why: String,
    },
    /// The server under test itself kept the harness from telling it to stop.
    StopPrevented {
        /// How.
        fault: HandInFault,
    },
    /// A signal that the harness sent ended the server's program, wherever it was just then.
    KilledBySignal,
    /// After the stop, what was seen of the port that the server had listened on.
    PortAfterStop {
        /// How long was waited for the port to be given up.
        silence: Silence,
        /// Whether something still listened on it then.
        listening: bool,
    },
    /// A client under test was told to do something, and this came of it.
    Answered {
        /// What it was told.
        operation: Operation,
        /// What came back.
        answer: Answer,
    },
    /// The side under test waited with a timeout so short that chance would have decided whether what was sent next came in time, and
    /// the harness let it pass first.
    TimeoutPassed {
        /// On which connection.
        connection: usize,
        /// The timeout.
        #[serde(rename = "timeout_ns", with = "crate::nanoseconds")]
        timeout: Duration,
        /// Whether it had ended the connection, or answered what it was told, by then.
        gave_up: bool,
    },
    /// After a claim of a long message, the memory of the server's program was larger.
    MemoryGrew {
        /// By how much, in bytes.
        bytes: u64,
    },
    /// A client under test was told to receive one reply and had read more when it returned.
    ReadAhead {
        /// How many bytes of the replies after that one.
        bytes: usize,
    },
    /// The error that a client under test gives back next is an exception that it did not catch.
    Raised,
    /// A client under test that did not return from an operation had made another connection, unasked.
    ConnectedAgain,
    /// The case was not played further: what should have come next could not come any more.
    Aborted,
    /// Something failed that is the harness's or the machine's business, not the submission's.
    HarnessError {
        /// What.
        why: String,
    },
}

/// Why the harness could not connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ConnectFailure {
    /// Nothing listens at the address.
    Refused {
        /// Another address of this machine at which something listens on the same port.
        elsewhere: Option<String>,
    },
    /// Nothing answered in time.
    NoAnswer,
    /// Something else was in the way.
    System {
        /// The system's reason.
        why: String,
    },
}

/// How far a delivery came that ended before its last piece was sent, and why it went no further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// What stopped it.
    pub obstacle: Obstacle,
    /// How many pieces the other side had read in full, where that is known, or else how many were sent.
    pub done: usize,
    /// How many pieces there were.
    pub pieces: usize,
}

/// What stops a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Obstacle {
    /// The other side closed the connection.
    Closed,
    /// The other side reset the connection.
    Reset,
    /// No program had accepted the connection.
    NotAccepted {
        /// After how long.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// The other side read no more.
    NotRead {
        /// How many bytes lay unread then; `None` where that cannot be seen.
        unread: Option<u64>,
        /// After how long.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// The other side was still reading.
    OutOfTime {
        /// After how long.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
    },
    /// The system failed.
    System {
        /// Its reason.
        why: String,
    },
}

/// Everything that happened, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// When each of them was made, since the start of the conversation.
    times: Vec<Duration>,
}

/// An entry, as it is written.
#[derive(Serialize)]
struct TimedEntry<'a> {
    #[serde(rename = "at_ns", with = "crate::nanoseconds")]
    at: Duration,
    #[serde(flatten)]
    entry: &'a Entry,
}

/// An entry, as it is read.
#[derive(Deserialize)]
struct OwnedTimedEntry {
    #[serde(rename = "at_ns", with = "crate::nanoseconds")]
    at: Duration,
    #[serde(flatten)]
    entry: Entry,
}

impl Serialize for Transcript {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.timed().map(|(at, entry)| TimedEntry { at, entry }))
    }
}

impl<'de> Deserialize<'de> for Transcript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<OwnedTimedEntry>::deserialize(deserializer)?;
        let (times, entries) = entries.into_iter().map(|OwnedTimedEntry { at, entry }| (at, entry)).unzip();
        Ok(Self { entries, times })
    }
}

impl From<Vec<Entry>> for Transcript {
    /// Where nothing has taken any time.
    fn from(entries: Vec<Entry>) -> Self {
        Self { times: vec![Duration::ZERO; entries.len()], entries }
    }
}

impl Entry {
    /// That in which the side under test was awaited in vain, if it was.
    pub(crate) const fn silence(&self) -> Option<Silence> {
        match self {
            Self::Silent { silence, .. } | Self::Answered { answer: Answer::Silent(silence), .. } => {
                Some(*silence)
            }
            _ => None,
        }
    }
}

impl Transcript {
    /// Adds what happened last, so long after the start of the conversation.
    pub fn push(&mut self, at: Duration, entry: Entry) {
        self.entries.push(entry);
        self.times.push(at);
    }

    /// The entries, oldest first, each with how long after the start of the conversation it was made. Of bytes that
    /// came little by little it is the time of the first.
    pub fn timed(&self) -> impl Iterator<Item = (Duration, &Entry)> {
        self.times.iter().copied().zip(&self.entries)
    }

    /// Adds bytes that came on a connection. What follows bytes on the same connection is put together with them.
    pub fn push_received(&mut self, at: Duration, connection: usize, bytes: &[u8]) {
        match self.entries.last_mut() {
            Some(Entry::Received { connection: last, bytes: earlier }) if *last == connection => {
                earlier.extend_from_slice(bytes);
            }
            _ => self.push(at, Entry::Received { connection, bytes: bytes.to_vec() }),
        }
    }

    /// All bytes that came on a connection: a copy only where they did not come in one go.
    #[must_use]
    pub fn received(&self, connection: usize) -> Cow<'_, [u8]> {
        let mut all: Cow<'_, [u8]> = Cow::default();
        for entry in &self.entries {
            if let Entry::Received { connection: on, bytes } = entry
                && *on == connection
            {
                if all.is_empty() {
                    all = Cow::Borrowed(bytes.as_slice());
                } else {
                    all.to_mut().extend_from_slice(bytes);
                }
            }
        }
        all
    }

    /// The weakest of what is known of the cuts in what the harness sent: [`Boundary::Unconfirmed`] if that is known of any. `None`
    /// where nothing was cut.
    #[must_use]
    pub fn weakest_boundary(&self) -> Option<Boundary> {
        let sends = self.entries.iter().filter_map(|entry| match entry {
            Entry::Sent { pieces, requested, .. } if *pieces > 1 => Some(*requested),
            _ => None,
        });
        Boundary::weakest(
            sends.map(|requested| if requested == 0 { Boundary::Confirmed } else { Boundary::Unconfirmed }),
        )
    }

    /// Whether the server took no connection at all, not even the first.
    #[must_use]
    pub fn never_connected(&self) -> bool {
        self.entries.iter().all(|entry| match entry {
            Entry::Connected { connection } => {
                let not_taken = |entry: &Entry| {
                    matches!(entry, Entry::NotAccepted { connection: not, .. } if not == connection)
                };
                self.entries.iter().any(not_taken)
            }
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_one_connection_are_put_together_in_order() {
        let mut transcript = Transcript::default();
        for (at, (connection, bytes)) in [(0, "a"), (0, "b"), (1, "x"), (0, "c")].into_iter().enumerate() {
            transcript.push_received(Duration::from_secs(at as u64), connection, bytes.as_bytes());
        }
        assert_eq!(transcript.entries.len(), 3);
        assert_eq!(transcript.timed().map(|(at, _)| at.as_secs()).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(*transcript.received(0), *b"abc");
        assert_eq!(*transcript.received(1), *b"x");
        assert_eq!(*transcript.received(2), *b"");
    }
}
