//! Judging a client: the bytes that it sent, what its operations gave back, and whether it closed.

use std::time::Duration;

use super::phrases::{self, Departure, End};
use crate::rule::Rule;
use crate::scenario::{Action, Script};
use crate::transcript::{Answer, Command, Entry, Transcript};
use crate::verdict::{Evidence, Finding};

/// What is wrong with the client, if anything is.
pub(super) fn finding(script: &Script, transcript: &Transcript) -> Option<Finding> {
    let clients = clients(script, transcript);
    for client in &clients {
        if let Some(finding) = wrong_bytes(script, client)
            .or_else(|| wrong_answer(script, client, Tolerance::None))
            .or_else(|| missing_bytes(script, client))
            .or_else(|| still_open(client))
        {
            return Some(finding);
        }
    }
    None
}

/// What is wrong with a pair, as far as the client's answers show it.
pub(super) fn finding_of_pair(script: &Script, transcript: &Transcript) -> Option<Finding> {
    clients(script, transcript)
        .iter()
        .find_map(|client| wrong_answer(script, client, Tolerance::SendsAfterStop))
}

/// What a pair is forgiven.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    None,
    /// A send may fail once the server was told to stop: when it is gone is not in the harness's hands. For
    /// the same reason, any number of the last replies may still come.
    SendsAfterStop,
}

/// One client of a script: what it was told to send, and what was seen of it.
struct Seen<'a> {
    number: usize,
    messages: Vec<&'a str>,
    answers: Vec<(&'a Command, &'a Answer)>,
    not_accepted: Option<&'a str>,
    received: Vec<u8>,
    end: End,
    has_wire: bool,
    stop: bool,
}

fn clients<'a>(script: &Script, transcript: &'a Transcript) -> Vec<Seen<'a>> {
    let mut clients: Vec<Seen<'a>> = Vec::new();
    for entry in &transcript.entries {
        if let Entry::Answered { command: Command::Connect { .. }, .. } = entry {
            let number = clients.len();
            let received = transcript.received(number);
            let end = End::of(transcript, number, &received, &script.assignment);
            clients.push(Seen {
                number,
                messages: Vec::new(),
                answers: Vec::new(),
                not_accepted: None,
                received,
                end,
                has_wire: false,
                stop: false,
            });
        }
        let Some(client) = clients.last_mut() else { continue };
        match entry {
            Entry::Answered { command, answer } => {
                if let Command::SendMessage(message) = command {
                    client.messages.push(message);
                }
                client.answers.push((command, answer));
            }
            Entry::NotConnected { why } => client.not_accepted = Some(why),
            Entry::Connected { .. } => client.has_wire = true,
            Entry::ToldToStop { .. } => client.stop = true,
            _ => {}
        }
    }
    let stops = script.actions.contains(&Action::StopServer);
    clients.iter_mut().for_each(|client| client.stop |= stops);
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

    fn frames(&self, script: &Script) -> Vec<Vec<u8>> {
        self.messages.iter().map(|message| script.frame(message)).collect()
    }

    fn bytes_finding(&self, happened: &str, rule: Rule, expected: Vec<u8>) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_asked()),
            rule,
            evidence: Evidence::Bytes { expected, received: self.received.clone() },
            ended: self.end.noun(),
        }
    }

    fn words_finding(&self, happened: &str, rule: Rule, expected: String, received: String) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_asked()),
            rule,
            evidence: Evidence::Words { expected, received },
            ended: self.end.noun(),
        }
    }
}

/// The client sent something that is not its messages.
fn wrong_bytes(script: &Script, client: &Seen<'_>) -> Option<Finding> {
    let frames = client.frames(script);
    let of = frames.len();
    let (happened, rule) = match phrases::departure(&frames, &client.received, &script.assignment)? {
        Departure::Stops { .. } => return None,
        Departure::Length { frame, declared } => {
            let message = phrases::capitalised(&phrases::which("message", frame, of));
            let wanted = phrases::count(client.messages[frame].len(), "byte");
            (format!("{message} declares a length of {declared}; it has to be {wanted}."), Rule::Framing)
        }
        Departure::CutLength { frame, byte } => {
            let message = phrases::capitalised(&phrases::which("message", frame, of));
            (format!("{message} is wrong from byte {byte} of its length on."), Rule::Framing)
        }
        Departure::Payload { frame, byte } => {
            let message = phrases::capitalised(&phrases::which("message", frame, of));
            (format!("{message} is wrong from byte {byte} of its payload on."), Rule::Framing)
        }
        Departure::Extra { len } => {
            let bytes = phrases::count(len, "byte");
            (format!("It sent {bytes} that belong to no message."), Rule::Framing)
        }
    };
    Some(client.bytes_finding(&happened, rule, frames.concat()))
}

/// The client did not send all that it was told to.
fn missing_bytes(script: &Script, client: &Seen<'_>) -> Option<Finding> {
    if !client.has_wire {
        return None;
    }
    let frames = client.frames(script);
    let Departure::Stops { whole, of_next } =
        phrases::departure(&frames, &client.received, &script.assignment)?
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
    Some(client.bytes_finding(&happened, Rule::Framing, frames.concat()))
}

/// An operation of the client gave back something else than it has to.
fn wrong_answer(script: &Script, client: &Seen<'_>, tolerance: Tolerance) -> Option<Finding> {
    let mut received = 0;
    for (command, answer) in &client.answers {
        let wanted = Wanted::of(script, client, command, received, tolerance);
        if wanted.is_met_by(answer) {
            received += usize::from(matches!(answer, Answer::Received { received: true, .. }));
            continue;
        }
        let name = command.name();
        let happened = match answer {
            Answer::Raised(_) => format!("Its {name} failed."),
            Answer::Silent(waited) => format!("Its {name} did not return within {} ms.", waited.as_millis()),
            Answer::Gone(_) => format!("Its program ended during {name}."),
            Answer::Done | Answer::Received { .. } | Answer::Malformed(_) => {
                format!("Its {name} returned the wrong thing.")
            }
        };
        return Some(client.words_finding(&happened, wanted.rule(script), wanted.to_string(), shown(answer)));
    }
    let why = client.not_accepted?;
    let happened = format!("No connection came: {why}.");
    let expected = "a connection".to_owned();
    Some(client.words_finding(&happened, script.scenario.rule, expected, why.to_owned()))
}

/// The client said that it was shut down, and its connection is still there.
fn still_open(client: &Seen<'_>) -> Option<Finding> {
    let (Command::ShutDown, _) = client.answers.last()? else { return None };
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
enum Wanted {
    Return,
    /// Return or fail, as the operation likes.
    Anything,
    Reply(String),
    Disconnect,
    /// The next reply, if there is one, or the disconnect.
    ReplyOrDisconnect(Option<String>),
}

impl Wanted {
    fn of(
        script: &Script,
        client: &Seen<'_>,
        command: &Command,
        received: usize,
        tolerance: Tolerance,
    ) -> Self {
        let reply = || client.messages.get(received).map(|message| script.reply_to(message));
        match command {
            Command::Connect { .. } | Command::ShutDown => Self::Return,
            // The first message of a script that stops its server is sent before the stop.
            Command::SendMessage(_) if client.stop && received > 0 && tolerance != Tolerance::None => {
                Self::Anything
            }
            Command::SendMessage(_) => Self::Return,
            Command::ReceiveMessage => match (client.stop, tolerance) {
                (true, Tolerance::SendsAfterStop) if received > 0 => Self::ReplyOrDisconnect(reply()),
                // The harness answers one message after the stop, and then it is gone.
                (true, Tolerance::None) if received > 1 => Self::Disconnect,
                _ => reply().map_or(Self::Disconnect, Self::Reply),
            },
        }
    }

    fn is_met_by(&self, answer: &Answer) -> bool {
        let is_reply =
            |reply: &str| matches!(answer, Answer::Received { payload, received: true } if payload == reply);
        let is_disconnect =
            || matches!(answer, Answer::Received { payload, received: false } if payload.is_empty());
        match self {
            Self::Return => *answer == Answer::Done,
            Self::Anything => matches!(answer, Answer::Done | Answer::Raised(_)),
            Self::Reply(reply) => is_reply(reply),
            Self::Disconnect => is_disconnect(),
            Self::ReplyOrDisconnect(reply) => reply.as_deref().is_some_and(is_reply) || is_disconnect(),
        }
    }

    fn rule(&self, script: &Script) -> Rule {
        match self {
            Self::Disconnect | Self::ReplyOrDisconnect(_) => Rule::NoticesDisconnect,
            Self::Reply(_) => Rule::ReturnsPayload,
            Self::Return | Self::Anything => script.scenario.rule,
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Return | Self::Anything => f.write_str("returns"),
            Self::Reply(reply) => f.write_str(&received_text(reply, true)),
            Self::Disconnect | Self::ReplyOrDisconnect(None) => f.write_str(&received_text("", false)),
            Self::ReplyOrDisconnect(Some(reply)) => {
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
        Answer::Raised(text) => format!("fails: {text}"),
        Answer::Silent(waited) => format!("nothing for {} ms", waited.as_millis()),
        Answer::Malformed(what) | Answer::Gone(what) => what.clone(),
    }
}
