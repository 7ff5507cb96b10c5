//! What a class comes to, in the lines that stand on the terminal when it is graded.

use super::grading::NOT_YET;
use super::record::{ClassMistake, ClassRecord, Graded, HandInOutcome, HandInRecord};
use crate::bytes::printable;
use crate::english::{count, number, some};

/// So many of the mistakes are named.
const MISTAKES_MAX: usize = 5;
/// So many of the hand-ins that need a look are named.
const LOOKS_MAX: usize = 10;

/// What the class comes to.
#[must_use]
pub fn summary(record: &ClassRecord) -> Vec<String> {
    let graded: Vec<&Graded> = record.hand_ins.iter().filter_map(|hand_in| hand_in.graded()).collect();
    let mut lines = vec![headline(record)];
    let same = record.hand_ins.iter().filter(|hand_in| hand_in.same_as.is_some()).count();
    if same > 0 {
        lines.push(format!("{} byte-for-byte identical to another.", are(same)));
    }
    let waiting = record.hand_ins.iter().filter(|hand_in| is_waiting(hand_in)).count();
    if waiting > 0 {
        lines.push(format!("{} not graded yet: the same command goes on.", are(waiting)));
    }
    lines.extend(looks(record));
    let mistakes = record.mistakes();
    if !mistakes.is_empty() {
        lines.push("The most frequent mistakes:".into());
    }
    lines.extend(mistakes.iter().take(MISTAKES_MAX).map(|mistake| made(mistake, graded.len())));
    if !record.unrecognized.is_empty() {
        lines.push("Not taken for a hand-in:".into());
    }
    let left_out = record.unrecognized.iter().map(|one| format!("  {}: {}", one.path, one.reason));
    lines.extend(left_out);
    let missing: Vec<_> = record.missing.iter().map(|person| person.called().to_owned()).collect();
    if !missing.is_empty() {
        lines.push(format!("Nothing was handed in by {}.", some(&missing)));
    }
    lines.iter().map(|line| printable(line)).collect()
}

/// `300 hand-ins, 298 with a final score: 21.3 of 30 points on average.`
fn headline(record: &ClassRecord) -> String {
    let hand_ins = count(record.hand_ins.len(), "hand-in");
    let scores: Vec<u32> =
        record.hand_ins.iter().filter_map(|hand_in| record.settled_score(hand_in)).collect();
    let which = match record.hand_ins.len() == scores.len() {
        true => String::new(),
        false => format!(", {} with a final score", number(scores.len())),
    };
    match mean(&scores) {
        None => format!("{hand_ins}{which}."),
        Some(mean) => format!("{hand_ins}{which}: {mean:.1} of {} points on average.", record.max_score()),
    }
}

/// The mean of some scores; nothing where there are none.
pub(super) fn mean(scores: &[u32]) -> Option<f64> {
    let sum: f64 = scores.iter().map(|score| f64::from(*score)).sum();
    #[expect(clippy::cast_precision_loss, reason = "no class has so many hand-ins")]
    let count = scores.len() as f64;
    (!scores.is_empty()).then(|| sum / count)
}

fn are(hand_ins: usize) -> String {
    format!("{} {}", count(hand_ins, "hand-in"), if hand_ins == 1 { "is" } else { "are" })
}

/// Whether a hand-in is only still to be graded.
fn is_waiting(hand_in: &HandInRecord) -> bool {
    matches!(&hand_in.outcome, HandInOutcome::NotGraded { reason } if reason == NOT_YET)
}

/// Which hand-ins a person has to look at, and why.
fn looks(record: &ClassRecord) -> Vec<String> {
    let looks: Vec<_> = record
        .hand_ins
        .iter()
        .filter(|hand_in| !is_waiting(hand_in))
        .filter_map(|hand_in| {
            let why = match &hand_in.outcome {
                HandInOutcome::Graded(graded) => graded.needs_a_look.first()?,
                HandInOutcome::NotGraded { reason } => reason,
            };
            Some(format!("  {}: {why}", hand_in.id))
        })
        .collect();
    let Some(more) = looks.len().checked_sub(1) else { return Vec::new() };
    let need = if more == 0 { "needs" } else { "need" };
    let mut lines = vec![format!("{} {need} review:", count(looks.len(), "hand-in"))];
    lines.extend(looks.iter().take(LOOKS_MAX).cloned());
    if looks.len() > LOOKS_MAX {
        lines.push(format!("  and {} more, which class.json and grades.csv name", looks.len() - LOOKS_MAX));
    }
    lines
}

/// `  41 of 300  server  A single recv is expected to return the whole length.`
fn made(mistake: &ClassMistake<'_>, graded: usize) -> String {
    let side = mistake.side.map_or("", |side| side.word());
    format!("  {} of {}  {side:6}  {}", number(mistake.hand_ins.len()), number(graded), mistake.text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::class::{ClassCause, HandInRecord, MadeMistake, Person, Unrecognized};
    use crate::grade::RunVerdict;
    use crate::side::Side;

    fn graded(score: u32, mistakes: &[&str], needs_a_look: &[&str]) -> HandInOutcome {
        let made = |text: &&str| MadeMistake {
            bugs: Vec::new(),
            text: (*text).to_owned(),
            scenarios: vec!["short".into()],
        };
        let cause = ClassCause {
            side: Some(Side::Server),
            text: String::new(),
            mistakes: mistakes.iter().map(made).collect(),
            points_lost: 1,
            scenarios: vec!["short".into()],
        };
        HandInOutcome::Graded(Graded {
            verdict: RunVerdict::Fail,
            score,
            max_score: 2,
            results: Vec::new(),
            causes: vec![cause],
            needs_a_look: needs_a_look.iter().map(ToString::to_string).collect(),
            elapsed_ms: 1.0,
        })
    }

    fn class(outcomes: Vec<HandInOutcome>) -> ClassRecord {
        let hand_ins = outcomes.into_iter().enumerate().map(|(index, outcome)| HandInRecord {
            id: format!("s{index}"),
            name: None,
            details: BTreeMap::new(),
            group: Vec::new(),
            path: String::new(),
            is_late: false,
            same_as: (index == 2).then(|| "s1".into()),
            remarks: Vec::new(),
            outcome,
        });
        ClassRecord {
            format_version: 1,
            harness_version: "0.1.0".into(),
            assignment: None,
            seed: 7,
            pass_mark: None,
            columns: Vec::new(),
            hand_ins: hand_ins.collect(),
            unrecognized: vec![Unrecognized { path: "a\u{1b}[2J".into(), reason: "Why.".into() }],
            missing: vec![Person { name: Some("Ada".into()), ..Person::default() }],
        }
    }

    #[test]
    fn it_has_the_scores_what_needs_a_look_and_what_goes_wrong_most_often() {
        let record = class(vec![
            graded(2, &["rare"], &[]),
            graded(0, &["frequent"], &["Look here.", "And here."]),
            graded(1, &["frequent"], &[]),
            HandInOutcome::NotGraded { reason: "It is empty.".into() },
        ]);
        assert_eq!(
            summary(&record),
            [
                "4 hand-ins, 3 with a final score: 1.0 of 0 points on average.",
                "1 hand-in is byte-for-byte identical to another.",
                "2 hand-ins need review:",
                "  s1: Look here.",
                "  s3: It is empty.",
                "The most frequent mistakes:",
                "  2 of 3  server  frequent",
                "  1 of 3  server  rare",
                "Not taken for a hand-in:",
                "  a\\x1B[2J: Why.",
                "Nothing was handed in by Ada.",
            ]
        );
    }

    #[test]
    fn a_score_that_is_not_final_is_not_averaged() {
        let HandInOutcome::Graded(open) = graded(0, &[], &[]) else { unreachable!() };
        let open = HandInOutcome::Graded(Graded { verdict: RunVerdict::Incomplete, ..open });
        let lines = summary(&class(vec![graded(2, &[], &[]), open]));
        assert_eq!(lines[0], "2 hand-ins, 1 with a final score: 2.0 of 0 points on average.");
    }

    #[test]
    fn what_is_long_is_shortened() {
        let outcome = || HandInOutcome::NotGraded { reason: "It is empty.".into() };
        let lines = summary(&class((0..15).map(|_| outcome()).collect()));
        assert!(lines.contains(&"15 hand-ins need review:".to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"  and 5 more, which class.json and grades.csv name".to_owned()),
            "{lines:?}"
        );
        assert!(lines.iter().all(|line| !line.contains("s12")), "{lines:?}");
    }
}
