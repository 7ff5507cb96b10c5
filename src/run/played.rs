//! The result of one case.

use std::fmt;
use std::time::Duration;

use super::reason::Reason;
use crate::assignment::Assignment;
use crate::conversation::{Answer, Entry, Operation, Transcript};
use crate::delivery::Boundary;
use crate::diagnosis::OWN_SIGNALS;
use crate::event::{Crash, Exception, Output, SocketCall};
use crate::prose;
use crate::target::{Remains, StartError};
use crate::verdict::{Fault, Finding, Mismatch, Note, Verdict};

/// The result of one case, and who is to blame when a server could not be reached.
pub(super) struct Played {
    pub(super) verdict: Verdict,
    /// Why it has neither passed nor failed, where that is for the run to say.
    pub(super) reason: Option<Reason>,
    /// What happened, if anything was played.
    pub(super) transcript: Option<Transcript>,
    pub(super) output: Option<Output>,
    /// The signal that ended the one side under test, if one did.
    pub(super) signal: Option<i32>,
    /// The exception that has ended it, or its thread, where one is known to have.
    pub(super) raised: Option<Exception>,
    /// The calls that it has made of its sockets, if they were noted.
    pub(super) calls: Vec<SocketCall>,
    /// How long the playing took, without what was done to get ready for it.
    pub(super) elapsed: Duration,
    pub(super) boundary: Option<Boundary>,
    pub(super) notes: Vec<Note>,
}

impl From<Verdict> for Played {
    /// Nothing was played.
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            reason: None,
            transcript: None,
            output: None,
            signal: None,
            raised: None,
            calls: Vec::new(),
            elapsed: Duration::ZERO,
            boundary: None,
            notes: Vec::new(),
        }
    }
}

impl From<Reason> for Played {
    /// Nothing was played.
    fn from(reason: Reason) -> Self {
        Self { reason: Some(reason.clone()), ..reason.verdict().into() }
    }
}

impl Played {
    /// The one side under test could not be started.
    pub(super) fn not_started(why: StartError, assignment: &Assignment) -> Self {
        let (played, printed) = Self::not_started_apart(why, assignment);
        played.with_output(Output::of_side(printed))
    }

    /// A side could not be started, and printed this.
    pub(super) fn not_started_apart(why: StartError, assignment: &Assignment) -> (Self, Option<String>) {
        match why {
            StartError::Blocked(why) => (Reason::NotStarted(why).into(), None),
            StartError::AtFault { finding, output, refused: None } => (Verdict::Fail(finding).into(), output),
            StartError::AtFault { finding, output, refused: Some(refused) } => {
                (excused(refused, &finding, assignment).into(), output)
            }
        }
    }

    /// Whether a connection was made, where that can be seen.
    pub(super) fn has_connected(&self) -> bool {
        self.transcript.as_ref().is_some_and(|transcript| !transcript.never_connected())
    }

    /// Whether a server that has failed may be about to say why: it has closed a connection that it was to keep, and the exception
    /// because of which it did so may be on its way yet.
    pub(super) fn may_have_raised(&self) -> bool {
        let mut entries = self.transcript.iter().flat_map(|transcript| &transcript.entries);
        matches!(self.verdict, Verdict::Fail(_)) && entries.any(|entry| matches!(entry, Entry::Ended { .. }))
    }

    /// Whether a client has done all that it was told, and was shut down in the end.
    pub(super) fn left_client_idle(&self) -> bool {
        let entries = self.transcript.iter().flat_map(|transcript| &transcript.entries);
        let mut answers = entries.filter_map(|entry| match entry {
            Entry::Answered { operation, answer } => Some((operation, answer)),
            _ => None,
        });
        matches!(answers.next_back(), Some((Operation::ShutDown, Answer::Done)))
    }

    /// Keeps what is left of the one side under test.
    pub(super) fn keep_remains(&mut self, remains: Remains, assignment: &Assignment) {
        self.excuse_for_confinement(&remains, assignment);
        self.output = Output::of_side(remains.unexplained().or(remains.printed));
        self.signal = remains.signal;
        self.raised = remains.raised;
        self.calls = remains.calls;
    }

    /// What broke the program of the one side under test, as far as it shows. What a client has given back as its answer is told
    /// with the answer.
    pub(super) fn crash(&self) -> Option<Crash> {
        let Verdict::Fail(finding) = &self.verdict else { return None };
        if matches!(finding.fault, Fault::HandIn { .. } | Fault::Answer { answer: Answer::Error(_), .. }) {
            return None;
        }
        let printed = match &self.output {
            Some(Output::Side(printed)) => printed.as_str(),
            Some(Output::Pair { .. }) => return None,
            None => "",
        };
        if let Some((_, name)) = OWN_SIGNALS.iter().find(|(number, _)| self.signal == Some(*number)) {
            let assertion = printed.lines().rfind(|line| line.contains(": Assertion `"));
            let assertion = assertion.map(|line| line.trim_end_matches('.').to_owned());
            return Some(Crash::Signal { name: (*name).to_owned(), assertion });
        }
        Exception::last_in(printed).map(Crash::Exception)
    }

    /// Takes the blame from a program that needed more than the harness allows, or was refused a file.
    pub(super) fn excuse_for_confinement(&mut self, remains: &Remains, assignment: &Assignment) {
        let Verdict::Fail(finding) = &self.verdict else { return };
        if says_something_else(&finding.fault) {
            return;
        }
        let reached =
            remains.reached.filter(|reached| reached.is_excuse()).map(|reached| reached.to_string());
        let said: Vec<_> = finding.said().collect();
        let refused = || remains.refused(&said.join("\n")).map(|refused| refused.to_string());
        if let Some(excuse) = reached.or_else(refused) {
            self.verdict = excused(excuse, finding, assignment);
        }
    }

    /// It has neither passed nor failed after all, for this reason.
    pub(super) fn excuse(&mut self, reason: Reason) {
        self.verdict = reason.verdict();
        self.reason = Some(reason);
    }

    /// The same, with what was printed.
    pub(super) fn with_output(self, output: Option<Output>) -> Self {
        Self { output, ..self }
    }
}

/// Whether a program has sent, or given back, a whole message that is wrong. Whatever it was kept from, that is its own doing: what it
/// prints is no excuse.
const fn says_something_else(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Bytes {
            mismatch: Mismatch::Text { .. } | Mismatch::Length { .. } | Mismatch::Payload { .. },
            ..
        } | Fault::Answer { answer: Answer::Received { received: true, .. }, .. }
    )
}

/// The verdict on a program that has failed because of what the harness does to it.
fn excused(excuse: impl fmt::Display, finding: &Finding, assignment: &Assignment) -> Verdict {
    Verdict::Inconclusive { why: format!("{excuse} {}", prose::summary(finding, assignment)) }
}
