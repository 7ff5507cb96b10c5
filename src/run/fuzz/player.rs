//! One of several that play cases, with a target of its own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::growth::Watched;
use super::kind::Kind;
use super::{KindOfFailure, Played, Progress, Reason, Session, Shared, Source, case_of};
use crate::scenario::{Action, Case, Generator, shrink};
use crate::side::Side;
use crate::verdict::{Fault, Verdict};

/// How long a case is made smaller.
const SHRINKING: Duration = Duration::from_secs(4);
/// How many of the cases before may be what a program has failed after.
const REMEMBERED: usize = 40;
/// How often it is tried to find those.
const TRIES_MAX: u32 = 6;

pub(super) struct Player<'s, 'r, 't> {
    shared: &'s Shared<'r>,
    session: Session<'t>,
    generators: Vec<(Side, Generator)>,
    /// What was played last on the program that is shared, by side.
    recent: Vec<(Side, VecDeque<Case>)>,
    /// How often it was tried to repeat what failed on a program that had played others.
    tries: u32,
    watched: Watched,
}

impl<'s, 'r, 't> Player<'s, 'r, 't> {
    pub(super) fn new(shared: &'s Shared<'r>, session: Session<'t>) -> Self {
        let run = &shared.runner.run;
        let generator = |side: &Side| (*side, Generator::new(run.assignment, *side, run.seed));
        let sides = &shared.fuzzing.sides;
        Self {
            shared,
            session,
            generators: sides.iter().map(generator).collect(),
            recent: sides.iter().map(|side| (*side, VecDeque::new())).collect(),
            tries: 0,
            watched: Watched::default(),
        }
    }

    /// Plays until there are enough cases.
    pub(super) fn play_all(mut self, progress: &(dyn Fn(Progress) + Sync)) {
        while !self.session.is_interrupted()
            && let Some((number, side)) = self.shared.next()
        {
            let generator =
                self.generators.iter().find(|(of, _)| *of == side).map(|(_, generator)| generator);
            let Some(case) = generator.and_then(|generator| {
                case_of(generator, &self.shared.fuzzing.source, number, &self.shared.runner.run.assignment)
            }) else {
                break;
            };
            self.session.begin(usize::try_from(number).unwrap_or(usize::MAX));
            let played = catch_unwind(AssertUnwindSafe(|| self.session.play(&case, side.into())))
                .unwrap_or_else(|panic| {
                    self.session.end_shared();
                    Reason::panicked(&*panic).into()
                });
            if self.session.is_interrupted() {
                break;
            }
            self.shared.played.fetch_add(1, Ordering::Relaxed);
            self.weigh(number, side, case, played);
            progress(self.shared.progress());
        }
    }

    fn weigh(&mut self, number: u64, side: Side, case: Case, played: Played) {
        let was_spoilt = self.session.take_spoilt();
        match &played.verdict {
            Verdict::Pass if was_spoilt => self.look_into_the_past(number, side, &case),
            Verdict::Pass => {
                if side == Side::Server
                    && let Some(growth) = self.watched.add(self.session.shared_pid())
                {
                    self.shared.results(|results| {
                        let is_known = |known: &super::Growth| {
                            std::mem::discriminant(known) == std::mem::discriminant(&growth)
                        };
                        if !results.growth.iter().any(is_known) {
                            results.growth.push(growth);
                        }
                    });
                }
                self.remember(side, case);
            }
            Verdict::Fail(_) => {
                self.forget(side);
                self.shared.failures.fetch_add(1, Ordering::Relaxed);
                self.find(number, side, case, played);
            }
            Verdict::Blocked { .. } | Verdict::Unsupported { .. } => self.stop(side, played),
            Verdict::Inconclusive { .. } => self.shared.results(|results| results.undecided += 1),
        }
    }

    /// A side cannot be played on.
    fn stop(&self, side: Side, played: Played) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.shared.results(|results| {
            if !results.stopped.iter().any(|(of, _)| *of == side) {
                results.stopped.push((side, played));
            }
        });
    }

    fn recent(&mut self, side: Side) -> Option<&mut VecDeque<Case>> {
        self.recent.iter_mut().find(|(of, _)| *of == side).map(|(_, recent)| recent)
    }

    fn remember(&mut self, side: Side, case: Case) {
        let is_steady = !matches!(self.shared.fuzzing.source, Source::Given(_));
        if let Some(recent) = self.recent(side).filter(|_| is_steady) {
            recent.push_back(case);
            if recent.len() > REMEMBERED {
                recent.pop_front();
            }
        }
    }

    fn forget(&mut self, side: Side) {
        if let Some(recent) = self.recent(side) {
            recent.clear();
        }
    }

    /// A case has failed on a program that had played others, and not on a fresh one: played after them in one, it may fail again.
    fn look_into_the_past(&mut self, number: u64, side: Side, case: &Case) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        let before: Vec<Case> =
            self.recent(side).map(|recent| recent.drain(..).collect()).unwrap_or_default();
        self.tries += 1;
        if self.tries <= TRIES_MAX {
            for count in [1, 4, 16, REMEMBERED] {
                let joined = joined(&before[before.len().saturating_sub(count)..], case);
                self.session.end_shared();
                let played = self.session.play(&joined, side.into());
                if matches!(played.verdict, Verdict::Fail(_)) {
                    return self.find(number, side, joined, played);
                }
                if count >= before.len() {
                    break;
                }
            }
        }
        self.shared.results(|results| results.unsteady += 1);
    }

    /// A case has failed: if nothing has in the same way, it is made smaller and kept.
    fn find(&mut self, number: u64, side: Side, case: Case, played: Played) {
        let Verdict::Fail(finding) = &played.verdict else { return };
        let kind = Kind::of(side, finding);
        // Nothing can be played then.
        let is_hopeless = matches!(finding.fault, Fault::HandIn { .. });
        let is_known = self.shared.results(|results| {
            let of_kind = results.kinds.entry(kind.clone()).or_default();
            of_kind.times += 1;
            of_kind.times > 1
        });
        if is_hopeless {
            self.shared.is_over.store(true, Ordering::Relaxed);
        }
        if is_known {
            return;
        }
        let found = if is_hopeless { (case, played) } else { self.shrunk(&kind, side, case, played) };
        self.shared.results(|results| {
            if let Some(KindOfFailure { found: kept, .. }) = results.kinds.get_mut(&kind) {
                *kept = Some((number, found.0, found.1));
            }
        });
    }

    /// The smallest case of that kind, and what came of it.
    fn shrunk(&mut self, kind: &Kind, side: Side, case: Case, played: Played) -> (Case, Played) {
        let until = Instant::now() + SHRINKING;
        let mut last = played;
        let smallest = shrink(case, side, |smaller| {
            if Instant::now() >= until || self.session.is_interrupted() {
                return false;
            }
            let played = self.session.play(smaller, side.into());
            let fails_alike =
                matches!(&played.verdict, Verdict::Fail(finding) if Kind::of(side, finding).is_like(kind));
            // What fails only after others is not what is looked for.
            if self.session.take_spoilt() {
                self.session.end_shared();
            }
            if fails_alike {
                last = played;
            }
            fails_alike
        });
        (smallest, last)
    }
}

/// All of these cases as one, the clients one after the other.
fn joined(before: &[Case], case: &Case) -> Case {
    let mut actions: Vec<Action> = Vec::new();
    for one in before.iter().chain([case]) {
        let earlier = actions.iter().filter(|action| **action == Action::Connect).count();
        actions.extend(one.actions.iter().cloned().map(|action| match action {
            Action::SwitchClient { client } => Action::SwitchClient { client: client + earlier },
            other => other,
        }));
    }
    Case { actions, ..case.clone() }
}
