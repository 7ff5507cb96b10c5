//! Every hand-in, with what came of each scenario.
//!
//! A class of a thousand has more results than a browser shows as elements of a page. A row has them as a text, of one letter for
//! each, and the script draws a shape for each kind of result. A gap as wide as a result stands between two groups, so that
//! every result of a kind is a piece of one pattern.

use maud::{Markup, html};

use super::mistakes::{of, title};
use super::people::People;
use crate::class::record::{ClassMistake, ClassRecord, Column, ColumnResult, HandInRecord};
use crate::english::capitalised;
use crate::grade::RunVerdict;
use crate::report::html::anchor_of;
use crate::scenario::Tier;
use crate::side::Casting;

/// The columns of one tier in one casting, by their places in the record.
struct Group {
    tier: Tier,
    casting: Casting,
    columns: Vec<usize>,
}

/// The shapes of results, each in a field of 12 by 18.
pub(super) fn shapes() -> Markup {
    let pattern = |id: &str, shape: &str| {
        html! {
            pattern id=(id) width="12" height="18" patternUnits="userSpaceOnUse" { rect width="11" height="17" {} path d=(shape) {} }
        }
    };
    html! {
        svg.shapes width="0" height="0" aria-hidden="true" focusable="false" {
            (pattern("pass", "M2.5 9l2.2 2.7 4-6"))
            (pattern("fail", "M2.5 5.5l6 6.5m0-6.5l-6 6.5"))
            (pattern("open", "M3.4 6.6a2.1 2.1 0 1 1 3.1 1.9q-1 .5-1 1.6v.4M5.5 12.2v1"))
            (pattern("none", "M3 8.7h5"))
        }
    }
}

pub(super) fn section(record: &ClassRecord, mistakes: &[ClassMistake<'_>], people: &People<'_>) -> Markup {
    let groups = groups(&record.columns);
    html! {
        section #hand-ins aria-labelledby="hand-ins-title" {
            h2 #hand-ins-title tabindex="-1" { "Every hand-in" }
            form #tools hidden {
                label { "Search " input #search type="search" autocomplete="off" spellcheck="false"; }
                label { "Mistake "
                    select #mistake {
                        option value="" { "any or none" }
                        @for (index, mistake) in mistakes.iter().enumerate() { option value=(index) { (title(mistake)) } }
                    }
                }
                label { "Verdict "
                    select #verdict {
                        option value="" { "any" }
                        @for (value, word) in [("pass", "passed"), ("fail", "failed"), ("incomplete", "incomplete"), ("none", "not graded")] {
                            option value=(value) { (word) }
                        }
                    }
                }
                button #all type="button" { "Show all" }
                p #shown role="status" {}
            }
            p #legend hidden {
                @for (pattern, words) in [("pass", "passed"), ("fail", "failed"), ("open", "blocked or inconclusive"), ("none", "not applicable")] {
                    span { svg width="11" height="17" aria-hidden="true" focusable="false" { rect width="11" height="17" fill={ "url(#" (pattern) ")" } {} } " " (words) } " "
                }
            }
            div.map {
                div.scroll tabindex="0" role="region" aria-label="The table of hand-ins" {
                    table #rows {
                        thead { tr {
                            th scope="col" { "Hand-in" }
                            th scope="col" { "Points" }
                            th scope="col" { "Verdict" }
                        } }
                        tbody { @for hand_in in people.in_order() { (row(hand_in, &groups, mistakes, people)) } }
                    }
                }
                p #readout hidden aria-hidden="true" { "Point at a result to read what it is; click it to see it on the page of the hand-in." }
            }
            template #heads { (heads(&groups, record)) }
        }
    }
}

fn groups(columns: &[Column]) -> Vec<Group> {
    let kinds = [Tier::Graded, Tier::Hardening].into_iter();
    let kinds = kinds.flat_map(|tier| Casting::ALL.iter().map(move |casting| (tier, *casting)));
    let group = |(tier, casting)| {
        let is_in = |column: &Column| column.tier == tier && column.casting == casting;
        let columns = columns.iter().enumerate().filter(|(_, column)| is_in(column));
        Group { tier, casting, columns: columns.map(|(index, _)| index).collect() }
    };
    kinds.map(group).filter(|group| !group.columns.is_empty()).collect()
}

fn row(
    hand_in: &HandInRecord,
    groups: &[Group],
    mistakes: &[ClassMistake<'_>],
    people: &People<'_>,
) -> Markup {
    let graded = hand_in.graded();
    let (value, class, symbol, word) = match graded.map(|graded| graded.verdict) {
        Some(RunVerdict::Pass) => ("pass", "good", "✓", "passed"),
        Some(RunVerdict::Fail) => ("fail", "bad", "✗", "failed"),
        Some(RunVerdict::Incomplete) => ("incomplete", "open", "?", "incomplete"),
        None => ("none", "open", "?", "not graded"),
    };
    let made: Vec<_> = of(hand_in, mistakes).iter().map(ToString::to_string).collect();
    html! {
        tr data-verdict=(value) data-mistakes=(made.join(" ")) data-results=(letters(hand_in, groups)) {
            th scope="row" { (people.link(&hand_in.id)) @if let Some(id) = people.id(hand_in) { " " small { (id) } } }
            td.number { @if let Some(graded) = graded { (graded.score) } @else { "–" } }
            td { span.verdict.(class) { (symbol) " " span.word { (word) } } @if hand_in.is_late { " " small { "late" } } }
        }
    }
}

/// What came of each scenario, a letter each, in the order of the groups, with a space between two of them.
fn letters(hand_in: &HandInRecord, groups: &[Group]) -> String {
    let Some(graded) = hand_in.graded() else { return String::new() };
    let of_group = |group: &Group| {
        let results = group.columns.iter().map(|index| graded.results.get(*index).and_then(Option::as_ref));
        results.map(letter).collect::<String>()
    };
    groups.iter().map(of_group).collect::<Vec<_>>().join(" ")
}

fn letter(result: Option<&ColumnResult>) -> char {
    match result.map(|result| &*result.verdict) {
        Some("pass") => 'p',
        Some("fail") => 'f',
        Some("blocked" | "inconclusive") => 'o',
        Some("unsupported") => 'u',
        _ => '.',
    }
}

/// A button for each scenario, by which the table is sorted.
fn heads(groups: &[Group], record: &ClassRecord) -> Markup {
    html! {
        @for group in groups {
            div role="group" aria-label=(name(group)) {
                span aria-hidden="true" { (name(group)) }
                @for column in group.columns.iter().map(|index| &record.columns[*index]) {
                    button type="button" data-anchor=(anchor_of(column.casting, &column.scenario)) title={ (column.title) " (" (column.casting) ")" } {
                        (column.scenario)
                    }
                }
            }
        }
    }
}

fn name(group: &Group) -> String {
    capitalised(&format!("{}, {}", group.casting, group.tier))
}
