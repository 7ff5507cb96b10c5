//! Where it happens: a failure of each kind is played once more, and what the side under test does with its sockets is noted.
//!
//! This comes after everything else, so that nothing can depend on it. What is played again must fail in the same way; where it
//! does not, nothing is told.

use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

use super::culprit_call::culprit_call;
use super::session::Session;
use crate::event::{Trace, TrialFinished, TrialKey};
use crate::record::RunRecord;
use crate::rule::Rule;
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::verdict::{ExchangeEnd, Fault, Finding, Mismatch, Verdict};

/// How many failures of a side are played again at most.
const REPLAYS_MAX: usize = 4;
/// Which part of the time that the run has taken so far this may take besides.
const SHARE: u32 = 5;

/// How many calls are noted: `CALLS_MAX` of `observe.py`.
const NOTED_MAX: usize = 500;

/// What failures have in common that are likely to happen at the same place. What was raised does not count: of failures that
/// a report groups by an exception, those that break different rules are played again one by one.
#[derive(PartialEq)]
struct ReplayGroup {
    rule: Rule,
    fault: Discriminant<Fault>,
    mismatch: Option<Discriminant<Mismatch>>,
    ended: Discriminant<ExchangeEnd>,
}

impl ReplayGroup {
    fn of(finding: &Finding) -> Self {
        let mismatch = match &finding.fault {
            Fault::Bytes { mismatch, .. } => Some(discriminant(mismatch)),
            _ => None,
        };
        let (fault, ended) = (discriminant(&finding.fault), discriminant(&finding.ended));
        Self { rule: finding.rule, fault, mismatch, ended }
    }
}

/// A failure that is to be played again.
struct Failure<'r> {
    key: &'r TrialKey,
    finding: &'r Finding,
    case: &'r Case,
    elapsed: Duration,
}

impl<'r> Failure<'r> {
    fn of(finished: &'r TrialFinished, side: Side) -> Option<Self> {
        let Verdict::Fail(finding) = &finished.verdict else { return None };
        // A hand-in that cannot be played with is not played with once more.
        if finished.key.casting != Casting::Of(side) || matches!(finding.fault, Fault::HandIn { .. }) {
            return None;
        }
        let played = finished.deliveries.last()?;
        Some(Self { key: &finished.key, finding, case: &played.case, elapsed: played.elapsed })
    }
}

/// The failures of a side that reports show as examples, and of each other kind of failure the one in which least is sent, in the
/// order in which the kinds were met first.
fn one_of_each_kind(record: &RunRecord, side: Side) -> Vec<Failure<'_>> {
    // What a report says of the place is read beside its example.
    let groups = record.failures();
    let mut failures: Vec<Failure<'_>> =
        groups.iter().filter_map(|group| Failure::of(&group.example().finished, side)).collect();
    let examples = failures.len();
    for failure in record.trials.iter().filter_map(|trial| Failure::of(&trial.finished, side)) {
        let kind = ReplayGroup::of(failure.finding);
        match failures.iter().position(|known| ReplayGroup::of(known.finding) == kind) {
            Some(known) if known < examples => {}
            Some(known) if failure.case.sent_len() < failures[known].case.sent_len() => {
                failures[known] = failure;
            }
            Some(_) => {}
            None => failures.push(failure),
        }
    }
    failures.truncate(REPLAYS_MAX);
    failures
}

/// Plays what a side has failed once more, a failure of each kind as long as there is time, and tells what its calls were.
pub(super) fn trace(
    record: &RunRecord,
    side: Side,
    deadline: Duration,
    session: &mut Session<'_>,
) -> Vec<(TrialKey, Trace)> {
    let started = Instant::now();
    // A run of a single scenario has time for it, too.
    let time = (record.elapsed / SHARE).max(deadline);
    let mut traces = Vec::new();
    for Failure { key, finding, case, elapsed } in one_of_each_kind(record, side) {
        if started.elapsed() + elapsed > time {
            continue;
        }
        let Some(again) = session.play_traced(case, side) else { break };
        let Verdict::Fail(found) = &again.verdict else { continue };
        if !is_same(finding, found) || again.calls.is_empty() {
            continue;
        }
        // Which call was the last is not known then.
        let is_whole = again.calls.len() < NOTED_MAX;
        let culprit = is_whole.then(|| culprit_call(case, side, finding, &again.calls)).flatten();
        traces.push((key.clone(), Trace { calls: again.calls, culprit }));
    }
    traces
}

/// Whether the same was wrong, however long it took.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let is_alike = ReplayGroup::of(one) == ReplayGroup::of(other) && one.bytes() == other.bytes();
    match (&one.fault, &other.fault) {
        (
            Fault::Answer { operation, answer, .. },
            Fault::Answer { operation: other_operation, answer: other_answer, .. },
        ) => is_alike && operation == other_operation && discriminant(answer) == discriminant(other_answer),
        _ => is_alike,
    }
}
