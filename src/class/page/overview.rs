//! The scores of the class, and the scenarios that divide it.

use maud::{Markup, html};

use super::histogram::histogram;
use crate::class::record::{ClassRecord, HandInRecord};
use crate::class::summary::mean;
use crate::english::{count, number};
use crate::grade::RunVerdict;
use crate::report::html::short;

/// So many scenarios are named that divide the class.
const DIVIDING_MAX: usize = 5;

pub(super) fn scores(record: &ClassRecord) -> Markup {
    let mut scores: Vec<u32> =
        record.hand_ins.iter().filter_map(|hand_in| record.settled_score(hand_in)).collect();
    scores.sort_unstable();
    let max = record.max_score();
    let undecided = record.hand_ins.len() - scores.len();
    let passed = |hand_in: &&HandInRecord| {
        hand_in.graded().is_some_and(|graded| match record.pass_mark {
            Some(mark) => graded.score >= mark,
            None => graded.verdict == RunVerdict::Pass,
        })
    };
    html! {
        section #scores aria-labelledby="scores-title" {
            h2 #scores-title { "Scores" }
            @if let (Some(mean), Some(median)) = (mean(&scores), median(&scores)) {
                dl.figures {
                    div { dt { "mean of " (max) } dd { (format!("{mean:.1}")) } }
                    div { dt { "median" } dd { (median) } }
                    div {
                        dt { @if let Some(mark) = record.pass_mark { "have the " (mark) " points to pass" } @else { "passed everything that counts" } }
                        dd { (number(record.hand_ins.iter().filter(passed).count())) }
                    }
                }
                (histogram(&scores, max, record.pass_mark))
            } @else { p { "No score is final yet." } }
            @if undecided > 0 {
                p.quiet { "Not counted: " (count(undecided, "hand-in")) " whose score is not final. See " a href="#look" { "what needs review" } "." }
            }
        }
    }
}

/// The one in the middle, or what lies half-way between the two that are.
fn median(sorted: &[u32]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = f64::from(*sorted.get(middle)?);
    Some(match sorted.len() % 2 {
        0 => (upper + f64::from(sorted[middle - 1])) / 2.0,
        _ => upper,
    })
}

/// A scenario that some pass and some fail, and what both come to.
struct Dividing<'a> {
    /// The place of its column.
    column: usize,
    failed: Vec<&'a HandInRecord>,
    passed: Vec<&'a HandInRecord>,
    /// How many other scenarios the same hand-ins fail.
    alike: usize,
}

impl Dividing<'_> {
    fn share(&self) -> f64 {
        self.failed.len() as f64 / (self.failed.len() + self.passed.len()) as f64
    }
}

pub(super) fn dividing(record: &ClassRecord) -> Markup {
    let dividing = most_dividing(record);
    html! {
        section #dividing aria-labelledby="dividing-title" {
            h2 #dividing-title { "What divides the class" }
            @if dividing.is_empty() { p { "No scenario is passed by some and failed by others." } }
            @else { p.quiet { "Scenarios that about half of the class fails." } }
            ol.dividing {
                @for one in &dividing {
                    @let column = &record.columns[one.column];
                    li {
                        p {
                            b { (column.scenario) } " " span.side { (column.casting) } " "
                            (short(&column.title)) "."
                        }
                        p.quiet {
                            (format!("{:.0}", one.share() * 100.0)) "% fail it"
                            @if let (Some(failed), Some(passed)) = (average(&one.failed), average(&one.passed)) {
                                "; they average " (format!("{failed:.1}")) " of " (record.max_score()) " points, the others "
                                (format!("{passed:.1}"))
                            }
                            ". "
                            @if one.alike > 0 { "The same hand-ins fail " (count(one.alike, "other scenario")) "." }
                        }
                    }
                }
            }
        }
    }
}

fn most_dividing(record: &ClassRecord) -> Vec<Dividing<'_>> {
    let mut all: Vec<Dividing<'_>> = Vec::new();
    let scored = record.columns.iter().enumerate().filter(|(_, column)| column.casting.is_scored());
    for (column, _) in scored {
        let with = |verdict: &'static str| {
            let has = move |hand_in: &&HandInRecord| {
                let result = hand_in.graded().and_then(|graded| graded.results.get(column)?.as_ref());
                result.is_some_and(|result| result.verdict == verdict)
            };
            record.hand_ins.iter().filter(has).collect::<Vec<_>>()
        };
        let (failed, passed) = (with("fail"), with("pass"));
        if failed.is_empty() || passed.is_empty() {
            continue;
        }
        match all.iter_mut().find(|other| other.failed == failed && other.passed == passed) {
            Some(other) => other.alike += 1,
            None => all.push(Dividing { column, failed, passed, alike: 0 }),
        }
    }
    let distance = |one: &Dividing<'_>| (one.share() - 0.5).abs();
    all.sort_by(|one, other| distance(one).total_cmp(&distance(other)));
    all.truncate(DIVIDING_MAX);
    all
}

fn average(hand_ins: &[&HandInRecord]) -> Option<f64> {
    let scores: Vec<u32> = hand_ins.iter().filter_map(|hand_in| Some(hand_in.graded()?.score)).collect();
    mean(&scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_scores_lies_between_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7.0));
        assert_eq!(median(&[1, 2, 9]), Some(2.0));
        assert_eq!(median(&[1, 2, 5, 9]), Some(3.5));
    }
}
