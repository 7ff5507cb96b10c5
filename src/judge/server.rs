//! Judging a server: the bytes that it sent on each connection, and what it did when it was told to stop.

use std::borrow::Cow;

use super::exchange_end::exchange_end;
use super::mismatch::{from_frame, is_other_reply, mismatch, rule_of_length, unsolicited_prefix};
use super::other_protocol::other_protocol;
use super::wrong_text::wrong_text;
use crate::conversation::{Entry, Transcript};
use crate::rule::Rule;
use crate::scenario::{Action, Case, Malformed};
use crate::side::{Casting, Side};
use crate::verdict::{EarlierClient, ExchangeEnd, Fault, Finding, Mismatch, Sent, Stimulus, WrongText};
use crate::wire::Frame;

/// What a case asks of the server on one connection.
#[derive(Debug, Default)]
struct Demand<'a> {
    /// The messages that are sent.
    messages: Vec<&'a str>,
    /// The replies to them, as frames.
    replies: Vec<Frame<'a>>,
    /// How many of them have to come; the others may.
    due: usize,
    /// Whether the server is told to stop while the connection is open.
    stop: bool,
    /// Whether the client leaves in a way that may cut a reply.
    may_cut_reply: bool,
    /// Whether what was sent last may be answered in any way.
    anything_may_follow: bool,
    /// What has become of the client before when this one connects.
    earlier_at_connect: Option<EarlierClient>,
    /// The same when the first reply to this one is awaited.
    earlier_at_reply: Option<EarlierClient>,
    /// Whether the client has left.
    has_left: bool,
}

fn demands(case: &Case) -> Vec<Demand<'_>> {
    let mut demands: Vec<Demand<'_>> = Vec::new();
    let mut turn = 0;
    for action in &case.actions {
        match action {
            Action::Connect => {
                turn = demands.len();
                let earlier = earlier_client(&demands, turn);
                demands.push(Demand {
                    earlier_at_connect: earlier,
                    earlier_at_reply: earlier,
                    ..Demand::default()
                });
            }
            Action::SwitchClient { client } => turn = *client,
            _ => {
                let earlier = earlier_client(&demands, turn);
                if let Some(demand) = demands.get_mut(turn) {
                    demand.add(case, action, earlier);
                }
            }
        }
    }
    demands
}

/// What has become, until now, of the client before this one.
fn earlier_client(demands: &[Demand<'_>], client: usize) -> Option<EarlierClient> {
    let earlier = demands.get(client.checked_sub(1)?)?;
    Some(if earlier.has_left { EarlierClient::Left } else { EarlierClient::Connected })
}

impl<'a> Demand<'a> {
    fn add(&mut self, case: &Case, action: &'a Action, earlier: Option<EarlierClient>) {
        match action {
            Action::Connect
            | Action::SwitchClient { .. }
            | Action::Pause
            | Action::ReceiveUntilEnd { .. }
            | Action::HalfClose => {}
            Action::Send { messages, .. } => {
                self.messages.extend(messages.iter().map(String::as_str));
                self.replies.extend(messages.iter().map(|message| case.frame(case.reply_to(message))));
            }
            Action::SendMalformed { kind, .. } => self.anything_may_follow |= *kind == Malformed::InvalidUtf8,
            Action::Receive { .. } => {
                if self.due == 0 {
                    self.earlier_at_reply = earlier;
                }
                self.due += 1;
            }
            Action::ShutDownClient => self.has_left = true,
            Action::ResetClient { .. } | Action::CloseUnread | Action::CloseAtOnce => {
                (self.may_cut_reply, self.has_left) = (true, true);
            }
            Action::StopServer => self.stop = true,
            _ => debug_assert!(
                !action.suits(Casting::SERVER),
                "what {action:?} asks of a server is not judged"
            ),
        }
    }
}

/// What is wrong with the server, if anything is.
pub(super) fn finding(case: &Case, transcript: &Transcript) -> Option<Finding> {
    let demands = demands(case);
    demands.iter().enumerate().find_map(|(client, demand)| {
        let served = Served::new(case, transcript, client, demand);
        served
            .no_connection()
            .or_else(|| served.wrong_replies())
            .or_else(|| if demand.stop { served.bad_stop() } else { None })
    })
}

/// What is wrong with a server that keeps the harness from telling it to stop.
pub(super) fn stop_prevented(transcript: &Transcript) -> Option<Finding> {
    transcript.entries.iter().find_map(|entry| match entry {
        Entry::StopPrevented { fault } => {
            let finding = Finding::hand_in(fault.clone());
            Some(Finding { rule: Rule::StopsWhenTold, ended: ExchangeEnd::StillOpen, ..finding })
        }
        _ => None,
    })
}

/// One client of a server, as it was served.
struct Served<'a> {
    case: &'a Case,
    transcript: &'a Transcript,
    demand: &'a Demand<'a>,
    /// Its number, and that of its connection.
    client: usize,
    received: Cow<'a, [u8]>,
    ended: ExchangeEnd,
}

impl<'a> Served<'a> {
    fn new(case: &'a Case, transcript: &'a Transcript, client: usize, demand: &'a Demand<'_>) -> Self {
        let received = transcript.received(client);
        let ended = exchange_end(transcript, client, &received, &case.assignment);
        Self { case, transcript, demand, client, received, ended }
    }

    /// What the harness sent on the connection.
    fn stimulus(&self) -> Stimulus {
        let (mut sends, mut messages, mut pieces_max, mut malformed_len) = (0, 0, 1, 0);
        let mut stopped_by = None;
        for entry in &self.transcript.entries {
            if let Entry::Sent { connection, messages: sent, len, pieces, undelivered, .. } = entry
                && *connection == self.client
            {
                sends += usize::from(*sent > 0);
                messages += sent;
                pieces_max = pieces_max.max(*pieces);
                malformed_len += if *sent == 0 { *len } else { 0 };
                stopped_by = stopped_by.or(undelivered.as_ref());
            }
        }
        let sent = self.demand.messages.iter().take(messages);
        Stimulus::Send(Sent {
            client: self.client,
            message_chars: sent.map(|message| message.chars().count()).collect(),
            sends,
            delivery: self.case.delivery.clone(),
            pieces_max,
            malformed_len,
            undelivered: stopped_by.cloned(),
        })
    }

    /// The connection that should have been made next was not.
    fn no_connection(&self) -> Option<Finding> {
        let entries = &self.transcript.entries;
        let was_made = entries
            .iter()
            .any(|entry| matches!(entry, Entry::Connected { connection } if *connection == self.client));
        let fault = entries.iter().find_map(|entry| match entry {
            Entry::NotConnected { why } if !was_made => Some(Fault::NotConnected { why: why.clone() }),
            Entry::NotAccepted { connection, silence } if *connection == self.client => {
                Some(Fault::NotAccepted { silence: *silence })
            }
            _ => None,
        })?;
        let was_awaited = matches!(self.ended, ExchangeEnd::Silent { .. });
        let earlier = if was_awaited { self.demand.earlier_at_reply } else { self.demand.earlier_at_connect };
        let rule = match earlier {
            Some(EarlierClient::Left) => Rule::NextClient,
            Some(EarlierClient::Connected) | None => Rule::Connects,
        };
        let stimulus = Stimulus::Connect { client: self.client, earlier };
        Some(Finding { stimulus, fault, rule, ended: ExchangeEnd::NotConnected })
    }

    /// The bytes that came are not the replies that are due.
    fn wrong_replies(&self) -> Option<Finding> {
        let (case, demand) = (self.case, self.demand);
        let found = self.look_closer(mismatch(&demand.replies, &self.received, &case.assignment)?);
        let rule = match found {
            Mismatch::Stops { whole, of_next, .. } => {
                let has_all = whole >= demand.due && (of_next == 0 || !self.has_cut_reply());
                match self.kept_next_away() {
                    true => Rule::AnySplit,
                    false if has_all || self.gave_way() => return None,
                    false => self.rule_of_stop(of_next),
                }
            }
            Mismatch::PartialHeader { .. } | Mismatch::OtherProtocol { .. } => Rule::Framing,
            Mismatch::Length { frame, .. }
            | Mismatch::Text { frame, .. }
            | Mismatch::Payload { frame, .. }
                if is_other_reply(&demand.replies, frame, &self.received, &case.assignment) =>
            {
                Rule::OneReplyPerMessage
            }
            Mismatch::Length { frame, declared, .. } => {
                rule_of_length(declared, &case.reply_to(demand.messages[frame]), &case.assignment)
            }
            // A message of which only the start is answered was taken for whole too early, where that is the question.
            Mismatch::Text { text: WrongText::CutShort, .. } | Mismatch::Text { chars: 0, .. }
                if case.rule == Rule::AnySplit =>
            {
                Rule::AnySplit
            }
            Mismatch::Text { .. } | Mismatch::Payload { .. } => Rule::Work,
            Mismatch::Extra { .. } if demand.anything_may_follow => return None,
            Mismatch::UnsolicitedPrefix { .. } | Mismatch::Extra { .. } => Rule::OneReplyPerMessage,
        };
        // What may still come after a stop belongs to the right answer only as far as it did come.
        let expected = match found {
            Mismatch::Stops { whole: frame, .. }
            | Mismatch::PartialHeader { frame, .. }
            | Mismatch::UnsolicitedPrefix { frame, .. }
            | Mismatch::Length { frame, .. }
            | Mismatch::Text { frame, .. }
            | Mismatch::Payload { frame, .. } => &demand.replies[..demand.due.max(frame + 1)],
            Mismatch::Extra { .. } | Mismatch::OtherProtocol { .. } => &demand.replies,
        };
        let fault = Fault::Bytes {
            from: Side::Server,
            mismatch: found,
            frames: demand.replies.len(),
            expected: Frame::concat(expected),
            received: self.received.to_vec(),
        };
        Some(Finding { stimulus: self.stimulus(), fault, rule, ended: self.ended })
    }

    /// What is behind a frame that differs. A wrong length may be the right length of a wrong text; then the text is the fault.
    fn look_closer(&self, found: Mismatch) -> Mismatch {
        if let Some(protocol) = other_protocol(&self.received) {
            return Mismatch::OtherProtocol { protocol };
        }
        let (Mismatch::Length { frame, .. } | Mismatch::Payload { frame, .. }) = found else { return found };
        let Demand { messages, replies, .. } = self.demand;
        let is_length = matches!(found, Mismatch::Length { .. });
        if is_length
            && let Some(len) = unsolicited_prefix(replies, frame, &self.received, &self.case.assignment)
        {
            return Mismatch::UnsolicitedPrefix { frame, len };
        }
        let (message, right) = (messages[frame], &*self.case.reply_to(messages[frame]));
        let stream = from_frame(replies, frame, &self.received).unwrap_or_default();
        match wrong_text(message, right, stream, &self.case.assignment) {
            // Where the length is right, the first byte that is wrong says more.
            Some((WrongText::Unrelated, _)) | None if !is_length => found,
            Some((text, chars)) => {
                Mismatch::Text { frame, text, chars, expected_chars: right.chars().count() }
            }
            None => found,
        }
    }

    /// Whether a reply that stops half-way is the server's own doing.
    fn has_cut_reply(&self) -> bool {
        // A program that a signal ends has no say in where it is ended, nor has one whose client is gone. And one that
        // stops with messages unread resets the connection, as the system has it: what it has written and the system
        // not sent yet, the second half of a reply in two writes for one, is lost.
        let was_killed = self.transcript.entries.contains(&Entry::KilledBySignal);
        let was_lost = self.demand.stop && (was_killed || self.ended == ExchangeEnd::Reset);
        !(self.demand.may_cut_reply || was_lost)
    }

    /// Whether nothing more was waited for here because another client had no connection.
    fn gave_way(&self) -> bool {
        let no_connection =
            |entry: &Entry| matches!(entry, Entry::NotConnected { .. } | Entry::NotAccepted { .. });
        self.ended == ExchangeEnd::StillOpen && self.transcript.entries.iter().any(no_connection)
    }

    /// Whether no client came after this one because not all of a message could be sent to the server. What it owes this client, which
    /// leaves, is nothing; but to read a message to its end.
    fn kept_next_away(&self) -> bool {
        let entries = &self.transcript.entries;
        let came = |entry: &Entry| match entry {
            Entry::Connected { connection } | Entry::NotAccepted { connection, .. } => {
                *connection > self.client
            }
            Entry::NotConnected { .. } => true,
            _ => false,
        };
        let was_stopped = |entry: &Entry| matches!(entry, Entry::Sent { connection, undelivered: Some(_), .. } if *connection == self.client);
        let clients = self.case.actions.iter().filter(|action| matches!(action, Action::Connect)).count();
        self.demand.has_left
            && self.client + 1 < clients
            && entries.iter().any(was_stopped)
            && !entries.iter().any(came)
    }

    /// The promise that is broken by replies that stop, after so many bytes of the next. What has not come says nothing
    /// of what would have been in it.
    const fn rule_of_stop(&self, of_next: usize) -> Rule {
        match (self.case.rule, of_next) {
            (Rule::Work | Rule::LengthInBytes, 0) => Rule::OneReplyPerMessage,
            (Rule::Work | Rule::LengthInBytes, _) => Rule::Framing,
            (rule, _) => rule,
        }
    }

    /// The server was told to stop and did not do it well.
    fn bad_stop(&self) -> Option<Finding> {
        let entries = &self.transcript.entries;
        let how = entries.iter().find_map(|entry| match entry {
            Entry::ToldToStop { how } => Some(how.clone()),
            _ => None,
        })?;
        let fault = match self.ended {
            ExchangeEnd::Silent { .. }
            | ExchangeEnd::StillSending { .. }
            | ExchangeEnd::StillReading { .. } => Fault::ConnectionHeld { silence: self.ended.silence()? },
            ExchangeEnd::ClosedCleanly | ExchangeEnd::ClosedInFrame | ExchangeEnd::Reset => {
                entries.iter().find_map(|entry| match entry {
                    Entry::PortAfterStop { silence, listening: true } => {
                        Some(Fault::PortHeld { silence: *silence })
                    }
                    _ => None,
                })?
            }
            ExchangeEnd::StillOpen
            | ExchangeEnd::NotConnected
            | ExchangeEnd::NotObserved
            | ExchangeEnd::NotStarted => return None,
        };
        Some(Finding {
            stimulus: Stimulus::Stop { how },
            fault,
            rule: Rule::StopsWhenTold,
            ended: self.ended,
        })
    }
}
