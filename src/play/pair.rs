//! A client and a server under test, with each other.

use super::Timing;
use super::asking::Asked;
use super::sending::unsuited;
use super::stopping::{self, Told};
use crate::conversation::{Answer, Entry, Operation, Transcript};
use crate::scenario::{Action, Case};
use crate::target::{Endpoint, RunningClient, RunningServer};

pub(super) fn play(
    case: &Case,
    server: &mut dyn RunningServer,
    client: &mut dyn RunningClient,
    timing: &mut Timing,
) -> Transcript {
    let endpoint = &server.endpoint().clone();
    let mut play =
        Play { case, server, endpoint, asked: Asked::new(client), timing, transcript: Transcript::default() };
    let mut stopping = false;
    for action in &case.actions {
        let goes_on = match action {
            Action::Connect => play.connect(),
            Action::Send { messages, .. } => messages.iter().all(|message| play.send(message, stopping)),
            Action::Receive { .. } => play.receive(),
            Action::ReceiveUntilEnd { .. } => play.receive_until_end(),
            Action::ShutDownClient => play.ask(Operation::ShutDown) == Answer::Done,
            Action::SwitchClient { .. }
            | Action::SendMalformed { .. }
            | Action::ReceiveNothing
            | Action::HalfClose
            | Action::ResetClient { .. }
            | Action::CloseUnread
            | Action::ServerCloses { .. } => unsuited(action, &mut play.transcript).is_continue(),
            Action::StopServer => {
                stopping = true;
                stopping::tell(play.server, endpoint, play.timing, &mut play.transcript) == Told::Yes
            }
        };
        if !goes_on {
            play.transcript.push(Entry::Aborted);
            break;
        }
    }
    play.transcript
}

struct Play<'a> {
    case: &'a Case,
    server: &'a mut dyn RunningServer,
    endpoint: &'a Endpoint,
    asked: Asked<'a>,
    timing: &'a mut Timing,
    transcript: Transcript,
}

impl Play<'_> {
    fn ask(&mut self, operation: Operation) -> Answer {
        self.asked.begin(&operation);
        let answer = self.asked.answer(self.timing, &mut self.transcript);
        self.transcript.push(Entry::Answered { operation, answer: answer.clone() });
        answer
    }

    fn connect(&mut self) -> bool {
        let Some(address) = self.endpoint.addresses.first() else { return false };
        let (host, port) = (address.ip().to_string(), address.port());
        self.ask(Operation::Connect { host, port, buffer_size: self.case.assignment.buffer_size })
            == Answer::Done
    }

    /// Once the server is told to stop, a send may meet a connection that is gone.
    fn send(&mut self, message: &str, stopping: bool) -> bool {
        match self.ask(Operation::SendMessage(message.to_owned())) {
            Answer::Done => true,
            Answer::Error(_) => stopping,
            Answer::Received { .. } | Answer::Malformed(..) | Answer::Silent(_) | Answer::Exited(_) => false,
        }
    }

    fn receive(&mut self) -> bool {
        matches!(self.ask(Operation::ReceiveMessage), Answer::Received { received: true, .. })
    }

    fn receive_until_end(&mut self) -> bool {
        // One more than the replies that can still come, so that a client which never sees the end is noticed.
        let sent =
            self.transcript.entries.iter().filter(|entry| {
                matches!(entry, Entry::Answered { operation: Operation::SendMessage(_), .. })
            });
        for _ in 0..=sent.count() {
            match self.ask(Operation::ReceiveMessage) {
                Answer::Received { received: true, .. } => {}
                Answer::Received { received: false, .. } => return true,
                _ => return false,
            }
        }
        false
    }
}
