//! What a class comes to, in the lines that stand on the terminal when it is graded.

use super::record::{ClassMistake, ClassRecord, Graded, HandInOutcome};
use crate::bytes::printable;
use crate::english::{count, number};

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
