//! A thread that obeys one operation after the other.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Tid;
use crate::conversation::{Answer, Operation};

/// The thread, and the ways to it. It ends on its own when this is dropped and its last operation is done.
#[derive(Debug)]
pub(super) struct Worker {
    /// Until it is joined.
    operations: Option<Sender<Operation>>,
    answers: Receiver<Answer>,
    /// Holds one byte for each answer that is ready.
    ready: UnixStream,
    thread: Option<JoinHandle<()>>,
    tid: Tid,
}

impl Worker {
    /// Starts a thread that gives `obey` each operation.
    pub(super) fn start(
        name: &str,
        mut obey: impl FnMut(Operation) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        let (ready, mut ring) = UnixStream::pair()?;
        let (operations, incoming) = channel();
        let (outgoing, answers) = channel();
        let tid = Tid::default();
        let own_tid = tid.clone();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            own_tid.set();
            for operation in incoming {
                if outgoing.send(obey(operation)).is_err() || ring.write_all(&[1]).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { operations: Some(operations), answers, ready, thread: Some(thread), tid })
    }

    /// The id of its thread.
    pub(super) fn thread(&self) -> Option<u32> {
        self.tid.get()
    }

    /// Hands an operation over, without waiting for it.
    pub(super) fn begin(&self, operation: Operation) -> io::Result<()> {
        let operations = self.operations.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        operations.send(operation).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Readable once the answer to the last operation is there.
    pub(super) fn answer_ready(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }

    /// Waits for the answer to the last operation, for `wait` at most.
    pub(super) fn finish(&self, wait: Duration) -> Option<Answer> {
        let answer = self.answers.recv_timeout(wait).ok()?;
        Some(match (&self.ready).read_exact(&mut [0]) {
            Ok(()) => answer,
            Err(error) => Answer::Exited(error.to_string()),
        })
    }

    /// Waits until the thread has ended, after its last operation.
    pub(super) fn join(&mut self) {
        self.operations = None;
        if let Some(thread) = self.thread.take() {
            // What made it panic was told where it happened; its answers are missing, which is noticed.
            let _ = thread.join();
        }
    }
}
