//! What is compared of two transcripts: every byte, every answer, and how it ended.

use crate::conversation::{Answer, Ending, Entry, Malformation, Operation, Transcript};
use crate::limits::UNEXPECTED_LEN_MAX;
use crate::scenario::{Action, Case};
use crate::side::Side;

/// A reset loses nothing of what was sent in one go: only where more than so many bytes came is it possible.
const LOST_MIN: usize = 1000;

/// What a program did, as far as it depends on the program alone.
#[derive(Debug)]
pub(super) struct Trace {
    connections: Vec<Strand>,
    answers: Vec<Response>,
    connected_again: bool,
    finish: Finish,
}

/// What came on a connection.
#[derive(Debug, Default)]
struct Strand {
    bytes: Vec<u8>,
    /// Whether how far it got depends on who was faster.
    is_race: bool,
    /// Whether it was reset, so that what came last may have been lost.
    was_reset: bool,
    has_ended: bool,
}

impl Strand {
    /// Whether `predicted` can have come out as this.
    fn is_seen_of(&self, predicted: &Self) -> bool {
        let (seen, predicted_bytes) = (&self.bytes, &predicted.bytes);
        let is_long = seen.len().min(predicted_bytes.len()) >= UNEXPECTED_LEN_MAX;
        let is_race = self.is_race || predicted.is_race || is_long;
        let may_lack = is_race || self.was_reset && seen.len() >= LOST_MIN;
        seen == predicted_bytes
            || may_lack && predicted_bytes.starts_with(seen)
            || is_race && seen.starts_with(predicted_bytes)
    }
}

/// What an operation of a client came to.
#[derive(Debug, PartialEq, Eq)]
enum Response {
    Done,
    Received(String, bool),
    /// With whatever text: that is different in every language.
    Raised,
    Malformed(Malformation),
    Silent,
    Gone,
}

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
enum Finish {
    /// It was played to its end, and then nothing, or something, listened on the port.
    Played { listening: bool },
    /// Nobody listened any more.
    Refused,
    /// A connection was not taken, though somebody listened.
    NotTaken,
    /// What should have come did not.
    Silent,
    /// Something else came, or the end. Which of the two is seen first of a side that is wrong and then closes depends
    /// on who is faster, and the bytes tell them apart.
    Wrong,
}

impl Trace {
    pub(super) fn new(case: &Case, side: Side, transcript: &Transcript) -> Self {
        let mut connections: Vec<Strand> = Vec::new();
        let mut races = races(case, side).into_iter();
        let mut connected_again = false;
        for entry in &transcript.entries {
            match entry {
                Entry::Connected { connection } => connections.push(Strand {
                    bytes: transcript.received(*connection).into_owned(),
                    is_race: races.next().unwrap_or_default(),
                    ..Strand::default()
                }),
                Entry::Ended { connection, ending } => {
                    if let Some(strand) = connections.get_mut(*connection) {
                        strand.has_ended = true;
                        strand.was_reset = *ending == Ending::Reset;
                    }
                }
                Entry::ConnectedAgain => connected_again = true,
                _ => {}
            }
        }
        Self {
            connections,
            answers: transcript.entries.iter().filter_map(response).collect(),
            connected_again,
            finish: finish(transcript),
        }
    }

    /// Whether `predicted` can have come out as this.
    pub(super) fn is_seen_of(&self, predicted: &Self) -> bool {
        // A connection that was made and brought nothing is as good as none.
        let none = Strand::default();
        let number = self.connections.len().max(predicted.connections.len());
        self.answers == predicted.answers
            && self.connected_again == predicted.connected_again
            && self.finish == predicted.finish
            && (0..number).all(|number| {
                let [seen, predicted] = [self, predicted].map(|trace| trace.connections.get(number));
                seen.unwrap_or(&none).is_seen_of(predicted.unwrap_or(&none))
            })
    }

    /// Whether each can have come out as the other.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.is_seen_of(other) && other.is_seen_of(self)
    }

    /// Whether the other side has ended the same connections. Those that are right differ here: some keep a
    /// connection that their client has left until the next one comes.
    pub(super) fn ends_like(&self, predicted: &Self) -> bool {
        let ended =
            |trace: &Self| -> Vec<bool> { trace.connections.iter().map(|one| one.has_ended).collect() };
        ended(self) == ended(predicted)
    }

    /// Whether something was waited for in vain.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.finish, Finish::Silent | Finish::NotTaken) || self.answers.contains(&Response::Silent)
    }

    /// How many bytes came on the last connection.
    pub(super) fn last_len(&self) -> usize {
        self.connections.last().map_or(0, |strand| strand.bytes.len())
    }
}

/// For each connection, whether the harness leaves it, or tells the server to stop, while the server may still send.
fn races(case: &Case, side: Side) -> Vec<bool> {
    let mut races = Vec::new();
    let mut turn = 0;
    for action in case.actions.iter().filter(|_| side == Side::Server) {
        match action {
            Action::Connect => {
                turn = races.len();
                races.push(false);
            }
            Action::SwitchClient { client } => {
                turn = *client;
                races.fill(true);
            }
            Action::ResetClient { .. } | Action::CloseUnread | Action::StopServer => {
                if let Some(race) = races.get_mut(turn) {
                    *race = true;
                }
            }
            _ => {}
        }
    }
    races
}

fn response(entry: &Entry) -> Option<Response> {
    let Entry::Answered { operation, answer } = entry else { return None };
    // A client is left waiting with a long message that is seen to be wrong before it is all sent.
    let is_long = matches!(operation, Operation::SendMessage(message) if message.len() > UNEXPECTED_LEN_MAX);
    Some(match answer {
        Answer::Silent(_) if is_long => Response::Done,
        Answer::Done => Response::Done,
        Answer::Received { payload, received } => Response::Received(payload.clone(), *received),
        Answer::Error(_) => Response::Raised,
        Answer::Malformed(kind, _) => Response::Malformed(*kind),
        Answer::Silent(_) => Response::Silent,
        Answer::Exited(_) => Response::Gone,
    })
}

fn finish(transcript: &Transcript) -> Finish {
    let entries = &transcript.entries;
    if !matches!(entries.last(), Some(Entry::Aborted)) {
        let listening = |entry: &Entry| matches!(entry, Entry::PortAfterStop { listening: true, .. });
        return Finish::Played { listening: entries.iter().any(listening) };
    }
    let mut silent = false;
    for entry in entries.iter().rev().skip(1) {
        return match entry {
            Entry::NotConnected { .. } | Entry::NeverConnected { .. } => Finish::Refused,
            Entry::NotAccepted { connection, .. } => {
                let waited =
                    |entry: &Entry| matches!(entry, Entry::Silent { connection: on, .. } if on == connection);
                if entries.iter().any(waited) { Finish::NotTaken } else { Finish::Refused }
            }
            Entry::Silent { .. } | Entry::Unfinished { .. } => {
                silent = true;
                continue;
            }
            _ if silent => Finish::Silent,
            // What was sent last is noted after what came meanwhile.
            Entry::Sent { .. } | Entry::ConnectedAgain => continue,
            _ => Finish::Wrong,
        };
    }
    if silent { Finish::Silent } else { Finish::Wrong }
}
