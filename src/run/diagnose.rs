//! What explains the failures of a run.

use std::time::Duration;

use super::played::Played;
use super::session::Session;
use crate::assignment::WireFormat;
use crate::bug::{self, Bug};
use crate::conversation::Entry;
use crate::delivery::Boundary;
use crate::diagnosis::{
    Cause, Instance, Observation, ObservedOutcome, Subject, has_replied, investigate, other_format,
};
use crate::event::{Output, PlayedCase};
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::silence::KnownBy;
use crate::verdict::{Protocol, Verdict};

/// For how many deadlines a side may keep further conversations waiting before there are no more. How long each takes otherwise
/// is left to the machine, and must not decide what is found.
const DEADLINES_WAITED_MAX: u32 = 4;

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
    /// The other protocol that the server was found to speak: no mistake with this one explains that.
    other_protocol: Option<Protocol>,
}

impl Observations {
    /// Adds what was seen later.
    pub(super) fn append(&mut self, mut later: Self) {
        self.observations.append(&mut later.observations);
        self.other_protocol = self.other_protocol.or(later.other_protocol);
    }

    /// Keeps what was seen of a side.
    pub(super) fn add(&mut self, case: &Case, casting: Casting, played: &Played) {
        // A pair shows what two programs make of each other, and no byte of either.
        let Some(side) = casting.side().filter(|_| says_something(played)) else { return };
        self.other_protocol = self.other_protocol.or(played.verdict.other_protocol());
        let outcome = match played.verdict {
            Verdict::Pass => ObservedOutcome::Pass,
            _ => played.transcript.clone().map_or(ObservedOutcome::Unplayable, ObservedOutcome::Exactly),
        };
        self.observations.push((side, observation(case, played, outcome)));
    }

    /// What explains all failures of one side, if something does: a known mistake, or else what keeps it from its first
    /// reply. To tell several mistakes apart, further conversations are had in `session`.
    pub(super) fn diagnose(&mut self, side: Side, session: &mut Session<'_>) -> Option<Diagnosis> {
        let of_side = self.observations.extract_if(.., |(of, _)| *of == side);
        let mut observations: Vec<Observation> = of_side.map(|(_, observation)| observation).collect();
        if let Some(protocol) = self.other_protocol.filter(|_| side == Side::Server) {
            // What passed was a reply, and then no more is known than what the findings say.
            let has_passed = observations.iter().any(|one| matches!(one.outcome, ObservedOutcome::Pass));
            let cause = (!has_passed).then(|| Cause::of_other_protocol(protocol, &observations));
            return Some(Diagnosis { cause, other_format: None, experiments: Vec::new() });
        }
        let no_reply = Cause::of_no_reply(&observations, side);
        let assignment = observations.first()?.case.assignment;
        let bugs: Vec<&Bug> = bug::catalogue_for(&assignment).collect();
        // One that never replies and keeps a processor busy would do so for several deadlines in each further conversation, too.
        let is_futile = no_reply.is_some() && observations.iter().any(keeps_busy);
        let waited = if is_futile { session.deadline() * DEADLINES_WAITED_MAX } else { Duration::ZERO };
        let mut subject = UnderTest { session, side, experiments: Vec::new(), waited };
        // A mistake accounts for scenarios of the plan, not for experiments.
        let of_the_plan = observations.clone();
        let mut hypotheses = investigate(&bugs, &mut observations, side, &mut subject);
        let experiments = subject.experiments;
        // That the clock has run out rules mistakes out, and speaks for none.
        let is_only_late = !observations.iter().any(|one| one.is_more_than_late(side));
        if is_only_late {
            hypotheses.clear();
        }
        // What the further conversations have shown counts as well.
        let no_reply = no_reply.filter(|_| !has_replied(&observations, side));
        let cause = Cause::of(&hypotheses, &of_the_plan, side).or(no_reply);
        let other_format = other_format(&hypotheses, &observations, side).filter(|_| !is_only_late);
        Some(Diagnosis { cause, other_format, experiments })
    }
}

/// What came of a case, with what its program has said of itself.
fn observation(case: &Case, played: &Played, outcome: ObservedOutcome) -> Observation {
    let printed = match &played.output {
        Some(Output::Side(printed)) => Some(printed.clone()),
        Some(Output::Pair { .. }) | None => None,
    };
    let (raised, signal) = (played.raised.clone(), played.signal);
    Observation { case: case.clone(), outcome, printed, raised, signal }
}

/// Whether a side was seen to keep a processor busy instead of doing what was awaited.
fn keeps_busy(observation: &Observation) -> bool {
    let ObservedOutcome::Exactly(transcript) = &observation.outcome else { return false };
    transcript.entries.iter().filter_map(Entry::silence).any(|silence| silence.known_by == KnownBy::Spinning)
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
    experiments: Vec<PlayedCase>,
    /// For how long the experiments have waited for it where nothing proved that it would stay silent.
    waited: Duration,
}

impl Subject for UnderTest<'_, '_> {
    fn next_instance(&self) -> Option<Instance> {
        let has_time = self.waited < self.session.deadline() * DEADLINES_WAITED_MAX;
        has_time.then(|| self.session.next_instance(self.side)).flatten()
    }

    fn play(&mut self, case: &Case) -> Option<Observation> {
        let played = self.session.play(case, self.side.into());
        let counts = says_something(&played) && !self.session.is_interrupted();
        let transcript = played.transcript.clone().filter(|_| counts)?;
        let silences = transcript.entries.iter().filter_map(Entry::silence);
        let unproven = silences.filter(|silence| !matches!(silence.known_by, KnownBy::Blocked(_)));
        self.waited += unproven.map(|silence| silence.waited).sum::<Duration>();
        let observed = observation(case, &played, ObservedOutcome::Exactly(transcript.clone()));
        self.experiments.push(PlayedCase { case: case.clone(), transcript, elapsed: played.elapsed });
        Some(observed)
    }
}
