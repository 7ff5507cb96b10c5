//! What is wrong: the causes first, and for each of them the scenario in which it shows best.

use maud::{Markup, html};

use super::document::{long, short};
use super::{sections, trial};
use crate::diagnosis::together;
use crate::english::{count, number};
use crate::event::NamedCause;
use crate::prose;
use crate::record::{FailureGroup, RunRecord};
use crate::verdict::Verdict;

/// The failures of so many kinds are shown with everything that is known; those of any more are among the scenarios below.
pub(super) const EXAMPLES_MAX: usize = 6;
/// So many other scenarios are named with their kind.
const OTHERS_MAX: usize = 12;
/// So many remarks are made.
const REMARKS_MAX: usize = 12;

/// The kinds of failure that are `shown`, of so many that there are, and what there is to say of all in the `end`.
pub(super) fn causes(kinds: usize, shown: &[Markup], end: &Markup, record: &RunRecord) -> Markup {
    html! {
        section #wrong aria-labelledby="wrong-title" {
            h2 #wrong-title tabindex="-1" {
                @if kinds == 0 && record.is_finished() { "Nothing is wrong" }
                @else if kinds == 0 { "Nothing wrong so far" }
                @else { "What is wrong" }
            }
            @for cause in shown { (cause) }
            @if kinds > 0 { (legend()) }
            @if kinds > shown.len() {
                p.quiet { "And " (count(kinds - shown.len(), "more kind")) " of failure, among the scenarios below." }
            }
            (end)
        }
    }
}

/// How to read the pictures.
fn legend() -> Markup {
    html! {
        details.legend {
            summary { "How to read the pictures" }
            ul {
                li { "Time goes down. The thick line is your program, the thin one is the harness. Arrows point from sender to receiver." }
                li { "[30] is the length prefix of a message, as the assignment wants it read, and what follows is the start of its text." }
                li { "✗ and red: what is wrong. A broken line: what should have come instead, in green, or never came, in red. ▶: the line of your file that shows it." }
                li { "A filled dot on a lifeline: a read was seen to end there. A hollow one: two pieces may have been read together." }
                li { "Point at an arrow, or go to it with the tab key, to see its bytes. It leads to the same step in words." }
            }
        }
    }
}

pub(super) fn cause(group: &FailureGroup<'_>, record: &RunRecord) -> Markup {
    let example = group.example();
    let others: Vec<&str> = group.scenarios().filter(|id| *id != example.finished.key.scenario).collect();
    html! {
        article.cause {
            h3 {
                (sections::heading(group.casting)) ": " (count(group.trials.len(), "scenario"))
                @if group.points_lost() > 0 { ", " (count(group.points_lost() as usize, "point")) " lost" }
                @else if record.score.max > 0 { ", no points lost" }
            }
            @if let Some(cause) = group.cause { (mistakes(cause, group.trials.len())) }
            @for text in record.course_texts(&example.finished.key) { p.note { "From the course: " (long(text)) } }
            (trial::example(example, record))
            @if let Some(cause) = group.cause { (explanations(cause, record)) }
            @if !others.is_empty() {
                p { "Also fails: "
                    @for (index, id) in others.iter().take(OTHERS_MAX).enumerate() {
                        @if index > 0 { ", " }
                        a href={ "#" (trial::anchor_of(group.casting, id)) } { (id) }
                    }
                    @if others.len() > OTHERS_MAX { " and " (others.len() - OTHERS_MAX) " more" }
                    "."
                }
            }
        }
    }
}

/// The mistakes that together explain so many failures.
fn mistakes(cause: &NamedCause, failures: usize) -> Markup {
    let [first, others @ ..] = &cause.mistakes[..] else {
        return html! { p.mistake { (short(&cause.text)) } };
    };
    if others.is_empty() {
        return html! { p.mistake { (short(&first.text)) } };
    }
    html! {
        p { (together(cause.mistakes.len(), failures)) ":" }
        ol.mistakes {
            @for mistake in &cause.mistakes {
                li {
                    span.mistake { (short(&mistake.text)) }
                    @if !mistake.scenarios.is_empty() {
                        " " span.quiet { "Explains " (number(mistake.scenarios.len())) " of " (number(failures)) "." }
                    }
                }
            }
        }
    }
}

/// What there is to say about each mistake.
fn explanations(cause: &NamedCause, record: &RunRecord) -> Markup {
    let assignment = &record.started.run.assignment;
    html! {
        @for id in &cause.bugs {
            @if let Some(headings) = prose::explanation(id, assignment) {
                details.explain open[cause.bugs.len() == 1] {
                    summary { "About the mistake " code { (id) } }
                    dl {
                        @for (heading, text) in headings {
                            dt { (heading) }
                            dd { (text) }
                        }
                    }
                }
            }
        }
    }
}

/// What is to be said of the sides as a whole, and [`remarks`].
pub(super) fn end(record: &RunRecord) -> Markup {
    html! {
        @for format in record.other_formats() { p.note { (short(&format.to_string())) } }
        @if let Some(agreement) = record.agreement() { p.note { (long(&agreement.to_string())) } }
        (remarks(record))
    }
}

/// What was remarked on, and why something could not be played: each once.
fn remarks(record: &RunRecord) -> Markup {
    let mut told: Vec<String> = Vec::new();
    for trial in &record.trials {
        let reason = trial.finished.verdict.reason().map(str::to_owned);
        let is_told = !matches!(trial.finished.verdict, Verdict::Fail(_));
        let notes = trial.finished.notes.iter().filter(|_| is_told).map(prose::note);
        for sentence in reason.into_iter().chain(notes) {
            if !told.contains(&sentence) {
                told.push(sentence);
            }
        }
    }
    told.extend(prose::unconfirmed_cuts(record.scenarios_with_unconfirmed_cuts()));
    html! {
        @if !told.is_empty() {
            h3 { "Remarks" }
            ul.remarks {
                @for sentence in told.iter().take(REMARKS_MAX) { li { (short(sentence)) } }
                @if told.len() > REMARKS_MAX { li { "And " (count(told.len() - REMARKS_MAX, "more remark")) "." } }
            }
        }
    }
}
