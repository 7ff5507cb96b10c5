//! What the harness does as the server of a client under test: a transcript does not say what was sent, and when the server left.

use super::RungKind;
use super::build::{Builder, Outgoing};
use crate::conversation::{Ending, Entry, OperationKind, ReplyQueue};
use crate::scenario::{Action, Case, CloseMode, ReplyBatch};
use crate::side::{Casting, Side};

/// Goes through the actions of the case, as far as they were done.
pub(super) fn climb(builder: &mut Builder<'_>) {
    let mut server = Server { replies: ReplyQueue::new(builder.case), connection: 0, builder };
    let case: &Case = server.builder.case;
    let _ = case.actions.iter().try_for_each(|action| server.act(case, action));
}

/// The harness as the server.
struct Server<'b, 'a> {
    builder: &'b mut Builder<'a>,
    replies: ReplyQueue<'a>,
    connection: usize,
}

impl<'a> Server<'_, 'a> {
    /// Tells whether the conversation went on.
    fn act(&mut self, case: &'a Case, action: &'a Action) -> Option<()> {
        match action {
            Action::Connect => {
                self.connection = self.builder.connections();
                self.replies = ReplyQueue::new(case);
                self.take_through(|entry| {
                    matches!(entry, Entry::Connected { .. } | Entry::NeverConnected { .. })
                })
            }
            Action::Send { messages, .. } => {
                let replies = case.replies(action, Casting::CLIENT);
                messages.iter().zip(replies).try_for_each(|(_, reply)| {
                    self.replies.push(reply);
                    self.take_answer(OperationKind::SendMessage)
                })
            }
            Action::Receive { batch } | Action::ReceiveLate { batch } => self.receive(batch.as_ref()),
            Action::ReceiveUntilEnd { batch } => {
                self.receive(batch.as_ref())?;
                self.leave(CloseMode::Clean)?;
                self.take_answer(OperationKind::ReceiveMessage)
            }
            Action::ReceiveNothing => self.take_answer(OperationKind::ReceiveMessage),
            Action::ServerCloses { mode } => self.leave(*mode),
            Action::SendInVain { messages, .. } => {
                messages.iter().try_for_each(|_| self.take_answer(OperationKind::SendMessage))
            }
            Action::ShutDownClient => self.take_answer(OperationKind::ShutDown),
            // The harness's own server stops when all has come, and the others are not for a client.
            Action::StopServer
            | Action::SwitchClient { .. }
            | Action::SendMalformed { .. }
            | Action::Pause
            | Action::HalfClose
            | Action::ResetClient { .. }
            | Action::CloseUnread
            | Action::CloseAtOnce => Some(()),
        }
    }

    fn take_through(&mut self, is_last: impl Fn(&Entry) -> bool) -> Option<()> {
        self.builder.take_through(is_last).then_some(())
    }

    fn take_answer(&mut self, to: OperationKind) -> Option<()> {
        self.take_through(
            |entry| matches!(entry, Entry::Answered { operation, .. } if operation.kind() == to),
        )
    }

    fn receive(&mut self, batch: Option<&ReplyBatch>) -> Option<()> {
        if let Some(batch) = batch {
            self.replies.frame(batch);
        }
        // What the client has not read yet of an earlier piece is read separately: nothing is sent before.
        let gap = self.replies.is_begun().then(Vec::new);
        let next = self.replies.next_pieces();
        if !next.is_empty() {
            let pieces = gap.into_iter().chain(next).collect();
            self.builder.expect_sent(Outgoing { pieces, ahead: self.replies.ahead_len() });
        }
        self.replies.take_due();
        self.take_answer(OperationKind::ReceiveMessage)
    }

    /// The harness closes the connection, with a part of the next reply before.
    fn leave(&mut self, mode: CloseMode) -> Option<()> {
        if matches!(self.builder.peek(), None | Some(Entry::Aborted)) {
            return None;
        }
        let part = self.replies.last_part(mode);
        if !part.is_empty() {
            self.builder.expect_sent(Outgoing { pieces: vec![part], ahead: 0 });
            self.take_through(|entry| matches!(entry, Entry::Sent { .. }))?;
        }
        let ending = if mode == CloseMode::Reset { Ending::Reset } else { Ending::Closed };
        self.builder.add(self.connection, RungKind::Ends { by: Side::Server, ending });
        Some(())
    }
}
