//! What a run comes to for the class that the hand-in is one of.

use serde::{Deserialize, Serialize};

use super::record::{ClassCause, Column, ColumnResult, Graded, MadeMistake};
use crate::english::{count, number};
use crate::event::{NamedMistake, PlannedTrial};
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{FailureGroup, RunRecord, Standing, TrialRecord, TrialStanding};
use crate::verdict::{Fault, HandInFault, Verdict};

/// So many scenarios are named with the reason why they were not decided.
const NAMED_MAX: usize = 3;

/// What came of a hand-in, and in which columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct HandInGrade {
    /// What was played, in the order of the catalogue. It is the same for every hand-in of a class.
    pub(super) columns: Vec<Column>,
    pub(super) graded: Graded,
}

impl HandInGrade {
    /// What the run comes to. One that `was_stopped` before its time has told everything that was left to be played as
    /// inconclusive, and its verdict is not final.
    pub(super) fn of(record: &RunRecord, was_stopped: bool) -> Self {
        let standings = record.standings();
        let score = record.score_of_plan();
        let groups = record.failures_by_cost();
        let graded = Graded {
            verdict: if was_stopped { RunVerdict::Incomplete } else { record.verdict() },
            score: score.reached,
            max_score: score.max,
            results: standings.iter().map(result).collect(),
            causes: groups.iter().map(|group| cause(group, record)).collect(),
            needs_a_look: needs_a_look(record, &standings, was_stopped),
            elapsed_ms: (record.elapsed.as_secs_f64() * 1e3).round(),
        };
        Self { columns: record.started.plan.iter().map(column).collect(), graded }
    }
}

fn column(planned: &PlannedTrial) -> Column {
    Column {
        scenario: planned.key.scenario.clone(),
        casting: planned.key.casting,
        tier: planned.tier,
        max_points: planned.worth,
        title: planned.title.clone(),
    }
}

fn result(trial: &TrialStanding<'_>) -> Option<ColumnResult> {
    let played = trial.played?;
    Some(ColumnResult { verdict: played.finished.verdict.word().to_owned(), points: played.score.reached })
}

fn cause(group: &FailureGroup<'_>, record: &RunRecord) -> ClassCause {
    let mistakes = group.cause.into_iter().flat_map(|cause| &cause.mistakes);
    ClassCause {
        side: group.casting.side(),
        text: group.cause.map_or_else(|| failure(group.example(), record), |cause| cause.text.clone()),
        mistakes: mistakes.map(made).collect(),
        points_lost: group.points_lost(),
        scenarios: group.scenarios().map(str::to_owned).collect(),
    }
}

fn made(mistake: &NamedMistake) -> MadeMistake {
    let NamedMistake { bugs, text, scenarios } = mistake.clone();
    MadeMistake { bugs, text, scenarios }
}

/// What went wrong in a trial, in sentences; nothing of any other verdict.
fn failure(trial: &TrialRecord, record: &RunRecord) -> String {
    match &trial.finished.verdict {
        Verdict::Fail(finding) => prose::failure(finding, &trial.finished, &record.started.run.assignment),
        Verdict::Pass
        | Verdict::Blocked { .. }
        | Verdict::Unsupported { .. }
        | Verdict::Inconclusive { .. } => String::new(),
    }
}

/// What a person has to look at: what decides and was not decided, what looks like an attempt to deceive, and what the hand-in lacked.
fn needs_a_look(record: &RunRecord, standings: &[TrialStanding<'_>], was_stopped: bool) -> Vec<String> {
    let decisive: Vec<_> = standings.iter().filter(|trial| trial.is_decisive).collect();
    let mut sentences = Vec::new();
    if was_stopped {
        let open = decisive
            .iter()
            .filter(|trial| matches!(trial.standing(), Standing::Undecided(_) | Standing::NotPlayed));
        sentences.push(format!(
            "{} of {} that count had not been decided when the run was stopped.",
            number(open.count()),
            count(decisive.len(), "scenario")
        ));
    } else {
        for reason in prose::open_reasons(record) {
            let is_open = |trial: &&&TrialStanding<'_>| trial.standing() == Standing::Undecided(reason);
            let names: Vec<_> =
                decisive.iter().filter(is_open).map(|trial| trial.planned.key.to_string()).collect();
            sentences.push(format!("{reason} Not decided: {}.", shortened(&names)));
        }
    }
    let suspicious: Vec<_> = record.trials.iter().filter(|trial| is_suspicious(trial)).collect();
    if let Some(first) = suspicious.first() {
        let names: Vec<_> = suspicious.iter().map(|trial| trial.finished.key.to_string()).collect();
        let seen = failure(first, record);
        sentences.push(format!(
            "This may be an attempt to deceive the harness, or an accident: {seen} It shows in {}.",
            shortened(&names)
        ));
    }
    if let Some(left_out) = record.started.run.target.detail("left_out") {
        sentences.push(format!("It was graded without what could not be copied: {left_out}."));
    }
    sentences
}

/// Whether a side did what only makes sense to somebody who wants to be taken for right.
fn is_suspicious(trial: &TrialRecord) -> bool {
    let Verdict::Fail(finding) = &trial.finished.verdict else { return false };
    match &finding.fault {
        Fault::Answer { is_of_own_message, .. } => *is_of_own_message,
        Fault::HandIn { why } => matches!(
            why,
            HandInFault::ImportWroteToChannel { .. } | HandInFault::ImportClosedDescriptors { .. }
        ),
        _ => false,
    }
}

fn shortened(names: &[String]) -> String {
    match names.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", names[..NAMED_MAX].join(", ")),
        None => names.join(", "),
    }
}
