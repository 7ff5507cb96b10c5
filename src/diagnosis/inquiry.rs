//! Further conversations with a side, until it is known which mistake explains what was seen of it.

use super::telling::Repertoire;
use super::{Seen, Suspect, Witness, suspects};
use crate::bug::Bug;
use crate::conversation::Transcript;
use crate::scenario::Case;
use crate::side::Side;

/// How many further conversations there are at most.
const CONVERSATIONS_MAX: usize = 3;

/// Somebody with whom further conversations can be had.
pub trait Witnessing {
    /// Whether one can be had now, and with whom.
    fn readiness(&self) -> Option<Readiness>;

    /// Has this conversation. Nothing, if it says nothing of them.
    fn play(&mut self, case: &Case) -> Option<Transcript>;
}

/// With whom a conversation would be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// With one that is started for it: it may end with that.
    Fresh,
    /// With one that has to go on serving.
    Lasting,
}

/// Those of `bugs` that explain all that was seen of a side, after the conversations that tell them apart, or that put
/// the last one to the proof.
///
/// The last one may be left only because the true mistake is none of `bugs`. So it has to be right about something
/// that was not known before, where that can do no harm.
pub fn inquire(
    bugs: &[&'static Bug],
    mut witnesses: Vec<Witness>,
    side: Side,
    witnessing: &mut dyn Witnessing,
) -> Vec<Suspect> {
    let of_side: Vec<_> = bugs.iter().copied().filter(|bug| bug.sides.contains(&side)).collect();
    let mut left = suspects(of_side.iter().copied(), &witnesses, side);
    for _ in 0..CONVERSATIONS_MAX {
        let Some(readiness) = witnessing.readiness() else { break };
        let repertoire = Repertoire { side, played: &witnesses, readiness };
        let is_proof = left.len() == 1;
        let case = match (&left[..], readiness) {
            ([], _) | ([_], Readiness::Lasting) => break,
            ([only], Readiness::Fresh) => repertoire.proving(only, &of_side),
            (several, _) => repertoire.telling(several),
        };
        let Some(case) = case else { break };
        let Some(transcript) = witnessing.play(&case) else { break };
        witnesses.push(Witness { case, seen: Seen::This(transcript) });
        left = suspects(left.iter().map(|suspect| suspect.bug), &witnesses, side);
        if is_proof {
            break;
        }
    }
    left
}
