//! What was found, in words and bytes.

use maud::{Markup, html};

use super::document::{long, short};
use crate::assignment::Assignment;
use crate::bytes::first_and_last_lines;
use crate::english::capitalised;
use crate::event::{Output, TrialFinished};
use crate::prose::{self, Evidence};
use crate::record::{RunRecord, TrialRecord};
use crate::verdict::Finding;

/// The last lines of a text that may be of any length: of a traceback, the last calls and the error.
fn end_of(text: &str) -> String {
    const LINES_MAX: usize = 8;
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines[lines.len().saturating_sub(LINES_MAX)..].iter().map(|line| short(line));
    shown.collect::<Vec<_>>().join("\n")
}

/// What was wrong. Of an example everything is told; of another scenario that fails for the same reason, what differs.
pub(super) fn of_failure(
    trial: &TrialRecord,
    finding: &Finding,
    record: &RunRecord,
    is_example: bool,
) -> Markup {
    let assignment = &record.started.run.assignment;
    let finished = &trial.finished;
    html! {
        p.finding { (short(&prose::summary(finding, assignment))) }
        (evidence(finding, assignment, is_example))
        dl.facts-list {
            @if let Some(ended) = prose::ended_of(finding) { dt { "Ended" } dd { (ended) } }
            @if let Some(crash) = &finished.crash {
                @let (label, text) = prose::broken_by(crash);
                dt { (capitalised(label)) } dd { code { (short(&text)) } }
            }
            @if let Some(place) = record.trace(&finished.key).and_then(prose::place) {
                dt { "Where" } dd { code { (short(&place)) } }
            }
            @if is_example {
                dt { "Rule " (finding.rule.number()) } dd { (finding.rule.text(assignment)) }
            }
        }
        @if is_example && let Some(output) = &finished.output { (printed(output)) }
    }
}

/// What had to come, and what came, with the first wrong byte marked.
fn evidence(finding: &Finding, assignment: &Assignment, is_example: bool) -> Markup {
    match prose::evidence(finding, assignment) {
        Evidence::Bytes(comparison) => {
            let place = comparison.place;
            let nothing_came = comparison.received.bytes.is_empty();
            let [before, wanted, after] = comparison.expected.window_around(place);
            let [came, wrong, rest] = comparison.received.window_around(place);
            html! {
                dl.evidence {
                    dt { "Expected" } dd { code { (before) b { (wanted) } (after) } }
                    dt { "Received" } dd {
                        @if nothing_came { mark { "nothing" } }
                        @else { code { (came) @if wrong.is_empty() { mark.end { "end" } } @else { mark { (wrong) } } (rest) } }
                    }
                }
                @if is_example && !nothing_came { p.quiet { (capitalised(&comparison.difference())) "." } }
            }
        }
        Evidence::Words { expected, received } => html! {
            dl.evidence {
                dt { "Expected" } dd { code { (short(&expected)) } }
                dt { "Received" } dd { code.wrong { (end_of(&received)) } }
            }
        },
    }
}

/// What the programs printed.
fn printed(output: &Output) -> Markup {
    html! {
        @for (side, text) in prose::printed(output) {
            details.printed {
                summary { "What the " @if let Some(side) = side { (side) } @else { "program" } " printed" }
                pre tabindex="0" { (long(&first_and_last_lines(text).join("\n"))) }
            }
        }
    }
}

/// Under which deliveries it was played.
pub(super) fn deliveries(finished: &TrialFinished) -> Markup {
    let played: Vec<_> =
        finished.deliveries.iter().map(|played| prose::delivery(&played.case.delivery)).collect();
    html! {
        @if let [before @ .., last] = &played[..] && !before.is_empty() {
            p.quiet { "Shown as sent " (last) ". It passed before that as sent " (before.join("; ")) "." }
        }
    }
}

/// The command that plays it again.
pub(super) fn again(finished: &TrialFinished) -> Markup {
    html! {
        p.again { "Run it again: " code { @for option in prose::options(&short(&finished.reproduce)) { span { (option) } " " } } }
    }
}
