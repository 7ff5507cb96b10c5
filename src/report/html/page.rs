//! The whole document: its head, and the order of its parts.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::causes::EXAMPLES_MAX;
use super::facts::short;
use super::room::Room;
use super::sections::Bodies;
use super::{causes, diagram, matrix, sections};
use crate::english::time;
use crate::event::ContainedBy;
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{FailureGroup, RunRecord};

const STYLE: &str = include_str!("style.css");

pub(super) fn page(record: &RunRecord) -> Markup {
    let title = short(&record.started.run.target.title());
    let groups = record.failures_to_explain();
    let mut room = Room::new();
    // What every page has, the summaries of all scenarios among it, comes before what can be left out.
    let about = room.take(about(record, &title));
    let top = room.take(top(record, &title));
    let matrix = room.take(matrix::matrix(record));
    let end = room.take(causes::end(record));
    let foot = room.take(foot());
    room.take(sections::sections(&[], &Bodies::default(), record));
    let shown: Vec<_> =
        groups.iter().take(EXAMPLES_MAX).map_while(|group| room.fit(causes::cause(group, record))).collect();
    let examples: Vec<_> = groups.iter().take(shown.len()).map(FailureGroup::example).collect();
    let bodies = Bodies::fitting(&mut room, &examples, record);
    html! {
        (DOCTYPE)
        html lang="en" {
            head { (about) }
            body {
                (top)
                main {
                    (causes::causes(groups.len(), &shown, &end, record))
                    (matrix)
                    (sections::sections(&examples, &bodies, record))
                }
                (foot)
            }
        }
    }
}

/// What the head of the document says of it.
fn about(record: &RunRecord, title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta http-equiv="Content-Security-Policy" content=(policy());
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="generator" content={ "lengthwise " (short(&record.started.harness_version)) };
        title { (record.score) " · " (title) }
        style { (PreEscaped(STYLE)) }
    }
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

/// Nothing is loaded and nothing is run; the style is this one and no other.
fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    });
    &POLICY
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
