//! Markdown, for the summary of a step in GitHub Actions or GitLab, and for the text of a release.
//!
//! What explains the failures comes first, then the grade line by line, then every finding. All that a submission could have a hand
//! in stands in code, so that no markup, no mention and no link comes of it. It is for students: what the course hides is only counted.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::plain;
use crate::english::count;
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};

/// Longer than this, in bytes, is no text of a release on GitHub; the summary of a step may have ten times as much.
const LEN_MAX: usize = 100_000;

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let not_final = if record.is_final() { "" } else { ", not final" };
    let record = &*record.for_students();
    let standings = record.standings();
    let mut text = format!("## {}{not_final}\n\n", prose::points(record.score_of_plan()));
    text += &fenced(&plain::explanation(record));
    text += &table(&standings, record);
    text += &findings(&standings, record, LEN_MAX.saturating_sub(text.len()));
    out.write_all(text.as_bytes())
}

/// A row for each trial that decides.
fn table(standings: &[TrialStanding<'_>], record: &RunRecord) -> String {
    let mut rows = String::new();
    for trial in standings.iter().filter(|trial| trial.is_decisive) {
        let (result, why) = match trial.standing() {
            Standing::Passed => ("passed", None),
            Standing::Failed { .. } => ("**failed**", None),
            Standing::Undecided(why) => ("not decided", Some(why)),
            Standing::Unsupported(why) => ("not asked", Some(why)),
            Standing::NotPlayed => ("not played", None),
        };
        let why = why.map_or_else(String::new, |why| format!(": {}", cell(why)));
        let points = match trial.score() {
            score if score.max == 0 => String::new(),
            score => score.to_string(),
        };
        let key = &trial.planned.key;
        let scenario = cell(&key.scenario);
        let title = cell(&trial.planned.title);
        let _ = writeln!(rows, "| {} | {scenario} | {title} | {result}{why} | {points} |", key.casting);
    }
    if rows.is_empty() {
        return rows;
    }
    let total = record.score_of_plan();
    format!(
        "| side | scenario | what should happen | result | points |\n| --- | --- | --- | --- | --- |\n{rows}| | | | | {total} |\n\n"
    )
}

/// Every finding in full, folded, in at most so many bytes.
fn findings(standings: &[TrialStanding<'_>], record: &RunRecord, len_max: usize) -> String {
    let failed = standings.iter().filter_map(|trial| match trial.standing() {
        Standing::Failed { trial, .. } => Some(fenced(&plain::finding(trial, record))),
        _ => None,
    });
    let (mut shown, mut left_out) = (String::new(), 0);
    for finding in failed {
        match left_out == 0 && shown.len() + finding.len() <= len_max {
            true => shown += &finding,
            false => left_out += 1,
        }
    }
    let more = match left_out {
        0 => String::new(),
        several => format!("And {}, for which there is no room here.\n\n", count(several, "more finding")),
    };
    if shown.is_empty() {
        return more;
    }
    format!("<details><summary>Every finding in full</summary>\n\n{shown}{more}</details>\n")
}

/// A block of code.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n\n")
}

/// Text in a cell of a table: in code, unless it has nothing but letters, digits and the mildest punctuation.
fn cell(text: &str) -> String {
    let text = plain::line(text);
    if text.chars().all(|character| character.is_alphanumeric() || " ,'-".contains(character)) {
        return text;
    }
    let mut code = String::new();
    for character in text.chars() {
        // Not even a bar is safe in code with backticks: where a backslash stands in front of it, it ends the cell.
        match character.is_ascii_punctuation() {
            true => code += &format!("&#{};", u32::from(character)),
            false => code.push(character),
        }
    }
    format!("<code>{code}</code>")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}
