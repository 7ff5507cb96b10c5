//! Telling a client under test what to do, and waiting for its answer while its connection is served.

use std::time::Duration;

use super::Timing;
use super::connection::Connection;
use super::watch::{Waited, Watch, wait_for};
use crate::conversation::{Answer, Operation, Transcript};
use crate::target::RunningClient;

use rustix::event::{PollFd, PollFlags};

/// A client that is told one thing after the other.
pub(super) struct Asked<'a> {
    client: &'a mut dyn RunningClient,
    /// The answer to the last operation, if it has come and was not taken.
    answer: Option<Answer>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(client: &'a mut dyn RunningClient) -> Self {
        Self { client, answer: None }
    }

    /// Tells the client something. What keeps it from being told is its answer.
    pub(super) fn begin(&mut self, operation: &Operation) {
        self.answer =
            self.client.begin(operation.clone()).err().map(|error| Answer::Exited(error.to_string()));
    }

    /// Looks for the answer without waiting. Tells whether it is there.
    pub(super) fn has_answered(&mut self) -> bool {
        if self.answer.is_none() {
            self.answer = self.client.finish(Duration::ZERO);
        }
        self.answer.is_some()
    }

    /// Whether the answer is there and says that the operation failed.
    pub(super) const fn has_failed(&self) -> bool {
        matches!(self.answer, Some(Answer::Error(_) | Answer::Exited(_)))
    }

    /// The answer, or that there was none for so long.
    pub(super) fn take(&mut self, waited: Duration) -> Answer {
        self.answer.take().unwrap_or(Answer::Silent(waited))
    }

    /// Waits for an answer, or for `also` to be ready.
    pub(super) fn wait(&self, also: Option<PollFd<'_>>, watch: &Watch) {
        let ready = self.client.answer_ready();
        let own = self.answer.is_none().then(|| PollFd::new(&ready, PollFlags::IN));
        let mut descriptors: Vec<_> = own.into_iter().chain(also).collect();
        wait_for(&mut descriptors, watch.left());
    }

    /// Waits for the answer alone.
    pub(super) fn answer(&mut self, timing: &Timing, transcript: &mut Transcript) -> Answer {
        let mut watch = Watch::start(timing);
        let waited = loop {
            if self.has_answered() {
                break Waited::Complete;
            }
            if let Some(over) = watch.over() {
                break over;
            }
            self.wait(None, &watch);
        };
        self.take_after(waited, timing, transcript)
    }

    /// The answer after a wait that came to `waited`, or for how long there was none.
    fn take_after(&mut self, waited: Waited, timing: &Timing, transcript: &mut Transcript) -> Answer {
        transcript.entries.extend(waited.harness_error());
        self.take(match waited {
            Waited::Diverged => timing.aftermath(),
            Waited::Silent(waited) | Waited::Unfinished(waited) => waited,
            Waited::Complete | Waited::Ended | Waited::Starved(_) => timing.deadline,
        })
    }

    /// Waits for the answer and for what `enough` asks of the connection, taking what comes on it.
    ///
    /// An answer that says that the operation failed is waited for no longer, and neither are bytes that are
    /// wrong or cannot come any more.
    pub(super) fn answer_and<'c>(
        &mut self,
        connection: &mut Connection<'c>,
        enough: impl Fn(&Connection<'c>) -> bool,
        timing: &Timing,
        transcript: &mut Transcript,
    ) -> (Answer, Waited) {
        let mut watch = Watch::start(timing);
        let waited = loop {
            if connection.drain(transcript) {
                watch.progress();
            }
            if connection.diverged() {
                break Waited::Diverged;
            }
            let answered = self.has_answered();
            if answered && (self.has_failed() || enough(connection)) {
                break Waited::Complete;
            }
            if answered && connection.ended() {
                break Waited::Ended;
            }
            if let Some(over) = watch.over() {
                break over;
            }
            self.wait(connection.pollable(), &watch);
        };
        if waited == Waited::Diverged {
            connection.receive_aftermath(timing, transcript);
            self.has_answered();
        }
        (self.take_after(waited, timing, transcript), waited)
    }
}
