//! The matrix in `.github/GALLERY.md`: which scenarios catch which mistakes, as the prediction has it.
//!
//! The same over sockets is `harness gallery`, where a busy machine may change a number; a prediction comes to the
//! same on every run.

use std::fs;
use std::path::Path;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug, Program};
use lengthwise::diagnosis::SimulatedSubject;
use lengthwise::side::Side;

use crate::diagnosed::{self, Diagnosed, SEED, failed};
use crate::support::parallel::in_parallel;
use crate::support::whole::one_in;

/// The page that has the matrix.
const PAGE: &str = ".github/GALLERY.md";
/// What stands around the matrix on the page.
const BEGIN: &str = "<!-- The matrix: cargo test --test suite matrix:: says what belongs here. -->\n";
const END: &str = "<!-- The end of the matrix. -->\n";

/// Mistakes that come to the same where a read asks for more than what comes, where nothing is sent before the client has said that it
/// sends no more, or where one of them is made together with another.
const ALIKE: &[[&str; 2]] = &[
    ["one-read-for-payload", "one-read-or-end"],
    ["awaits-end", "awaits-end-of-all"],
    ["one-read-for-message", "one-event-for-message"],
    ["reads-before-it-looks", "one-for-each-event"],
    ["rest-of-buffer-dropped", "next-message-dropped"],
    ["one-read-for-payload", "short-read-ends-payload"],
    ["each-part-asked-again", "header-asked-again"],
    ["newline-added", "length-one-too-large"],
    ["awaits-end-of-all", "flushed-at-end"],
];

const GROUPS: &[&str] = &["graded", "delivery", "length", "text", "close", "disconnect", "load"];
/// The length of the page's lines.
const LINE_LEN: usize = 116;

/// A mistake on one side, with its subject.
struct Row {
    subject: &'static str,
    diagnosed: &'static Diagnosed,
}

impl Row {
    fn is_named(&self) -> bool {
        self.diagnosed.named == [self.diagnosed.bug.id]
    }

    fn is_caught_by(&self, group: &str) -> bool {
        self.diagnosed.caught_by.iter().any(|caught_by| caught_by == group)
    }

    fn is_misnamed(&self) -> bool {
        !self.diagnosed.named.is_empty() && !self.diagnosed.named.contains(&self.diagnosed.bug.id)
    }
}

/// The mistakes that are neither this one nor what cannot be told from it.
fn others(bug: &Bug) -> Vec<&'static Bug> {
    let is_alike = |other: &Bug| ALIKE.iter().any(|pair| pair.contains(&other.id) && pair.contains(&bug.id));
    // What is not caught is one mistake, however much that is.
    let is_this =
        |other: &Bug| other == bug || other.is_only_uncaught() && bug.is_only_uncaught() || is_alike(other);
    bug::catalogue_for(&Assignment::default()).filter(|other| !is_this(other)).collect()
}

/// The mistakes that the matrix is about: those with the course's own assignment.
fn rows() -> Vec<Row> {
    let subject = |one: &Diagnosed| {
        let mut subjects = bug::TOPICS.iter();
        subjects.find(|(_, bugs)| bugs.iter().any(|bug| bug == one.bug)).map(|(subject, _)| *subject).unwrap()
    };
    let all = diagnosed::ALL.iter().filter(|one| one.assignment == Assignment::default());
    all.map(|one| Row { subject: subject(one), diagnosed: one }).collect()
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
            failed(&subject.observations(SEED)).next().is_some()
        })
        .count()
}

fn sentences(rows: &[Row]) -> String {
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let text = format!(
        "Both error rates: of {} wrong programs {} pass everything, and of 2 right ones, a server and a client, {} are \
         blamed. {} of the wrong ones pass all that is graded, and show only in the other scenarios. A cause that is not \
         the true one is named for {}.",
        rows.len(),
        count(&|row| row.diagnosed.caught_by.is_empty()),
        blamed(),
        count(&|row| !row.is_caught_by("graded")),
        count(&Row::is_misnamed),
    );
    textwrap::fill(&text, LINE_LEN)
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
fn rows_of(page: &str) -> Option<usize> {
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
    let slack = |written| 2 * rows_of(written).unwrap_or_default().saturating_sub(rows.len());
    assert!(
        written.is_some_and(|written| agree(written, &right, slack(written))),
        "in {PAGE}, this belongs between the comments about it:\n{right}"
    );
}

/// One in so many mistakes is left out of the catalogue in turn.
const LEFT_OUT: usize = 6;

#[test]
#[expect(clippy::print_stdout, reason = "the figures of the page")]
fn hardly_any_mistake_that_is_not_known_is_taken_for_another() {
    let assignment = Assignment::default();
    let left_out = diagnosed::programs().filter(|(bug, _)| bug.applies(&assignment));
    let left_out: Vec<_> = left_out.step_by(one_in(LEFT_OUT)).collect();
    let named = in_parallel(&left_out, |(bug, side)| {
        let named = diagnosed::diagnosed(bug, *side, assignment, &others(bug)).named;
        (!named.is_empty()).then(|| format!("{} is taken for {}", bug.id, named.join(" and ")))
    });
    let named: Vec<_> = named.into_iter().flatten().collect();
    println!("another is named for {} of {}: {named:#?}", named.len(), left_out.len());
    assert!(named.len() <= left_out.len().div_ceil(100), "{named:#?}");
}
