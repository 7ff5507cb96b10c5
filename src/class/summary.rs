//! What a class comes to, in the lines that stand on the terminal when it is graded.

use super::record::{ClassMistake, ClassRecord, Graded, HandInOutcome};
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
    let mut lines = vec![headline(record, &graded)];
    let same = record.hand_ins.iter().filter(|hand_in| hand_in.same_as.is_some()).count();
    if same > 0 {
        lines.push(format!("{} the same, byte for byte, as another one.", are(same)));
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

/// `300 hand-ins, 298 of them graded: 21.3 of 30 points on average.`
fn headline(record: &ClassRecord, graded: &[&Graded]) -> String {
    let hand_ins = count(record.hand_ins.len(), "hand-in");
    let which = match record.hand_ins.len() == graded.len() {
        true => String::new(),
        false => format!(", {} of them graded", number(graded.len())),
    };
    if graded.is_empty() {
        return format!("{hand_ins}{which}.");
    }
    let points: f64 = graded.iter().map(|graded| f64::from(graded.score)).sum();
    #[expect(clippy::cast_precision_loss, reason = "no class has so many hand-ins")]
    let mean = points / graded.len() as f64;
    format!("{hand_ins}{which}: {mean:.1} of {} points on average.", record.max_score())
}

fn are(hand_ins: usize) -> String {
    format!("{} {}", count(hand_ins, "hand-in"), if hand_ins == 1 { "is" } else { "are" })
}

/// Which hand-ins a person has to look at, and why.
fn looks(record: &ClassRecord) -> Vec<String> {
    let looks: Vec<_> = record
        .hand_ins
        .iter()
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
    let mut lines = vec![format!("{} {need} a look:", count(looks.len(), "hand-in"))];
    lines.extend(looks.iter().take(LOOKS_MAX).cloned());
    if looks.len() > LOOKS_MAX {
        lines.push(format!("  and {} more, which class.json and grades.csv name", looks.len() - LOOKS_MAX));
    }
    lines
}

/// `  41 of 300  server  The program assumes that one call to send sends everything.`
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
                "4 hand-ins, 3 of them graded: 1.0 of 0 points on average.",
                "1 hand-in is the same, byte for byte, as another one.",
                "2 hand-ins need a look:",
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
    fn what_is_long_is_shortened() {
        let outcome = || HandInOutcome::NotGraded { reason: "It is empty.".into() };
        let lines = summary(&class((0..15).map(|_| outcome()).collect()));
        assert!(lines.contains(&"15 hand-ins need a look:".to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"  and 5 more, which class.json and grades.csv name".to_owned()),
            "{lines:?}"
        );
        assert!(lines.iter().all(|line| !line.contains("s12")), "{lines:?}");
    }
}
