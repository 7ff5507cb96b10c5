//! The page of a run: what was graded, and the order of its parts.

use maud::{Markup, html};

use super::causes::EXAMPLES_MAX;
use super::document::{Document, short};
use super::room::Room;
use super::sections::Bodies;
use super::{causes, diagram, matrix, sections};
use crate::english::time;
use crate::event::ContainedBy;
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{FailureGroup, RunRecord};

pub(super) fn page(record: &RunRecord) -> Document {
    let title = short(&record.started.run.target.title());
    let mut groups = record.failures_to_explain();
    // Whatever the side: a student has one score.
    groups.sort_by_key(|group| group.points_lost() == 0);
    let mut document = Document {
        title: format!("{} · {title}", record.score),
        harness_version: short(&record.started.harness_version),
        style: include_str!("style.css"),
        script: None,
        body: Markup::default(),
    };
    let mut room = Room::beside(document.written().len());
    // What every page has, the summaries of all scenarios among it, comes before what can be left out.
    let top = room.take(top(record, &title));
    let matrix = room.take(matrix::matrix(record));
    let end = room.take(causes::end(record));
    let foot = room.take(foot());
    room.take(sections::sections(&[], &Bodies::default(), record));
    let shown: Vec<_> =
        groups.iter().take(EXAMPLES_MAX).map_while(|group| room.fit(causes::cause(group, record))).collect();
    let examples: Vec<_> = groups.iter().take(shown.len()).map(FailureGroup::example).collect();
    let bodies = Bodies::fitting(&mut room, &examples, record);
    document.body = html! {
        (top)
        main {
            (causes::causes(groups.len(), &shown, &end, record))
            (matrix)
            (sections::sections(&examples, &bodies, record))
        }
        (foot)
    };
    document
}

fn top(record: &RunRecord, title: &str) -> Markup {
    html! {
        a.skip href="#wrong" { "Skip to the result" }
        (diagram::shapes())
        (head(record, title))
    }
}

fn foot() -> Markup {
    html! {
        footer {
            p {
                "To play another scenario again, put its name behind " code { "--scenario" }
                " in the command of one that is shown in full."
            }
        }
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
                @if record.score.max > 0 {
                    " · "
                    span.score { b { (record.score.reached) } " of " (record.score.max) " points" }
                }
            }
            p.quiet {
                @if counts.is_empty() { "Nothing was played" } @else { (counts.join(", ")) }
                " · " (time(record.elapsed)) " · seed " (run.seed) " · lengthwise " (short(&record.started.harness_version))
            }
            @match run.target.containment() {
                Some(ContainedBy::Layers(layers)) => p.quiet { "Contained by: " (short(layers)) },
                Some(ContainedBy::Nothing) => p.note { "Contained by nothing. " (prose::NOT_CONTAINED) },
                None => {}
            }
            @if let Some(names) = prose::own_names(&run.course) { p.note { (short(&names)) } }
            @if let Some(left_out) = prose::left_out(record) { p.note { (short(&left_out)) } }
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
