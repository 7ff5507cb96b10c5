//! `harness assignment`: the file in which a course says what it wants.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::Problem;
use super::course::{STANDARD, read};
use crate::assignment::Assignment;
use crate::course::{Course, DEFAULT_FILE, FILE_NAME, Names};
use crate::english::{count, list, number};
use crate::grade::Rubric;
use crate::report::COLUMNS;
use crate::rule::Rule;
use crate::scenario::{self, Scenario};
use crate::side::{Casting, Side};

/// Writes a file that says what is so without one. Nothing that is there is replaced.
pub(super) fn init(out: &mut impl Write, path: Option<&Path>) -> Result<(), Problem> {
    let path = path.unwrap_or(Path::new(FILE_NAME));
    if path == Path::new(STANDARD) {
        return Ok(out.write_all(DEFAULT_FILE.as_bytes())?);
    }
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let written = created.and_then(|mut file| file.write_all(DEFAULT_FILE.as_bytes()));
    written.map_err(|error| {
        let shown = path.display();
        Problem::Usage(match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{shown} is there already, and is not replaced: name another file")
            }
            _ => format!("{shown} cannot be written: {error}"),
        })
    })?;
    Ok(writeln!(out, "{}: change what you need, then harness assignment check", path.display())?)
}

/// Reads a file and writes what it comes to, as a student would read it.
pub(super) fn check(out: &mut impl Write, path: Option<&Path>) -> Result<(), Problem> {
    let path = path.unwrap_or(Path::new(FILE_NAME));
    if path == Path::new(FILE_NAME) && !path.exists() {
        let text = format!("there is no {FILE_NAME} here: harness assignment init writes one");
        return Err(Problem::Usage(text));
    }
    let course = read(path)?;
    Ok(tell(out, &course)?)
}

/// The assignment that a course gives.
fn tell(out: &mut impl Write, course: &Course) -> io::Result<()> {
    let Course { assignment, deadline, names, texts, .. } = course;
    writeln!(out, "Rules")?;
    for rule in Rule::ALL {
        item(out, &format!("{}. {}", rule.number(), rule.text(assignment)))?;
    }
    writeln!(out, "\nFigures")?;
    item(out, &format!("The buffer has {}.", count(assignment.buffer_size, "byte")))?;
    item(out, &format!("No payload is longer than {} bytes.", number(longest(assignment))))?;
    item(out, &format!("A submission may be silent for {}.", humantime::format_duration(*deadline)))?;
    writeln!(out, "\nA hand-in in Python")?;
    for side in [Side::Client, Side::Server] {
        item(out, &hand_in(names, side))?;
    }
    item(out, &format!("The server stops once its {} is False.", names.keep_running))?;
    writeln!(out, "\nPoints")?;
    points(out, course)?;
    if !texts.is_empty() {
        let ids: Vec<_> = texts.keys().cloned().collect();
        writeln!(out, "\nTexts of the course")?;
        item(out, &format!("For {}.", list(&ids)))?;
    }
    Ok(())
}

/// The longest payload that can be sent and is accepted, in bytes.
fn longest(assignment: &Assignment) -> u64 {
    assignment.payload_len_max.min(assignment.payload_len_declarable())
}

/// `buffered_server.py: a class with start and shutdown, made from host, port and buffer size.`
fn hand_in(names: &Names, side: Side) -> String {
    let methods: Vec<_> = names.methods(side).into_iter().map(str::to_owned).collect();
    let values: Vec<_> = names.constructor(side).iter().map(|value| value.word().replace('-', " ")).collect();
    let class = names.class(side).map_or("a class".to_owned(), |class| format!("the class {class}"));
    let made = if values.is_empty() { "nothing".to_owned() } else { list(&values) };
    format!("{}: {class} with {}, made from {made}.", names.file(side), list(&methods))
}

/// What carries points, what does not, and what that comes to.
fn points(out: &mut impl Write, Course { assignment, rubric, .. }: &Course) -> io::Result<()> {
    writeln!(out, "  server  client")?;
    let worth = |scenario: &Scenario| {
        Side::ALL.iter().map(|side| rubric.points(scenario, Casting::Of(*side))).collect()
    };
    for scenario in scenario::catalogue() {
        let worth: Vec<u32> = worth(scenario);
        if worth.iter().any(|points| *points > 0) {
            let hidden = if rubric.hides(scenario) { " (hidden)" } else { "" };
            let facts = format!("  {:>6}  {:>6}  {}{hidden}", worth[0], worth[1], scenario.id);
            writeln!(out, "{facts}")?;
            indented(out, &scenario.title(assignment), 20)?;
        }
    }
    let total = |side| rubric.total(side);
    let (server, client) = (total(Side::Server), total(Side::Client));
    writeln!(out, "  {server:>6}  {client:>6}  together {}", server + client)?;
    if let Some(mark) = rubric.pass_mark {
        item(out, &format!("The pass mark is {mark}."))?;
    }
    if rubric.partial {
        item(
            out,
            "A scenario that is played under several deliveries gives points for those that it passes.",
        )?;
    }
    if !rubric.hidden.is_empty() {
        let until =
            rubric.hidden_until.as_ref().map_or_else(String::new, |until| format!(" until {}", until.text));
        let hidden = count(rubric.hidden.len(), "scenario");
        item(out, &format!("Hidden from students{until}: {hidden}."))?;
    }
    others(out, assignment, rubric)
}

/// What else is played, and what is not.
fn others(out: &mut impl Write, assignment: &Assignment, rubric: &Rubric) -> io::Result<()> {
    let carries =
        |scenario: &&Scenario| Side::ALL.iter().any(|side| rubric.points(scenario, Casting::Of(*side)) > 0);
    let (meant, meaningless): (Vec<&Scenario>, Vec<&Scenario>) =
        scenario::catalogue().partition(|one| one.suits(assignment));
    let is_too_long =
        |one: &&&Scenario| scenario::Case::new(one, assignment, &one.deliveries[0], 0).too_long().is_some();
    let too_long: Vec<_> = meant.iter().filter(is_too_long).map(|one| one.id.to_owned()).collect();
    let others = meant.iter().filter(|one| !carries(one) && !is_too_long(one)).count();
    item(out, &format!("{} more are played and carry no points (harness list).", number(others)))?;
    if !meaningless.is_empty() {
        let ids: Vec<_> = meaningless.iter().map(|one| one.id.to_owned()).collect();
        item(out, &format!("Not applicable to this assignment: {}.", list(&ids)))?;
    }
    if !too_long.is_empty() {
        let text = format!("Too long for this assignment, so not played: {}.", list(&too_long));
        item(out, &text)?;
    }
    Ok(())
}

fn item(out: &mut impl Write, text: &str) -> io::Result<()> {
    indented(out, text, 2)
}

fn indented(out: &mut impl Write, text: &str, columns: usize) -> io::Result<()> {
    let indent = " ".repeat(columns);
    let further = format!("{indent}   ");
    let options = textwrap::Options::new(COLUMNS).initial_indent(&indent).subsequent_indent(&further);
    // An id stays whole.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}
