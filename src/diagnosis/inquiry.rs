//! Further conversations with a side, until it is known which mistake explains what was seen of it.

use super::telling::Repertoire;
use super::{Seen, Suspect, Witness, suspects};
use crate::bug::Bug;
use crate::scenario::{Casting, Script};
use crate::transcript::Transcript;

/// How many further conversations there are at most.
const CONVERSATIONS_MAX: usize = 3;

/// Somebody with whom further conversations can be had.
pub trait Witnessing {
    /// Whether a conversation can be had now, and if so, whether the server can be told to stop in it.
    fn may_stop(&self) -> Option<bool>;

    /// Has this conversation. Nothing, if that is not possible after all.
    fn play(&mut self, script: &Script) -> Option<Transcript>;
}

/// Those of `bugs` that explain all that was seen of a side, after the conversations that tell them apart, or that put
/// the last one to the proof.
pub fn inquire(
    bugs: &[&'static Bug],
    mut witnesses: Vec<Witness>,
    casting: Casting,
    witnessing: &mut dyn Witnessing,
) -> Vec<Suspect> {
    let of_side = bugs.iter().copied().filter(|bug| bug.sides.contains(&casting));
    let mut left = suspects(of_side, &witnesses, casting);
    for _ in 0..CONVERSATIONS_MAX {
        let Some(may_stop) = witnessing.may_stop() else { break };
        let repertoire = Repertoire { casting, played: &witnesses, may_stop };
        let script = match &left[..] {
            [] => break,
            [only] => repertoire.proving(only, bugs),
            several => repertoire.telling(several),
        };
        let Some(script) = script else { break };
        let Some(transcript) = witnessing.play(&script) else { break };
        witnesses.push(Witness { script, seen: Seen::This(transcript) });
        let fewer = suspects(left.iter().map(|suspect| suspect.bug), &witnesses, casting);
        match (left.len(), fewer.is_empty(), witnesses.last_mut()) {
            // There is another mistake besides, but what was seen before is still explained.
            (2.., true, Some(last)) => last.seen = Seen::Aside,
            _ => left = fewer,
        }
    }
    // Several that could not be told apart, and none of which knew what would come: it is none of them.
    if left.len() > 1 && witnesses.iter().any(|witness| matches!(witness.seen, Seen::Aside)) {
        left.clear();
    }
    left
}
