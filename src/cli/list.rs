//! `harness list`: the scenarios, or the known mistakes.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Problem;
use super::course::CourseFile;
use super::page::Page;
use crate::bug::{self, Bug};
use crate::course::Course;
use crate::event::HARNESS_VERSION;
use crate::grade::Rubric;
use crate::report::COLUMNS;
use crate::scenario::{self, Scenario, Tier};
use crate::side::{Casting, Side};
use crate::suggestion::nearest;

/// The `format_version` of the list as JSON.
const LIST_FORMAT_VERSION: u32 = 1;

/// What is listed, and how.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those whose id or title has one of these words, or whose id matches the pattern
    #[arg(value_name = "WORD", value_delimiter = ',')]
    words: Vec<String>,

    /// List the known mistakes instead, which harness gallery plays
    #[arg(long)]
    bugs: bool,

    /// Write the list for a person, or for a program
    #[arg(
        long,
        value_name = "FORMAT",
        ignore_case = true,
        default_value = "terminal",
        hide_default_value = true
    )]
    report: ListFormat,

    #[command(flatten)]
    pub(super) course: CourseFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// Text
    Terminal,
    /// One JSON document
    Json,
}

#[derive(Serialize)]
struct Document<T> {
    format_version: u32,
    harness_version: &'static str,
    #[serde(flatten)]
    listed: T,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Listed {
    Scenarios(Vec<JsonScenario>),
    Bugs(Vec<JsonBug>),
}

#[derive(Serialize)]
struct JsonScenario {
    id: &'static str,
    tier: Tier,
    castings: &'static [Casting],
    rule: usize,
    points: Vec<JsonPoints>,
    title: String,
}

#[derive(Serialize)]
struct JsonPoints {
    side: Side,
    points: u32,
}

#[derive(Serialize)]
struct JsonBug {
    id: &'static str,
    sides: &'static [Side],
    text: String,
}

/// Writes what the arguments ask for. In a terminal, where lines would be too long, titles have lines of their own.
pub(super) fn list(
    out: &mut Page<impl Write>,
    arguments: &ListArgs,
    course: &Course,
    is_terminal: bool,
) -> Result<(), Problem> {
    let ListArgs { words, bugs, report, .. } = arguments;
    let words: Vec<_> = words.iter().map(|word| word.to_lowercase()).collect();
    let Course { assignment, rubric, .. } = course;
    let is_listed =
        |id: &str, text: &str| words.is_empty() || words.iter().any(|word| matches(word, id, text));
    let scenarios =
        scenario::catalogue_for(assignment).filter(|one| is_listed(one.id, &one.title(assignment)));
    let bugs_listed = bug::catalogue_for(assignment).filter(|bug| is_listed(bug.id, &bug.text(assignment)));
    let (scenarios, bugs_listed): (Vec<_>, Vec<_>) = match bugs {
        false => (scenarios.collect(), Vec::new()),
        true => (Vec::new(), bugs_listed.collect()),
    };
    if scenarios.is_empty() && bugs_listed.is_empty() {
        return Err(none(&words, *bugs));
    }
    if *report == ListFormat::Json {
        let listed = match bugs {
            false => Listed::Scenarios(scenarios.into_iter().map(|one| json(one, course)).collect()),
            true => {
                let of = |bug: &&Bug| JsonBug { id: bug.id, sides: bug.sides, text: bug.text(assignment) };
                Listed::Bugs(bugs_listed.iter().map(of).collect())
            }
        };
        let document =
            Document { format_version: LIST_FORMAT_VERSION, harness_version: HARNESS_VERSION, listed };
        serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    for scenario in scenarios {
        let castings: Vec<_> = scenario.castings.iter().map(Casting::to_string).collect();
        let facts = format!("{:<34} {:<10} {:<19}", scenario.id, tier(scenario, rubric), castings.join(","));
        entry(out, &facts, &scenario.title(assignment), is_terminal)?;
    }
    for bug in bugs_listed {
        let sides: Vec<_> = bug.sides.iter().map(Side::to_string).collect();
        let facts = format!("{:<34} {:<13}", bug.id, sides.join(","));
        entry(out, &facts, &bug.text(assignment), is_terminal)?;
    }
    Ok(())
}

/// Writes the ids of scenarios, with their titles.
pub(super) fn titles(out: &mut Page<impl Write>, scenarios: &[&Scenario], course: &Course) -> io::Result<()> {
    for scenario in scenarios {
        let facts = format!("{} ({})", scenario.id, tier(scenario, &course.rubric));
        out.wrapped(&facts, "  ", "    ")?;
        out.wrapped(&scenario.title(&course.assignment), "    ", "    ")?;
    }
    Ok(())
}

/// Graded where it carries points on either side.
pub(super) fn tier(scenario: &Scenario, rubric: &Rubric) -> Tier {
    rubric.tier(scenario, Casting::Pair)
}

fn entry(out: &mut Page<impl Write>, facts: &str, text: &str, is_terminal: bool) -> io::Result<()> {
    if !is_terminal {
        return writeln!(out, "{facts} {text}");
    }
    if out.columns() < COLUMNS {
        // Aligned, the facts themselves would be too long.
        writeln!(out, "{}", facts.split_whitespace().next().unwrap_or_default())?;
        let others: Vec<_> = facts.split_whitespace().skip(1).collect();
        out.indented(&others.join("  ").replace(',', ", "))?;
    } else {
        writeln!(out, "{}", facts.trim_end())?;
    }
    out.indented(text)
}

/// Whether a word, in lower case, is one for what has this id and this text.
fn matches(word: &str, id: &str, text: &str) -> bool {
    let is_glob_for = glob::Pattern::new(word).is_ok_and(|pattern| pattern.matches(id));
    is_glob_for || id.contains(word) || text.to_lowercase().contains(word)
}

fn none(words: &[String], bugs: bool) -> Problem {
    let known: Vec<&str> = match bugs {
        false => scenario::catalogue().map(|scenario| scenario.id).collect(),
        true => bug::catalogue().map(|bug| bug.id).collect(),
    };
    let meant = words.iter().find_map(|word| nearest(word, known.iter().copied()));
    let hint = meant.map_or_else(String::new, |meant| format!(": did you mean {meant}?"));
    let what = if bugs { "bug" } else { "scenario" };
    Problem::Usage(format!("no {what} has {} in its id or its title{hint}", words.join(" or ")))
}

fn json(scenario: &Scenario, course: &Course) -> JsonScenario {
    let Course { assignment, rubric, .. } = course;
    let points =
        |side: &Side| JsonPoints { side: *side, points: rubric.points(scenario, Casting::Of(*side)) };
    JsonScenario {
        id: scenario.id,
        tier: tier(scenario, rubric),
        castings: scenario.castings,
        rule: scenario.rule.number(),
        points: Side::ALL.iter().map(points).collect(),
        title: scenario.title(assignment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(is_terminal: bool, columns: usize) -> String {
        let mut out = Vec::new();
        let course = CourseFile::default();
        let arguments = ListArgs { words: Vec::new(), bugs: false, report: ListFormat::Terminal, course };
        list(&mut Page::new(&mut out, columns), &arguments, &Course::default(), is_terminal).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_fits_a_terminal_and_has_a_line_a_scenario_elsewhere() {
        let file = listed(false, COLUMNS);
        assert_eq!(file.lines().count(), scenario::catalogue().count());
        let words = |text: &str| -> Vec<_> {
            text.replace(", ", ",").split_whitespace().map(str::to_owned).collect()
        };
        for columns in [40, 80, 120] {
            let terminal = listed(true, columns);
            assert!(terminal.lines().all(|line| line.chars().count() <= columns), "{terminal}");
            assert_eq!(words(&terminal), words(&file.replace(", ", ",")));
        }
    }
}
