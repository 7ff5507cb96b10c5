//! Judging a server: the bytes that it sent on each connection, and what it did when it was told to stop.

use std::borrow::Cow;

use super::phrases::{self, Departure, End};
use crate::conversation::{Entry, Transcript};
use crate::rule::Rule;
use crate::scenario::{Action, Case, Malformed};
use crate::verdict::{Evidence, Finding};
use crate::wire::Frame;

/// What a case asks of the server on one connection.
#[derive(Debug, Default)]
struct Plan<'a> {
    /// The length of each message that is sent, in characters.
    message_chars: Vec<usize>,
    /// The replies to everything that is sent, as frames.
    replies: Vec<Frame<'a>>,
    /// How many of them have to come; the others may.
    due: usize,
    /// Whether the server is told to stop while the connection is open.
    stop: bool,
    /// Whether the client leaves in a way that may cut a reply.
    breaks_off: bool,
    /// Whether what was sent last may be answered in any way.
    anything_may_follow: bool,
}

fn plans(case: &Case) -> Vec<Plan<'_>> {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    let mut turn = 0;
    for action in &case.actions {
        match action {
            Action::Connect => {
                turn = plans.len();
                plans.push(Plan::default());
            }
            Action::SwitchClient { client } => turn = *client,
            _ => {
                if let Some(plan) = plans.get_mut(turn) {
                    plan.add(case, action);
                }
            }
        }
    }
    plans
}

impl<'a> Plan<'a> {
    fn add(&mut self, case: &Case, action: &'a Action) {
        match action {
            Action::Connect
            | Action::SwitchClient { .. }
            | Action::ReceiveUntilEnd { .. }
            | Action::ReceiveNothing
            | Action::HalfClose
            | Action::ShutDownClient
            | Action::ServerCloses { .. } => {}
            Action::Send { messages, .. } => {
                self.message_chars.extend(messages.iter().map(|message| message.chars().count()));
                self.replies.extend(messages.iter().map(|message| case.frame(case.reply_to(message))));
            }
            Action::SendMalformed { kind, .. } => self.anything_may_follow |= *kind == Malformed::InvalidUtf8,
            Action::Receive { .. } => self.due += 1,
            Action::ResetClient { .. } | Action::CloseUnread => self.breaks_off = true,
            Action::StopServer => self.stop = true,
        }
    }
}

/// What is wrong with the server, if anything is.
pub(super) fn finding(case: &Case, transcript: &Transcript) -> Option<Finding> {
    let plans = plans(case);
    for (connection, plan) in plans.iter().enumerate() {
        let seen = Seen::new(case, transcript, connection, plan);
        if let Some(finding) = not_connected(transcript, connection) {
            return Some(finding);
        }
        if let Some(finding) = wrong_replies(case, plan, &seen) {
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
    plan: &'a Plan<'a>,
    connection: usize,
    received: Cow<'a, [u8]>,
    end: End,
}

impl<'a> Seen<'a> {
    fn new(case: &Case, transcript: &'a Transcript, connection: usize, plan: &'a Plan<'_>) -> Self {
        let received = transcript.received(connection);
        let end = End::of(transcript, connection, &received, &case.assignment);
        Self { transcript, plan, connection, received, end }
    }

    /// `The harness sent 3 messages in one write.`
    fn what_was_sent(&self) -> String {
        let client = match self.connection {
            0 => String::new(),
            later => format!(", as client {},", later + 1),
        };
        let (mut sends, mut messages, mut pieces_max, mut raw_len) = (0, 0, 1, 0);
        let mut obstacle = None;
        for entry in &self.transcript.entries {
            if let Entry::Sent { connection, messages: sent, len, pieces, undelivered, .. } = entry
                && *connection == self.connection
            {
                sends += usize::from(*sent > 0);
                messages += sent;
                pieces_max = pieces_max.max(*pieces);
                raw_len += if *sent == 0 { *len } else { 0 };
                obstacle = obstacle.or(undelivered.as_deref());
            }
        }
        let how = match (sends, messages, pieces_max) {
            (1, 1, 1) => String::new(),
            (1, _, 1) => " in one write".into(),
            (1, _, pieces) => format!(" in {pieces} pieces"),
            (_, _, 1) => ", one after the other".into(),
            (_, _, pieces) => format!(", one after the other, in up to {pieces} pieces each"),
        };
        let raw = format!("{} of no whole message", phrases::count(raw_len, "byte"));
        let sent = match (messages, raw_len) {
            (0, 0) => return format!("The harness{client} connected and sent nothing."),
            (0, _) => raw,
            (_, 0) => format!("{}{how}", self.messages(messages)),
            _ => format!("{}{how}, and {raw}", self.messages(messages)),
        };
        let rest = obstacle.map(|why| format!(", but {why}")).unwrap_or_default();
        format!("The harness{client} sent {sent}{rest}.")
    }

    /// `3 messages of 1500 characters each`
    fn messages(&self, messages: usize) -> String {
        let lengths = match self.plan.message_chars.get(..messages).unwrap_or_default() {
            [only] => format!(" of {}", phrases::count(*only, "character")),
            [first, others @ ..] if others.iter().all(|other| other == first) => {
                format!(" of {} each", phrases::count(*first, "character"))
            }
            _ => String::new(),
        };
        format!("{}{lengths}", phrases::count(messages, "message"))
    }

    fn finding(&self, happened: &str, rule: Rule, expected: Vec<u8>) -> Finding {
        Finding {
            summary: format!("{} {happened}", self.what_was_sent()),
            rule,
            evidence: Evidence::Bytes { expected, received: self.received.to_vec() },
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
            Entry::NotAccepted { connection: on, why } if *on == connection => {
                (format!("connected, but {why}"), why.clone())
            }
            _ => return None,
        };
        let summary = match connection {
            0 => format!("The harness {happened}."),
            later => format!("Client {later} has left. As client {}, the harness {happened}.", later + 1),
        };
        let evidence = Evidence::Values { expected: "a connection that is accepted".into(), received };
        Some(Finding { summary, rule: Rule::NextClient, evidence, ended: "not connected".into() })
    })
}

/// The bytes that came are not the replies that are due.
fn wrong_replies(case: &Case, plan: &Plan<'_>, seen: &Seen<'_>) -> Option<Finding> {
    let assignment = &case.assignment;
    let departure = phrases::departure(&plan.replies, &seen.received, assignment)?;
    let of = plan.replies.len();
    let (happened, rule) = match departure {
        Departure::Stops { whole, of_next } => {
            if whole >= plan.due && (of_next == 0 || !cut_off(plan, seen)) {
                return None;
            }
            (stops(plan, seen, whole, of_next), case.rule)
        }
        Departure::Stray { frame, len } => {
            let after = match frame {
                0 => "The".to_owned(),
                _ => format!("After {} the", phrases::which("reply", frame - 1, of)),
            };
            let bytes = phrases::count(len, "byte");
            let happened =
                format!("{after} server sent {bytes} that no reply can start with, {}.", seen.end.then());
            (happened, Rule::Framing)
        }
        Departure::Length { frame, declared } => {
            let reply = phrases::which("reply", frame, of);
            let wanted = plan.replies[frame].len() - assignment.header_width.bytes();
            match phrases::uninvited(&plan.replies, frame, &seen.received) {
                Some(len) => {
                    let bytes = phrases::count(len, "byte");
                    let happened = format!("Before {reply} the server sent {bytes} that nobody asked for.");
                    (happened, Rule::OneReplyPerMessage)
                }
                None => {
                    let (reply, wanted) = (phrases::capitalised(&reply), phrases::count(wanted, "byte"));
                    let happened = format!("{reply} declares a length of {declared}; it has to be {wanted}.");
                    (happened, Rule::Framing)
                }
            }
        }
        Departure::Payload { frame, byte } => {
            let reply = phrases::capitalised(&phrases::which("reply", frame, of));
            let no_text = match phrases::is_not_utf8(&plan.replies, frame, &seen.received, assignment) {
                true => ", and is not UTF-8",
                false => "",
            };
            (format!("{reply} is wrong from byte {byte} of its payload on{no_text}."), Rule::RemovesFront)
        }
        Departure::Extra { .. } if plan.anything_may_follow => return None,
        Departure::Extra { len } => {
            let bytes = phrases::count(len, "byte");
            let happened = match of {
                0 => format!("The server sent {bytes} although no message was complete."),
                _ => {
                    let after = phrases::which("reply", of - 1, of);
                    format!("After {after} the server sent {}.", phrases::count(len, "more byte"))
                }
            };
            (happened, Rule::OneReplyPerMessage)
        }
    };
    // What may still come after a stop belongs to the right answer only as far as it did come.
    let expected = match departure {
        Departure::Stops { whole, .. } => &plan.replies[..plan.due.max(whole + 1)],
        Departure::Stray { frame, .. }
        | Departure::Length { frame, .. }
        | Departure::Payload { frame, .. } => &plan.replies[..plan.due.max(frame + 1)],
        Departure::Extra { .. } => &plan.replies,
    };
    Some(seen.finding(&happened, rule, Frame::concat(expected)))
}

/// Whether a reply that stops half-way is the server's own doing.
fn cut_off(plan: &Plan<'_>, seen: &Seen<'_>) -> bool {
    // A program that a signal ends has no say in where it is ended, nor has one whose client is gone. And one that
    // stops with messages unread resets the connection, as the system has it: what it has written and the system
    // not sent yet, the second half of a reply in two writes for one, is lost.
    let was_killed = seen.transcript.entries.contains(&Entry::KilledBySignal);
    let was_lost = plan.stop && (was_killed || seen.end == End::Reset);
    !(plan.breaks_off || was_lost)
}

/// `The server answered the first, then sent nothing for 1000 ms.`
fn stops(plan: &Plan<'_>, seen: &Seen<'_>, whole: usize, of_next: usize) -> String {
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
        evidence: Evidence::Values { expected: expected.into(), received: received.into() },
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
