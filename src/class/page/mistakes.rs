//! The mistakes that the class makes, the most frequent first, and who makes them.

use maud::{Markup, html};

use super::people::People;
use crate::class::record::{ClassMistake, ClassRecord, HandInRecord};
use crate::english::count;
use crate::report::html::short;
use crate::side::Side;

/// So many are shown; the others are folded.
const SHOWN_MAX: usize = 8;
/// The width of the bar of a mistake that everyone makes.
const BAR_WIDTH: f64 = 100.0;

/// The mistakes, in the order in which the page numbers them.
pub(super) fn known(record: &ClassRecord) -> Vec<ClassMistake<'_>> {
    record.mistakes()
}

/// Which of the mistakes a hand-in makes, by their numbers.
pub(super) fn of(hand_in: &HandInRecord, mistakes: &[ClassMistake<'_>]) -> Vec<usize> {
    let makes = |mistake: &ClassMistake<'_>| mistake.hand_ins.contains(&hand_in.id.as_str());
    mistakes.iter().enumerate().filter(|(_, mistake)| makes(mistake)).map(|(index, _)| index).collect()
}

/// What a mistake is called in a list.
pub(super) fn title(mistake: &ClassMistake<'_>) -> String {
    format!("{}: {}", mistake.side.map_or("pair", Side::word), short(mistake.text))
}

pub(super) fn section(record: &ClassRecord, mistakes: &[ClassMistake<'_>], people: &People<'_>) -> Markup {
    let of_all = record.hand_ins.iter().filter(|hand_in| hand_in.graded().is_some()).count();
    let (shown, others) = mistakes.split_at(mistakes.len().min(SHOWN_MAX));
    let unexplained = unexplained(record);
    html! {
        section #mistakes aria-labelledby="mistakes-title" {
            h2 #mistakes-title { "The mistakes that this class makes" }
            @if mistakes.is_empty() { p { "No hand-in makes a mistake that is known." } }
            (ranked(shown, 0, of_all, people))
            @if !others.is_empty() {
                details {
                    summary { (count(others.len(), "less common mistake")) }
                    (ranked(others, SHOWN_MAX, of_all, people))
                }
            }
            @if !unexplained.is_empty() {
                details.who {
                    summary { (unexplained.len()) " of " (of_all) " fail in ways that no known mistake explains" }
                    (names(&unexplained, people))
                }
            }
        }
    }
}

fn ranked(mistakes: &[ClassMistake<'_>], first: usize, of_all: usize, people: &People<'_>) -> Markup {
    html! {
        ol.ranked start=(first + 1) {
            @for (index, mistake) in mistakes.iter().enumerate() {
                @let makers = mistake.hand_ins.len();
                li {
                    details.who {
                        summary {
                            b.share { (makers) " of " (of_all) } " " (short(mistake.text)) " "
                            span.side { (mistake.side.map_or("pair", Side::word)) }
                            (bar(makers, of_all))
                        }
                        (names(&mistake.hand_ins, people))
                        p { a href="#hand-ins" data-mistake=(first + index) { "Only these in the table" } }
                    }
                }
            }
        }
    }
}

/// How many make a mistake, as a picture.
fn bar(makers: usize, of_all: usize) -> Markup {
    let width = makers as f64 / of_all.max(1) as f64 * BAR_WIDTH;
    html! {
        svg.bar viewBox={ "0 0 " (BAR_WIDTH) " 2" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.track width=(BAR_WIDTH) height="2" {}
            rect width=(format!("{width:.1}")) height="2" {}
        }
    }
}

/// The hand-ins that fail, and of which a failure has no known cause.
fn unexplained(record: &ClassRecord) -> Vec<&str> {
    let has_unexplained = |hand_in: &&HandInRecord| {
        hand_in.graded().is_some_and(|graded| graded.causes.iter().any(|cause| cause.mistakes.is_empty()))
    };
    record.hand_ins.iter().filter(has_unexplained).map(|hand_in| hand_in.id.as_str()).collect()
}

pub(super) fn names(ids: &[&str], people: &People<'_>) -> Markup {
    html! { ul.names { @for id in ids { li { (people.link(id)) } } } }
}
