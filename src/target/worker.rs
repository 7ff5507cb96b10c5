//! A thread that obeys one command after the other.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::transcript::{Answer, Command};

/// The thread, and the ways to it. It ends by itself when this is dropped and its last command is done.
#[derive(Debug)]
pub(super) struct Worker {
    commands: Sender<Command>,
    answers: Receiver<Answer>,
    /// Holds one byte for each answer that is ready.
    ready: UnixStream,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a thread that gives `obey` each command.
    pub(super) fn start(
        name: &str,
        mut obey: impl FnMut(Command) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        let (ready, mut ring) = UnixStream::pair()?;
        let (commands, incoming) = channel();
        let (outgoing, answers) = channel();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            for command in incoming {
                if outgoing.send(obey(command)).is_err() || ring.write_all(&[1]).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { commands, answers, ready, thread })
    }

    /// Hands a command over, without waiting for it.
    pub(super) fn begin(&self, command: Command) -> io::Result<()> {
        self.commands.send(command).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Readable once the answer to the last command is there.
    pub(super) fn answer_ready(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }

    /// Waits for the answer to the last command, for `wait` at most.
    pub(super) fn finish(&self, wait: Duration) -> Option<Answer> {
        let answer = self.answers.recv_timeout(wait).ok()?;
        Some(match (&self.ready).read_exact(&mut [0]) {
            Ok(()) => answer,
            Err(error) => Answer::Gone(error.to_string()),
        })
    }

    /// Waits until the thread has ended, after its last command.
    pub(super) fn join(self) {
        let Self { commands, thread, .. } = self;
        drop(commands);
        // What made it panic was told where it happened; its answers are missing, which is noticed.
        let _ = thread.join();
    }
}
