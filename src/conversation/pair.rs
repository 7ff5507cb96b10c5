//! A conversation of a client and a server under test with each other.

use super::link::PairLink;
use super::{Answer, Clock, Entry, Flow, Log, Operation, Transcript, abort_unplayable, record_stop};
use crate::scenario::{Action, Case};
use crate::side::Casting;

/// Has the client and the server behind `link` have the conversation of `case`.
pub fn converse_as_pair(case: &Case, link: &mut dyn PairLink, clock: Clock<'_>) -> Transcript {
    let mut conversation = Conversation { case, link, log: Log::new(clock), clients: 0, stopping: false };
    let flow = case.actions.iter().try_for_each(|action| conversation.act(action));
    conversation.log.into_transcript(flow)
}

struct Conversation<'c, 'l> {
    case: &'c Case,
    link: &'l mut dyn PairLink,
    log: Log<'c>,
    /// How many clients were told to connect.
    clients: usize,
    /// Whether the server was told to stop.
    stopping: bool,
}

impl Conversation<'_, '_> {
    fn act(&mut self, action: &Action) -> Flow {
        let goes_on = match action {
            Action::Connect => {
                self.clients += 1;
                let operation = self.link.connect_operation();
                self.ask(operation) == Answer::Done
            }
            Action::Send { messages, .. } => {
                let are_sent = messages.iter().all(|message| self.send(message));
                self.link.pass_on();
                are_sent
            }
            Action::Receive { .. } => self.receive(),
            Action::ReceiveUntilEnd { .. } => self.receive_until_end(),
            Action::ShutDownClient => {
                let is_done = self.ask(Operation::ShutDown) == Answer::Done;
                self.link.pass_on();
                is_done || self.case.is_last_client(self.clients)
            }
            Action::StopServer => {
                self.stopping = true;
                return record_stop(self.link.stop_server(), &mut self.log);
            }
            _ => return abort_unplayable(action, Casting::Pair, &mut self.log),
        };
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn ask(&mut self, operation: Operation) -> Answer {
        let answer = self.link.ask(&operation, &mut self.log);
        self.log.push(Entry::Answered { operation, answer: answer.clone() });
        answer
    }

    /// Once the server is told to stop, a send may meet a connection that is gone.
    fn send(&mut self, message: &str) -> bool {
        match self.ask(Operation::SendMessage(message.to_owned())) {
            Answer::Done => true,
            Answer::Error(_) => self.stopping,
            Answer::Received { .. }
            | Answer::Malformed(..)
            | Answer::Silent(_)
            | Answer::Exited(_)
            | Answer::Forged => false,
        }
    }

    fn receive(&mut self) -> bool {
        matches!(self.ask(Operation::ReceiveMessage), Answer::Received { received: true, .. })
    }

    fn receive_until_end(&mut self) -> bool {
        // One more than the replies that can still come, so that a client which never sees the end is noticed.
        let is_send =
            |entry: &&Entry| matches!(entry, Entry::Answered { operation: Operation::SendMessage(_), .. });
        let sent = self.log.transcript().entries.iter().filter(is_send).count();
        for _ in 0..=sent {
            match self.ask(Operation::ReceiveMessage) {
                Answer::Received { received: true, .. } => {}
                Answer::Received { received: false, .. } => return true,
                _ => return false,
            }
        }
        false
    }
}
