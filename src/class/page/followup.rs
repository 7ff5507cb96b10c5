//! What a person has to look at.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::mistakes::names;
use super::people::People;
use crate::class::record::{ClassRecord, HandInOutcome};
use crate::english::{count, number};
use crate::report::html::short;

/// So many are shown of each kind; the others are folded.
const SHOWN_MAX: usize = 6;

pub(super) fn section(record: &ClassRecord, people: &People<'_>) -> Markup {
    let to_look_at = to_look_at(record, people);
    let equal = equal(record, people);
    let late = record.hand_ins.iter().filter(|hand_in| hand_in.is_late);
    let late: Vec<_> = late.map(|hand_in| hand_in.id.as_str()).collect();
    let unrecognized = unrecognized(record, people);
    let lists = [&to_look_at, &equal, &unrecognized];
    let is_empty = late.is_empty() && record.missing.is_empty() && lists.iter().all(|list| list.is_empty());
    html! {
        section #look aria-labelledby="look-title" {
            h2 #look-title { "What needs review" }
            @if is_empty { p { "Nothing does." } }
            (list("Not graded, or not conclusively", &count(to_look_at.len(), "hand-in"), &to_look_at))
            (list("Not recognised", &count(unrecognized.len(), "path"), &unrecognized))
            (list("Identical hand-ins, graded once", &count(equal.len(), "group"), &equal))
            @if !late.is_empty() {
                h3 { "Late: " (count(late.len(), "hand-in")) }
                details.who { summary { "Who" } (names(&late, people)) }
            }
            @if !record.missing.is_empty() {
                h3 { "On the roster, and nothing handed in: " (number(record.missing.len())) }
                @if people.are_shown() {
                    details.who {
                        summary { "Who" }
                        ul.names { @for person in &record.missing { li { (short(person.called())) } } }
                    }
                }
            }
        }
    }
}

/// Items under a heading that says how many there are.
fn list(what: &str, count: &str, items: &[Markup]) -> Markup {
    let (shown, others) = items.split_at(items.len().min(SHOWN_MAX));
    html! {
        @if !items.is_empty() {
            h3 { (what) ": " (count) }
            ul.items { @for item in shown { li { (item) } } }
            @if !others.is_empty() {
                details {
                    summary { "And " (others.len()) " more" }
                    ul.items { @for item in others { li { (item) } } }
                }
            }
        }
    }
}

fn to_look_at(record: &ClassRecord, people: &People<'_>) -> Vec<Markup> {
    let reasons = |outcome: &HandInOutcome| match outcome {
        HandInOutcome::Graded(graded) => graded.needs_a_look.clone(),
        HandInOutcome::NotGraded { reason } => vec![format!("Not graded: {reason}")],
    };
    let all = record.hand_ins.iter().map(|hand_in| (hand_in, reasons(&hand_in.outcome)));
    let all = all.filter(|(_, reasons)| !reasons.is_empty());
    all.map(|(hand_in, reasons)| html! { (people.link(&hand_in.id)) ": " (short(&reasons.join(" "))) })
        .collect()
}

fn unrecognized(record: &ClassRecord, people: &People<'_>) -> Vec<Markup> {
    let item = |path: &str, reason: &str| {
        // A path may have a name in it.
        html! { @if people.are_shown() { code { (short(path)) } ": " } (short(reason)) }
    };
    record.unrecognized.iter().map(|one| item(&one.path, &one.reason)).collect()
}

fn equal(record: &ClassRecord, people: &People<'_>) -> Vec<Markup> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for hand_in in &record.hand_ins {
        if let Some(first) = &hand_in.same_as {
            groups.entry(first).or_insert_with(|| vec![first]).push(&hand_in.id);
        }
    }
    let item = |ids: Vec<&str>| {
        html! { @for (index, id) in ids.iter().enumerate() { @if index > 0 { ", " } (people.link(id)) } }
    };
    groups.into_values().map(item).collect()
}
