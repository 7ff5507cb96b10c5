//! A conversation with a server under test: the harness is its clients.

use super::link::{Accepting, Close, Outgoing, ServerLink, Until, WaitOutcome, Want};
use super::{Clock, Entry, Flow, Log, Transcript, abort_unplayable, deliver, record_sent, record_stop};
use crate::delivery::pieces;
use crate::scenario::{Action, Case, FollowedBy, Malformed};
use crate::side::Casting;
use crate::wire::Frame;

/// Has the conversation of `case` with the server at the other end of `link`.
pub fn converse_with_server(case: &Case, link: &mut dyn ServerLink, clock: Clock<'_>) -> Transcript {
    let mut conversation = Conversation { case, link, log: Log::new(clock), turn: 0, stopping: false };
    let flow = case.actions.iter().try_for_each(|action| conversation.act(action));
    conversation.log.into_transcript(flow)
}

struct Conversation<'a, 'l> {
    case: &'a Case,
    link: &'l mut dyn ServerLink,
    log: Log<'a>,
    /// Which client acts, and so the number of the connection.
    turn: usize,
    /// Whether the server was told to stop.
    stopping: bool,
}

impl<'a> Conversation<'a, '_> {
    fn act(&mut self, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::SwitchClient { client } => {
                // In which order a server that has several clients finds their messages is not left to chance.
                let _ = self.await_reaction();
                self.turn = *client;
                Flow::Continue(())
            }
            Action::Send { messages, cuts, awaits_reaction, followed_by, .. } => match awaits_reaction {
                true if !self.await_reaction() => self.find_ended(),
                _ => self.send(messages, cuts, *followed_by),
            },
            Action::SendMalformed { kind, bytes, awaits_reaction } => match awaits_reaction {
                true if !self.await_reaction() => self.find_ended(),
                _ => self.send_malformed(*kind, bytes),
            },
            Action::Receive { .. } => self.receive(),
            Action::Pause => self.pause(),
            Action::ReceiveUntilEnd { .. } => self.receive_until_end(),
            Action::HalfClose => self.close(Close::Half),
            Action::ShutDownClient => self.shut_down_client(),
            Action::ResetClient { awaits_reaction } => {
                self.leave(Close::Reset { awaits_reaction: *awaits_reaction })
            }
            Action::CloseUnread => self.leave(Close::Unread),
            Action::CloseAtOnce => self.leave(Close::AtOnce),
            Action::StopServer => {
                self.stopping = true;
                record_stop(self.link.stop_server(), &mut self.log)
            }
            _ => abort_unplayable(action, Casting::SERVER, &mut self.log),
        }
    }

    fn connect(&mut self) -> Flow {
        if let Err(entry) = self.link.connect() {
            self.log.push(entry);
            return Flow::Break(());
        }
        let is_alone = self.log.are_all_closed();
        self.turn = self.log.record_connected();
        // A server that ends, or stops listening, resets what waits to be accepted. That must not look as if it had reset
        // a client that it serves. One that has a client already may take its time.
        if is_alone && self.link.await_accept(self.turn, &mut self.log) == Accepting::Refused {
            self.log.push(Entry::NotAccepted { connection: self.turn, silence: None });
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    /// Waits for what the server makes of what was done last. Tells whether more can be sent on the connection.
    fn await_reaction(&mut self) -> bool {
        if self.log.if_open(self.turn).is_none() {
            return false;
        }
        self.link.receive(self.turn, Want::Reaction, &mut self.log);
        !self.log.incoming(self.turn).ended()
    }

    /// The server has ended the connection before everything was sent: one that was told to stop may do that.
    fn find_ended(&mut self) -> Flow {
        if self.stopping { Flow::Continue(()) } else { self.receive() }
    }

    fn send(&mut self, messages: &'a [String], cuts: &[usize], followed_by: FollowedBy) -> Flow {
        let Some(incoming) = self.log.if_open(self.turn) else { return Flow::Break(()) };
        for message in messages {
            incoming.expect(self.case.frame(self.case.reply_to(message)));
        }
        if followed_by == FollowedBy::CloseUnread {
            incoming.hold();
        }
        let frames: Vec<_> = messages.iter().map(|message| self.case.frame(message.as_str())).collect();
        let bytes = Frame::concat(&frames);
        let outgoing = Outgoing {
            until: if followed_by == FollowedBy::Reset { Until::Read } else { Until::Written },
            with_end: matches!(followed_by, FollowedBy::HalfClose | FollowedBy::CloseAtOnce),
            pieces: &pieces(&bytes, cuts),
        };
        let delivered = deliver(self.link, self.case.sending, self.turn, outgoing, &mut self.log);
        let is_sent = delivered.undelivered.is_none();
        record_sent(self.turn, messages.len(), outgoing.pieces, delivered, &mut self.log);
        // What came back although not everything could be sent tells more than that it could not.
        if is_sent || self.stopping { Flow::Continue(()) } else { self.receive() }
    }

    /// Sends bytes after which the server can only wait, and sees that it has read them, so that what the
    /// client does next finds it waiting.
    fn send_malformed(&mut self, kind: Malformed, bytes: &[u8]) -> Flow {
        let Some(incoming) = self.log.if_open(self.turn) else { return Flow::Break(()) };
        if kind == Malformed::InvalidUtf8 {
            incoming.expect_anything();
        }
        let is_claim = kind == Malformed::OversizedLength;
        let memory_before = is_claim.then(|| self.link.server_memory(self.turn)).flatten();
        let pieces = [bytes];
        let outgoing = Outgoing { until: Until::Read, ..Outgoing::pieces(&pieces) };
        let delivered = deliver(self.link, self.case.sending, self.turn, outgoing, &mut self.log);
        record_sent(self.turn, 0, outgoing.pieces, delivered, &mut self.log);
        if let Some(before) = memory_before
            && let Some(after) = self.link.server_memory(self.turn)
        {
            self.log.push(Entry::MemoryGrew { bytes: after.saturating_sub(before) });
        }
        Flow::Continue(())
    }

    fn pause(&mut self) -> Flow {
        match self.log.if_open(self.turn) {
            Some(_) => {
                self.link.pause(self.turn, &mut self.log);
            }
            None => self.link.idle(),
        }
        Flow::Continue(())
    }

    fn receive(&mut self) -> Flow {
        let Some(incoming) = self.log.if_open(self.turn) else { return Flow::Break(()) };
        let want = Want::Len(incoming.await_next_reply());
        match self.link.receive(self.turn, want, &mut self.log) {
            WaitOutcome::Complete => Flow::Continue(()),
            outcome => self.give_up(outcome),
        }
    }

    /// Notes why what should have come has not, and what came instead.
    fn give_up(&mut self, outcome: WaitOutcome) -> Flow {
        let connection = self.turn;
        if outcome == WaitOutcome::Diverged {
            self.link.receive(connection, Want::TrailingBytes, &mut self.log);
        }
        let entries = [outcome.harness_error(), outcome.silence(connection)];
        entries.into_iter().flatten().for_each(|entry| self.log.push(entry));
        if let WaitOutcome::Silent(silence) = outcome
            && self.link.is_accepted(connection) == Some(false)
        {
            self.log.push(Entry::NotAccepted { connection, silence: Some(silence) });
        }
        Flow::Break(())
    }

    fn close(&mut self, how: Close) -> Flow {
        if self.log.if_open(self.turn).is_some() {
            self.link.close(self.turn, how, &mut self.log);
        }
        Flow::Continue(())
    }

    /// The client closes its end for good.
    fn leave(&mut self, how: Close) -> Flow {
        if self.log.if_open(self.turn).is_some() {
            self.link.close(self.turn, how, &mut self.log);
            self.log.record_closed(self.turn);
        }
        Flow::Continue(())
    }

    fn shut_down_client(&mut self) -> Flow {
        if self.log.if_open(self.turn).is_none() {
            return Flow::Continue(());
        }
        self.link.close(self.turn, Close::Half, &mut self.log);
        self.link.receive(self.turn, Want::Rest, &mut self.log);
        self.log.record_closed(self.turn);
        if self.log.incoming(self.turn).diverged() { Flow::Break(()) } else { Flow::Continue(()) }
    }

    fn receive_until_end(&mut self) -> Flow {
        if self.log.if_open(self.turn).is_none() {
            return Flow::Break(());
        }
        match self.link.receive(self.turn, Want::End, &mut self.log) {
            WaitOutcome::Ended => {}
            outcome => return self.give_up(outcome),
        }
        let incoming = self.log.incoming(self.turn);
        // A reset explains a cut without anything else.
        let is_cut = !incoming.stops_between_frames() && !incoming.was_reset();
        let port = self.link.port_after_stop();
        self.log.push(port);
        // Whether a cut reply is the server's own doing depends on how its program ended, which comes last.
        if self.link.was_killed(is_cut) {
            self.log.push(Entry::KilledBySignal);
        }
        Flow::Continue(())
    }
}
