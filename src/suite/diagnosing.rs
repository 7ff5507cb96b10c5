//! What explains the failures of a run.

use std::sync::atomic::Ordering;

use super::{Played, Stage};
use crate::bug::{self, Bug};
use crate::conversation::Transcript;
use crate::delivery::Boundary;
use crate::diagnosis::{Cause, Instance, Observation, ObservedOutcome, Subject, investigate};
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::target::Target;
use crate::verdict::Verdict;

impl Stage<'_> {
    /// Keeps what was seen of a side.
    pub(super) fn remember(&mut self, case: &Case, casting: Casting, played: &Played) {
        // A pair shows what two programs make of each other, and no byte of either.
        let Some(side) = casting.side().filter(|_| says_something(played)) else { return };
        let outcome = match played.verdict {
            Verdict::Pass => ObservedOutcome::Pass,
            _ => played.transcript.clone().map_or(ObservedOutcome::Unplayable, ObservedOutcome::Exactly),
        };
        self.observations.push((side, Observation { case: case.clone(), outcome }));
    }

    /// The known mistake that explains all failures of one side, if there is one.
    pub(super) fn diagnose(&mut self, side: Side, target: &mut Target) -> Option<Cause> {
        let of_side = self.observations.extract_if(.., |(of, _)| *of == side);
        let observations: Vec<Observation> = of_side.map(|(_, observation)| observation).collect();
        let like = observations.first()?.case.clone();
        let bugs: Vec<&Bug> = bug::catalogue().collect();
        let mut subject = UnderTest { stage: self, side, target };
        let hypotheses = investigate(&bugs, observations, side, &mut subject);
        Cause::of(hypotheses, side, &like)
    }
}

/// Whether it says something of a side how it was played with.
fn says_something(played: &Played) -> bool {
    match played.verdict {
        // Pieces that were read together show nothing of a mistake with one of them.
        Verdict::Pass => played.delivered != Some(Boundary::Requested),
        Verdict::Fail(_) => true,
        Verdict::Blocked { .. } | Verdict::Unsupported { .. } | Verdict::Inconclusive { .. } => false,
    }
}

/// A side with which further conversations can be held.
struct UnderTest<'s, 'a> {
    stage: &'s mut Stage<'a>,
    side: Side,
    target: &'s mut Target,
}

impl Subject for UnderTest<'_, '_> {
    fn next_instance(&self) -> Option<Instance> {
        match (self.side, &self.target.server) {
            (Side::Client, _) => Some(Instance::Fresh),
            (Side::Server, Some(server)) if server.is_fresh() && server.can_stop().is_ok() => {
                Some(Instance::Fresh)
            }
            (Side::Server, Some(server)) if server.is_fresh() => Some(Instance::Lasting),
            // It can be asked only as long as it serves.
            (Side::Server, _) if matches!(self.stage.last_connected, Some((_, true))) => {
                Some(Instance::Lasting)
            }
            _ => None,
        }
    }

    fn play(&mut self, case: &Case) -> Option<Transcript> {
        let played = self.stage.play_script(case, self.side.into(), self.target);
        let was_interrupted = self.stage.interrupted.load(Ordering::Relaxed);
        let counts = says_something(&played) && !was_interrupted;
        played.transcript.filter(|_| counts)
    }
}
