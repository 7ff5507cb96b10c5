//! The harness as the server of a client under test.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::asking::Asked;
use super::connection::Connection;
use super::sending::{sent, unsuited};
use super::watch::{Waited, Watch};
use super::{Timing, slowly};
use crate::conversation::{Answer, Entry, Operation, ReplyQueue, Transcript};
use crate::scenario::{Action, Batch, Case, CloseMode, Reading};
use crate::target::RunningClient;

/// Whether the case goes on.
type Flow = ControlFlow<()>;

pub(super) fn play(case: &Case, client: &mut dyn RunningClient, timing: &mut Timing) -> Transcript {
    let mut transcript = Transcript::default();
    let listener = match listen(case.reading) {
        Ok(listener) => listener,
        Err(error) => {
            transcript.push(harness_error(&error));
            return transcript;
        }
    };
    let mut play = Play {
        case,
        asked: Asked::new(client),
        timing,
        transcript,
        listener,
        connections: 0,
        current: None,
        reply_queue: ReplyQueue::new(case),
    };
    for action in &case.actions {
        if play.act(action).is_break() {
            play.transcript.push(Entry::Aborted);
            break;
        }
    }
    play.transcript
}

fn listen(reading: Reading) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    if reading == Reading::Slowly {
        slowly::narrow(&listener)?;
    }
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn harness_error(error: &io::Error) -> Entry {
    Entry::HarnessError { why: format!("The harness could not take the client's connection: {error}.") }
}

struct Play<'a> {
    case: &'a Case,
    asked: Asked<'a>,
    timing: &'a mut Timing,
    transcript: Transcript,
    listener: TcpListener,
    connections: usize,
    current: Option<Connection<'a>>,
    reply_queue: ReplyQueue<'a>,
}

impl<'a> Play<'a> {
    fn act(&mut self, action: &'a Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send { messages, .. } => messages.iter().try_for_each(|message| self.send(message)),
            Action::Receive { batch } => self.receive(batch.as_ref()),
            Action::ReceiveUntilEnd { batch } => self.receive_until_end(batch.as_ref()),
            Action::ReceiveNothing => self.receive_nothing(),
            Action::ShutDownClient => self.shut_down_client(),
            // The harness's own server stops when all that is sent has come, so that a client which is right
            // never meets a connection that is half gone.
            Action::StopServer => Flow::Continue(()),
            Action::ServerCloses { mode } => self.leave(*mode),
            Action::SwitchClient { .. }
            | Action::SendMalformed { .. }
            | Action::HalfClose
            | Action::ResetClient { .. }
            | Action::CloseUnread => unsuited(action, &mut self.transcript),
        }
    }

    fn note(&mut self, operation: Operation, answer: Answer) -> Flow {
        if matches!(answer, Answer::Silent(_)) && self.listener.accept().is_ok() {
            self.transcript.push(Entry::ConnectedAgain);
        }
        let goes_on = answer == Answer::Done;
        self.transcript.push(Entry::Answered { operation, answer });
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn connect(&mut self) -> Flow {
        let address = match self.listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                self.transcript.push(harness_error(&error));
                return Flow::Break(());
            }
        };
        let operation = Operation::Connect {
            host: address.ip().to_string(),
            port: address.port(),
            buffer_size: self.case.assignment.buffer_size,
        };
        self.asked.begin(&operation);
        let (accepted, waited) = self.accept();
        let answer = self.asked.take(waited);
        let flow = self.note(operation, answer);
        let reading = self.case.reading;
        match accepted {
            Ok(Some(stream)) => match Connection::new(stream, self.connections, reading, self.timing) {
                Ok(connection) => {
                    self.transcript.push(Entry::Connected { connection: self.connections });
                    self.connections += 1;
                    self.current = Some(connection);
                    self.reply_queue = ReplyQueue::new(self.case);
                    return flow;
                }
                Err(error) => self.transcript.push(harness_error(&error)),
            },
            Ok(None) => self.transcript.push(Entry::NeverConnected { waited }),
            Err(error) => self.transcript.push(harness_error(&error)),
        }
        Flow::Break(())
    }

    /// Waits for a connection and for the client to say that it has one, and tells how long at most.
    fn accept(&mut self) -> (io::Result<Option<TcpStream>>, Duration) {
        let mut watch = Watch::start(self.timing);
        let mut accepted = None;
        loop {
            if accepted.is_none() {
                accepted = match self.listener.accept() {
                    Ok((stream, _)) => Some(stream),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                    Err(error) => return (Err(error), self.timing.deadline),
                };
            }
            if self.asked.has_answered() && (accepted.is_some() || self.asked.has_failed()) {
                return (Ok(accepted), self.timing.deadline);
            }
            if let Some(over) = watch.over() {
                self.transcript.entries.extend(over.harness_error());
                let waited = if let Waited::Silent(waited) = over { waited } else { self.timing.deadline };
                return (Ok(accepted), waited);
            }
            let listener = accepted.is_none().then(|| PollFd::new(&self.listener, PollFlags::IN));
            self.asked.wait(listener, &watch);
        }
    }

    fn send(&mut self, message: &'a str) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        connection.expect(self.case.frame(message));
        self.reply_queue.push(message);
        let operation = Operation::SendMessage(message.to_owned());
        self.asked.begin(&operation);
        if self.case.reading == Reading::Slowly {
            connection.wait_for_standstill(|| self.asked.has_answered());
        }
        let (answer, waited) =
            self.asked.answer_and(connection, Connection::has_all, self.timing, &mut self.transcript);
        let silent = silence(connection, waited);
        let flow = self.note(operation, answer);
        self.transcript.entries.extend(silent);
        if waited == Waited::Complete { flow } else { Flow::Break(()) }
    }

    /// Sends the next of the replies that are due, or what of it was not sent with the one before, while the
    /// client receives.
    fn receive(&mut self, batch: Option<&Batch>) -> Flow {
        if let Some(batch) = batch {
            self.reply_queue.frame(batch);
        }
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        self.asked.begin(&Operation::ReceiveMessage);
        let is_begun = self.reply_queue.is_begun();
        let next = self.reply_queue.next_pieces();
        if !next.is_empty() {
            // What the client has not read yet of an earlier piece is read by itself.
            let gap = is_begun.then_some(&[][..]);
            let pieces: Vec<&[u8]> = gap.into_iter().chain(next.iter().map(Vec::as_slice)).collect();
            let (boundaries, undelivered) = connection.deliver(&pieces, self.timing, &mut self.transcript);
            let entry = sent(connection.number(), 1, &pieces, &boundaries, undelivered);
            self.transcript.push(entry);
        }
        let (answer, waited) = self.asked.answer_and(connection, |_| true, self.timing, &mut self.transcript);
        self.look_for_reading_ahead();
        let wanted = self.reply_queue.take_due();
        let is_wanted = matches!(
            &answer, Answer::Received { payload, received: true } if Some(payload.as_str()) == wanted
        );
        let _ = self.note(Operation::ReceiveMessage, answer);
        if is_wanted && waited == Waited::Complete { Flow::Continue(()) } else { Flow::Break(()) }
    }

    /// Notes how much the client has read that belongs to the replies after the one it was told to receive.
    fn look_for_reading_ahead(&mut self) {
        let Some(connection) = &self.current else { return };
        let ahead_len = self.reply_queue.ahead_len();
        if ahead_len > 0
            && let Some(peer) = connection.peer_state(self.timing)
        {
            self.transcript.push(Entry::ReadAhead { bytes: ahead_len.saturating_sub(peer.unread as usize) });
        }
    }

    /// Answers one more message and ends the connection, as a server does that is told to stop.
    fn receive_until_end(&mut self, batch: Option<&Batch>) -> Flow {
        self.receive(batch)?;
        self.leave(CloseMode::Clean)?;
        self.receive_nothing()
    }

    /// The harness's server is gone, with as much of the next reply sent as `mode` says.
    fn leave(&mut self, mode: CloseMode) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        let part = self.reply_queue.last_part(mode);
        if !part.is_empty() {
            let pieces = [part.as_slice()];
            let (_, undelivered) = connection.deliver(&pieces, self.timing, &mut self.transcript);
            let entry = sent(connection.number(), 0, &pieces, &[], undelivered);
            self.transcript.push(entry);
        }
        if mode == CloseMode::Reset {
            if let Some(connection) = self.current.take() {
                connection.reset();
            }
        } else {
            connection.half_close();
        }
        Flow::Continue(())
    }

    /// The client tries to receive, and there is nothing.
    fn receive_nothing(&mut self) -> Flow {
        self.asked.begin(&Operation::ReceiveMessage);
        let answer = match &mut self.current {
            Some(connection) => {
                let timing = &*self.timing;
                self.asked.answer_and(connection, |_| true, timing, &mut self.transcript).0
            }
            None => self.asked.answer(self.timing, &mut self.transcript),
        };
        let noticed = matches!(answer, Answer::Received { received: false, .. });
        let _ = self.note(Operation::ReceiveMessage, answer);
        if noticed { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn shut_down_client(&mut self) -> Flow {
        self.asked.begin(&Operation::ShutDown);
        let Some(mut connection) = self.current.take() else {
            // The harness has broken the connection off, and cannot see the client close it.
            let answer = self.asked.answer(self.timing, &mut self.transcript);
            return self.note(Operation::ShutDown, answer);
        };
        let (answer, waited) =
            self.asked.answer_and(&mut connection, Connection::ended, self.timing, &mut self.transcript);
        let silent = silence(&connection, waited);
        let flow = self.note(Operation::ShutDown, answer);
        self.transcript.entries.extend(silent);
        if matches!(waited, Waited::Complete | Waited::Ended) { flow } else { Flow::Break(()) }
    }
}

/// What to note of a wait on `connection` that came to nothing.
fn silence(connection: &Connection<'_>, waited: Waited) -> Option<Entry> {
    let connection = connection.number();
    match waited {
        Waited::Silent(waited) => Some(Entry::Silent { connection, waited }),
        Waited::Unfinished(waited) => Some(Entry::Unfinished { connection, waited }),
        Waited::Complete | Waited::Ended | Waited::Diverged | Waited::Starved(_) => None,
    }
}
