//! What explains the failures of a run.

use std::sync::atomic::Ordering;

use super::{Played, Stage, Target};
use crate::diagnosis::{Cause, Seen, Suspect, Witness, narrowed, suspects, telling};
use crate::scenario::{Casting, Script};
use crate::transcript::Delivered;
use crate::verdict::Verdict;

/// How many conversations are played at most to tell suspects apart.
const CONVERSATIONS_MAX: usize = 3;

impl Stage<'_> {
    /// Keeps what was seen of a side.
    pub(super) fn remember(&mut self, script: Script, casting: Casting, played: &mut Played) {
        let transcript = played.transcript.take();
        let seen = match played.verdict {
            // Pieces that were read together show nothing of a mistake with one of them.
            Verdict::Pass if played.delivered == Some(Delivered::Requested) => return,
            Verdict::Pass => Seen::Pass,
            Verdict::Fail(_) => transcript.map_or(Seen::Nothing, Seen::This),
            Verdict::Blocked { .. } | Verdict::Unsupported { .. } | Verdict::Inconclusive { .. } => return,
        };
        self.witnesses.push((casting, Witness { script, seen }));
    }

    /// The known mistake that explains all failures of one side, if there is one.
    pub(super) fn diagnose(&mut self, casting: Casting, target: &mut Target) -> Option<Cause> {
        let of_side = self.witnesses.extract_if(.., |(of, _)| *of == casting);
        let mut witnesses: Vec<Witness> = of_side.map(|(_, witness)| witness).collect();
        let mut suspects = suspects(&witnesses, casting);
        for _ in 0..CONVERSATIONS_MAX {
            if suspects.len() < 2 {
                break;
            }
            let Some(witness) = self.ask(&suspects, casting, &witnesses, target) else { break };
            witnesses.push(witness);
            let fewer = narrowed(suspects.iter().map(|suspect| suspect.bug), &witnesses, casting);
            match (fewer.is_empty(), witnesses.last_mut()) {
                // There is more to it, but what was seen before is still explained.
                (true, Some(last)) => last.seen = Seen::Aside,
                _ => suspects = fewer,
            }
        }
        Cause::of(suspects, casting, &witnesses.first()?.script)
    }

    /// Plays one more conversation, which tells some of the suspects apart.
    fn ask(
        &mut self,
        suspects: &[Suspect],
        casting: Casting,
        witnesses: &[Witness],
        target: &mut Target,
    ) -> Option<Witness> {
        let may_stop = match (casting, &target.server) {
            (Casting::Server, Some(server)) if server.is_fresh() => server.can_stop().is_ok(),
            // It can be asked only as long as it serves, and it has to serve afterwards.
            (Casting::Server, _) if matches!(self.last_connected, Some((_, true))) => false,
            (Casting::Client, _) => false,
            _ => return None,
        };
        let script = telling(suspects, casting, witnesses, &witnesses.first()?.script, may_stop)?;
        let transcript = self.play_script(&script, casting, target).transcript?;
        let was_played = !self.interrupted.load(Ordering::Relaxed);
        was_played.then_some(Witness { script, seen: Seen::This(transcript) })
    }
}
