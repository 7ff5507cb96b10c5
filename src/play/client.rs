//! The harness as the server of a client under test.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::ControlFlow;

use rustix::event::{PollFd, PollFlags};

use super::Timing;
use super::asking::Asked;
use super::connection::{Connection, Waited, Watch};
use crate::scenario::{Action, Script};
use crate::target::Client;
use crate::transcript::{Answer, Command, Entry, Transcript};

/// Whether the script goes on.
type Flow = ControlFlow<()>;

pub(super) fn play(script: &Script, client: &mut dyn Client, timing: &mut Timing) -> Transcript {
    let mut transcript = Transcript::default();
    let listener = match listen() {
        Ok(listener) => listener,
        Err(error) => {
            transcript.push(trouble(&error));
            return transcript;
        }
    };
    let mut play = Play {
        script,
        asked: Asked::new(client),
        timing,
        transcript,
        listener,
        connections: 0,
        current: None,
        due: VecDeque::new(),
        unsent: 0,
    };
    for action in &script.actions {
        if play.act(action).is_break() {
            break;
        }
    }
    play.transcript
}

fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn trouble(error: &io::Error) -> Entry {
    Entry::Trouble { why: format!("The harness could not take the client's connection: {error}.") }
}

struct Play<'a> {
    script: &'a Script,
    asked: Asked<'a>,
    timing: &'a mut Timing,
    transcript: Transcript,
    listener: TcpListener,
    connections: usize,
    current: Option<Connection>,
    /// The replies that the client has to receive, oldest first.
    due: VecDeque<String>,
    /// How many of them, from the newest, were not sent yet.
    unsent: usize,
}

impl Play<'_> {
    fn act(&mut self, action: &Action) -> Flow {
        match action {
            Action::Connect => self.connect(),
            Action::Send(messages) => messages.iter().try_for_each(|message| self.send(message)),
            Action::Receive => self.receive(usize::MAX),
            Action::ReceiveUntilEnd => self.receive_until_end(),
            Action::ShutDownClient => self.shut_down_client(),
            // The harness's own server stops when all that is sent has come, so that a client which is right
            // never meets a connection that is half gone.
            Action::StopServer => Flow::Continue(()),
        }
    }

    fn note(&mut self, command: Command, answer: Answer) -> Flow {
        let goes_on = answer == Answer::Done;
        self.transcript.push(Entry::Answered { command, answer });
        if goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn connect(&mut self) -> Flow {
        let address = match self.listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                self.transcript.push(trouble(&error));
                return Flow::Break(());
            }
        };
        let command = Command::Connect {
            host: address.ip().to_string(),
            port: address.port(),
            buffer_size: self.script.assignment.buffer_size,
        };
        self.asked.begin(&command);
        let accepted = self.accept();
        let answer = self.asked.take(self.timing.deadline);
        let flow = self.note(command, answer);
        match accepted {
            Ok(Some(stream)) => match Connection::new(stream, self.connections) {
                Ok(connection) => {
                    self.transcript.push(Entry::Connected { connection: self.connections });
                    self.connections += 1;
                    self.current = Some(connection);
                    self.due.clear();
                    self.unsent = 0;
                    return flow;
                }
                Err(error) => self.transcript.push(trouble(&error)),
            },
            Ok(None) => {
                let why = format!("within {} ms none came", self.timing.deadline.as_millis());
                self.transcript.push(Entry::NotConnected { why });
            }
            Err(error) => self.transcript.push(trouble(&error)),
        }
        Flow::Break(())
    }

    /// Waits for a connection and for the client to say that it has one.
    fn accept(&mut self) -> io::Result<Option<TcpStream>> {
        let watch = Watch::start(self.timing);
        let mut accepted = None;
        loop {
            if accepted.is_none() {
                accepted = match self.listener.accept() {
                    Ok((stream, _)) => Some(stream),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                    Err(error) => return Err(error),
                };
            }
            let answered = self.asked.has_answered();
            if answered && accepted.is_some() || watch.over().is_some() {
                return Ok(accepted);
            }
            let listener = accepted.is_none().then(|| PollFd::new(&self.listener, PollFlags::IN));
            self.asked.wait(listener, &watch);
        }
    }

    fn send(&mut self, message: &str) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        connection.expect(&self.script.frame(message));
        self.due.push_back(self.script.reply_to(message));
        self.unsent += 1;
        let command = Command::SendMessage(message.to_owned());
        self.asked.begin(&command);
        let all = |connection: &Connection| connection.received_len() >= connection.expected_len();
        let (answer, waited) = self.asked.answer_and(connection, all, self.timing, &mut self.transcript);
        let silent = silence(connection, waited);
        let flow = self.note(command, answer);
        self.transcript.entries.extend(silent);
        if waited == Waited::Complete { flow } else { Flow::Break(()) }
    }

    /// Sends the replies that are due, `replies_max` at most, in one write, while the client receives.
    fn receive(&mut self, replies_max: usize) -> Flow {
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        self.asked.begin(&Command::ReceiveMessage);
        let first = self.due.len() - self.unsent;
        let replies: Vec<_> = self.due.range(first..).take(replies_max).collect();
        let bytes: Vec<u8> = replies.iter().flat_map(|reply| self.script.frame(reply)).collect();
        self.unsent -= replies.len();
        if !bytes.is_empty() {
            let written = connection.send(&bytes, self.timing, &mut self.transcript);
            self.transcript.push(Entry::Sent {
                connection: connection.number(),
                messages: replies.len(),
                len: bytes.len(),
                written,
                pieces: 1,
            });
        }
        let (answer, waited) = self.asked.answer_and(connection, |_| true, self.timing, &mut self.transcript);
        let wanted = self.due.pop_front();
        let is_wanted = matches!(
            &answer, Answer::Received { payload, received: true } if Some(payload) == wanted.as_ref()
        );
        let _ = self.note(Command::ReceiveMessage, answer);
        if is_wanted && waited == Waited::Complete { Flow::Continue(()) } else { Flow::Break(()) }
    }

    /// Answers one more message and ends the connection, as a server does that is told to stop.
    fn receive_until_end(&mut self) -> Flow {
        self.receive(1)?;
        let Some(connection) = &mut self.current else { return Flow::Break(()) };
        connection.half_close();
        self.asked.begin(&Command::ReceiveMessage);
        let (answer, _) = self.asked.answer_and(connection, |_| true, self.timing, &mut self.transcript);
        let noticed = matches!(answer, Answer::Received { received: false, .. });
        let _ = self.note(Command::ReceiveMessage, answer);
        if noticed { Flow::Continue(()) } else { Flow::Break(()) }
    }

    fn shut_down_client(&mut self) -> Flow {
        let Some(mut connection) = self.current.take() else { return Flow::Continue(()) };
        self.asked.begin(&Command::ShutDown);
        let (answer, waited) =
            self.asked.answer_and(&mut connection, Connection::ended, self.timing, &mut self.transcript);
        let silent = silence(&connection, waited);
        let flow = self.note(Command::ShutDown, answer);
        self.transcript.entries.extend(silent);
        if matches!(waited, Waited::Complete | Waited::Ended) { flow } else { Flow::Break(()) }
    }
}

/// What to note of a wait on `connection` that came to nothing.
fn silence(connection: &Connection, waited: Waited) -> Option<Entry> {
    let connection = connection.number();
    match waited {
        Waited::Silent(waited) => Some(Entry::Silent { connection, waited }),
        Waited::Unfinished(waited) => Some(Entry::Unfinished { connection, waited }),
        Waited::Complete | Waited::Ended | Waited::Diverged => None,
    }
}
