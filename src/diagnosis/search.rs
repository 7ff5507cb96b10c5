//! The search for the smallest sets of mistakes that explain everything that was observed.
//!
//! It starts from the right program. As long as a program does something else than was observed, some part of it is wrong that
//! shows there: each mistake in another part that changes what the program does there is added, one at a time, and so on from
//! each of the programs that this leads to. Programs with fewer mistakes come first, and once one of them explains everything,
//! those with more are left alone.
//!
//! Right programs differ, too, and each choice of a [`Variant`] is tried in the same way, as a step that costs nothing. So is each
//! further kind of exception that a program does not catch, if there is one already: not catching is one mistake.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::{iter, ptr, slice};

use super::behavior::Behavior;
use super::comparison::Comparison;
use super::hypotheses::Hypothesis;
use super::observation::{Observation, ObservedOutcome};
use super::prediction::depends_on_timing;
use super::simulated::{TransferSizes, server_raises, simulate};
use crate::bug::{Bug, EXCEPTIONS_NOT_CAUGHT, Exceptions, Program, Variant};
use crate::conversation::Transcript;
use crate::judge::judge;
use crate::scenario::{Action, Case, Malformed, Reading};
use crate::side::Side;
use crate::verdict::Verdict;

/// How many mistakes are assumed at most.
const MISTAKES_MAX: usize = 3;
/// How many bytes are played at most before the search is given up, where each conversation counts as many more.
const WORK_MAX: usize = 800_000_000;
const WORK_EACH: usize = 5000;
/// From how many cases the search starts at most.
const STARTS_MAX: usize = 3;
/// Conversations with more bytes than this take so long that they are looked at last.
const SHORT_MAX: usize = 5000;

/// What is searched, and for what.
pub(super) struct Search<'a> {
    bugs: Vec<&'static Bug>,
    seen: Vec<Seen<'a>>,
    side: Side,
    /// After how many bytes the last connection of a failed case has stopped, each where the harness has read at once.
    cuts: HashSet<usize>,
    work_left: Cell<usize>,
    /// What has come of each comparison, by the program and where the case is: most are asked for more than once.
    known: RefCell<HashMap<(Candidate, *const Case), Comparison>>,
}

/// A case, and what was observed in it; `None` if the side has passed.
struct Seen<'a> {
    case: &'a Case,
    observed: Option<Behavior>,
    /// Whether an exception was seen to end the program that was played with.
    has_raised: bool,
    /// Whether a client leaves while something may still be sent to it.
    leaves: bool,
}

/// A program: the right one, with these of the bugs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Candidate {
    /// Their places, in order.
    bugs: Vec<usize>,
    variant: Variant,
}

/// From one program to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extension {
    /// One that costs nothing.
    Free,
    /// One more mistake.
    Mistake,
}

impl Candidate {
    const RIGHT: Self = Self { bugs: Vec::new(), variant: Variant::USUAL };
}

fn is_short_failure(seen: &Seen<'_>) -> bool {
    seen.observed.is_some() && seen.case.sent_len() <= SHORT_MAX
}

/// Whether a length over the limit is declared, which a right program may refuse or accept.
fn claims_too_much(case: &Case) -> bool {
    let claims =
        |action: &Action| matches!(action, Action::SendMalformed { kind: Malformed::OversizedLength, .. });
    case.actions.iter().any(claims)
}

/// What the comparison of a candidate is known by. What makes no difference in that case is not asked for twice.
fn known_as(seen: &Seen<'_>, candidate: &Candidate) -> (Candidate, *const Case) {
    let variant = candidate.variant.where_it_shows(seen.leaves);
    (Candidate { variant, ..candidate.clone() }, ptr::from_ref(seen.case))
}

/// Whether `program` would have done what was observed, or may have.
pub(super) fn explains(observation: &Observation, side: Side, program: &Program) -> bool {
    let search = Search::new(Vec::new(), slice::from_ref(observation), side);
    search.is_some_and(|search| {
        search.seen.iter().all(|seen| search.compare(seen, program).0 != Comparison::Different)
    })
}

impl<'a> Search<'a> {
    /// A search for what explains these observations; `None` if one of them is such that nothing does.
    pub(super) fn new(
        mut bugs: Vec<&'static Bug>,
        observations: &'a [Observation],
        side: Side,
    ) -> Option<Self> {
        let seen = observations.iter().map(|observation| {
            let Observation { case, outcome, raised, .. } = observation;
            if observation.shows_own_fault() {
                return None;
            }
            let observed = match outcome {
                ObservedOutcome::Unplayable => return None,
                ObservedOutcome::Pass => None,
                ObservedOutcome::Exactly(transcript) => Some(Behavior::new(case, side, transcript)),
            };
            let has_raised = raised.as_ref().is_some_and(|exception| !exception.is_of_closed_socket());
            let leaves =
                case.actions.iter().any(|one| matches!(one, Action::CloseAtOnce | Action::CloseUnread));
            Some(Seen { case, observed, has_raised, leaves })
        });
        let mut seen = seen.collect::<Option<Vec<_>>>()?;
        // Failures tell the most. Short cases take no time, and rule out most programs.
        seen.sort_by_key(|one| {
            let len = one.case.sent_len();
            (len > SHORT_MAX, one.observed.is_none(), len)
        });
        // It is found as the exceptions that it consists of.
        bugs.retain(|bug| bug.id != EXCEPTIONS_NOT_CAUGHT);
        let read_at_once = seen.iter().filter(|one| one.case.reading == Reading::AtOnce);
        let cuts = read_at_once.filter_map(|one| Some(one.observed.as_ref()?.last_len())).collect();
        Some(Self { bugs, seen, side, cuts, work_left: Cell::new(WORK_MAX), known: RefCell::default() })
    }

    /// The smallest sets of mistakes that explain everything. None if a variant of the right program does, or if there are so
    /// many possibilities that it would take too long to find out.
    ///
    /// Two mistakes may show in a case only together. So where nothing is found, the search starts again from another one.
    pub(super) fn smallest(mut self) -> Vec<Hypothesis> {
        self.rarest_first();
        let short =
            self.seen.iter().take_while(|seen| is_short_failure(seen)).count().max(1).min(self.seen.len());
        for _ in 0..STARTS_MAX.min(short) {
            match self.smallest_from_first() {
                Some(found) if found.is_empty() => {}
                Some(found) => return self.hypotheses(found),
                None => break,
            }
            // The one that led to nothing is looked at after all others.
            self.seen[..short].rotate_left(1);
        }
        Vec::new()
    }

    /// The smallest sets of mistakes that lead from the first contradiction to an explanation of everything. `None` if a variant of
    /// the right program explains it, or if there is no time left.
    fn smallest_from_first(&self) -> Option<Vec<Candidate>> {
        let mut visited = HashSet::new();
        let mut level = vec![Candidate::RIGHT];
        for mistakes in 0..=MISTAKES_MAX {
            // Everything with so many mistakes is looked at before another is added to any of it.
            let (mut found, mut contradicted) = (Vec::new(), Vec::new());
            while let Some(candidate) = level.pop() {
                if self.work_left.get() == 0 {
                    return None;
                }
                match self.contradiction(|seen| self.comparison(seen, &candidate)) {
                    Ok(()) => found.push(candidate),
                    Err(None) => {}
                    Err(Some(seen)) => {
                        let free = self.extensions(&candidate, seen, mistakes, Extension::Free);
                        level.extend(free.into_iter().filter(|next| visited.insert(next.clone())));
                        contradicted.push((candidate, seen));
                    }
                }
            }
            if !found.is_empty() {
                return (mistakes > 0).then_some(found);
            }
            contradicted.retain(|(candidate, _)| mistakes < MISTAKES_MAX && !self.is_ruled_out(candidate));
            for (candidate, seen) in &contradicted {
                let further = self.extensions(candidate, seen, mistakes, Extension::Mistake);
                level.extend(further.into_iter().filter(|next| visited.insert(next.clone())));
            }
        }
        Some(Vec::new())
    }

    /// Whether the side has passed in a short case in which these mistakes show, whatever is free to choose: what is wrong there does
    /// not become right by another mistake.
    fn is_ruled_out(&self, candidate: &Candidate) -> bool {
        let mut passed =
            self.seen.iter().filter(|seen| seen.observed.is_none() && seen.case.sent_len() <= SHORT_MAX);
        passed.any(|seen| {
            let is_wrong = |variant| {
                self.comparison(seen, &Candidate { variant, ..candidate.clone() }) == Comparison::Different
            };
            is_wrong(candidate.variant)
                && candidate.variant.all_reading_alike(self.side).all(is_wrong)
                && self.with_other_reads(candidate).all(is_wrong)
        })
    }

    /// Of the short failures, looks first at those that the fewest mistakes could show in: that leaves the fewest possibilities.
    fn rarest_first(&mut self) {
        let rarity = |seen: &Seen<'a>| {
            let is_first = is_short_failure(seen) && !claims_too_much(seen.case);
            let extensions = || self.extensions(&Candidate::RIGHT, seen, 0, Extension::Mistake);
            let possible = if is_first { extensions().len() } else { 0 };
            // What no mistake shows in alone tells something only once another is known. So it is with what a mistake shows in only if
            // a length over the limit is accepted: that is a step of its own, and shows in nothing before there is the mistake.
            if possible > 0 { possible } else { usize::MAX }
        };
        let mut ranked: Vec<_> = self.seen.iter().map(rarity).enumerate().collect();
        ranked.sort_by_key(|(_, rarity)| *rarity);
        let mut seen: Vec<_> = std::mem::take(&mut self.seen).into_iter().map(Some).collect();
        self.seen = ranked.into_iter().filter_map(|(index, _)| seen[index].take()).collect();
    }

    /// Whether a server crashes however a conversation ends. As long as it was not seen to crash, that may as well mean that it goes on
    /// to no other client, for whatever reason.
    fn serves_once(&self, candidate: &Candidate) -> bool {
        if self.seen.iter().any(|seen| seen.has_raised) {
            return false;
        }
        let uncaught = candidate.bugs.iter().filter_map(|bug| self.bugs[*bug].uncaught());
        let all = uncaught.fold(Exceptions::NONE, Exceptions::union);
        self.side == Side::Server && all.contains(Exceptions::ALL_ENDS)
    }

    /// The variants of a candidate with each other length that its reads can ask for, where that can matter.
    fn with_other_reads(&self, candidate: &Candidate) -> impl Iterator<Item = Variant> + use<> {
        let matters = candidate.bugs.iter().any(|bug| self.bugs[*bug].reads_by_any_size);
        candidate.variant.with_other_reads().filter(move |_| matters)
    }

    fn has_uncaught(&self, candidate: &Candidate) -> bool {
        candidate.bugs.iter().any(|bug| self.bugs[*bug].is_only_uncaught())
    }

    fn program(&self, candidate: &Candidate) -> Program {
        let right = Program::RIGHT.with_variant(candidate.variant);
        candidate.bugs.iter().fold(right, |program, bug| self.bugs[*bug].added_to(program))
    }

    /// Whether `program` would have done everything that was observed, at least one failure of it for certain.
    pub(super) fn explained_by(&self, program: &Program) -> bool {
        self.contradiction(|seen| self.compare(seen, program).0).is_ok()
    }

    /// The first case in which a program would not have done what was observed, going by `compare`; none if no failure was predicted
    /// for certain.
    fn contradiction(&self, compare: impl Fn(&Seen<'a>) -> Comparison) -> Result<(), Option<&Seen<'a>>> {
        let mut is_confirmed = false;
        for seen in &self.seen {
            match compare(seen) {
                Comparison::Different => return Err(Some(seen)),
                Comparison::Same => is_confirmed |= seen.observed.is_some(),
                Comparison::Unknown => {}
            }
        }
        if is_confirmed { Ok(()) } else { Err(None) }
    }

    /// The programs that differ in a single step of this kind from one with so many mistakes, and do something else in a case in
    /// which it did not do what was observed.
    fn extensions(
        &self,
        candidate: &Candidate,
        seen: &Seen<'a>,
        mistakes: usize,
        extension: Extension,
    ) -> Vec<Candidate> {
        let (_, before) = self.compare(seen, &self.program(candidate));
        let has_uncaught = self.has_uncaught(candidate);
        let with_bug = |bug: usize| {
            let is_free = has_uncaught && self.bugs[bug].is_only_uncaught();
            let has = |other: &usize| *other == bug || !self.bugs[*other].composes_with(self.bugs[bug]);
            // What is wrong where the side has passed does not become right by another mistake.
            if seen.observed.is_none()
                || is_free != (extension == Extension::Free)
                || candidate.bugs.iter().any(has)
            {
                return None;
            }
            let mut bugs = candidate.bugs.clone();
            bugs.insert(bugs.partition_point(|other| *other < bug), bug);
            // What is left of a server shows only once something makes it crash, and the crash may show in nothing else. So it is with
            // a connection that is not closed.
            let crashes = !has_uncaught && self.side == Side::Server && self.bugs[bug].is_only_uncaught();
            let variants = candidate.variant.with_mistake(self.side, crashes, self.bugs[bug].leaves_open());
            Some(variants.map(move |variant| Candidate { bugs: bugs.clone(), variant }))
        };
        let in_variant = |variant| Candidate { variant, ..candidate.clone() };
        let variants = candidate.variant.neighbours(self.side).chain(self.with_other_reads(candidate));
        let variants = variants.filter(|other| other.where_it_shows(seen.leaves) != candidate.variant);
        let extended = (0..self.bugs.len())
            .filter_map(with_bug)
            .flatten()
            .chain(variants.filter(|_| extension == Extension::Free).map(in_variant));
        // A long conversation is not predicted for what a short one has ruled out.
        let is_long = seen.case.sent_len() > SHORT_MAX;
        let is_possible = |next: &Candidate| {
            let before = self.seen.iter().take_while(|other| is_long && !ptr::eq(*other, seen));
            before
                .map(|other| self.comparison(other, next))
                .all(|comparison| comparison != Comparison::Different)
        };
        // A choice that is free to make has to explain what no mistake does, and so has the last mistake, unless it is one of
        // several exceptions that are not caught.
        let is_helpful = |next: &Candidate| {
            let is_last = extension == Extension::Mistake && mistakes + 1 == MISTAKES_MAX;
            let must_explain = next.variant != candidate.variant || is_last && !self.has_uncaught(next);
            if !is_possible(next) {
                return false;
            }
            let (comparison, after) = self.compared(seen, next);
            comparison != Comparison::Different || !must_explain && !after.equivalent_to(&before)
        };
        extended.filter(is_helpful).collect()
    }

    /// Whether a candidate would have done what was observed.
    fn comparison(&self, seen: &Seen<'a>, candidate: &Candidate) -> Comparison {
        let known = self.known.borrow().get(&known_as(seen, candidate)).copied();
        known.unwrap_or_else(|| self.compared(seen, candidate).0)
    }

    /// The same, together with what it would have done.
    fn compared(&self, seen: &Seen<'a>, candidate: &Candidate) -> (Comparison, Behavior) {
        let compared = self.compare(seen, &self.program(candidate));
        self.known.borrow_mut().insert(known_as(seen, candidate), compared.0);
        compared
    }

    /// Compares what was observed with what `program` would have done, which it gives back as well.
    fn compare(&self, seen: &Seen<'a>, program: &Program) -> (Comparison, Behavior) {
        let Seen { case, observed, has_raised, .. } = seen;
        // Where it depends on timing what happens, so does how far the program got before it was ended.
        let raises = |sizes| !has_raised || depends_on_timing(case) || server_raises(case, program, sizes);
        let behavior = |transcript: &Transcript| Behavior::new(case, self.side, transcript);
        let predict = |sizes| {
            self.work_left.set(self.work_left.get().saturating_sub(case.sent_len() + WORK_EACH));
            let transcript = simulate(case, self.side, program, sizes);
            let predicted = behavior(&transcript);
            let comparison = match observed {
                Some(observed) if !observed.consistent_with(&predicted) || !raises(sizes) => {
                    Comparison::Different
                }
                Some(observed) if observed.goes_beyond(&predicted) => Comparison::Unknown,
                None if judge(case, self.side.into(), &transcript) != Verdict::Pass => Comparison::Different,
                Some(_) | None => Comparison::Same,
            };
            (comparison, predicted)
        };
        let (mut comparison, greedy) = predict(TransferSizes::Greedy);
        let mut predictions = vec![greedy];
        if comparison != Comparison::Same && depends_on_timing(case) {
            for sizes in [TransferSizes::Short].into_iter().chain(self.sent_until(seen)) {
                let (other_comparison, other) = predict(sizes);
                comparison = comparison.or(other_comparison);
                predictions.push(other);
            }
        }
        if comparison != Comparison::Different {
            return (comparison, predictions.swap_remove(0));
        }
        let greedy = &predictions[0];
        let is_certain = predictions.iter().all(|other| greedy.equivalent_to(other));
        let read_len = program.read_len(&case.assignment);
        let may_be = |observed: &Behavior| observed.may_be_one_of(&predictions, &case.assignment, read_len);
        let comparison = if is_certain || observed.as_ref().is_some_and(|observed| !may_be(observed)) {
            Comparison::Different
        } else {
            Comparison::Unknown
        };
        (comparison, predictions.swap_remove(0))
    }

    /// The sizes with which what was sent last stops where it was seen to stop.
    ///
    /// Only a peer that does not read keeps the kernel from taking all that is sent. A stream that stops at the same byte while its
    /// peer reads was cut there by the program.
    fn sent_until(&self, seen: &Seen<'_>) -> Option<TransferSizes> {
        let len = seen.observed.as_ref()?.last_len();
        (seen.case.reading == Reading::Slowly && !self.cuts.contains(&len))
            .then_some(TransferSizes::SentUntil(len))
    }

    /// Leaves out each exception without which everything is explained as well, perhaps in another variant: the search may have come to
    /// it before it knew another one.
    fn leave_out_what_is_not_needed(&self, candidate: &mut Candidate) {
        let uncaught = |bug: &usize| self.bugs[*bug].is_only_uncaught();
        while candidate.bugs.iter().filter(|bug| uncaught(bug)).count() > 1 {
            let without = candidate.bugs.iter().filter(|bug| uncaught(bug)).map(|left_out| {
                let bugs: Vec<usize> = candidate.bugs.iter().copied().filter(|bug| bug != left_out).collect();
                let variants = iter::once(candidate.variant).chain(candidate.variant.neighbours(self.side));
                variants.map(move |variant| Candidate { bugs: bugs.clone(), variant })
            });
            let explains =
                |fewer: &Candidate| self.contradiction(|seen| self.comparison(seen, fewer)).is_ok();
            let Some(fewer) = without.flatten().find(explains) else { return };
            *candidate = fewer;
        }
    }

    /// One for each set of mistakes, in the variant that was found first.
    fn hypotheses(&self, mut found: Vec<Candidate>) -> Vec<Hypothesis> {
        found.iter_mut().for_each(|candidate| self.leave_out_what_is_not_needed(candidate));
        let is_unusual = |variant: Variant| (!variant.reads_by_buffer(), variant != Variant::USUAL);
        found.sort_by_key(|candidate| (candidate.bugs.clone(), is_unusual(candidate.variant)));
        found.dedup_by(|one, other| one.bugs == other.bugs);
        found.retain(|candidate| !self.serves_once(candidate));
        // A program is given a buffer size. That it reads by another is assumed only where nothing else explains what it does.
        if found.iter().any(|candidate| candidate.variant.reads_by_buffer()) {
            found.retain(|candidate| candidate.variant.reads_by_buffer());
        }
        // Of several, the one that needs the fewest assumptions is to be believed: each exception that is not caught is one.
        let fewest = found.iter().map(|candidate| candidate.bugs.len()).min().unwrap_or_default();
        found.retain(|candidate| candidate.bugs.len() == fewest);
        let hypothesis = |candidate: &Candidate| Hypothesis {
            bugs: candidate.bugs.iter().map(|bug| self.bugs[*bug]).collect(),
            program: self.program(candidate),
        };
        found.iter().map(hypothesis).collect()
    }
}
