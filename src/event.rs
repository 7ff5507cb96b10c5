//! A run, as the list of events that every report and every recording is made from.
//!
//! This module owns their form, which a recording keeps. An event owns all that it says: it can be kept, written to a file, read
//! back, and reported again elsewhere. It must not carry what follows from other events; that is worked out in one place, the
//! [record](crate::record).

mod crash;
mod description;
mod output;
mod seal;
mod trace;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use crash::{Crash, Exception};
pub use description::{ContainedBy, TargetDescription};
pub use output::Output;
pub use seal::Seal;
pub use trace::{CallOutcome, CallShows, CulpritCall, SocketCall, Trace};

use crate::assignment::{Assignment, WireFormat};
use crate::conversation::Transcript;
use crate::delivery::{Boundary, Delivery};
use crate::diagnosis::{Cause, Mistake};
use crate::grade::PassedDeliveries;
use crate::scenario::{Case, Scenario, Tier};
use crate::side::{Casting, Side};
use crate::verdict::{Note, Verdict};

/// The version of the form that events are written in. It changes when a reader of the old form would misunderstand or
/// could not read the new one.
pub const FORMAT_VERSION: u32 = 3;
/// The oldest version that can be read. What version 1 lacks could not be chosen then; up to version 2, every text is where it
/// belongs.
pub const FORMAT_VERSION_MIN: u32 = 1;
/// The version of the harness that events name.
pub const HARNESS_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is graded, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What is graded.
    pub target: TargetDescription,
    /// The parameters it is graded for.
    pub assignment: Assignment,
    /// The seed that payloads come from.
    pub seed: u64,
    /// Whether hardening scenarios and the pair decide the verdict, too. They never carry points.
    pub strict: bool,
    /// What else a course has said. Recordings of format version 1 lack it.
    #[serde(default, skip_serializing_if = "CourseNotes::is_empty")]
    pub course: Box<CourseNotes>,
}

/// What a course has said that reports show: a recording that is rendered elsewhere needs no other file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseNotes {
    /// The file that it was read from, as the user knows it; nothing where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The points that have to be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_mark: Option<u32>,
    /// Until when platforms hide some scenarios from students: a date as TOML writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_until: Option<String>,
    /// What it calls parts of a hand-in, by what the assignment calls them: those that have names of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Texts of the course's own, by the ids of scenarios and causes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

impl CourseNotes {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Names a trial: a scenario in one casting, played under each of its deliveries in turn. What is played under one delivery
/// is a [`Case`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrialKey {
    /// The id of the scenario.
    pub scenario: String,
    /// The side under test.
    pub casting: Casting,
}

impl TrialKey {
    /// The key of `scenario` in `casting`.
    #[must_use]
    pub fn new(scenario: &Scenario, casting: Casting) -> Self {
        Self { scenario: scenario.id.into(), casting }
    }
}

impl fmt::Display for TrialKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.casting, self.scenario)
    }
}

/// A trial that the run is going to play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTrial {
    /// Its key.
    pub key: TrialKey,
    /// The tier of the scenario.
    pub tier: Tier,
    /// What should happen, in the sentence that a student reads.
    pub title: String,
    /// The points that a pass is worth.
    pub worth: u32,
    /// Whether platforms hide it from students, until [`CourseNotes::hidden_until`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// What is known before anything is played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The version of the form that this run's events are written in: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of the harness that plays.
    pub harness_version: String,
    /// What is graded.
    pub run: Run,
    /// How long a submission may be silent.
    #[serde(rename = "deadline_ns", with = "crate::nanoseconds")]
    pub deadline: Duration,
    /// Whether this system shows what programs are blocked in. Where it does not, every silence lasts until the deadline.
    pub proves_silence: bool,
    /// Everything that will be played, in order.
    pub plan: Vec<PlannedTrial>,
}

/// One delivery of a scenario that was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayedCase {
    /// What was to be done: payloads, cuts and all.
    pub case: Case,
    /// What happened.
    pub transcript: Transcript,
    /// How long it took, without what was done to get ready for it.
    #[serde(rename = "elapsed_ns", with = "crate::nanoseconds")]
    pub elapsed: Duration,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialFinished {
    /// Which one.
    pub key: TrialKey,
    /// The verdict.
    pub verdict: Verdict,
    /// The delivery under which it failed, if it did. It is there for readers of a recording: if nothing could be started,
    /// `deliveries` does not have it.
    pub failed_delivery: Option<Delivery>,
    /// How many of its deliveries were passed, where all were played because each is worth a part of the points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_deliveries: Option<PassedDeliveries>,
    /// Every delivery that was played, in order: up to the first one that was not passed, unless each counts.
    pub deliveries: Vec<PlayedCase>,
    /// How long all of them took.
    #[serde(rename = "elapsed_ns", with = "crate::nanoseconds")]
    pub elapsed: Duration,
    /// The weakest of what is known of the cuts in what the harness sent: [`Boundary::Unconfirmed`] if that is known of any. `None`
    /// where nothing was cut.
    #[serde(rename = "delivered")]
    pub boundary: Option<Boundary>,
    /// What was seen where the rules leave the submission a choice.
    pub notes: Vec<Note>,
    /// What the submission printed, where that was captured and something was wrong.
    pub output: Option<Output>,
    /// What broke the program of the one side under test, if that is known.
    #[serde(default)]
    pub crash: Option<Crash>,
    /// The command that repeats just this.
    pub reproduce: String,
}

/// A [`Cause`], as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCause {
    /// The ids of everything that is named, mistake by mistake.
    pub bugs: Vec<String>,
    /// What the program does wrong and how to have it explained, all in one.
    pub text: String,
    /// What is wrong, one mistake at a time: those that account for the most scenarios first. Together they explain every failure
    /// of the side. Recordings of earlier versions lack them.
    #[serde(default)]
    pub mistakes: Vec<NamedMistake>,
}

/// A [`Mistake`], as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMistake {
    /// What the user types to have it explained: the id of a bug, or those of several that cannot be told apart, the most
    /// specific first; or that of the symptom, where the side never got as far as a reply.
    pub bugs: Vec<String>,
    /// What the program does wrong, in sentences.
    pub text: String,
    /// The ids of the failed scenarios that it accounts for, in the order of the catalogue. Where two mistakes show only
    /// together, both account for the scenario.
    pub scenarios: Vec<String>,
}

impl NamedCause {
    /// What `cause` comes to in words, with the figures of `assignment`.
    #[must_use]
    pub fn new(cause: &Cause, assignment: &Assignment) -> Self {
        let named = |mistake: &Mistake| NamedMistake {
            bugs: mistake.ids().into_iter().map(str::to_owned).collect(),
            text: mistake.text(assignment),
            scenarios: mistake.scenarios().to_vec(),
        };
        let mistakes: Vec<_> = cause.mistakes().iter().map(named).collect();
        let bugs = mistakes.iter().flat_map(|mistake| mistake.bugs.clone()).collect();
        Self { bugs, text: cause.text(assignment), mistakes }
    }

    /// The bug or symptom, if it is one.
    #[must_use]
    pub fn bug(&self) -> Option<&str> {
        match &self.bugs[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Something that happened in a run, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// How long after the start of the run.
    #[serde(rename = "at_ns", with = "crate::nanoseconds")]
    pub at: Duration,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The seal that it was recorded under, where it was. It is the last key of a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

impl Event {
    /// An event that is on no recording.
    #[must_use]
    pub const fn new(at: Duration, kind: EventKind) -> Self {
        Self { at, kind, seal: None }
    }
}

/// What can happen in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// A run begins. Always the first event.
    RunStarted(RunStarted),
    /// A trial is about to be played.
    TrialStarted {
        /// Which one.
        key: TrialKey,
    },
    /// A trial has its verdict.
    ///
    /// Shared with the record, because it has all the bytes of the conversations.
    TrialFinished(Arc<TrialFinished>),
    /// A trial that has failed was played once more, and the side under test, its calls traced, failed in the same way.
    #[serde(rename = "observed")]
    Traced {
        /// Which one.
        key: TrialKey,
        /// What the side did with its sockets.
        trace: Trace,
    },
    /// Everything is played, and known mistakes explain all failures of a side.
    Diagnosed {
        /// The side.
        side: Side,
        /// The mistakes.
        cause: NamedCause,
        /// The further conversations that were held to find it, beside those of the scenarios.
        experiments: Vec<PlayedCase>,
    },
    /// All that a side did is what a right one would have done with another format of a length.
    OtherFormat {
        /// The side.
        side: Side,
        /// The format.
        format: WireFormat,
    },
    /// The run is over. Always the last event.
    RunFinished,
}
