//! What explains the failures of a run.

use std::time::{Duration, Instant};

use super::played::Played;
use super::session::Session;
use crate::assignment::WireFormat;
use crate::bug::{self, Bug};
use crate::conversation::Transcript;
use crate::delivery::Boundary;
use crate::diagnosis::{
    Cause, Instance, Observation, ObservedOutcome, Subject, has_replied, investigate, other_format,
};
use crate::event::{Output, PlayedCase};
use crate::record::RunRecord;
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::verdict::{Fault, Mismatch, Verdict};

/// For how many deadlines the further conversations of a run of few scenarios may go on, and for which part of the time that a
/// longer one has taken so far.
const DEADLINES: u32 = 2;
const SHARE: u32 = 5;

/// How long further conversations may take. Those with a side that keeps nobody waiting take no time to speak of.
pub(super) struct TimeLimit {
    time: Duration,
    /// What one of them is likely to take.
    each: Duration,
}

impl TimeLimit {
    /// For a side that has failed in these trials.
    pub(super) fn new(record: &RunRecord, side: Side, deadline: Duration) -> Self {
        let trials = record.trials.iter().map(|trial| &trial.finished);
        let failed = trials.filter(|trial| {
            trial.key.casting == Casting::Of(side) && matches!(trial.verdict, Verdict::Fail(_))
        });
        let each = failed.filter_map(|trial| Some(trial.deliveries.last()?.elapsed)).min();
        let time = (record.elapsed / SHARE).max(deadline * DEADLINES);
        Self { time, each: each.unwrap_or_default() }
    }
}

/// What explains the failures of a side.
pub(super) struct Diagnosis {
    pub(super) cause: Option<Cause>,
    /// The format of a length with which a right side would have done the same.
    pub(super) other_format: Option<WireFormat>,
    /// The further conversations that were held to find out.
    pub(super) experiments: Vec<PlayedCase>,
}

/// What was seen of each side.
#[derive(Default)]
pub(super) struct Observations {
    observations: Vec<(Side, Observation)>,
    /// Whether the server was found to speak another protocol: no mistake with this one explains that.
    speaks_other_protocol: bool,
}

impl Observations {
    /// Adds what was seen later.
    pub(super) fn append(&mut self, mut later: Self) {
        self.observations.append(&mut later.observations);
        self.speaks_other_protocol |= later.speaks_other_protocol;
    }

    /// Keeps what was seen of a side.
    pub(super) fn add(&mut self, case: &Case, casting: Casting, played: &Played) {
        // A pair shows what two programs make of each other, and no byte of either.
        let Some(side) = casting.side().filter(|_| says_something(played)) else { return };
        self.speaks_other_protocol |= speaks_other_protocol(&played.verdict);
        let outcome = match played.verdict {
            Verdict::Pass => ObservedOutcome::Pass,
            _ => played.transcript.clone().map_or(ObservedOutcome::Unplayable, ObservedOutcome::Exactly),
        };
        let printed = match &played.output {
            Some(Output::Side(printed)) => Some(printed.clone()),
            Some(Output::Pair { .. }) | None => None,
        };
        let observation = Observation { case: case.clone(), outcome, printed, signal: played.signal };
        self.observations.push((side, observation));
    }

    /// What explains all failures of one side, if something does: a known mistake, or else what keeps it from its first
    /// reply. To tell several mistakes apart, further conversations are had in `session`.
    pub(super) fn diagnose(
        &mut self,
        side: Side,
        session: &mut Session<'_>,
        limit: TimeLimit,
    ) -> Option<Diagnosis> {
        if side == Side::Server && self.speaks_other_protocol {
            return None;
        }
        let of_side = self.observations.extract_if(.., |(of, _)| *of == side);
        let mut observations: Vec<Observation> = of_side.map(|(_, observation)| observation).collect();
        let no_reply = Cause::of_no_reply(&observations, side);
        let bugs: Vec<&Bug> = bug::catalogue().collect();
        let mut subject =
            UnderTest { session, side, started: Instant::now(), limit, experiments: Vec::new() };
        // A mistake accounts for scenarios of the plan, not for experiments.
        let of_the_plan = observations.clone();
        let hypotheses = investigate(&bugs, &mut observations, side, &mut subject);
        let experiments = subject.experiments;
        // What the further conversations have shown counts as well.
        let no_reply = no_reply.filter(|_| !has_replied(&observations, side));
        let cause = Cause::of(&hypotheses, &of_the_plan, side).or(no_reply);
        let other_format = other_format(&hypotheses, &observations, side);
        Some(Diagnosis { cause, other_format, experiments })
    }
}

/// Whether a server was found to speak another protocol.
fn speaks_other_protocol(verdict: &Verdict) -> bool {
    let Verdict::Fail(finding) = verdict else { return false };
    matches!(finding.fault, Fault::Bytes { mismatch: Mismatch::OtherProtocol { .. }, .. })
}

/// Whether it says something of a side how it was played with.
fn says_something(played: &Played) -> bool {
    match played.verdict {
        // Pieces that were read together show nothing of a mistake with one of them.
        Verdict::Pass => played.boundary != Some(Boundary::Unconfirmed),
        Verdict::Fail(_) => true,
        Verdict::Blocked { .. } | Verdict::Unsupported { .. } | Verdict::Inconclusive { .. } => false,
    }
}

/// A side with which further conversations can be held.
struct UnderTest<'s, 't> {
    session: &'s mut Session<'t>,
    side: Side,
    started: Instant,
    limit: TimeLimit,
    experiments: Vec<PlayedCase>,
}

impl Subject for UnderTest<'_, '_> {
    fn next_instance(&self) -> Option<Instance> {
        let is_time = self.started.elapsed() + self.limit.each <= self.limit.time;
        is_time.then(|| self.session.next_instance(self.side)).flatten()
    }

    fn play(&mut self, case: &Case) -> Option<Transcript> {
        let played = self.session.play(case, self.side.into());
        let counts = says_something(&played) && !self.session.is_interrupted();
        let transcript = played.transcript.filter(|_| counts)?;
        let (case, elapsed) = (case.clone(), played.elapsed);
        self.experiments.push(PlayedCase { case, transcript: transcript.clone(), elapsed });
        Some(transcript)
    }
}
