//! What the harness does as the clients of a server under test: a transcript does not say what was sent, and when a client left.

use super::RungKind;
use super::build::{Builder, Outgoing};
use crate::conversation::{Ending, Entry};
use crate::delivery::pieces;
use crate::scenario::{Action, Case, FollowedBy};
use crate::side::Side;
use crate::wire::Frame;

/// Goes through the actions of the case, as far as they were done.
pub(super) fn climb(builder: &mut Builder<'_>) {
    let case = builder.case;
    let mut clients = Clients { builder, turn: 0, all: Vec::new() };
    let _ = case.actions.iter().try_for_each(|action| clients.act(case, action));
}

/// The harness as the clients.
struct Clients<'b, 'a> {
    builder: &'b mut Builder<'a>,
    /// Which client acts, and so the number of the connection.
    turn: usize,
    all: Vec<Client>,
}

#[derive(Default)]
struct Client {
    /// How many replies it has awaited.
    awaited: usize,
    has_left: bool,
}

impl Clients<'_, '_> {
    /// Tells whether the conversation went on.
    fn act(&mut self, case: &Case, action: &Action) -> Option<()> {
        match action {
            Action::Connect => {
                self.turn = self.builder.connections();
                self.all.push(Client::default());
                let is_made =
                    |entry: &Entry| matches!(entry, Entry::Connected { .. } | Entry::NotConnected { .. });
                return self.builder.take_through(is_made).then_some(());
            }
            Action::SwitchClient { client } => self.turn = *client,
            Action::Send { messages, cuts, followed_by, .. } => {
                let frames: Vec<_> = messages.iter().map(|message| case.frame(message)).collect();
                let bytes = Frame::concat(&frames);
                let is_sent = self.send(pieces(&bytes, cuts).into_iter().map(<[u8]>::to_vec).collect());
                // The end arrives together with the messages.
                if is_sent && matches!(followed_by, FollowedBy::HalfClose | FollowedBy::CloseAtOnce) {
                    self.leave(Ending::Closed);
                }
            }
            Action::SendMalformed { bytes, .. } => {
                self.send(vec![bytes.clone()]);
            }
            Action::StopServer => {
                self.builder.take_through(is_stop);
            }
            Action::Receive { .. } => {
                if let Some(client) = self.all.get_mut(self.turn) {
                    client.awaited += 1;
                }
            }
            Action::HalfClose | Action::ShutDownClient | Action::CloseAtOnce => {
                self.await_replies()?;
                self.leave(Ending::Closed);
            }
            Action::ResetClient { .. } | Action::CloseUnread => {
                self.await_replies()?;
                self.leave(Ending::Reset);
            }
            // What they bring about is taken with what follows. The others are not for a server.
            Action::Pause
            | Action::ReceiveUntilEnd { .. }
            | Action::ReceiveLate { .. }
            | Action::ReceiveNothing
            | Action::SendInVain { .. }
            | Action::ServerCloses { .. } => {}
        }
        Some(())
    }

    /// Takes everything up to this send. One that has ended the connection before is sent nothing.
    fn send(&mut self, pieces: Vec<Vec<u8>>) -> bool {
        let turn = self.turn;
        self.builder.expect_sent(Outgoing { pieces, ahead: 0 });
        self.builder
            .take_through(|entry| matches!(entry, Entry::Sent { connection, .. } if *connection == turn))
    }

    /// Takes what came before a client leaves. It did not come to that where a reply was awaited in vain.
    fn await_replies(&mut self) -> Option<()> {
        let comes_before = |entry: &Entry| match entry {
            Entry::Received { .. } | Entry::MemoryGrew { .. } => true,
            Entry::Ended { connection, .. } => *connection != self.turn,
            _ => false,
        };
        while self.builder.peek().is_some_and(comes_before) {
            self.builder.take();
        }
        let awaited = self.all.get(self.turn).map_or(0, |client| client.awaited);
        let goes_on = self.builder.whole(self.turn) >= awaited && !self.builder.peek().is_some_and(gives_up);
        goes_on.then_some(())
    }

    fn leave(&mut self, ending: Ending) {
        let Some(client) = self.all.get_mut(self.turn).filter(|client| !client.has_left) else { return };
        client.has_left = true;
        if !self.builder.has_ended(self.turn) {
            self.builder.add(self.turn, RungKind::Ends { by: Side::Client, ending });
        }
    }
}

const fn is_stop(entry: &Entry) -> bool {
    matches!(entry, Entry::ToldToStop { .. } | Entry::StopFailed { .. } | Entry::StopPrevented { .. })
}

/// Whether the harness waits no longer.
const fn gives_up(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Silent { .. }
            | Entry::Unfinished { .. }
            | Entry::NotAccepted { .. }
            | Entry::HarnessError { .. }
    )
}
