//! A section for each casting: what has failed in it, by its causes, and what has passed.

use std::collections::HashMap;

use maud::{Markup, html};

use super::document::short;
use super::room::Room;
use super::trial;
use crate::english::count;
use crate::event::TrialKey;
use crate::record::{RunRecord, TrialRecord};
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

/// What there is to see in each scenario that is folded, as far as there is room for it.
#[derive(Default)]
pub(super) struct Bodies(HashMap<TrialKey, Markup>);

impl Bodies {
    /// What has failed comes before what was not concluded, and that before what has passed.
    pub(super) fn fitting(room: &mut Room, examples: &[&TrialRecord], record: &RunRecord) -> Self {
        let mut trials: Vec<_> = record.trials.iter().filter(|trial| !is_one_of(examples, trial)).collect();
        trials.sort_by_key(|trial| match trial.finished.verdict {
            Verdict::Fail(_) => 0,
            Verdict::Blocked { .. } | Verdict::Unsupported { .. } | Verdict::Inconclusive { .. } => 1,
            Verdict::Pass => 2,
        });
        let fitting = trials.into_iter().filter_map(|trial| {
            Some((trial.finished.key.clone(), room.fit(trial::body(trial, record, false))?))
        });
        Self(fitting.collect())
    }
}

fn is_one_of(examples: &[&TrialRecord], trial: &TrialRecord) -> bool {
    examples.iter().any(|example| std::ptr::eq(*example, trial))
}

/// The sections, in which the `examples` are only named: they are shown above.
pub(super) fn sections(examples: &[&TrialRecord], bodies: &Bodies, record: &RunRecord) -> Markup {
    let groups = record.failures();
    let folded = |trial: &TrialRecord| trial::folded(trial, bodies.0.get(&trial.finished.key));
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
                        @if is_one_of(examples, trial) {
                            p.quiet { a href={ "#" (trial::anchor(trial)) } { (trial.finished.key.scenario) } " is shown above." }
                        } @else {
                            (folded(trial))
                        }
                    }
                }
                (of_verdict("Not concluded", trials().filter(|trial| trial.finished.verdict.reason().is_some()), folded))
                (of_verdict("Passed", trials().filter(|trial| trial.finished.verdict == Verdict::Pass), folded))
            }
        }
    }
}

fn of_verdict<'r>(
    title: &str,
    trials: impl Iterator<Item = &'r TrialRecord>,
    folded: impl Fn(&TrialRecord) -> Markup,
) -> Markup {
    let trials: Vec<_> = trials.collect();
    html! {
        @if !trials.is_empty() {
            h3 { (title) ": " (count(trials.len(), "scenario")) }
            @for trial in trials { (folded(trial)) }
        }
    }
}
