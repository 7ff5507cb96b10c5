//! The matrix in `.github/GALLERY.md`: which scenarios catch which mistakes, as the prediction has it.
//!
//! The same over sockets is `harness gallery`, where a busy machine may change a number; a prediction comes to the
//! same on every run.

use std::fs;
use std::path::Path;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug, Program};
use lengthwise::diagnosis::{Cause, Mistake, Observation, ObservedOutcome, SimulatedSubject, investigate};
use lengthwise::scenario::{Case, Tier};
use lengthwise::side::Side;

use crate::support::parallel::in_parallel;

/// The page that has the matrix.
const PAGE: &str = ".github/GALLERY.md";
/// What stands around the matrix on the page.
const BEGIN: &str = "<!-- The matrix: cargo test --test suite matrix:: says what belongs here. -->\n";
const END: &str = "<!-- The end of the matrix. -->\n";

/// Mistakes that come to the same where a read asks for more than what comes.
const ALIKE: &[[&str; 2]] = &[
    ["one-read-for-message", "one-event-for-message"],
    ["reads-before-it-looks", "one-for-each-event"],
    ["rest-of-buffer-dropped", "next-message-dropped"],
];

const GROUPS: &[&str] = &["graded", "delivery", "length", "text", "close", "disconnect", "load"];
const SEED: u64 = 7;
/// The length of the page's lines.
const LINE_LEN: usize = 116;

/// A bug on one side, and what is made of it.
struct Row {
    subject: &'static str,
    caught_by: Vec<String>,
    named: Vec<&'static str>,
    /// What is named where this bug is in no catalogue.
    named_instead: Vec<&'static str>,
    bug: &'static str,
}

impl Row {
    fn is_named(&self) -> bool {
        self.named == [self.bug]
    }

    fn is_caught_by(&self, group: &str) -> bool {
        self.caught_by.iter().any(|caught_by| caught_by == group)
    }

    fn is_misnamed(&self) -> bool {
        !self.named.is_empty() && !self.named.contains(&self.bug)
    }
}

/// The part of the catalogue that a case belongs to.
fn group(case: &Case) -> &str {
    match case.tier {
        Tier::Graded => "graded",
        Tier::Hardening => case.id.split('/').next().unwrap_or(&case.id),
    }
}

fn has_failed(observation: &Observation) -> bool {
    matches!(observation.outcome, ObservedOutcome::Exactly(_))
}

/// The groups of the scenarios that catch what was observed.
fn catching(observations: &[Observation]) -> Vec<String> {
    observations.iter().filter(|one| has_failed(one)).map(|one| group(&one.case).to_owned()).collect()
}

fn row(subject: &'static str, bug: &'static Bug, side: Side, cases: &[Case]) -> Row {
    let mut simulated = SimulatedSubject { program: &bug.program(), side, assignment: Assignment::default() };
    let observations = simulated.observations_of(cases);
    let caught_by = catching(&observations);
    // The cause that a catalogue leads to, after the conversations that tell its bugs apart.
    let mut named = |catalogue: Vec<&'static Bug>| -> Vec<&'static str> {
        let hypotheses = investigate(&catalogue, &mut observations.clone(), side, &mut simulated);
        let cause = Cause::of(&hypotheses, &observations, side);
        cause.iter().flat_map(Cause::mistakes).flat_map(Mistake::bugs).map(|bug| bug.id).collect()
    };
    let is_alike = |other: &Bug| ALIKE.iter().any(|pair| pair.contains(&other.id) && pair.contains(&bug.id));
    // What is not caught is one mistake, however much that is.
    let is_this =
        |other: &&Bug| *other == bug || other.is_only_uncaught() && bug.is_only_uncaught() || is_alike(other);
    let others = catalogue().filter(|other| !is_this(other)).collect();
    Row { subject, caught_by, named: named(catalogue().collect()), named_instead: named(others), bug: bug.id }
}

/// The mistakes that the matrix is about: those with the course's own assignment.
fn catalogue() -> impl Iterator<Item = &'static Bug> {
    bug::catalogue().filter(|bug| bug.applies(&Assignment::default()))
}

fn rows() -> Vec<Row> {
    let bugs = bug::TOPICS.iter().flat_map(|(subject, bugs)| bugs.iter().map(move |bug| (*subject, bug)));
    let bugs = bugs.filter(|(_, bug)| bug.applies(&Assignment::default()));
    let jobs = bugs.flat_map(|(subject, bug)| bug.sides.iter().map(move |side| (subject, bug, *side)));
    let cases = |side| SimulatedSubject::cases(side, &Assignment::default(), SEED);
    let (server, client) = (cases(Side::Server), cases(Side::Client));
    in_parallel(jobs, |(subject, bug, side)| {
        row(subject, bug, side, if side == Side::Server { &server } else { &client })
    })
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn table_row(title: &str, rows: &[&Row]) -> String {
    let catching = |group: &&str| rows.iter().filter(|row| row.is_caught_by(group)).count();
    let mut cells = vec![title.to_owned(), rows.len().to_string()];
    cells.extend(GROUPS.iter().map(|group| catching(group).to_string()));
    cells.push(rows.iter().filter(|row| row.is_named()).count().to_string());
    line(&cells)
}

fn matrix(rows: &[Row]) -> String {
    let mut heads = vec!["mistakes in".to_owned(), "programs".to_owned()];
    heads.extend(GROUPS.iter().map(|group| (*group).to_owned()));
    heads.push("true cause".to_owned());
    let mut text = line(&heads);
    text += &line(
        &heads
            .iter()
            .enumerate()
            .map(|(at, _)| if at == 0 { "---" } else { "--:" }.to_owned())
            .collect::<Vec<_>>(),
    );
    for (subject, _) in bug::TOPICS {
        let of_subject: Vec<_> = rows.iter().filter(|row| row.subject == *subject).collect();
        // Some are about other assignments only.
        if !of_subject.is_empty() {
            text += &table_row(subject, &of_subject);
        }
    }
    let all: Vec<_> = rows.iter().collect();
    text += &table_row("all", &all);
    text
}

/// How many of the right programs, one a side, are failed by something.
fn blamed() -> usize {
    Side::ALL
        .iter()
        .filter(|side| {
            let assignment = Assignment::default();
            let subject = SimulatedSubject { program: &Program::RIGHT, side: **side, assignment };
            !catching(&subject.observations(SEED)).is_empty()
        })
        .count()
}

fn sentences(rows: &[Row]) -> String {
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let text = format!(
        "Both error rates: of {} wrong programs {} pass everything, and of 2 right ones, a server and a client, {} are \
         blamed. {} of the wrong ones pass all that is graded, and show only in the other scenarios. A cause that is not \
         the true one is named for {}; where the true one is not known, because it is left out of the catalogue, \
         together with what comes to the same where a read asks for more than there is, another is named for {}.",
        rows.len(),
        count(&|row| row.caught_by.is_empty()),
        blamed(),
        count(&|row| !row.is_caught_by("graded")),
        count(&Row::is_misnamed),
        count(&|row| !row.named_instead.is_empty()),
    );
    textwrap::fill(&text, LINE_LEN)
}

/// What is named of mistakes that are left out of the catalogue, for whoever wants to know.
fn misnamed(rows: &[Row]) -> String {
    let misnamed = rows.iter().filter(|row| !row.named_instead.is_empty());
    let lines = misnamed.map(|row| format!("{} is taken for {}\n", row.bug, row.named_instead.join(" and ")));
    lines.collect()
}

/// Whether what is written is right; with some `slack`, word by word, and a number may be another by so much.
fn agree(written: &str, right: &str, slack: usize) -> bool {
    if slack == 0 {
        return written == right;
    }
    let [written, right] = [written, right].map(|text| text.split_whitespace().collect::<Vec<_>>());
    let is_right = |(written, right): (&&str, &&str)| {
        let numbers = [written, right].map(|word| word.trim_end_matches([';', '.', ',']).parse::<usize>());
        match numbers {
            [Ok(written), Ok(right)] => written.abs_diff(right) <= slack,
            _ => written == right,
        }
    };
    written.len() == right.len() && written.iter().zip(&right).all(is_right)
}

/// How many programs the page speaks of.
fn programs(page: &str) -> Option<usize> {
    page.lines().find_map(|line| line.strip_prefix("| all | "))?.split_whitespace().next()?.parse().ok()
}

/// While a bug is taken out of the catalogue the numbers may be too high by it, or others by those that it could be taken
/// for: that makes nothing else wrong. One that was added has to be added here.
#[test]
fn the_matrix_on_the_page_is_what_the_prediction_comes_to() {
    let rows = rows();
    let right = format!("\n{}\n{}\n\n", matrix(&rows), sentences(&rows));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let written = page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(text, _)| text);
    let slack = |written| 2 * programs(written).unwrap_or_default().saturating_sub(rows.len());
    assert!(
        written.is_some_and(|written| agree(written, &right, slack(written))),
        "in {PAGE}, this belongs between the comments about it:\n{right}\n{}",
        misnamed(&rows)
    );
}
