//! Every verdict at a glance, each a link to its scenario.

use maud::{Markup, html};

use super::sections::castings;
use super::trial::{anchor, mark};
use crate::record::{RunRecord, TrialRecord};
use crate::scenario::Tier;
use crate::side::Casting;

/// Scenarios of one kind, in the order of the catalogue.
struct Family<'a> {
    name: &'a str,
    rows: Vec<(&'a str, Vec<&'a TrialRecord>)>,
}

impl Family<'_> {
    /// Those of the castings in which anything of the family was played.
    fn castings(&self, castings: &[Casting]) -> Vec<Casting> {
        let is_played = |casting: &&Casting| {
            self.rows
                .iter()
                .flat_map(|(_, trials)| trials)
                .any(|trial| trial.finished.key.casting == **casting)
        };
        castings.iter().filter(is_played).copied().collect()
    }
}

pub(super) fn matrix(record: &RunRecord) -> Markup {
    let castings = castings(record);
    html! {
        section #verdicts aria-labelledby="verdicts-title" {
            h2 #verdicts-title tabindex="-1" { "Every verdict" }
            @if record.trials.is_empty() { p { "Nothing was played." } }
            div.matrix {
                @for family in families(record) { (table(&family, &family.castings(&castings))) }
            }
        }
    }
}

fn families(record: &RunRecord) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for trial in &record.trials {
        let id = trial.finished.key.scenario.as_str();
        let (name, row) = match (trial.planned.tier, id.split_once('/')) {
            (Tier::Graded, _) => ("graded", id),
            (Tier::Hardening, Some((name, row))) => (name, row),
            (Tier::Hardening, None) => ("other", id),
        };
        let index = families.iter().position(|family| family.name == name).unwrap_or_else(|| {
            families.push(Family { name, rows: Vec::new() });
            families.len() - 1
        });
        let rows = &mut families[index].rows;
        match rows.iter_mut().find(|(known, _)| *known == row) {
            Some((_, trials)) => trials.push(trial),
            None => rows.push((row, vec![trial])),
        }
    }
    families
}

fn table(family: &Family<'_>, castings: &[Casting]) -> Markup {
    html! {
        table {
            caption { (family.name) }
            thead { tr {
                th scope="col" { "scenario" }
                @for casting in castings { th scope="col" { (casting) } }
            } }
            tbody {
                @for (row, trials) in &family.rows {
                    tr {
                        th scope="row" { (row) }
                        @for casting in castings {
                            td { @if let Some(trial) = trials.iter().find(|trial| trial.finished.key.casting == *casting) { (cell(trial)) } }
                        }
                    }
                }
            }
        }
    }
}

fn cell(trial: &TrialRecord) -> Markup {
    let (class, symbol) = mark(&trial.finished.verdict);
    html! {
        a.(class) href={ "#" (anchor(trial)) } aria-label={ (trial.finished.verdict.word()) @if trial.score.max > 0 { " " (trial.score) } } {
            (symbol)
            @if trial.score.max > 0 { " " (trial.score) }
        }
    }
}
