//! How far a run has come and what it comes to, and where each of its trials stands.

use super::{crash, summary};
use crate::assignment::Assignment;
use crate::english::{count, list, number};
use crate::event::TrialFinished;
use crate::grade::{RunVerdict, Score};
use crate::record::{LeftOut, RunRecord, Standing, TrialStanding};
use crate::rule::Rule;
use crate::side::Casting;
use crate::verdict::{Finding, Verdict};

/// What a run comes to, in sentences that come before everything else.
#[must_use]
pub fn run(record: &RunRecord) -> String {
    let come_to = come_to(record);
    left_out(record).map_or_else(|| come_to.clone(), |left_out| format!("{come_to} {left_out}"))
}

/// What students are not shown, in sentences; nothing where they are shown everything.
#[must_use]
pub fn left_out(record: &RunRecord) -> Option<String> {
    let LeftOut { trials, worth, is_open, .. } = record.left_out?;
    let hidden = hidden(count(trials, "more scenario"), trials, worth, record);
    let open = if is_open { " Not all of them could be decided, so the grade is not final." } else { "" };
    Some(format!("{hidden}{open}"))
}

/// What a run hides from students, in a sentence for whoever is shown everything; nothing where it hides nothing.
#[must_use]
pub fn hidden_from_students(record: &RunRecord) -> Option<String> {
    let hidden: Vec<_> = record.started.plan.iter().filter(|planned| planned.hidden).collect();
    let worth = hidden.iter().map(|planned| planned.worth).fold(0, u32::saturating_add);
    let scenarios = format!("From students, {}", count(hidden.len(), "scenario"));
    (!hidden.is_empty()).then(|| self::hidden(scenarios, hidden.len(), worth, record))
}

/// `3 more scenarios, worth 5 points, are hidden until 2026-12-24.`
fn hidden(scenarios: String, trials: usize, worth: u32, record: &RunRecord) -> String {
    let worth = match worth {
        0 => String::new(),
        points => format!(", worth {},", count(points as usize, "point")),
    };
    let are = if trials == 1 { "is" } else { "are" };
    let until = record.started.run.course.hidden_until.as_ref();
    let until = until.map_or_else(String::new, |date| format!(" until {date}"));
    format!("{scenarios}{worth} {are} hidden{until}.")
}

fn come_to(record: &RunRecord) -> String {
    let score = points(record.score_of_plan());
    if !record.is_finished() {
        let (played, planned) = (record.trials.len(), record.started.plan.len());
        return format!(
            "This report is not complete: {} of {} had been played when it was written. What was not played has no points \
             yet. So far: {score}.",
            number(played),
            count(planned, "scenario")
        );
    }
    let (failed, undecided) = decisive(record);
    let beside = match undecided {
        0 => String::new(),
        several => format!(" {}", left_open(several)),
    };
    match record.verdict() {
        RunVerdict::Pass if record.left_out.is_some() => {
            format!("Everything that is shown and counts has passed: {score}.")
        }
        RunVerdict::Pass => format!("Everything that counts has passed: {score}."),
        RunVerdict::Fail => {
            let is_graded = record.score_of_plan().max > 0 && !record.started.run.strict;
            let noun = if is_graded { "graded scenario" } else { "scenario" };
            format!("{} failed: {score}.{beside}", count(failed, noun))
        }
        RunVerdict::Incomplete if undecided == 0 && record.left_out.is_some() => {
            "Nothing that counts is shown.".to_owned()
        }
        RunVerdict::Incomplete if undecided == 0 => {
            "Nothing was played that could be graded: there is no grade.".to_owned()
        }
        RunVerdict::Incomplete => format!("{} The points so far: {score}.", left_open(undecided)),
    }
}

/// How many of the trials that decide have failed, and how many could not be decided.
fn decisive(record: &RunRecord) -> (usize, usize) {
    let standings = record.standings();
    let decisive = standings.iter().filter(|trial| trial.is_decisive).map(TrialStanding::standing);
    decisive.fold((0, 0), |(failed, undecided), standing| match standing {
        Standing::Failed { .. } => (failed + 1, undecided),
        Standing::Undecided(_) => (failed, undecided + 1),
        Standing::Passed | Standing::Unsupported(_) | Standing::NotPlayed => (failed, undecided),
    })
}

fn left_open(undecided: usize) -> String {
    format!(
        "{} could not be decided. That is not counted as a failure, and the grade is not final.",
        count(undecided, "scenario")
    )
}

/// Why something that decides could not be decided: each reason once.
#[must_use]
pub fn open_reasons(record: &RunRecord) -> Vec<&str> {
    let mut reasons = Vec::new();
    for trial in record.standings().iter().filter(|trial| trial.is_decisive) {
        match trial.standing() {
            Standing::Undecided(why) if !reasons.contains(&why) => reasons.push(why),
            Standing::Undecided(_)
            | Standing::Passed
            | Standing::Failed { .. }
            | Standing::Unsupported(_)
            | Standing::NotPlayed => {}
        }
    }
    reasons
}

/// `13 of 15 points`
#[must_use]
pub fn points(score: Score) -> String {
    format!("{} of {}", number(score.reached), count(score.max as usize, "point"))
}

/// Where a trial stands, in sentences.
#[must_use]
pub fn standing(trial: &TrialStanding<'_>, assignment: &Assignment) -> String {
    match trial.standing() {
        Standing::Passed => "Passed.".to_owned(),
        Standing::Failed { finding, trial } => failure(finding, &trial.finished, assignment),
        Standing::Undecided(why) => format!("Not decided, and not counted as a failure: {why}"),
        Standing::Unsupported(why) => format!("Not asked of this submission: {why}"),
        Standing::NotPlayed => "Not played: the run had not got there when this was written.".to_owned(),
    }
}

/// What went wrong in a trial: what broke the program, if that is known, and what was done and what came of it.
#[must_use]
pub fn failure(finding: &Finding, finished: &TrialFinished, assignment: &Assignment) -> String {
    let summary = summary(finding, assignment);
    match (&finished.crash, finished.key.casting.side()) {
        (Some(broken), Some(side)) => format!("{} {summary}", crash(side, broken)),
        _ => summary,
    }
}

/// What is to be said of the sides as a whole.
#[must_use]
pub fn remarks(record: &RunRecord) -> Vec<String> {
    let formats = record.other_formats();
    let agreement = record.agreement().map(|agreement| agreement.to_string());
    formats.iter().map(ToString::to_string).chain(agreement).chain(unaware_client(record)).collect()
}

/// What is to be said of a client that was started and never connected: it may not know how it is told to.
fn unaware_client(record: &RunRecord) -> Option<String> {
    let target = &record.started.run.target;
    let command = target.detail("command").filter(|_| target.kind() == "client")?;
    let trials = record.trials.iter().filter(|trial| trial.finished.key.casting == Casting::CLIENT);
    let mut verdicts = trials.map(|trial| &trial.finished.verdict).peekable();
    verdicts.peek()?;
    let never_connected =
        verdicts.all(|verdict| matches!(verdict, Verdict::Fail(finding) if finding.rule == Rule::Connects));
    never_connected.then(|| {
        format!(
            "{command} never connected. What --client starts is told what to do in lines of JSON on its standard input, as the README's \
             client protocol has it, and answers each line with one on its standard output."
        )
    })
}

/// What came of the trials that cost nobody anything, in a sentence; nothing where there are none.
#[must_use]
pub fn not_graded(record: &RunRecord) -> Option<String> {
    let standings = record.standings();
    let others: Vec<_> =
        standings.iter().filter(|trial| !trial.is_decisive).map(TrialStanding::standing).collect();
    let counted = |what: &str, is_counted: fn(&Standing<'_>) -> bool| {
        let counted = others.iter().filter(|standing| is_counted(standing)).count();
        (counted > 0).then(|| format!("{} {what}", number(counted)))
    };
    let counts = [
        counted("passed", |standing| matches!(standing, Standing::Passed)),
        counted("failed", |standing| matches!(standing, Standing::Failed { .. })),
        counted("could not be decided", |standing| matches!(standing, Standing::Undecided(_))),
        counted("made no sense here", |standing| matches!(standing, Standing::Unsupported(_))),
        counted("had not been played", |standing| matches!(standing, Standing::NotPlayed)),
    ];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    let scenarios = count(others.len(), "more scenario");
    (!others.is_empty()).then(|| format!("{scenarios} without points: {}.", list(&counts)))
}
