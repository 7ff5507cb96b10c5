//! The page of a run: what was graded, and the order of its parts.

use maud::{Markup, html};

use super::document::{Document, short};
use super::{causes, diagram, matrix, sections};
use crate::english::time;
use crate::event::ContainedBy;
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::RunRecord;

pub(super) fn page(record: &RunRecord) -> Document {
    let title = short(&record.started.run.target.title());
    let groups = record.failures_to_explain();
    Document {
        title: format!("{} · {title}", record.score),
        harness_version: record.started.harness_version.clone(),
        style: include_str!("style.css"),
        script: None,
        body: html! {
            a.skip href="#wrong" { "Skip to the result" }
            (diagram::shapes())
            (head(record, &title))
            main {
                (causes::causes(&groups, record))
                (matrix::matrix(record))
                (sections::sections(&groups, record))
            }
            footer {
                p {
                    "To play another scenario again, put its name behind " code { "--scenario" }
                    " in the command of one that is shown in full."
                }
            }
        },
    }
}

/// What was graded, and what it came to.
fn head(record: &RunRecord, title: &str) -> Markup {
    let run = &record.started.run;
    let (class, word) = match record.verdict() {
        RunVerdict::Pass => ("good", "Passed"),
        RunVerdict::Fail => ("bad", "Failed"),
        RunVerdict::Incomplete => ("open", "Incomplete"),
    };
    let counts: Vec<_> = record.tally.counts().map(|(count, what)| format!("{count} {what}")).collect();
    html! {
        header {
            h1 { (title) }
            p.result {
                span.verdict.(class) { (word) }
                " "
                span.score { b { (record.score.reached) } " of " (record.score.max) " points" }
            }
            p.quiet {
                @if counts.is_empty() { "Nothing was played" } @else { (counts.join(", ")) }
                " · " (time(record.elapsed)) " · seed " (run.seed) " · lengthwise " (record.started.harness_version)
            }
            @match run.target.containment() {
                Some(ContainedBy::Layers(layers)) => p.quiet { "Contained by: " (short(layers)) },
                Some(ContainedBy::Nothing) => p.note { "Contained by nothing. " (prose::NOT_CONTAINED) },
                None => {}
            }
            @if !record.is_finished() {
                p.note role="status" {
                    b { "This run is not complete. " }
                    (record.trials.len()) " of " (record.started.plan.len())
                    " scenarios have a verdict; this page shows what was known when it was written."
                }
            }
            nav aria-label="On this page" {
                a href="#wrong" { "What is wrong" }
                a href="#verdicts" { "Every verdict" }
                @for casting in sections::castings(record) {
                    a href={ "#" (casting) } { (sections::heading(casting)) }
                }
            }
        }
    }
}
