//! Judging a client: the bytes that it sent, what its operations gave back, and whether it closed.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::phrases::{self, Departure, End};
use crate::conversation::{Answer, Entry, Operation, Transcript};
use crate::rule::Rule;
use crate::scenario::{Action, Case};
use crate::verdict::{Evidence, Finding};
use crate::wire::Frame;

/// What is wrong with the client, if anything is.
pub(super) fn finding(case: &Case, transcript: &Transcript) -> Option<Finding> {
    clients(case, transcript, Tolerance::None).iter().find_map(|client| {
        wrong_bytes(case, client)
            .or_else(|| wrong_answer(case, client))
            .or_else(|| missing_bytes(case, client))
            .or_else(|| still_open(client))
    })
}

/// What is wrong with a pair, as far as the client's answers show it.
pub(super) fn finding_of_pair(case: &Case, transcript: &Transcript) -> Option<Finding> {
    clients(case, transcript, Tolerance::AfterStop).iter().find_map(|client| wrong_answer(case, client))
}

/// What a pair is forgiven.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    None,
    /// When a server that was told to stop is gone is not in the harness's hands: a send may fail, and any
    /// number of the last replies may still come.
    AfterStop,
}

/// One client of a case: what it was told to send, what it had to give back, and what was seen of it.
struct Seen<'a> {
    number: usize,
    messages: Vec<&'a str>,
    wanted: Vec<Wanted<'a>>,
    answers: Vec<(&'a Operation, &'a Answer)>,
    not_accepted: Option<&'a str>,
    connected_again: bool,
    received: Cow<'a, [u8]>,
    end: End,
    has_wire: bool,
}

fn clients<'a>(case: &'a Case, transcript: &'a Transcript, tolerance: Tolerance) -> Vec<Seen<'a>> {
    let mut wanted = wanted(case, tolerance).into_iter();
    let mut clients: Vec<Seen<'a>> = Vec::new();
    for entry in &transcript.entries {
        if let Entry::Answered { operation: Operation::Connect { .. }, .. } = entry {
            let number = clients.len();
            let received = transcript.received(number);
            let end = End::of(transcript, number, &received, &case.assignment);
            clients.push(Seen {
                number,
                messages: Vec::new(),
                wanted: wanted.next().unwrap_or_default(),
                answers: Vec::new(),
                not_accepted: None,
                connected_again: false,
                received,
                end,
                has_wire: false,
            });
        }
        let Some(client) = clients.last_mut() else { continue };
        match entry {
            Entry::Answered { operation, answer } => {
                if let Operation::SendMessage(message) = operation {
                    client.messages.push(message);
                }
                client.answers.push((operation, answer));
            }
            Entry::NotConnected { why } => client.not_accepted = Some(why),
            Entry::Connected { .. } => client.has_wire = true,
            Entry::ConnectedAgain => client.connected_again = true,
            _ => {}
        }
    }
    clients
}

/// What each operation of each client has to give back, in order.
fn wanted(case: &Case, tolerance: Tolerance) -> Vec<Vec<Wanted<'_>>> {
    let mut clients: Vec<Vec<Wanted<'_>>> = Vec::new();
    let mut due: VecDeque<&str> = VecDeque::new();
    let mut stopping = false;
    for action in &case.actions {
        if matches!(action, Action::Connect) {
            clients.push(Vec::new());
            due.clear();
        }
        let Some(wanted) = clients.last_mut() else { continue };
        match action {
            Action::Connect | Action::ShutDownClient => wanted.push(Wanted::Return),
            Action::Send { messages, .. } => {
                due.extend(messages.iter().map(|message| case.reply_to(message)));
                let one = if stopping && tolerance == Tolerance::AfterStop {
                    Wanted::ReturnOrFail
                } else {
                    Wanted::Return
                };
                wanted.extend(messages.iter().map(|_| one.clone()));
            }
            Action::Receive { .. } => wanted.extend(due.pop_front().map(Wanted::Reply)),
            Action::ReceiveUntilEnd { .. } => match tolerance {
                // The harness answers one message after the stop, and then it is gone.
                Tolerance::None => {
                    wanted.extend(due.pop_front().map(Wanted::Reply));
                    wanted.push(Wanted::Disconnect);
                }
                Tolerance::AfterStop => {
                    wanted.extend(due.drain(..).map(Wanted::ReplyOrDisconnect));
                    wanted.push(Wanted::Disconnect);
                }
            },
            Action::ReceiveNothing => wanted.push(Wanted::Disconnect),
            Action::StopServer => stopping = true,
            Action::SwitchClient { .. }
            | Action::SendMalformed { .. }
            | Action::HalfClose
            | Action::ResetClient { .. }
            | Action::CloseUnread
            | Action::ServerCloses { .. } => {}
        }
    }
    clients
}

impl Seen<'_> {
    /// `The client was told to send 3 messages.`
    fn what_was_asked(&self) -> String {
        let client = match self.number {
            0 => "client".to_owned(),
            later => format!("new client (number {})", later + 1),
        };
        match self.messages.len() {
            0 => format!("The {client} was told to connect."),
            number => format!("The {client} was told to send {}.", phrases::count(number, "message")),
        }
    }

    fn frames(&self, case: &Case) -> Vec<Frame<'_>> {
        self.messages.iter().map(|message| case.frame(message)).collect()
    }

    fn bytes_finding(&self, happened: &str, rule: Rule, expected: Vec<u8>) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_asked()),
            rule,
            evidence: Evidence::Bytes { expected, received: self.received.to_vec() },
            ended: self.end.noun(),
        }
    }

    fn words_finding(&self, happened: &str, rule: Rule, expected: String, received: String) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_asked()),
            rule,
            evidence: Evidence::Values { expected, received },
            ended: self.end.noun(),
        }
    }
}

/// The client sent something that is not its messages.
fn wrong_bytes(case: &Case, client: &Seen<'_>) -> Option<Finding> {
    let frames = client.frames(case);
    let of = frames.len();
    let (happened, rule) = match phrases::departure(&frames, &client.received, &case.assignment)? {
        Departure::Stops { .. } => return None,
        Departure::Stray { frame, len } => {
            let after = match frame {
                0 => "It".to_owned(),
                _ => format!("After {} it", phrases::which("message", frame - 1, of)),
            };
            let bytes = phrases::count(len, "byte");
            let happened = format!("{after} sent {bytes} that no message can start with.");
            (happened, Rule::Framing)
        }
        Departure::Length { frame, declared } => {
            let message = phrases::capitalised(&phrases::which("message", frame, of));
            let wanted = phrases::count(client.messages[frame].len(), "byte");
            (format!("{message} declares a length of {declared}; it has to be {wanted}."), Rule::Framing)
        }
        Departure::Payload { frame, byte } => {
            let message = phrases::capitalised(&phrases::which("message", frame, of));
            (format!("{message} is wrong from byte {byte} of its payload on."), Rule::Framing)
        }
        Departure::Extra { len } => {
            let bytes = phrases::count(len, "more byte");
            let after = phrases::which("message", of.saturating_sub(1), of);
            (format!("After {after} it sent {bytes}."), Rule::Framing)
        }
    };
    Some(client.bytes_finding(&happened, rule, Frame::concat(&frames)))
}

/// The client did not send all that it was told to.
fn missing_bytes(case: &Case, client: &Seen<'_>) -> Option<Finding> {
    if !client.has_wire {
        return None;
    }
    let frames = client.frames(case);
    let Departure::Stops { whole, of_next } =
        phrases::departure(&frames, &client.received, &case.assignment)?
    else {
        return None;
    };
    let end = client.end;
    let happened = match of_next {
        0 if client.received.is_empty() => format!("It {}.", end.instead()),
        0 => format!("It sent {}, {}.", phrases::count(whole, "message"), end.then()),
        _ => {
            let message = phrases::which("message", whole, frames.len());
            format!("It sent {of_next} of the {} bytes of {message}, {}.", frames[whole].len(), end.then())
        }
    };
    Some(client.bytes_finding(&happened, Rule::Framing, Frame::concat(&frames)))
}

/// An operation of the client gave back something else than it has to.
fn wrong_answer(case: &Case, client: &Seen<'_>) -> Option<Finding> {
    let mut wanted = client.wanted.iter().peekable();
    for (operation, answer) in &client.answers {
        // A client that has seen the end is asked for no more replies, although more might have come.
        while **operation == Operation::ShutDown && wanted.next_if(|next| next.is_of_receiving()).is_some() {}
        let wanted = wanted.next()?;
        if wanted.is_met_by(answer) {
            continue;
        }
        let name = operation.name();
        let happened = match answer {
            Answer::Error(_) => format!("Its {name} failed."),
            Answer::Silent(waited) => {
                let instead = if client.connected_again { "; it connected again instead" } else { "" };
                format!("Its {name} did not return within {} ms{instead}.", waited.as_millis())
            }
            Answer::Exited(_) => format!("Its program ended during {name}."),
            Answer::Done | Answer::Received { .. } | Answer::Malformed(..) => {
                format!("Its {name} returned the wrong thing.")
            }
        };
        return Some(client.words_finding(&happened, wanted.rule(case), wanted.to_string(), shown(answer)));
    }
    let why = client.not_accepted?;
    let happened = format!("No connection came: {why}.");
    let expected = "a connection".to_owned();
    Some(client.words_finding(&happened, case.rule, expected, why.to_owned()))
}

/// The client said that it was shut down, and its connection is still there.
fn still_open(client: &Seen<'_>) -> Option<Finding> {
    let (Operation::ShutDown, _) = client.answers.last()? else { return None };
    let waited: Duration = match client.end {
        End::Silent(waited) | End::Unfinished(waited) => waited,
        End::Closed | End::ClosedInFrame | End::Reset | End::Open => return None,
    };
    Some(client.words_finding(
        &format!("After its shutdown the connection was still open for {} ms.", waited.as_millis()),
        Rule::ClosesSocket,
        "the end of the connection (FIN)".to_owned(),
        "nothing".to_owned(),
    ))
}

/// What an operation has to give back.
#[derive(Clone)]
enum Wanted<'a> {
    Return,
    ReturnOrFail,
    Reply(&'a str),
    Disconnect,
    ReplyOrDisconnect(&'a str),
}

impl Wanted<'_> {
    const fn is_of_receiving(&self) -> bool {
        match self {
            Self::Return | Self::ReturnOrFail => false,
            Self::Reply(_) | Self::Disconnect | Self::ReplyOrDisconnect(_) => true,
        }
    }

    fn is_met_by(&self, answer: &Answer) -> bool {
        let is_reply =
            |reply: &str| matches!(answer, Answer::Received { payload, received: true } if payload == reply);
        let is_disconnect =
            || matches!(answer, Answer::Received { payload, received: false } if payload.is_empty());
        match self {
            Self::Return => *answer == Answer::Done,
            Self::ReturnOrFail => matches!(answer, Answer::Done | Answer::Error(_)),
            Self::Reply(reply) => is_reply(reply),
            Self::Disconnect => is_disconnect(),
            Self::ReplyOrDisconnect(reply) => is_reply(reply) || is_disconnect(),
        }
    }

    fn rule(&self, case: &Case) -> Rule {
        match self {
            Self::Disconnect | Self::ReplyOrDisconnect(_) => Rule::NoticesDisconnect,
            Self::Reply(_) => Rule::ReturnsPayload,
            Self::Return | Self::ReturnOrFail => case.rule,
        }
    }
}

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Return | Self::ReturnOrFail => f.write_str("returns"),
            Self::Reply(reply) => f.write_str(&received_text(reply, true)),
            Self::Disconnect => f.write_str(&received_text("", false)),
            Self::ReplyOrDisconnect(reply) => {
                write!(f, "{} or {}", received_text(reply, true), received_text("", false))
            }
        }
    }
}

fn received_text(payload: &str, received: bool) -> String {
    /// More of a payload than this says no more, in characters.
    const SHOWN_MAX: usize = 40;
    let mut shown: String = payload.chars().take(SHOWN_MAX).collect();
    let len = payload.chars().count();
    if len > SHOWN_MAX {
        shown.push('…');
    }
    format!("{shown:?} ({}), received: {received}", phrases::count(len, "character"))
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Done => "returns without a value".to_owned(),
        Answer::Received { payload, received } => received_text(payload, *received),
        Answer::Error(text) => format!("fails: {text}"),
        Answer::Silent(waited) => format!("nothing for {} ms", waited.as_millis()),
        Answer::Malformed(_, what) | Answer::Exited(what) => what.clone(),
    }
}
