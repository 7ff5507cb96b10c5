//! What explains the failures of a run.

use std::sync::atomic::Ordering;

use super::{Played, Stage, Target};
use crate::bug::{self, Bug};
use crate::diagnosis::{Cause, Seen, Witness, Witnessing, inquire};
use crate::scenario::{Casting, Script};
use crate::transcript::{Delivered, Transcript};
use crate::verdict::Verdict;

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
        let witnesses: Vec<Witness> = of_side.map(|(_, witness)| witness).collect();
        let like = witnesses.first()?.script.clone();
        let bugs: Vec<&Bug> = bug::catalogue().collect();
        let suspects = inquire(&bugs, witnesses, casting, &mut Side { stage: self, casting, target });
        Cause::of(suspects, casting, &like)
    }
}

/// A side that further conversations can be had with.
struct Side<'s, 'a> {
    stage: &'s mut Stage<'a>,
    casting: Casting,
    target: &'s mut Target,
}

impl Witnessing for Side<'_, '_> {
    fn may_stop(&self) -> Option<bool> {
        match (self.casting, &self.target.server) {
            (Casting::Server, Some(server)) if server.is_fresh() => Some(server.can_stop().is_ok()),
            // It can be asked only as long as it serves, and it has to serve afterwards.
            (Casting::Server, _) if matches!(self.stage.last_connected, Some((_, true))) => Some(false),
            (Casting::Client, _) => Some(false),
            _ => None,
        }
    }

    fn play(&mut self, script: &Script) -> Option<Transcript> {
        let transcript = self.stage.play_script(script, self.casting, self.target).transcript;
        transcript.filter(|_| !self.stage.interrupted.load(Ordering::Relaxed))
    }
}
