//! A section for each casting: what has failed in it, by its causes, and what has passed.

use maud::{Markup, html};

use super::causes::EXAMPLES_MAX;
use super::document::short;
use super::trial;
use crate::english::count;
use crate::record::{FailureGroup, RunRecord, TrialRecord};
use crate::side::{Casting, Side};
use crate::verdict::Verdict;

/// The castings in which something was played, in the order of a report.
pub(super) fn castings(record: &RunRecord) -> Vec<Casting> {
    let is_played =
        |casting: &Casting| record.trials.iter().any(|trial| trial.finished.key.casting == *casting);
    Casting::ALL.iter().copied().filter(is_played).collect()
}

pub(super) const fn heading(casting: Casting) -> &'static str {
    match casting {
        Casting::Of(Side::Server) => "Server",
        Casting::Of(Side::Client) => "Client",
        Casting::Pair => "Pair",
    }
}

const fn about(casting: Casting) -> &'static str {
    match casting {
        Casting::Of(Side::Server) => "Your server, with the harness as its clients.",
        Casting::Of(Side::Client) => "Your client, with the harness as its server.",
        Casting::Pair => {
            "Your client and your server with each other. This carries no points: two equal mistakes cancel out."
        }
    }
}

pub(super) fn sections(explained: &[FailureGroup<'_>], record: &RunRecord) -> Markup {
    let groups = record.failures();
    let examples: Vec<&TrialRecord> =
        explained.iter().take(EXAMPLES_MAX).map(FailureGroup::example).collect();
    html! {
        @for casting in castings(record) {
            @let trials = || record.trials.iter().filter(move |trial| trial.finished.key.casting == casting);
            section #(casting) aria-labelledby={ (casting) "-title" } {
                h2 id={ (casting) "-title" } { (heading(casting)) }
                p.quiet { (about(casting)) }
                @for group in groups.iter().filter(|group| group.casting == casting) {
                    h3 { "Failed: " (count(group.trials.len(), "scenario")) }
                    @if let Some(cause) = group.cause { p { (short(&cause.text)) } }
                    @for trial in &group.trials {
                        @if examples.iter().any(|example| std::ptr::eq(*example, *trial)) {
                            p.quiet { a href={ "#" (trial::anchor(trial)) } { (trial.finished.key.scenario) } " is shown above." }
                        } @else {
                            (trial::folded(trial, record))
                        }
                    }
                }
                (of_verdict("Not concluded", trials().filter(|trial| trial.finished.verdict.reason().is_some()), record))
                (of_verdict("Passed", trials().filter(|trial| trial.finished.verdict == Verdict::Pass), record))
            }
        }
    }
}

fn of_verdict<'r>(title: &str, trials: impl Iterator<Item = &'r TrialRecord>, record: &RunRecord) -> Markup {
    let trials: Vec<_> = trials.collect();
    html! {
        @if !trials.is_empty() {
            h3 { (title) ": " (count(trials.len(), "scenario")) }
            @for trial in trials { (trial::folded(trial, record)) }
        }
    }
}
