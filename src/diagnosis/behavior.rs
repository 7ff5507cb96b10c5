//! What is compared of two transcripts: every byte, every answer, and how the case ended.

use crate::conversation::{Answer, Ending, Entry, Malformation, Operation, Transcript};
use crate::limits::UNEXPECTED_LEN_MAX;
use crate::scenario::{Action, Case, CloseMode, Malformed};
use crate::side::Side;
use crate::silence::{BlockedIn, KnownBy};

/// A reset loses nothing of what was sent in one go, so that something can be missing only after this many bytes.
const LOST_MIN: usize = 1000;

/// What a program did, as far as it depends on nothing but the program.
#[derive(Debug)]
pub(super) struct Behavior {
    pub(super) connections: Vec<ConnectionBehavior>,
    pub(super) answers: Vec<Response>,
    connected_again: bool,
    finish: Finish,
    /// How it is known that nothing more came, where something was awaited in vain at last.
    silence: Option<KnownBy>,
}

/// What a program did on a connection.
#[derive(Debug, Default)]
pub(super) struct ConnectionBehavior {
    pub(super) bytes: Vec<u8>,
    /// Whether it depends on who was faster how far it got.
    pub(super) is_race: bool,
    /// Whether a payload came there that is no text, which every language makes something else of.
    has_no_text: bool,
    /// Whether it was reset, so that what came last may have been lost.
    was_reset: bool,
    has_ended: bool,
}

impl ConnectionBehavior {
    /// The same, up to so many bytes.
    pub(super) fn cut_to(&self, len: usize) -> Self {
        Self { bytes: self.bytes[..len].to_vec(), ..*self }
    }

    /// Whether what was observed may be what was `predicted`.
    pub(super) fn consistent_with(&self, predicted: &Self) -> bool {
        let (observed, predicted_bytes) = (&self.bytes, &predicted.bytes);
        let is_long = observed.len().min(predicted_bytes.len()) >= UNEXPECTED_LEN_MAX;
        let is_race = self.is_race || predicted.is_race || is_long;
        let may_lack = is_race || self.was_reset && observed.len() >= LOST_MIN;
        if predicted.has_no_text {
            return true;
        }
        observed == predicted_bytes
            || may_lack && predicted_bytes.starts_with(observed)
            || is_race && observed.starts_with(predicted_bytes)
    }
}

/// How an operation of a client ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response {
    Done,
    Received(String, bool),
    /// Whatever its text, which is different in every language.
    Error,
    Malformed(Malformation),
    Silent,
    Exited,
}

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
enum Finish {
    /// It was played to its end. Where a server was told to stop, it was looked at its port then.
    Played { port: Port },
    /// Nobody was listening any more.
    Refused,
    /// A connection was not accepted, although the port was listening.
    NotAccepted,
    /// What should have come did not.
    Silent,
    /// Something else came, or the end of the connection. If a side does something wrong and then closes, it depends on
    /// which side is faster which of the two is noticed first; the bytes tell them apart.
    Wrong,
}

/// What was to be seen of a server's port once it had been told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    /// Nobody listened there, or it was not looked.
    Free,
    /// Something listened there, for whatever reason.
    Held,
    /// The server still waited for clients or for what they send: it had not stopped.
    HeldByRunning,
    /// The server had stopped.
    HeldByStopped,
}

impl Port {
    const fn of(entry: &Entry) -> Option<Self> {
        let Entry::PortAfterStop { listening: true, silence } = entry else { return None };
        Some(match silence.known_by {
            KnownBy::Blocked(BlockedIn::Command) => Self::HeldByStopped,
            KnownBy::Blocked(
                BlockedIn::Accept | BlockedIn::Recv | BlockedIn::RecvElsewhere | BlockedIn::Poll,
            ) => Self::HeldByRunning,
            KnownBy::Blocked(_) | KnownBy::Deadline | KnownBy::Spinning => Self::Held,
        })
    }

    /// Whether what was seen may be what was `predicted`.
    fn may_be(self, predicted: Self) -> bool {
        match (self, predicted) {
            (Self::Free, _) | (_, Self::Free) => self == predicted,
            (Self::HeldByRunning, Self::HeldByStopped) | (Self::HeldByStopped, Self::HeldByRunning) => false,
            _ => true,
        }
    }
}

impl Finish {
    fn may_be(&self, predicted: &Self) -> bool {
        match (self, predicted) {
            (Self::Played { port }, Self::Played { port: predicted }) => port.may_be(*predicted),
            _ => self == predicted,
        }
    }
}

impl Behavior {
    pub(super) fn new(case: &Case, side: Side, transcript: &Transcript) -> Self {
        let mut connections: Vec<ConnectionBehavior> = Vec::new();
        let mut leeways = leeways(case, side).into_iter();
        let mut connected_again = false;
        for entry in &transcript.entries {
            match entry {
                Entry::Connected { connection } => {
                    let Leeway { is_race, has_no_text } = leeways.next().unwrap_or_default();
                    connections.push(ConnectionBehavior {
                        bytes: transcript.received(*connection).into_owned(),
                        is_race,
                        has_no_text,
                        ..ConnectionBehavior::default()
                    });
                }
                Entry::Ended { connection, ending } => {
                    if let Some(behavior) = connections.get_mut(*connection) {
                        behavior.has_ended = true;
                        behavior.was_reset = *ending == Ending::Reset;
                    }
                }
                Entry::ConnectedAgain => connected_again = true,
                _ => {}
            }
        }
        Self {
            connections,
            answers: responses(case, transcript),
            connected_again,
            finish: finish(transcript),
            silence: transcript.entries.iter().rev().find_map(Entry::silence).map(|silence| silence.known_by),
        }
    }

    /// Whether what was observed may be what was `predicted`.
    pub(super) fn consistent_with(&self, predicted: &Self) -> bool {
        let silences = self.silence.zip(predicted.silence);
        silences.is_none_or(|(observed, predicted)| may_be_seen(observed, predicted))
            && self.same_as(predicted)
    }

    /// Whether what was observed may be what was `predicted`, however it is known that nothing more came.
    fn same_as(&self, predicted: &Self) -> bool {
        // A connection on which nothing came is as good as none.
        let none = ConnectionBehavior::default();
        let number = self.connections.len().max(predicted.connections.len());
        self.answers == predicted.answers
            && self.connected_again == predicted.connected_again
            && self.finish.may_be(&predicted.finish)
            && (0..number).all(|number| {
                let [observed, predicted] =
                    [self, predicted].map(|behavior| behavior.connections.get(number));
                observed.unwrap_or(&none).consistent_with(predicted.unwrap_or(&none))
            })
    }

    /// Whether more came on a connection than the little that was `predicted` for it. Where that depends on who was faster it is no
    /// contradiction, and does not speak for the prediction either.
    pub(super) fn goes_beyond(&self, predicted: &Self) -> bool {
        self.connections
            .iter()
            .zip(&predicted.connections)
            .any(|(observed, predicted)| predicted.bytes.len() < observed.bytes.len().min(LOST_MIN))
    }

    /// Whether no observation can tell the two apart for certain. What a program waits in is not always seen.
    pub(super) fn equivalent_to(&self, other: &Self) -> bool {
        self.same_as(other) && other.same_as(self)
    }

    /// Whether the same connections were ended. Right programs differ here: some keep a connection that their client
    /// has left until the next client comes.
    pub(super) fn ends_like(&self, predicted: &Self) -> bool {
        let ended =
            |behavior: &Self| -> Vec<bool> { behavior.connections.iter().map(|one| one.has_ended).collect() };
        ended(self) == ended(predicted)
    }

    /// Whether the harness waited for something in vain.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.finish, Finish::Silent | Finish::NotAccepted)
            || self.answers.contains(&Response::Silent)
    }

    /// Whether a connection was not accepted.
    pub(super) fn is_not_accepted(&self) -> bool {
        self.finish == Finish::NotAccepted
    }

    /// Whether only the clock says that what was awaited last will not come.
    pub(super) fn is_silent_by_clock(&self) -> bool {
        self.is_silent() && self.silence == Some(KnownBy::Deadline)
    }

    /// How many bytes came on the last connection.
    pub(super) fn last_len(&self) -> usize {
        self.connections.last().map_or(0, |behavior| behavior.bytes.len())
    }
}

/// What may come on a connection, whatever was predicted.
#[derive(Debug, Clone, Copy, Default)]
struct Leeway {
    /// Whether the harness leaves it or tells the server to stop while the server may still be sending.
    is_race: bool,
    /// Whether it sends a payload that is no text, which a server may answer, or not, as it likes.
    has_no_text: bool,
}

/// The leeway on each connection.
fn leeways(case: &Case, side: Side) -> Vec<Leeway> {
    let mut leeways: Vec<Leeway> = Vec::new();
    let mut turn = 0;
    for action in case.actions.iter().filter(|_| side == Side::Server) {
        match action {
            Action::Connect => {
                turn = leeways.len();
                leeways.push(Leeway::default());
            }
            Action::SwitchClient { client } => {
                turn = *client;
                leeways.iter_mut().for_each(|leeway| leeway.is_race = true);
            }
            Action::ResetClient { .. } | Action::CloseUnread | Action::CloseAtOnce | Action::StopServer => {
                if let Some(leeway) = leeways.get_mut(turn) {
                    leeway.is_race = true;
                }
            }
            Action::SendMalformed { kind: Malformed::InvalidUtf8, .. } => {
                if let Some(leeway) = leeways.get_mut(turn) {
                    leeway.has_no_text = true;
                }
            }
            _ => {}
        }
    }
    leeways
}

/// How the operations of a client ended, in their order.
///
/// A server that has closed its connection resets it once something is sent. Which of the messages that are sent in vain finds that
/// out depends on how many pieces each is sent in: an error at one of them is one at those before it as well.
fn responses(case: &Case, transcript: &Transcript) -> Vec<Response> {
    let is_closed = |action: &Action| matches!(action, Action::ServerCloses { mode: CloseMode::Clean });
    let after_close = case.actions.iter().skip_while(|action| !is_closed(action));
    let in_vain: Vec<_> = after_close
        .flat_map(|action| match action {
            Action::SendInVain { messages, .. } => &messages[..],
            _ => &[],
        })
        .collect();
    let is_in_vain = |entry: &Entry| match entry {
        Entry::Answered { operation: Operation::SendMessage(message), .. } => in_vain.contains(&message),
        _ => false,
    };
    let mut shows_later = false;
    let in_reverse = transcript.entries.iter().rev().filter_map(|entry| {
        let response = response(entry)?;
        if !is_in_vain(entry) {
            return Some(response);
        }
        shows_later |= response == Response::Error;
        Some(if shows_later && response == Response::Done { Response::Error } else { response })
    });
    let mut responses: Vec<_> = in_reverse.collect();
    responses.reverse();
    responses
}

fn response(entry: &Entry) -> Option<Response> {
    let Entry::Answered { operation, answer } = entry else { return None };
    // Once a long message turns out to be wrong, the harness does not receive the rest, and its client waits.
    let is_long = matches!(operation, Operation::SendMessage(message) if message.len() > UNEXPECTED_LEN_MAX);
    Some(match answer {
        Answer::Silent(_) if is_long => Response::Done,
        Answer::Done => Response::Done,
        Answer::Received { payload, received } => Response::Received(payload.clone(), *received),
        Answer::Error(_) => Response::Error,
        Answer::Malformed(kind, _) => Response::Malformed(*kind),
        Answer::Silent(_) => Response::Silent,
        Answer::Exited(_) | Answer::Forged => Response::Exited,
    })
}

/// Whether a program of which `predicted` is true may be seen to do what was `observed`.
fn may_be_seen(observed: KnownBy, predicted: KnownBy) -> bool {
    let blocked_in = match observed {
        KnownBy::Deadline => return true,
        // A program that waits for bytes may look for them again and again, and so keep a processor busy; one that has
        // crashed does not.
        KnownBy::Spinning => return predicted != KnownBy::Deadline,
        KnownBy::Blocked(blocked_in) => blocked_in,
    };
    match predicted {
        KnownBy::Deadline => true,
        KnownBy::Spinning => false,
        KnownBy::Blocked(BlockedIn::RecvElsewhere) => {
            matches!(blocked_in, BlockedIn::Recv | BlockedIn::RecvElsewhere | BlockedIn::Poll)
        }
        KnownBy::Blocked(_) => matches!(blocked_in, BlockedIn::Recv | BlockedIn::Poll),
    }
}

fn finish(transcript: &Transcript) -> Finish {
    let entries = &transcript.entries;
    if !matches!(entries.last(), Some(Entry::Aborted)) {
        return Finish::Played { port: entries.iter().find_map(Port::of).unwrap_or(Port::Free) };
    }
    let mut silent = false;
    for entry in entries.iter().rev().skip(1) {
        return match entry {
            Entry::NotConnected { .. } | Entry::NeverConnected { .. } => Finish::Refused,
            Entry::NotAccepted { connection, .. } => {
                let waited =
                    |entry: &Entry| matches!(entry, Entry::Silent { connection: on, .. } if on == connection);
                if entries.iter().any(waited) { Finish::NotAccepted } else { Finish::Refused }
            }
            Entry::Silent { .. } | Entry::Unfinished { .. } => {
                silent = true;
                continue;
            }
            _ if silent => Finish::Silent,
            // What was sent last is recorded after what came in the meantime.
            Entry::Sent { .. } | Entry::ConnectedAgain => continue,
            _ => Finish::Wrong,
        };
    }
    if silent { Finish::Silent } else { Finish::Wrong }
}
