//! Judging a server: the bytes that it sent on each connection, and what it did when it was told to stop.

use super::phrases::{self, Departure, End};
use crate::rule::Rule;
use crate::scenario::{Action, Script};
use crate::transcript::{Entry, Transcript};
use crate::verdict::{Evidence, Finding};

/// What a script asks of the server on one connection.
#[derive(Debug, Default)]
struct Plan {
    /// The length of each message that is sent, in characters.
    message_chars: Vec<usize>,
    /// The replies to everything that is sent, as frames.
    replies: Vec<Vec<u8>>,
    /// How many of them have to come; the others may.
    due: usize,
    /// Whether the server is told to stop while the connection is open.
    stop: bool,
}

fn plans(script: &Script) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for action in &script.actions {
        if matches!(action, Action::Connect) {
            plans.push(Plan::default());
        }
        let Some(plan) = plans.last_mut() else { continue };
        match action {
            Action::Connect | Action::ReceiveUntilEnd | Action::ShutDownClient => {}
            Action::Send(messages) => {
                plan.message_chars.extend(messages.iter().map(|message| message.chars().count()));
                plan.replies.extend(messages.iter().map(|message| script.frame(&script.reply_to(message))));
            }
            Action::Receive => plan.due += 1,
            Action::StopServer => plan.stop = true,
        }
    }
    plans
}

/// What is wrong with the server, if anything is.
pub(super) fn finding(script: &Script, transcript: &Transcript) -> Option<Finding> {
    let plans = plans(script);
    for (connection, plan) in plans.iter().enumerate() {
        let seen = Seen::new(script, transcript, connection, plan);
        if let Some(finding) = not_connected(transcript, connection) {
            return Some(finding);
        }
        if let Some(finding) = wrong_replies(script, plan, &seen) {
            return Some(finding);
        }
        if plan.stop
            && let Some(finding) = bad_stop(transcript, &seen)
        {
            return Some(finding);
        }
    }
    None
}

/// One connection, as it was seen.
struct Seen<'a> {
    transcript: &'a Transcript,
    plan: &'a Plan,
    connection: usize,
    received: Vec<u8>,
    end: End,
}

impl<'a> Seen<'a> {
    fn new(script: &Script, transcript: &'a Transcript, connection: usize, plan: &'a Plan) -> Self {
        let received = transcript.received(connection);
        let end = End::of(transcript, connection, &received, &script.assignment);
        Self { transcript, plan, connection, received, end }
    }

    /// `The harness sent 3 messages in one write.`
    fn what_was_sent(&self) -> String {
        let mut writes = 0;
        let mut messages = 0;
        let mut pieces_max = 1;
        let mut unwritten = 0;
        for entry in &self.transcript.entries {
            if let Entry::Sent { connection, messages: sent, len, written, pieces } = entry
                && *connection == self.connection
            {
                writes += 1;
                messages += sent;
                pieces_max = pieces_max.max(*pieces);
                unwritten += len - written;
            }
        }
        let client = match self.connection {
            0 => String::new(),
            later => format!(", as client {},", later + 1),
        };
        let how = match (writes, messages, pieces_max) {
            (0, ..) => return format!("The harness{client} connected and sent nothing."),
            (1, 1, 1) => String::new(),
            (1, _, 1) => " in one write".into(),
            (1, _, pieces) => format!(" in {pieces} pieces"),
            (_, _, 1) => ", one write each".into(),
            (_, _, pieces) => format!(", in up to {pieces} pieces each"),
        };
        let rest = match unwritten {
            0 => String::new(),
            left => format!(", and could not send the last {}", phrases::count(left, "byte")),
        };
        let sent = self.plan.message_chars.get(..messages).unwrap_or_default();
        let lengths = match sent {
            [only] => format!(" of {}", phrases::count(*only, "character")),
            [first, others @ ..] if others.iter().all(|other| other == first) => {
                format!(" of {} each", phrases::count(*first, "character"))
            }
            _ => String::new(),
        };
        format!("The harness{client} sent {}{lengths}{how}{rest}.", phrases::count(messages, "message"))
    }

    fn finding(&self, happened: &str, rule: Rule, expected: Vec<u8>) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_sent()),
            rule,
            evidence: Evidence::Bytes { expected, received: self.received.clone() },
            ended: self.end.noun(),
        }
    }
}

/// The connection that should have been made next was not.
fn not_connected(transcript: &Transcript, connection: usize) -> Option<Finding> {
    let made = |entry: &Entry| matches!(entry, Entry::Connected { connection: made } if *made == connection);
    let was_made = transcript.entries.iter().any(made);
    transcript.entries.iter().find_map(|entry| {
        let (happened, received) = match entry {
            Entry::NotConnected { why } if !was_made => (format!("could not connect: {why}"), why.clone()),
            Entry::NotAccepted { connection: on, waited } if *on == connection => (
                format!("connected, but the server did not accept it within {} ms", waited.as_millis()),
                "a connection that waits to be accepted".into(),
            ),
            _ => return None,
        };
        let summary = match connection {
            0 => format!("The harness {happened}."),
            later => format!(
                "Client {later} was served and left. As client {}, the harness {happened}.",
                later + 1
            ),
        };
        let evidence = Evidence::Words { expected: "a connection that is accepted".into(), received };
        Some(Finding { summary, rule: Rule::NextClient, evidence, ended: "not connected".into() })
    })
}

/// The bytes that came are not the replies that are due.
fn wrong_replies(script: &Script, plan: &Plan, seen: &Seen<'_>) -> Option<Finding> {
    let assignment = &script.assignment;
    let departure = phrases::departure(&plan.replies, &seen.received, assignment)?;
    let of = plan.replies.len();
    let (happened, rule) = match departure {
        Departure::Stops { whole, of_next } => {
            if whole >= plan.due && (of_next == 0 || !cut_off(plan, seen)) {
                return None;
            }
            (stops(plan, seen, whole, of_next), script.scenario.rule)
        }
        Departure::Length { frame, declared } => {
            let wanted = plan.replies[frame].len() - assignment.header_width.bytes();
            let reply = phrases::capitalised(&phrases::which("reply", frame, of));
            let happened = format!(
                "{reply} declares a length of {declared}; it has to be {}.",
                phrases::count(wanted, "byte")
            );
            (happened, Rule::Framing)
        }
        Departure::CutLength { frame, byte } => {
            let reply = phrases::capitalised(&phrases::which("reply", frame, of));
            (format!("{reply} is wrong from byte {byte} of its length on."), Rule::Framing)
        }
        Departure::Payload { frame, byte } => {
            let reply = phrases::capitalised(&phrases::which("reply", frame, of));
            (format!("{reply} is wrong from byte {byte} of its payload on."), Rule::RemovesFront)
        }
        Departure::Extra { len } => {
            let bytes = phrases::count(len, "byte");
            let after = phrases::which("reply", of.saturating_sub(1), of);
            (
                format!("After {after} the server sent {bytes} that belong to no reply."),
                Rule::OneReplyPerMessage,
            )
        }
    };
    // What may still come after a stop belongs to the right answer only as far as it did come.
    let expected = match departure {
        Departure::Stops { whole, .. } => plan.replies[..plan.due.max(whole + 1)].concat(),
        Departure::Length { frame, .. }
        | Departure::CutLength { frame, .. }
        | Departure::Payload { frame, .. } => plan.replies[..plan.due.max(frame + 1)].concat(),
        Departure::Extra { .. } => plan.replies.concat(),
    };
    Some(seen.finding(&happened, rule, expected))
}

/// Whether a reply that stops half-way is the server's own doing.
fn cut_off(plan: &Plan, seen: &Seen<'_>) -> bool {
    // A program that a signal ends has no say in where it is ended. And a server that stops with messages unread
    // resets the connection, as the system has it: what it has written, and the system not sent yet, is lost.
    let killed = seen.transcript.entries.contains(&Entry::KilledBySignal);
    !(plan.stop && (killed || seen.end == End::Reset))
}

/// `The server answered the first, then sent nothing for 1000 ms.`
fn stops(plan: &Plan, seen: &Seen<'_>, whole: usize, of_next: usize) -> String {
    let end = seen.end;
    if of_next > 0 {
        let reply = phrases::which("reply", whole, plan.replies.len());
        let len = plan.replies[whole].len();
        return format!("The server sent {of_next} of the {len} bytes of {reply}, {}.", end.then());
    }
    match whole {
        0 => format!("The server sent no reply: it {}.", end.instead()),
        1 => format!("The server answered the first, {}.", end.then()),
        _ => format!("The server answered the first {whole}, {}.", end.then()),
    }
}

/// The server was told to stop and did not do it well.
fn bad_stop(transcript: &Transcript, seen: &Seen<'_>) -> Option<Finding> {
    let how = transcript.entries.iter().find_map(|entry| match entry {
        Entry::ToldToStop { how } => Some(how),
        _ => None,
    })?;
    let words = |happened: String, expected: &str, received: &str| Finding {
        summary: format!("The harness told the server to stop ({how}) and sent more messages. {happened}"),
        rule: Rule::StopsWhenTold,
        evidence: Evidence::Words { expected: expected.into(), received: received.into() },
        ended: seen.end.noun(),
    };
    match seen.end {
        End::Closed | End::ClosedInFrame | End::Reset => {}
        End::Silent(waited) | End::Unfinished(waited) => {
            return Some(words(
                format!("After {} ms the server still held the connection.", waited.as_millis()),
                "the connection ends",
                "the connection is still open",
            ));
        }
        End::Open => return None,
    }
    transcript.entries.iter().find_map(|entry| match entry {
        Entry::PortAfterStop { waited, listening: true } => Some(words(
            format!(
                "The connection ended, but after {} ms the server still listened on its port.",
                waited.as_millis()
            ),
            "nothing listens on the server's port",
            "the server's port still takes connections",
        )),
        _ => None,
    })
}
