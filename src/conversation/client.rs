//! A conversation with a client under test: the harness is its server.

use std::borrow::Cow;

use super::link::{Alongside, ClientConnected, ClientLink, Close, Outgoing, WaitOutcome};
use super::{
    Answer, Clock, Entry, Flow, Log, Operation, ReplyQueue, Transcript, abort_unplayable, deliver,
    record_sent,
};
use crate::scenario::{Action, Case, CloseMode, ReplyBatch};
use crate::side::Casting;

/// Has the conversation of `case` with the client at the other end of `link`.
pub fn converse_with_client(case: &Case, link: &mut dyn ClientLink, clock: Clock<'_>) -> Transcript {
    let mut conversation =
        Conversation { case, link, log: Log::new(clock), current: None, reply_queue: ReplyQueue::new(case) };
    let flow = case.actions.iter().try_for_each(|action| conversation.act(action));
    conversation.log.into_transcript(flow)
}

struct Conversation<'a, 'l> {
    case: &'a Case,
    link: &'l mut dyn ClientLink,
    log: Log<'a>,
    /// The last connection, unless the harness has closed it.
    current: Option<usize>,
    reply_queue: ReplyQueue<'a>,
}

/// When the harness's server sends a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timeliness {
    /// When the client has been told to receive it.
    Prompt,
    /// When the client has waited for it, and may have given up.
    Late,
}

impl<'a> Conversation<'a, '_> {
    fn act(&mut self, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send { messages, .. } => {
                let replies = self.case.replies(action, Casting::CLIENT);
                messages.iter().zip(replies).try_for_each(|(message, reply)| self.send(message, reply))
            }
            Action::Receive { batch } => self.receive(batch.as_ref(), Timeliness::Prompt),
            Action::ReceiveLate { batch } => self.receive(batch.as_ref(), Timeliness::Late),
            Action::ReceiveUntilEnd { batch } => self.receive_until_end(batch.as_ref()),
            Action::ReceiveNothing => self.receive_nothing(),
            Action::SendInVain { messages, .. } => {
                self.close_for_good();
                messages.iter().try_for_each(|message| self.send_in_vain(message))
            }
            Action::ShutDownClient => self.shut_down_client(),
            // The harness's own server stops when all that is sent has come, so that a client which is right
            // never meets a connection that is half gone.
            Action::StopServer => Flow::Continue(()),
            Action::ServerCloses { mode } => self.close(*mode),
            _ => abort_unplayable(action, Casting::CLIENT, &mut self.log),
        }
    }

    fn record(&mut self, operation: Operation, answer: Answer) -> Flow {
        if matches!(answer, Answer::Silent(_)) && self.link.has_connected_again() {
            self.log.push(Entry::ConnectedAgain);
        }
        let goes_on = answer == Answer::Done;
        self.log.push(Entry::Answered { operation, answer });
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn connect(&mut self) -> Flow {
        let ClientConnected { operation, answer, accepted } = self.link.connect(&mut self.log);
        let flow = self.record(operation, answer);
        match accepted {
            Ok(()) => {
                self.current = Some(self.log.record_connected());
                self.reply_queue = ReplyQueue::new(self.case);
                flow
            }
            Err(entry) => {
                self.log.push(entry);
                Flow::Break(())
            }
        }
    }

    fn send(&mut self, message: &'a str, reply: Cow<'a, str>) -> Flow {
        let Some(connection) = self.current else { return Flow::Break(()) };
        self.log.incoming(connection).expect(self.case.frame(message));
        self.reply_queue.push(reply);
        let operation = Operation::SendMessage(message.to_owned());
        self.link.tell(&operation);
        let (answer, outcome) = self.link.answer(self.current, Alongside::AllSent, &mut self.log);
        let flow = self.record(operation, answer);
        outcome.silence(connection).into_iter().for_each(|entry| self.log.push(entry));
        if outcome == WaitOutcome::Complete { flow } else { Flow::Break(()) }
    }

    /// Sends the next of the replies that are due, or what of it was not sent with the one before, while the
    /// client receives.
    fn receive(&mut self, batch: Option<&ReplyBatch>, timeliness: Timeliness) -> Flow {
        if let Some(batch) = batch {
            self.reply_queue.frame(batch);
        }
        let Some(connection) = self.current else { return Flow::Break(()) };
        self.link.tell(&Operation::ReceiveMessage);
        let is_begun = self.reply_queue.is_begun();
        let next = self.reply_queue.next_pieces();
        if !next.is_empty() {
            // What the client has not read yet of an earlier piece is read separately.
            let gap = is_begun.then_some(&[][..]);
            let pieces: Vec<&[u8]> = gap.into_iter().chain(next.iter().map(Vec::as_slice)).collect();
            if timeliness == Timeliness::Late {
                self.link.pause(connection, &mut self.log);
            }
            let outgoing = Outgoing::pieces(&pieces);
            let delivered = deliver(self.link, self.case.sending, connection, outgoing, &mut self.log);
            record_sent(connection, 1, &pieces, delivered, &mut self.log);
        }
        let (answer, outcome) = self.link.answer(self.current, Alongside::Nothing, &mut self.log);
        self.look_for_reading_ahead(connection);
        let wanted = self.reply_queue.take_due();
        let is_wanted = matches!(
            &answer, Answer::Received { payload, received: true } if Some(payload.as_str()) == wanted.as_deref()
        );
        let has_given_up =
            timeliness == Timeliness::Late && matches!(answer, Answer::Received { received: false, .. });
        let _ = self.record(Operation::ReceiveMessage, answer);
        if (is_wanted || has_given_up) && outcome == WaitOutcome::Complete {
            Flow::Continue(())
        } else {
            Flow::Break(())
        }
    }

    /// Notes how much the client has read that belongs to the replies after the one it was told to receive.
    fn look_for_reading_ahead(&mut self, connection: usize) {
        let ahead_len = self.reply_queue.ahead_len();
        if ahead_len > 0
            && let Some(unread) = self.link.unread_by_client(connection)
        {
            self.log.push(Entry::ReadAhead { bytes: ahead_len.saturating_sub(unread) });
        }
    }

    /// Answers one more message and ends the connection, as a server does that is told to stop.
    fn receive_until_end(&mut self, batch: Option<&ReplyBatch>) -> Flow {
        self.receive(batch, Timeliness::Prompt)?;
        self.close(CloseMode::Clean)?;
        self.receive_nothing()
    }

    /// The harness's server closes, with as much of the next reply sent as `mode` says.
    fn close(&mut self, mode: CloseMode) -> Flow {
        let Some(connection) = self.current else { return Flow::Break(()) };
        let part = self.reply_queue.last_part(mode);
        if !part.is_empty() {
            let pieces = [part.as_slice()];
            let delivered = self.link.deliver(connection, Outgoing::pieces(&pieces), &mut self.log);
            record_sent(connection, 0, &pieces, delivered, &mut self.log);
        }
        if mode == CloseMode::Reset {
            self.link.close(connection, Close::Reset { awaits_reaction: false }, &mut self.log);
            self.log.record_closed(connection);
            self.current = None;
        } else {
            self.link.close(connection, Close::Half, &mut self.log);
        }
        Flow::Continue(())
    }

    /// The harness's server closes what it had kept open to receive.
    fn close_for_good(&mut self) {
        if let Some(connection) = self.current.take() {
            self.link.close(connection, Close::AtOnce, &mut self.log);
            self.log.record_closed(connection);
        }
    }

    /// The client sends, and nobody is there. That it says so does not end the conversation.
    fn send_in_vain(&mut self, message: &str) -> Flow {
        let operation = Operation::SendMessage(message.to_owned());
        self.link.tell(&operation);
        let (answer, _) = self.link.answer(None, Alongside::Nothing, &mut self.log);
        let has_failed = matches!(answer, Answer::Error(_));
        if has_failed && self.link.raises() {
            self.log.push(Entry::Raised);
        }
        let flow = self.record(operation, answer);
        if has_failed { Flow::Continue(()) } else { flow }
    }

    /// The client tries to receive, and there is nothing.
    fn receive_nothing(&mut self) -> Flow {
        self.link.tell(&Operation::ReceiveMessage);
        let (answer, _) = self.link.answer(self.current, Alongside::Nothing, &mut self.log);
        let noticed = matches!(answer, Answer::Received { received: false, .. });
        let _ = self.record(Operation::ReceiveMessage, answer);
        if noticed { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn shut_down_client(&mut self) -> Flow {
        self.link.tell(&Operation::ShutDown);
        // Where the harness has reset the connection, it cannot see the client close it.
        let current = self.current.take();
        let alongside = if current.is_some() { Alongside::End } else { Alongside::Nothing };
        let (answer, outcome) = self.link.answer(current, alongside, &mut self.log);
        let flow = self.record(Operation::ShutDown, answer);
        if let Some(connection) = current {
            outcome.silence(connection).into_iter().for_each(|entry| self.log.push(entry));
            self.log.record_closed(connection);
        }
        // Whether it was shut down well matters to the next one: the last has done everything that it had to.
        if self.case.is_last_client(self.log.connections()) {
            return Flow::Continue(());
        }
        let has_closed = current.is_none() || matches!(outcome, WaitOutcome::Complete | WaitOutcome::Ended);
        if has_closed { flow } else { Flow::Break(()) }
    }
}
