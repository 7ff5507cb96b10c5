//! A case played against a server without a socket: what [`crate::play`] does, where everything is known.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::prediction::{Prediction, WAITED};
use super::stream::{Input, ReadSizes, Wire};
use crate::bug::{Consulted, Next, Program, Server};
use crate::bytes::common_len;
use crate::conversation::{Ending, Entry, Transcript};
use crate::delivery::pieces;
use crate::scenario::{Action, Case, FollowedBy, Malformed, Reading};
use crate::wire::Frame;

/// Whether the case goes on.
type Flow = ControlFlow<()>;

/// What happens when `case` is played against a server that runs `program`.
pub(super) fn play(case: &Case, program: &Program, sizes: ReadSizes) -> Prediction {
    let mut play = Play {
        case,
        program,
        sizes,
        lines: Vec::new(),
        turn: 0,
        world: None,
        transcript: Transcript::default(),
    };
    for action in &case.actions {
        if play.act(action).is_break() {
            play.transcript.push(Entry::Aborted);
            break;
        }
    }
    let consulted = play.world().consulted;
    Prediction { transcript: play.transcript, consulted }
}

/// A connection, as the harness has it.
#[derive(Default)]
struct Line {
    inputs: Vec<Input>,
    expected: Vec<u8>,
    reply_ends: Vec<usize>,
    replies_awaited: usize,
    received_len: usize,
    anything_may_follow: bool,
    diverged: bool,
    /// Whether nothing more is taken from it.
    is_deaf: bool,
    breaks_while_sending: bool,
}

/// What a server has made of everything that it was sent until now.
struct World {
    /// One for each connection.
    served: Vec<Served>,
    listens: bool,
    consulted: Consulted,
}

struct Served {
    written: Vec<u8>,
    /// Whether some of what was sent has not been read.
    unread: bool,
    /// Whether it was still sending when the harness broke the connection off.
    was_sending: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The server has it, and waits for more.
    Open,
    /// The server has closed it.
    Closed,
    /// It waits to be taken.
    Waiting,
    /// The server went away without having taken it.
    Refused,
}

struct Play<'a> {
    case: &'a Case,
    program: &'a Program,
    sizes: ReadSizes,
    lines: Vec<Line>,
    /// Whose turn it is.
    turn: usize,
    /// As long as nothing more was done.
    world: Option<World>,
    transcript: Transcript,
}

impl Play<'_> {
    fn act(&mut self, action: &Action) -> Flow {
        match action {
            Action::Connect => return self.connect(),
            Action::SwitchClient { client } => self.turn = *client,
            Action::Send { messages, cuts, may_coalesce, followed_by } => {
                return self.send(messages, cuts, *may_coalesce, *followed_by);
            }
            Action::SendMalformed { kind, bytes, may_coalesce } => {
                self.line().anything_may_follow |= *kind == Malformed::InvalidUtf8;
                self.deliver(bytes, &[], *may_coalesce);
            }
            Action::Receive { .. } => return self.receive(),
            Action::ReceiveUntilEnd { .. } => return self.receive_until_end(),
            Action::HalfClose => self.input(Input::End),
            Action::ShutDownClient => {
                self.input(Input::End);
                self.drain();
                self.line().is_deaf = true;
                if self.line().diverged {
                    return Flow::Break(());
                }
            }
            Action::ResetClient { .. } | Action::CloseUnread => {
                if self.case.reading == Reading::AtOnce {
                    self.drain();
                }
                self.line().is_deaf = true;
                self.input(Input::Broken);
            }
            Action::StopServer => {
                self.input(Input::Stop);
                self.transcript.push(Entry::ToldToStop { how: String::new() });
            }
            Action::ReceiveNothing | Action::ServerCloses { .. } => return Flow::Break(()),
        }
        Flow::Continue(())
    }

    fn line(&mut self) -> &mut Line {
        &mut self.lines[self.turn]
    }

    fn input(&mut self, input: Input) {
        self.line().inputs.push(input);
        self.world = None;
    }

    fn connect(&mut self) -> Flow {
        if !self.world().listens {
            self.transcript.push(Entry::NotConnected { why: String::new() });
            return Flow::Break(());
        }
        self.turn = self.lines.len();
        self.lines.push(Line::default());
        self.world = None;
        self.transcript.push(Entry::Connected { connection: self.turn });
        Flow::Continue(())
    }

    fn send(
        &mut self,
        messages: &[String],
        cuts: &[usize],
        may_coalesce: bool,
        followed_by: FollowedBy,
    ) -> Flow {
        let frames: Vec<_> = messages.iter().map(|message| self.case.frame(message)).collect();
        let bytes = Frame::concat(&frames);
        let breaks_off = followed_by == FollowedBy::Reset;
        let is_slow = self.case.reading == Reading::Slowly;
        let case = self.case;
        let line = self.line();
        line.is_deaf |= followed_by == FollowedBy::CloseUnread;
        line.breaks_while_sending |= breaks_off && is_slow;
        for message in messages {
            case.frame(case.reply_to(message)).append_to(&mut line.expected);
            line.reply_ends.push(line.expected.len());
        }
        self.deliver(&bytes, cuts, may_coalesce);
        // The harness breaks off once all is read. It never is if the server has closed before; and if it has
        // closed after, the harness sees either the one or the other first.
        let (connection, sizes) = (self.turn, self.sizes);
        let Served { state, unread, was_sending, written } = &self.world().served[connection];
        let has_closed = *state == State::Closed && !was_sending;
        // The same goes for what a server has sent before it has read everything.
        let may_be_seen = sizes == ReadSizes::Short && (has_closed || !written.is_empty());
        if breaks_off && (*unread && !was_sending || may_be_seen) {
            return self.receive();
        }
        Flow::Continue(())
    }

    /// Sends bytes, cut into pieces. What is sent right after something else may arrive together with it.
    fn deliver(&mut self, bytes: &[u8], cuts: &[usize], may_coalesce: bool) {
        let joins = may_coalesce && self.sizes == ReadSizes::Greedy;
        for (number, piece) in pieces(bytes, cuts).into_iter().enumerate() {
            let joined = match self.line().inputs.last() {
                Some(Input::Piece(last)) if joins && number == 0 => [&**last, piece].concat(),
                _ => {
                    self.input(Input::Piece(piece.into()));
                    continue;
                }
            };
            self.line().inputs.pop();
            self.input(Input::Piece(joined.into()));
        }
    }

    fn receive(&mut self) -> Flow {
        let state = self.drain();
        let connection = self.turn;
        let line = self.line();
        let end = line.reply_ends.get(line.replies_awaited).copied().unwrap_or(line.expected.len());
        line.replies_awaited += 1;
        if !line.diverged && line.received_len >= end {
            return Flow::Continue(());
        }
        if !line.diverged && matches!(state, State::Open | State::Waiting) {
            self.transcript.push(Entry::Silent { connection, waited: WAITED });
        }
        if state == State::Waiting {
            self.transcript.push(Entry::NotAccepted { connection, why: String::new() });
        }
        Flow::Break(())
    }

    fn receive_until_end(&mut self) -> Flow {
        if self.drain() == State::Open {
            self.transcript.push(Entry::Silent { connection: self.turn, waited: WAITED });
            return Flow::Break(());
        }
        let listening = self.world().listens;
        self.transcript.push(Entry::PortAfterStop { waited: WAITED, listening });
        Flow::Continue(())
    }

    /// Takes what has come on the connection whose turn it is.
    fn drain(&mut self) -> State {
        let connection = self.turn;
        self.world();
        let Self { world: Some(World { served, .. }), lines, transcript, .. } = self else {
            unreachable!("the world was just made")
        };
        let (Served { written, state, unread, .. }, line) = (&served[connection], &mut lines[connection]);
        if line.is_deaf {
            return *state;
        }
        let new = &written[line.received_len..];
        let wanted = &line.expected[line.received_len.min(line.expected.len())..];
        let common = common_len(new, wanted);
        line.diverged |=
            common < new.len().min(wanted.len()) || new.len() > wanted.len() && !line.anything_may_follow;
        line.received_len = written.len();
        if !new.is_empty() {
            transcript.push(Entry::Received { connection, bytes: new.to_vec() });
        }
        if matches!(state, State::Closed | State::Refused) {
            // To close with bytes unread breaks the connection off.
            let ending = if *unread { Ending::Reset } else { Ending::Closed };
            transcript.push(Entry::Ended { connection, ending });
        }
        *state
    }

    /// What the server has made of everything until now. It starts from the beginning each time, for it cannot be
    /// stopped in the middle; it is the same each time.
    fn world(&mut self) -> &World {
        if self.world.is_none() {
            self.world = Some(self.served());
        }
        self.world.as_ref().expect("it was just made")
    }

    fn served(&self) -> World {
        let mut server = Server::new(*self.program, self.case.assignment);
        let mut served = Vec::new();
        let mut next = Next::Client;
        let keep_running = Arc::new(AtomicBool::new(true));
        for line in &self.lines {
            let mut wire = Wire::new(line.inputs.iter().cloned(), self.sizes, line.breaks_while_sending);
            wire.keep_running = Arc::clone(&keep_running);
            let mut state = match next {
                Next::Client => State::Closed,
                Next::Nobody => State::Refused,
                Next::NobodyWhileListening => State::Waiting,
            };
            if next == Next::Client {
                next = server.serve(&mut wire, &|| keep_running.load(Ordering::Relaxed));
                if wire.halted {
                    state = State::Open;
                    next = Next::NobodyWhileListening;
                } else if next == Next::Client
                    && line.inputs.iter().any(|input| matches!(input, Input::Stop))
                    && keep_running.swap(false, Ordering::Relaxed)
                {
                    next = server.stops_without_client();
                }
            }
            let (unread, was_sending) = (wire.unread() > 0, wire.broke_while_sending);
            served.push(Served { written: wire.written, unread, was_sending, state });
        }
        World { listens: next != Next::Nobody, consulted: server.consulted(), served }
    }
}
