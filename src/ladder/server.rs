//! What the harness does as the clients of a server under test: a transcript does not say what was sent, and when a client left.

use super::RungKind;
use super::build::{Builder, Outgoing};
use crate::conversation::{Ending, Entry};
use crate::delivery::pieces;
use crate::scenario::{Action, FollowedBy};
use crate::side::Side;
use crate::wire::Frame;

/// Goes through the actions of the case, as far as they were done.
pub(super) fn climb(builder: &mut Builder<'_>) {
    let case = builder.case;
    let mut turn = 0;
    // How many replies were awaited on each connection, and which clients have left.
    let (mut awaited, mut left): (Vec<usize>, Vec<bool>) = (Vec::new(), Vec::new());
    for action in &case.actions {
        match action {
            Action::Connect => {
                turn = builder.connections();
                let is_made =
                    |entry: &Entry| matches!(entry, Entry::Connected { .. } | Entry::NotConnected { .. });
                if !builder.take_through(is_made) {
                    return;
                }
                awaited.push(0);
                left.push(false);
            }
            Action::SwitchClient { client } => turn = *client,
            Action::Send { messages, cuts, followed_by, .. } => {
                let frames: Vec<_> = messages.iter().map(|message| case.frame(message)).collect();
                let bytes = Frame::concat(&frames);
                let pieces = pieces(&bytes, cuts).into_iter().map(<[u8]>::to_vec).collect();
                builder.expect_sent(Outgoing { pieces, ahead: 0 });
                // One that has ended the connection before is sent nothing.
                if builder.take_through(|entry| is_sent(entry, turn))
                    && matches!(followed_by, FollowedBy::HalfClose | FollowedBy::CloseAtOnce)
                {
                    leave(builder, turn, Ending::Closed);
                    left[turn] = true;
                }
            }
            Action::SendMalformed { bytes, .. } => {
                builder.expect_sent(Outgoing { pieces: vec![bytes.clone()], ahead: 0 });
                builder.take_through(|entry| is_sent(entry, turn));
            }
            Action::StopServer => {
                let is_told = |entry: &Entry| {
                    matches!(
                        entry,
                        Entry::ToldToStop { .. } | Entry::StopFailed { .. } | Entry::StopPrevented { .. }
                    )
                };
                builder.take_through(is_told);
            }
            Action::Receive { .. } => {
                if let Some(awaited) = awaited.get_mut(turn) {
                    *awaited += 1;
                }
            }
            Action::HalfClose
            | Action::ShutDownClient
            | Action::CloseAtOnce
            | Action::ResetClient { .. }
            | Action::CloseUnread => {
                let wanted = awaited.get(turn).copied().unwrap_or_default();
                if !goes_on(builder, turn, wanted) {
                    return;
                }
                if left.get(turn) == Some(&false) {
                    let ending = match action {
                        Action::ResetClient { .. } | Action::CloseUnread => Ending::Reset,
                        _ => Ending::Closed,
                    };
                    leave(builder, turn, ending);
                    left[turn] = true;
                }
            }
            // What they bring about is taken with what follows. The others are not for a server.
            Action::Pause
            | Action::ReceiveUntilEnd { .. }
            | Action::ReceiveLate { .. }
            | Action::ReceiveNothing
            | Action::SendInVain { .. }
            | Action::ServerCloses { .. } => {}
        }
    }
}

fn is_sent(entry: &Entry, turn: usize) -> bool {
    matches!(entry, Entry::Sent { connection, .. } if *connection == turn)
}

/// Takes what came before a client leaves, and tells whether it came to that: not where a reply was awaited in vain.
fn goes_on(builder: &mut Builder<'_>, turn: usize, awaited: usize) -> bool {
    while matches!(builder.peek(), Some(Entry::Received { .. } | Entry::MemoryGrew { .. })) {
        builder.take();
    }
    let is_given_up = matches!(
        builder.peek(),
        Some(
            Entry::Silent { .. }
                | Entry::Unfinished { .. }
                | Entry::NotAccepted { .. }
                | Entry::HarnessError { .. }
        )
    );
    builder.whole(turn) >= awaited && !is_given_up
}

fn leave(builder: &mut Builder<'_>, turn: usize, ending: Ending) {
    if !builder.has_ended(turn) {
        builder.add(turn, RungKind::Ends { by: Side::Client, ending });
    }
}
