//! What a run has shown of a side.

use super::behavior::Behavior;
use super::simulated::{TransferSizes, simulate};
use crate::bug::Program;
use crate::conversation::{Answer, Entry, Malformation, Obstacle, Transcript, Undelivered};
use crate::event::Exception;
use crate::judge::judge;
use crate::scenario::{Action, Case};
use crate::side::Side;
use crate::verdict::{Fault, Mismatch, Verdict};

/// A case that was played with a side, and what came of it.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What was played.
    pub case: Case,
    /// What came of it.
    pub outcome: ObservedOutcome,
    /// The end of what the program printed, where that is known.
    pub printed: Option<String>,
    /// The exception that has ended the program, or its thread, where one is known to have.
    pub raised: Option<Exception>,
    /// The signal that ended the program, if one did.
    pub signal: Option<i32>,
}

/// What came of a case, as far as it has to be explained.
#[derive(Debug, Clone)]
pub enum ObservedOutcome {
    /// The side passed. How it did so does not matter.
    Pass,
    /// This happened, and every byte of it has to be explained.
    Exactly(Transcript),
    /// The side failed before anything could be played, which no bug explains.
    Unplayable,
}

impl Observation {
    /// One of which nothing is known but the conversation.
    #[must_use]
    pub const fn new(case: Case, outcome: ObservedOutcome) -> Self {
        Self { case, outcome, printed: None, raised: None, signal: None }
    }

    /// Whether the side has failed, and not only by having done nothing for as long as the clock allows: a right program that is slow
    /// does that, too, and so it speaks for no mistake.
    pub(crate) fn is_more_than_late(&self, side: Side) -> bool {
        let ObservedOutcome::Exactly(transcript) = &self.outcome else { return false };
        if judge(&self.case, side.into(), transcript) == Verdict::Pass {
            return false;
        }
        let observed = Behavior::new(&self.case, side, transcript);
        let right = || simulate(&self.case, side, &Program::RIGHT, TransferSizes::Greedy);
        !observed.is_silent_by_clock()
            || !observed.is_start_of(&Behavior::new(&self.case, side, &right()), &self.case.assignment)
    }

    /// Whether an exception shows that the program itself is at fault, in a way that no mistake of the catalogue is.
    pub(super) fn shows_own_fault(&self) -> bool {
        let printed = self.printed.as_deref().and_then(Exception::last_in);
        let answered = self.entries().iter().filter_map(|entry| match entry {
            Entry::Answered { answer: Answer::Error(text), .. } => Some(Exception::in_answer(text)),
            _ => None,
        });
        let mut shown = self.raised.clone().into_iter().chain(printed).chain(answered);
        shown.any(|exception| exception.is_own_fault())
    }

    /// What happened, where it has to be explained.
    fn entries(&self) -> &[Entry] {
        match &self.outcome {
            ObservedOutcome::Exactly(transcript) => &transcript.entries,
            ObservedOutcome::Pass | ObservedOutcome::Unplayable => &[],
        }
    }

    /// Whether the side had closed the first connection before a piece of what was sent there reached it.
    pub(super) fn is_closed_unsent(&self) -> bool {
        let mut sent = self.entries().iter().filter_map(|entry| match entry {
            Entry::Sent { undelivered, .. } => Some(undelivered),
            _ => None,
        });
        matches!(sent.next(), Some(Some(Undelivered { obstacle: Obstacle::Closed, done: 0, .. })))
    }

    /// Whether a timeout of the side has passed before something was sent to it.
    pub(super) fn has_timed_out(&self) -> bool {
        self.timeouts_passed().next().is_some()
    }

    /// Whether the side was seen to give up because of that.
    pub(super) fn gives_up_after_timeout(&self) -> bool {
        self.timeouts_passed().any(|gave_up| gave_up)
    }

    /// For each timeout that has passed, whether the side gave up.
    fn timeouts_passed(&self) -> impl Iterator<Item = bool> {
        self.entries().iter().filter_map(|entry| match entry {
            Entry::TimeoutPassed { gave_up, .. } => Some(*gave_up),
            _ => None,
        })
    }

    /// Whether the side got as far as a reply.
    pub(super) fn has_reply(&self, side: Side) -> bool {
        match &self.outcome {
            ObservedOutcome::Pass => {
                self.case.actions.iter().any(|action| matches!(action, Action::Receive { .. }))
            }
            ObservedOutcome::Exactly(transcript) => has_reply(&self.case, side, transcript),
            ObservedOutcome::Unplayable => false,
        }
    }
}

/// Whether a side got as far as a reply in any of these.
#[must_use]
pub fn has_replied(observations: &[Observation], side: Side) -> bool {
    observations.iter().any(|observation| observation.has_reply(side))
}

/// Whether a side got as far as a reply: a server that has sent anything; a client that has given one back, or has sent a
/// byte that it should not have sent. Without that, a mistake in how a message is framed or read predicts nothing but
/// silence, or an end, which every program that fails early shows as well.
pub(super) fn has_reply(case: &Case, side: Side, transcript: &Transcript) -> bool {
    let shows = |entry: &Entry| match (side, entry) {
        (Side::Server, Entry::Received { bytes, .. }) => !bytes.is_empty(),
        (Side::Client, Entry::Answered { answer, .. }) => match answer {
            Answer::Received { payload, received } => *received || !payload.is_empty(),
            // A function that gives nothing back may not have come to anything either.
            Answer::Malformed(Malformation::NoText | Malformation::Nothing, _) => false,
            Answer::Malformed(..) => true,
            Answer::Done | Answer::Error(_) | Answer::Silent(_) | Answer::Exited(_) | Answer::Forged => false,
        },
        _ => false,
    };
    transcript.entries.iter().any(shows) || side == Side::Client && sent_wrong(case, transcript)
}

/// Whether a client has sent a byte that it should not have sent.
fn sent_wrong(case: &Case, transcript: &Transcript) -> bool {
    match judge(case, Side::Client.into(), transcript) {
        Verdict::Fail(finding) => {
            matches!(finding.fault, Fault::Bytes { mismatch, .. } if !matches!(mismatch, Mismatch::Stops { .. }))
        }
        _ => false,
    }
}
