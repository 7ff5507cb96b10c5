//! What explains the failures of a run.

use super::classify::Played;
use super::session::Session;
use crate::bug::{self, Bug};
use crate::conversation::Transcript;
use crate::delivery::Boundary;
use crate::diagnosis::{Cause, Readiness, Seen, Witness, Witnessing, inquire};
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// What was seen of each side.
#[derive(Default)]
pub(super) struct Observations {
    witnesses: Vec<(Side, Witness)>,
}

impl Observations {
    /// Keeps what was seen of a side.
    pub(super) fn add(&mut self, case: &Case, casting: Casting, played: &Played) {
        // A pair shows what two programs make of each other, and no byte of either.
        let Some(side) = casting.side().filter(|_| says_something(played)) else { return };
        let seen = match played.verdict {
            Verdict::Pass => Seen::Pass,
            _ => played.transcript.clone().map_or(Seen::Nothing, Seen::This),
        };
        self.witnesses.push((side, Witness { case: case.clone(), seen }));
    }

    /// The known mistake that explains all failures of one side, if there is one. To tell several apart, further
    /// conversations are had in `session`.
    pub(super) fn diagnose(&mut self, side: Side, session: &mut Session<'_>) -> Option<Cause> {
        let of_side = self.witnesses.extract_if(.., |(of, _)| *of == side);
        let witnesses: Vec<Witness> = of_side.map(|(_, witness)| witness).collect();
        let like = witnesses.first()?.case.clone();
        let bugs: Vec<&Bug> = bug::catalogue().collect();
        let suspects = inquire(&bugs, witnesses, side, &mut UnderTest { session, side });
        Cause::of(suspects, side, &like)
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

/// A side that further conversations can be had with.
struct UnderTest<'s, 't> {
    session: &'s mut Session<'t>,
    side: Side,
}

impl Witnessing for UnderTest<'_, '_> {
    fn readiness(&self) -> Option<Readiness> {
        self.session.readiness(self.side)
    }

    fn play(&mut self, case: &Case) -> Option<Transcript> {
        let played = self.session.play(case, self.side.into());
        let counts = says_something(&played) && !self.session.is_interrupted();
        played.transcript.filter(|_| counts)
    }
}
