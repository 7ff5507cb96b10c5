//! Judging a client: the bytes that it sent, what its operations gave back, and whether it closed.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::exchange_end::exchange_end;
use super::mismatch::{mismatch, rule_of_length};
use crate::conversation::{Answer, Entry, Operation, OperationKind, Transcript};
use crate::rule::Rule;
use crate::scenario::{Action, Case};
use crate::side::{Casting, Side};
use crate::silence::Silence;
use crate::verdict::{ExchangeEnd, ExpectedAnswer, Fault, Finding, Mismatch, Stimulus};
use crate::wire::Frame;

/// What is wrong with the client, if anything is.
pub(super) fn finding(case: &Case, transcript: &Transcript) -> Option<Finding> {
    clients(case, transcript, Tolerance::None).iter().find_map(|client| {
        client
            .wrong_bytes(case)
            .or_else(|| client.wrong_answer(case))
            .or_else(|| client.missing_bytes(case))
            .or_else(|| client.not_closed(case))
    })
}

/// What is wrong with a pair, as far as the client's answers show it.
pub(super) fn finding_of_pair(case: &Case, transcript: &Transcript) -> Option<Finding> {
    let clients = clients(case, transcript, Tolerance::AfterStop);
    let finding = clients.iter().find_map(|client| client.wrong_answer(case))?;
    Some(Finding { ended: ExchangeEnd::NotObserved, ..finding })
}

/// What a pair is forgiven.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    None,
    /// When a server that was told to stop is gone is not in the harness's hands: a send may fail, and any
    /// number of the last replies may still come.
    AfterStop,
}

impl Tolerance {
    const fn casting(self) -> Casting {
        match self {
            Self::None => Casting::CLIENT,
            Self::AfterStop => Casting::Pair,
        }
    }
}

/// One client of a case: what it was told to send, what it had to give back, and what it did.
struct Driven<'a> {
    number: usize,
    /// The messages that it was told to send while it had a connection.
    messages: Vec<&'a str>,
    demand: Demand<'a>,
    answers: Vec<Given<'a>>,
    /// How long its connection was waited for in vain.
    never_connected: Option<Silence>,
    connected_again: bool,
    received: Cow<'a, [u8]>,
    ended: ExchangeEnd,
    /// Whether its bytes can be seen.
    is_on_wire: bool,
}

/// What one client of a case has to do.
#[derive(Default)]
struct Demand<'a> {
    /// What each of its operations has to give back, in order.
    answers: Vec<ExpectedRef<'a>>,
    /// How many messages can reach the harness. It is told to send others in vain, after those.
    messages: usize,
}

/// What an operation gave back.
struct Given<'a> {
    operation: &'a Operation,
    answer: &'a Answer,
    /// Whether that is an exception which nothing has caught.
    was_raised: bool,
}

fn clients<'a>(case: &'a Case, transcript: &'a Transcript, tolerance: Tolerance) -> Vec<Driven<'a>> {
    let mut demands = demands(case, tolerance).into_iter();
    let mut was_raised = false;
    let mut clients: Vec<Driven<'a>> = Vec::new();
    for entry in &transcript.entries {
        if let Entry::Answered { operation: Operation::Connect { .. }, .. } = entry {
            let number = clients.len();
            let received = transcript.received(number);
            let ended = exchange_end(transcript, number, &received, &case.assignment);
            clients.push(Driven {
                number,
                messages: Vec::new(),
                demand: demands.next().unwrap_or_default(),
                answers: Vec::new(),
                never_connected: None,
                connected_again: false,
                received,
                ended,
                is_on_wire: false,
            });
        }
        let Some(client) = clients.last_mut() else { continue };
        match entry {
            Entry::Answered { operation, answer } => {
                if let Operation::SendMessage(message) = operation
                    && client.messages.len() < client.demand.messages
                {
                    client.messages.push(message);
                }
                let was_raised = std::mem::take(&mut was_raised);
                client.answers.push(Given { operation, answer, was_raised });
            }
            Entry::NeverConnected { silence } => client.never_connected = Some(*silence),
            Entry::Connected { .. } => client.is_on_wire = true,
            Entry::ConnectedAgain => client.connected_again = true,
            Entry::Raised => was_raised = true,
            _ => {}
        }
    }
    clients
}

/// What each client has to do.
fn demands(case: &Case, tolerance: Tolerance) -> Vec<Demand<'_>> {
    let mut clients: Vec<Demand<'_>> = Vec::new();
    let mut due: VecDeque<Cow<'_, str>> = VecDeque::new();
    let mut stopping = false;
    for action in &case.actions {
        if matches!(action, Action::Connect) {
            clients.push(Demand::default());
            due.clear();
        }
        let Some(Demand { answers: expected, messages: sent }) = clients.last_mut() else { continue };
        match action {
            Action::Connect | Action::ShutDownClient => expected.push(ExpectedRef::Return),
            Action::Send { messages, .. } => {
                due.extend(case.replies(action, tolerance.casting()));
                let may_fail = stopping && tolerance == Tolerance::AfterStop;
                let one = if may_fail { ExpectedRef::ReturnOrFail } else { ExpectedRef::Return };
                expected.extend(messages.iter().map(|_| one.clone()));
                *sent += messages.len();
            }
            Action::SendInVain { messages, ended_by } => {
                let one = match ended_by {
                    Side::Server => ExpectedRef::ReturnOrReport,
                    Side::Client => ExpectedRef::Fail,
                };
                expected.extend(messages.iter().map(|_| one.clone()));
            }
            Action::Receive { .. } => expected.extend(due.pop_front().map(ExpectedRef::Reply)),
            Action::ReceiveLate { .. } => {
                expected.extend(due.pop_front().map(ExpectedRef::ReplyOrNothing));
            }
            Action::ReceiveUntilEnd { .. } => match tolerance {
                // The harness answers one message after the stop, and then it is gone.
                Tolerance::None => {
                    expected.extend(due.pop_front().map(ExpectedRef::Reply));
                    expected.push(ExpectedRef::Disconnect);
                }
                Tolerance::AfterStop => {
                    expected.extend(due.drain(..).map(ExpectedRef::ReplyOrDisconnect));
                    expected.push(ExpectedRef::Disconnect);
                }
            },
            Action::ReceiveNothing => expected.push(ExpectedRef::Disconnect),
            Action::StopServer => stopping = true,
            Action::ServerCloses { .. } => {}
            _ => debug_assert!(
                !action.suits(Casting::CLIENT),
                "what {action:?} asks of a client is not judged"
            ),
        }
    }
    clients
}

impl Driven<'_> {
    fn finding(&self, fault: Fault, rule: Rule) -> Finding {
        let is_send = |given: &&Given<'_>| matches!(given.operation, Operation::SendMessage(_));
        let messages = self.answers.iter().filter(is_send).count();
        let stimulus = Stimulus::Ask { client: self.number, messages };
        Finding { stimulus, fault, rule, ended: self.ended }
    }

    fn frames(&self, case: &Case) -> Vec<Frame<'_>> {
        self.messages.iter().map(|message| case.frame(*message)).collect()
    }

    /// Its bytes are not those of its messages.
    fn bytes_finding(&self, case: &Case, frames: &[Frame<'_>], mismatch: Mismatch) -> Finding {
        let rule = match mismatch {
            Mismatch::Length { frame, declared, .. } => {
                rule_of_length(declared, self.messages[frame], &case.assignment)
            }
            _ => Rule::Framing,
        };
        let fault = Fault::Bytes {
            from: Side::Client,
            mismatch,
            frames: frames.len(),
            expected: Frame::concat(frames),
            received: self.received.to_vec(),
        };
        self.finding(fault, rule)
    }

    /// It sent something that is not its messages.
    fn wrong_bytes(&self, case: &Case) -> Option<Finding> {
        let frames = self.frames(case);
        let found = mismatch(&frames, &self.received, &case.assignment)?;
        (!matches!(found, Mismatch::Stops { .. })).then(|| self.bytes_finding(case, &frames, found))
    }

    /// It did not send all that it was told to.
    fn missing_bytes(&self, case: &Case) -> Option<Finding> {
        let frames = self.frames(case);
        let found = mismatch(&frames, &self.received, &case.assignment).filter(|_| self.is_on_wire)?;
        matches!(found, Mismatch::Stops { .. }).then(|| self.bytes_finding(case, &frames, found))
    }

    /// One of its operations gave back something else than it has to.
    fn wrong_answer(&self, case: &Case) -> Option<Finding> {
        let mut expected = self.demand.answers.iter().peekable();
        for Given { operation, answer, was_raised } in &self.answers {
            // A client that has seen the end is asked for no more replies, although more might have come.
            let is_shutdown = **operation == Operation::ShutDown;
            let is_judged = !is_shutdown || !case.is_last_client(self.number + 1);
            while is_shutdown && expected.next_if(|next| next.is_of_receiving()).is_some() {}
            let expected = expected.next()?;
            if !is_judged || expected.is_met_by(answer, *was_raised) {
                continue;
            }
            let fault = Fault::Answer {
                operation: operation.kind(),
                expected: expected.to_value(),
                answer: (*answer).clone(),
                connected_again: self.connected_again,
                is_of_own_message: self.is_of_own_message(answer, case),
            };
            let finding = self.finding(fault, expected.rule(operation.kind(), answer, case));
            return Some(match answer {
                // On the connection nothing else was awaited.
                Answer::Silent(silence) if finding.ended == ExchangeEnd::StillOpen => {
                    Finding { ended: ExchangeEnd::Silent { silence: *silence }, ..finding }
                }
                _ => finding,
            });
        }
        let silence = self.never_connected?;
        Some(self.finding(Fault::NeverConnected { silence }, Rule::Connects))
    }

    fn is_of_own_message(&self, answer: &Answer, case: &Case) -> bool {
        let Answer::Received { payload, .. } = answer else { return false };
        !payload.is_empty() && self.messages.iter().any(|message| case.reply_to(message) == *payload)
    }

    /// It gave back that it was shut down, and its connection is still there.
    fn not_closed(&self, case: &Case) -> Option<Finding> {
        if case.is_last_client(self.number + 1) {
            return None;
        }
        let Operation::ShutDown = self.answers.last()?.operation else { return None };
        let silence = self.ended.silence()?;
        Some(self.finding(Fault::NotClosed { silence }, Rule::ClosesSocket))
    }
}

/// An [`ExpectedAnswer`] before it is needed: replies are long.
#[derive(Clone)]
enum ExpectedRef<'a> {
    Return,
    ReturnOrFail,
    /// It returns, or says in an answer that it could not send; it does not raise.
    ReturnOrReport,
    Fail,
    Reply(Cow<'a, str>),
    Disconnect,
    ReplyOrDisconnect(Cow<'a, str>),
    /// The assignment leaves open how long a client waits for a reply that is late. It says so if it has given up.
    ReplyOrNothing(Cow<'a, str>),
}

impl ExpectedRef<'_> {
    const fn is_of_receiving(&self) -> bool {
        match self {
            Self::Return | Self::ReturnOrFail | Self::ReturnOrReport | Self::Fail => false,
            Self::Reply(_) | Self::Disconnect | Self::ReplyOrDisconnect(_) | Self::ReplyOrNothing(_) => true,
        }
    }

    fn is_met_by(&self, answer: &Answer, was_raised: bool) -> bool {
        let is_reply =
            |reply: &str| matches!(answer, Answer::Received { payload, received: true } if payload == reply);
        let is_disconnect =
            || matches!(answer, Answer::Received { payload, received: false } if payload.is_empty());
        match self {
            Self::Return => *answer == Answer::Done,
            Self::ReturnOrFail => matches!(answer, Answer::Done | Answer::Error(_)),
            Self::ReturnOrReport => {
                *answer == Answer::Done || matches!(answer, Answer::Error(_) if !was_raised)
            }
            Self::Fail => matches!(answer, Answer::Error(_)),
            Self::Reply(reply) => is_reply(reply),
            Self::Disconnect => is_disconnect(),
            Self::ReplyOrDisconnect(reply) | Self::ReplyOrNothing(reply) => {
                is_reply(reply) || is_disconnect()
            }
        }
    }

    /// The promise that is broken by this answer to this operation.
    fn rule(&self, operation: OperationKind, answer: &Answer, case: &Case) -> Rule {
        match (self, operation) {
            (Self::Disconnect | Self::ReplyOrDisconnect(_), _) => Rule::NoticesDisconnect,
            (Self::ReturnOrReport | Self::Fail, _) => Rule::SendsInVain,
            (Self::Reply(reply), _) if is_wrong_end(reply, answer, case) => Rule::AnySplit,
            (Self::Reply(_) | Self::ReplyOrNothing(_), _) => Rule::ReturnsPayload,
            (Self::Return | Self::ReturnOrFail, OperationKind::Connect) => Rule::Connects,
            (Self::Return | Self::ReturnOrFail, OperationKind::ShutDown) => Rule::ClosesSocket,
            (Self::Return | Self::ReturnOrFail, _) => match case.rule {
                // These are about replies, and a message that was not sent has none.
                Rule::Work | Rule::LengthInBytes | Rule::OneReplyPerMessage | Rule::AnySplit => Rule::Framing,
                rule => rule,
            },
        }
    }

    fn to_value(&self) -> ExpectedAnswer {
        match self {
            Self::Return | Self::ReturnOrReport => ExpectedAnswer::Return,
            Self::Fail => ExpectedAnswer::Fail,
            Self::ReturnOrFail => ExpectedAnswer::ReturnOrFail,
            Self::Reply(reply) => ExpectedAnswer::Reply(reply.clone().into_owned()),
            Self::Disconnect => ExpectedAnswer::Disconnect,
            Self::ReplyOrDisconnect(reply) | Self::ReplyOrNothing(reply) => {
                ExpectedAnswer::ReplyOrDisconnect(reply.clone().into_owned())
            }
        }
    }
}

/// Whether the client was wrong about where `reply` ends, where the case is about that.
fn is_wrong_end(reply: &str, answer: &Answer, case: &Case) -> bool {
    if !matches!(case.rule, Rule::AnySplit | Rule::OneReplyPerMessage) {
        return false;
    }
    match answer {
        Answer::Received { payload, .. } if !payload.is_empty() => {
            let starts_alike = payload.starts_with(reply) || reply.starts_with(payload.as_str());
            starts_alike && payload != reply
        }
        // It gave up, or still waits.
        Answer::Received { .. } | Answer::Error(_) | Answer::Silent(_) => case.rule == Rule::AnySplit,
        Answer::Done | Answer::Malformed(..) | Answer::Exited(_) | Answer::Forged => false,
    }
}
