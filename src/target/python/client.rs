//! The client of a hand-in.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::channel::{CONSTRUCT, PAYLOAD, Received};
use super::child::Child;
use super::interpreter::Interpreter;
use crate::conversation::{Answer, Malformation, Operation};
use crate::target::{ClientTarget, Remains, RunningClient, Stack, StartError};

/// The class of `buffered_client.py`, in a process of its own for each scenario.
#[derive(Debug)]
pub struct PythonClient {
    interpreter: Interpreter,
    /// Whether what clients do with their sockets is noted.
    traces: bool,
}

impl PythonClient {
    pub(super) const fn new(interpreter: Interpreter) -> Self {
        Self { interpreter, traces: false }
    }
}

impl ClientTarget for PythonClient {
    fn start(&mut self, _starts_ahead: usize) -> Result<Box<dyn RunningClient>, StartError> {
        let mut child = self.interpreter.fork()?;
        if self.traces {
            child.trace_calls();
        }
        Ok(Box::new(Running(child)))
    }

    fn try_clone(&self) -> Option<Box<dyn ClientTarget>> {
        Some(Box::new(Self::new(self.interpreter.another())))
    }

    fn exhausted(&self) -> Option<StartError> {
        self.interpreter.failure()
    }

    fn trace_calls(&mut self, traces: bool) -> bool {
        self.traces = traces;
        true
    }
}

#[derive(Debug)]
struct Running(Child);

impl RunningClient for Running {
    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        let channel = &mut self.0.channel;
        match operation {
            Operation::Connect { host, port, buffer_size } => {
                channel.send(CONSTRUCT, &format!("{host}\0{port}\0{buffer_size}"))
            }
            Operation::SendMessage(message) => channel.send(b'm', &message),
            Operation::ReceiveMessage => channel.send(b'r', ""),
            Operation::ShutDown => channel.send(b's', ""),
        }
    }

    fn is_told(&self) -> bool {
        self.0.channel.is_done()
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.0.channel.as_fd()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        match self.0.channel.receive(wait) {
            Received::Frame { letter, text } => Some(answer(letter, text)),
            Received::Pending => None,
            Received::Malformed => Some(unknown()),
            Received::Forged => Some(Answer::Forged),
            Received::Closed => {
                Some(Answer::Exited(format!("its process ended: {}", self.0.end(Stack::Print))))
            }
        }
    }

    fn raises(&self) -> bool {
        true
    }

    fn pid(&self) -> Option<u32> {
        Some(self.0.pid())
    }

    fn end(mut self: Box<Self>, stack: Stack) -> Remains {
        self.0.end(stack);
        self.0.remains()
    }
}

fn answer(letter: u8, text: String) -> Answer {
    match (letter, text.split_at_checked(1)) {
        (b'D', _) => Answer::Done,
        (PAYLOAD, Some((received @ ("0" | "1"), payload))) => {
            Answer::Received { payload: payload.to_owned(), received: received == "1" }
        }
        (b'W', _) => Answer::Malformed(Malformation::Other, text),
        (b'B', _) => Answer::Malformed(Malformation::Bytes, text),
        (b'S', _) => Answer::Malformed(Malformation::Swapped, text),
        (b'T', _) => Answer::Malformed(Malformation::TextAlone, text),
        (b'U', _) => Answer::Malformed(Malformation::NoText, text),
        (b'N', _) => Answer::Malformed(Malformation::Nothing, text),
        (b'X', _) => Answer::Error(text),
        _ => unknown(),
    }
}

fn unknown() -> Answer {
    Answer::Malformed(
        Malformation::Other,
        "its answer is longer than any message, or it wrote to a descriptor that is not its own".into(),
    )
}
