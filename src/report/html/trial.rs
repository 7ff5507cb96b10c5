//! One scenario: what happened, as a picture and in words, and what was found.

use maud::{Markup, html};

use super::document::short;
use super::{bytes_table, calls, diagram, facts};
use crate::ladder::{Found, Ladder};
use crate::prose::{self, Evidence};
use crate::record::{RunRecord, TrialRecord};
use crate::side::Casting;
use crate::verdict::Verdict;

/// The class and the sign of a verdict. The word is told beside it.
pub(super) const fn mark(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("good", "✓"),
        Verdict::Fail(_) => ("bad", "✗"),
        Verdict::Unsupported { .. } => ("quiet", "–"),
        Verdict::Blocked { .. } | Verdict::Inconclusive { .. } => ("open", "?"),
    }
}

/// What a link to a scenario names.
pub(super) fn anchor(trial: &TrialRecord) -> String {
    anchor_of(trial.finished.key.casting, &trial.finished.key.scenario)
}

pub(crate) fn anchor_of(casting: Casting, scenario: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    format!("{casting}-{}", scenario.chars().map(plain).collect::<String>())
}

/// The scenario in which a cause shows best, with everything that is known of it.
pub(super) fn example(trial: &TrialRecord, record: &RunRecord) -> Markup {
    html! {
        details.trial.bad.example #(anchor(trial)) open { (summary(trial)) (body(trial, record, true)) }
    }
}

/// A scenario that is opened only by who wants to see it, if there is room for its body.
pub(super) fn folded(trial: &TrialRecord, body: Option<&Markup>) -> Markup {
    let (class, _) = mark(&trial.finished.verdict);
    html! {
        details.trial.(class) #(anchor(trial)) {
            (summary(trial))
            @if let Some(body) = body { (body) }
            @else { div.body { p.quiet { "This page has no room for more of it." } } }
        }
    }
}

fn summary(trial: &TrialRecord) -> Markup {
    let (_, symbol) = mark(&trial.finished.verdict);
    html! {
        summary {
            h4 { span.mark { (symbol) } " " (trial.finished.key.scenario) }
            " " span.word { (trial.finished.verdict.word()) @if trial.score.max > 0 { " " (trial.score) } }
            " " span.title { (short(&trial.planned.title)) }
        }
    }
}

/// What there is to see of a scenario.
pub(super) fn body(trial: &TrialRecord, record: &RunRecord, is_example: bool) -> Markup {
    let finished = &trial.finished;
    let finding = match &finished.verdict {
        Verdict::Fail(finding) => Some(&**finding),
        _ => None,
    };
    let number = record.trials.iter().position(|other| std::ptr::eq(other, trial)).unwrap_or_default();
    let found = Found { finding, crash: finished.crash.as_ref(), trace: record.trace(&finished.key) };
    let played = finished.deliveries.last();
    let ladder = played.map(|played| Ladder::new(played, finished.key.casting, found));
    let evidence = finding.map(|finding| prose::evidence(finding, &record.started.run.assignment));
    let bytes = match &evidence {
        Some(Evidence::Bytes(comparison)) if is_example && !comparison.received.bytes.is_empty() => {
            bytes_table::table(comparison)
        }
        _ => html! {},
    };
    html! {
        div.body {
            @if let Some(ladder) = &ladder { (diagram::story(ladder, number, is_example, &bytes)) } @else { (bytes) }
            div.facts {
                @if let Some(reason) = finished.verdict.reason() { p { (short(reason)) } }
                @if let Some(finding) = finding { (facts::of_failure(trial, finding, record, is_example)) }
                @for note in &finished.notes { p.quiet { (prose::note(note)) } }
                (facts::deliveries(finished))
                (calls::calls(trial, record))
                @if is_example || finding.is_none() && finished.verdict != Verdict::Pass { (facts::again(finished)) }
            }
        }
    }
}
