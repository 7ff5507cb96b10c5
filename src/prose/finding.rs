//! A finding in sentences: what was done, what came of it, and how it ended.

use super::answer;
use super::delivery::{delivery, obstacle};
use super::hand_in::hand_in;
use super::silence;
use super::wrong_text::{some, wrong_text};
use crate::assignment::Assignment;
use crate::conversation::{Answer, ConnectFailure};
use crate::english::{capitalised, count, list, ms, number, which};
use crate::side::Side;
use crate::silence::{KnownBy, Silence};
use crate::verdict::{EarlierClient, ExchangeEnd, Fault, Finding, Mismatch, Sent, Stimulus};

/// What was done to the side under test, and what came of it.
#[must_use]
pub fn summary(finding: &Finding, assignment: &Assignment) -> String {
    let happened = fault(finding, assignment);
    match &finding.stimulus {
        Stimulus::Start => happened,
        Stimulus::Connect { client, earlier } => match earlier {
            None => format!("The harness {happened}"),
            Some(earlier) => {
                let state = match earlier {
                    EarlierClient::Left => "has left",
                    EarlierClient::Connected => "is still connected",
                };
                format!("Client {client} {state}. As client {}, the harness {happened}", client + 1)
            }
        },
        Stimulus::Send(sent) => format!("{} {happened}", what_was_sent(sent)),
        Stimulus::Stop { how } => {
            format!("The harness told the server to stop ({how}) and sent more messages. {happened}")
        }
        Stimulus::Ask { client, messages } => {
            let client = match client {
                0 => "client".to_owned(),
                later => format!("new client (number {})", later + 1),
            };
            let asked = match messages {
                0 => "connect".to_owned(),
                several => format!("send {}", count(*several, "message")),
            };
            format!("The {client} was told to {asked}. {happened}")
        }
    }
}

/// How the exchange ended: `closed cleanly`, `silent for 1000 ms`.
#[must_use]
pub fn ended(ended: ExchangeEnd) -> String {
    match ended {
        ExchangeEnd::ClosedCleanly => "closed cleanly".into(),
        ExchangeEnd::ClosedInFrame => "closed inside a frame".into(),
        ExchangeEnd::Reset => "reset".into(),
        ExchangeEnd::Silent { silence } => silence::ended(silence),
        ExchangeEnd::StillSending { waited } => format!("still sending after {}", ms(waited)),
        ExchangeEnd::StillReading { waited } => format!("still reading after {}", ms(waited)),
        ExchangeEnd::StillOpen => "the connection was still open".into(),
        ExchangeEnd::NotConnected => "not connected".into(),
        ExchangeEnd::NotObserved => "not observed".into(),
        ExchangeEnd::NotStarted => "not started".into(),
    }
}

/// How the exchange ended, where that tells something: what an operation gave back stands for itself, and of a pair nothing is
/// known.
#[must_use]
pub fn ended_of(finding: &Finding) -> Option<String> {
    let has_answered = |answer: &Answer| !matches!(answer, Answer::Silent(_) | Answer::Exited(_));
    match (&finding.fault, finding.ended) {
        (_, ExchangeEnd::NotObserved) => None,
        (Fault::Answer { answer, .. }, ExchangeEnd::Silent { .. }) if has_answered(answer) => None,
        (_, ended) => Some(self::ended(ended)),
    }
}

/// `The harness sent 3 messages of 1500 characters each in one write.`
fn what_was_sent(sent: &Sent) -> String {
    let client = match sent.client {
        0 => String::new(),
        later => format!(", as client {},", later + 1),
    };
    let messages = sent.message_chars.len();
    let how = match (sent.sends, messages, sent.pieces_max) {
        (1, 1, 1) => String::new(),
        (1, _, 1) => " in one write".into(),
        (1, _, pieces) => format!(", {} ({pieces} pieces)", delivery(&sent.delivery)),
        (_, _, 1) => ", one after the other".into(),
        (_, _, pieces) => {
            format!(", one after the other, each {} (up to {pieces} pieces)", delivery(&sent.delivery))
        }
    };
    let malformed = format!("{} that are not a valid message", count(sent.malformed_len, "byte"));
    let what = match (messages, sent.malformed_len) {
        (0, 0) => return format!("The harness{client} connected and sent nothing."),
        (0, _) => malformed,
        (_, 0) => format!("{}{how}", messages_of(&sent.message_chars)),
        _ => format!("{}{how}, and {malformed}", messages_of(&sent.message_chars)),
    };
    let but = sent.undelivered.as_ref().map(|why| format!(", but {}", obstacle(why, Side::Server)));
    format!("The harness{client} sent {what}{}.", but.unwrap_or_default())
}

/// `3 messages of 1500 characters each`, `2 messages of 23 and 24 characters`.
pub(super) fn messages_of(chars: &[usize]) -> String {
    /// More different lengths than this are not listed.
    const LISTED_MAX: usize = 4;
    let messages = count(chars.len(), "message");
    match chars {
        [only] => format!("{messages} of {}", count(*only, "character")),
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            format!("{messages} of {} each", count(*first, "character"))
        }
        several if several.len() <= LISTED_MAX => {
            let lens: Vec<_> = several.iter().map(|len| number(*len)).collect();
            format!("{messages} of {} characters", list(&lens))
        }
        _ => messages,
    }
}

/// Where a client has worked out what it should have received.
const OWN_MESSAGE: &str =
    " What it returned can be worked out from its own message; the harness replied something else.";

/// What the side under test did that is wrong, in a sentence; behind `the harness` where it is about the connection.
fn fault(finding: &Finding, assignment: &Assignment) -> String {
    match &finding.fault {
        Fault::Bytes { from, mismatch, frames, .. } => {
            let stream =
                Stream { from: *from, frames: due(finding, mismatch, *frames), ended: finding.ended };
            stream.describe(mismatch, assignment)
        }
        Fault::NotConnected { why } => format!("could not connect: {}.", connect_failure(why)),
        Fault::NotAccepted { silence: None } => {
            "connected, but the server stopped listening without having accepted the connection.".into()
        }
        Fault::NotAccepted { silence: Some(silence) } => silence::in_vain(
            "connected, but the server did not accept the connection",
            Side::Server,
            *silence,
        ),
        Fault::ConnectionHeld { silence } => {
            silence::in_vain("The server did not close the connection", Side::Server, *silence)
        }
        Fault::PortHeld { silence } => silence::in_vain(
            "The connection ended, but the server did not stop listening on its port",
            Side::Server,
            *silence,
        ),
        Fault::Answer { operation, expected, answer, connected_again, is_of_own_message } => {
            let outcome = answer::outcome(*operation, expected, answer, *connected_again);
            if *is_of_own_message { outcome + OWN_MESSAGE } else { outcome }
        }
        Fault::NeverConnected { silence } => silence::never_connected(*silence),
        Fault::NotClosed { silence } => not_closed(*silence),
        Fault::HandIn { why } => hand_in(why),
    }
}

/// How many of all `frames` were due by what the sentence before tells.
fn due(finding: &Finding, mismatch: &Mismatch, frames: usize) -> usize {
    let asked = match &finding.stimulus {
        Stimulus::Send(sent) => sent.message_chars.len(),
        Stimulus::Ask { messages, .. } => *messages,
        Stimulus::Start | Stimulus::Connect { .. } | Stimulus::Stop { .. } => frames,
    };
    let wrong = match *mismatch {
        Mismatch::Stops { whole: frame, .. }
        | Mismatch::PartialHeader { frame, .. }
        | Mismatch::UnsolicitedPrefix { frame, .. }
        | Mismatch::Length { frame, .. }
        | Mismatch::Text { frame, .. }
        | Mismatch::Payload { frame, .. } => frame + 1,
        Mismatch::OtherProtocol { .. } | Mismatch::Extra { .. } => frames,
    };
    asked.max(wrong).min(frames)
}

/// Why the harness could not connect, behind a colon.
pub(super) fn connect_failure(why: &ConnectFailure) -> String {
    match why {
        ConnectFailure::Refused { elsewhere: None } => "the connection was refused".into(),
        ConnectFailure::Refused { elsewhere: Some(address) } => {
            format!("the connection was refused, but something listens on {address}")
        }
        ConnectFailure::NoAnswer => "nothing answered".into(),
        ConnectFailure::System { why } => why.clone(),
    }
}

/// A stream of frames that is not what it has to be.
struct Stream {
    from: Side,
    frames: usize,
    ended: ExchangeEnd,
}

impl Stream {
    const fn noun(&self) -> &'static str {
        match self.from {
            Side::Server => "reply",
            Side::Client => "message",
        }
    }

    /// `the reply`, `reply 2 of 3`.
    fn which(&self, frame: usize) -> String {
        which(self.noun(), frame, self.frames)
    }

    /// Who sends. What a client was told stands in the sentence before.
    const fn sender(&self) -> &'static str {
        match self.from {
            Side::Server => "the server",
            Side::Client => "it",
        }
    }

    fn describe(&self, mismatch: &Mismatch, assignment: &Assignment) -> String {
        let (sender, noun) = (self.sender(), self.noun());
        match *mismatch {
            Mismatch::Stops { whole, of_next: 0, .. } => self.stops_between(whole),
            Mismatch::Stops { whole, of_next, next_len } => format!(
                "{} sent {} of the {} bytes of {}, {}.",
                capitalised(sender),
                number(of_next),
                number(next_len),
                self.which(whole),
                then(self.from, self.ended)
            ),
            Mismatch::PartialHeader { frame, len } => {
                let after = match frame {
                    0 => sender.to_owned(),
                    _ => format!("after {} {sender}", self.which(frame - 1)),
                };
                let bytes = count(len, "byte");
                let sent = format!(
                    "{after} sent {bytes} that no {noun} can start with, {}.",
                    then(self.from, self.ended)
                );
                capitalised(&sent)
            }
            Mismatch::UnsolicitedPrefix { frame, len } => {
                format!(
                    "Before {} {sender} sent {} that nobody asked for.",
                    self.which(frame),
                    count(len, "byte")
                )
            }
            Mismatch::Length { frame, declared, expected } => format!(
                "{} declares a length of {} instead of {}.",
                capitalised(&self.which(frame)),
                count(usize::try_from(declared).unwrap_or(usize::MAX), "byte"),
                number(expected)
            ),
            Mismatch::Text { frame, text, chars, expected_chars } => {
                let text = wrong_text(text, chars, expected_chars, assignment.work);
                format!("{} {text}.", capitalised(&self.which(frame)))
            }
            Mismatch::Payload { frame, byte, is_text } => {
                let no_text = match is_text {
                    true => String::new(),
                    false => format!(", and is not {}", assignment.charset),
                };
                let which = capitalised(&self.which(frame));
                format!("{which} is wrong from byte {byte} of its payload on{no_text}.")
            }
            Mismatch::OtherProtocol { protocol } => {
                format!("{} speaks another protocol: {}.", capitalised(sender), protocol.name())
            }
            Mismatch::Extra { len } if self.frames == 0 => {
                let bytes = count(len, "byte");
                format!("{} sent {bytes} although no message was complete.", capitalised(sender))
            }
            Mismatch::Extra { len } => {
                format!("After {} {sender} sent {}.", self.which(self.frames - 1), count(len, "more byte"))
            }
        }
    }

    /// Nothing came after so many whole frames.
    fn stops_between(&self, whole: usize) -> String {
        let then = then(self.from, self.ended);
        match (self.from, whole) {
            (Side::Server, 0) => match self.ended {
                ExchangeEnd::Silent { silence } => {
                    silence::in_vain("The server sent no reply", self.from, silence)
                }
                _ => format!("The server sent no reply: it {}.", instead(self.from, self.ended)),
            },
            (Side::Server, _) => {
                format!("The server answered the {}, {then}.", some("first", whole, "message"))
            }
            (Side::Client, 0) => format!("It {}.", instead(self.from, self.ended)),
            (Side::Client, _) => format!("It sent {}, {then}.", count(whole, "message")),
        }
    }
}

/// A client that was shut down and kept its connection.
fn not_closed(silence: Silence) -> String {
    match silence.known_by {
        // It is not the connection that it waits for, but what it is told next.
        KnownBy::Blocked(_) => "After its shutdown the client left the connection open.".to_owned(),
        KnownBy::Deadline | KnownBy::Spinning => silence::in_vain(
            "After its shutdown the client did not close the connection",
            Side::Client,
            silence,
        ),
    }
}

/// What the other side did after its last byte: `then sent nothing for 1000 ms`.
fn then(side: Side, ended: ExchangeEnd) -> String {
    match ended {
        ExchangeEnd::ClosedCleanly | ExchangeEnd::ClosedInFrame => "then closed the connection".into(),
        ExchangeEnd::Reset => "then reset the connection".into(),
        ExchangeEnd::Silent { silence } => match silence.known_by {
            KnownBy::Blocked(_) => format!("and {}", silence::did_nothing(side, silence)),
            KnownBy::Deadline | KnownBy::Spinning => format!("then {}", silence::did_nothing(side, silence)),
        },
        ExchangeEnd::StillSending { waited } => format!("and was still sending after {}", ms(waited)),
        ExchangeEnd::StillReading { waited } => format!("and was still reading after {}", ms(waited)),
        ExchangeEnd::StillOpen
        | ExchangeEnd::NotConnected
        | ExchangeEnd::NotObserved
        | ExchangeEnd::NotStarted => "and no more was awaited".into(),
    }
}

/// What the other side did instead of sending anything, behind `it`: `sent nothing for 1000 ms`.
fn instead(side: Side, ended: ExchangeEnd) -> String {
    match ended {
        ExchangeEnd::ClosedCleanly | ExchangeEnd::ClosedInFrame => "closed the connection".into(),
        ExchangeEnd::Reset => "reset the connection".into(),
        ExchangeEnd::Silent { silence } => silence::did_nothing(side, silence),
        ExchangeEnd::StillSending { waited } => format!("was still sending after {}", ms(waited)),
        ExchangeEnd::StillReading { waited } => format!("was still reading after {}", ms(waited)),
        ExchangeEnd::StillOpen
        | ExchangeEnd::NotConnected
        | ExchangeEnd::NotObserved
        | ExchangeEnd::NotStarted => "had not replied when the harness stopped waiting".into(),
    }
}
