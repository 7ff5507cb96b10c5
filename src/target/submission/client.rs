//! The client of a hand-in.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::channel::Received;
use super::interpreter::{Child, Interpreter};
use crate::conversation::{Answer, Malformation, Operation};
use crate::target::{Client, NotStarted};

/// The class of `buffered_client.py`, in a process of its own for each scenario.
#[derive(Debug)]
pub struct SubmissionClient {
    pub(super) interpreter: Interpreter,
    running: Option<Child>,
}

impl SubmissionClient {
    pub(super) fn new(interpreter: Interpreter) -> Self {
        Self { interpreter, running: None }
    }

    fn child(&self) -> &Child {
        self.running.as_ref().expect("a client is started before it is told anything")
    }
}

impl Client for SubmissionClient {
    fn start(&mut self) -> Result<(), NotStarted> {
        self.running = Some(self.interpreter.fork()?);
        Ok(())
    }

    fn pid(&self) -> Option<u32> {
        self.interpreter.pid()
    }

    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        let channel = &self.child().channel;
        match operation {
            Operation::Connect { host, port, buffer_size } => {
                channel.send(b'c', &format!("{host}\0{port}\0{buffer_size}"))
            }
            Operation::SendMessage(message) => channel.send(b'm', &message),
            Operation::ReceiveMessage => channel.send(b'r', ""),
            Operation::ShutDown => channel.send(b's', ""),
        }
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.child().channel.as_fd()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        let child = self.running.as_mut().expect("a client is started before it is asked anything");
        match child.channel.receive(wait) {
            Received::Frame { letter, text } => Some(answer(letter, text)),
            Received::Pending => None,
            Received::Garbled => Some(unknown()),
            Received::Closed => {
                let ended = self.interpreter.end(child);
                Some(Answer::Exited(format!("its process ended: {ended}")))
            }
        }
    }

    fn end(&mut self) -> Option<String> {
        let mut child = self.running.take()?;
        self.interpreter.end(&mut child);
        Some(child.output_tail())
    }
}

fn answer(letter: u8, text: String) -> Answer {
    match (letter, text.split_at_checked(1)) {
        (b'D', _) => Answer::Done,
        (b'P', Some((received @ ("0" | "1"), payload))) => {
            Answer::Received { payload: payload.to_owned(), received: received == "1" }
        }
        (b'W', _) => Answer::Malformed(Malformation::Other, text),
        (b'B', _) => Answer::Malformed(Malformation::Bytes, text),
        (b'S', _) => Answer::Malformed(Malformation::Swapped, text),
        (b'X', _) => Answer::Error(text),
        _ => unknown(),
    }
}

fn unknown() -> Answer {
    Answer::Malformed(Malformation::Other, "it wrote to a descriptor that is not its own".into())
}
