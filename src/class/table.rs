//! The table for a gradebook: `grades.csv`.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use csv::{QuoteStyle, WriterBuilder};

use super::intake::{Person, detail};
use super::record::{ClassCause, ClassRecord, HandInOutcome, HandInRecord};
use crate::bytes::printable;
use crate::english::capitalised;
use crate::grade::RunVerdict;
use crate::side::Side;

/// Who a table of grades is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GradebookFormat {
    /// A person with a spreadsheet: everything that a table can say.
    #[default]
    Spreadsheet,
    /// The gradebook of Canvas.
    ///
    /// The importer wants `Student`, `ID`, `SIS User ID`, `SIS Login ID` and `Section`, in this order, and then the assignments
    /// (`lib/gradebook_importer.rb` in the repository `instructure/canvas-lms`; "How do I import grades in the Gradebook?" in the
    /// Canvas Instructor Guide). It knows a student by any one of the first four, and asks which assignment is meant where the
    /// course has none with the title of the column.
    Canvas,
    /// A grading worksheet of Moodle, and its grade import.
    ///
    /// An assignment that takes feedback as a worksheet looks for `Identifier`, `Grade`, `Last modified (grade)` and
    /// `Feedback comments` (`mod/assign/feedback/offline/importgradeslib.php` in `moodle/moodle`; "Assignment settings" in the
    /// Moodle documentation). The grade import of a course is told which columns to use: "Email address" or "ID number" for the
    /// student ("Grade import" there). As in a worksheet that Moodle writes, a comment is HTML.
    Moodle,
    /// What Gradescope exports.
    ///
    /// Gradescope has no import of scores: those of an autograder come with the submission, others are typed. So this has the
    /// columns of the table that it exports itself, by which scripts and gradebooks take scores from Gradescope.
    Gradescope,
}

/// No gradebook has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected spreadsheet, canvas, moodle or gradescope, got {0:?}")]
pub struct ParseGradebookFormatError(String);

impl GradebookFormat {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Spreadsheet, Self::Canvas, Self::Moodle, Self::Gradescope];

    /// What it is called on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Spreadsheet => "spreadsheet",
            Self::Canvas => "canvas",
            Self::Moodle => "moodle",
            Self::Gradescope => "gradescope",
        }
    }
}

impl fmt::Display for GradebookFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for GradebookFormat {
    type Err = ParseGradebookFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().copied().find(|format| format.word() == text);
        named.ok_or_else(|| ParseGradebookFormatError(text.into()))
    }
}

/// The column in which Canvas finds the scores. The importer asks which assignment that is.
const CANVAS_ASSIGNMENT: &str = "Socket programming";

/// Writes the grades of a class as a table for `format`.
///
/// A text that a spreadsheet would take for a formula is preceded by an apostrophe, as OWASP's page on CSV injection advises. In the
/// forms for platforms a hand-in that was not graded, or of which something that carries points could not be decided, has no
/// score: an import must not take points away that nobody has looked at. There, each of those who handed in something together has a
/// row. The form for a spreadsheet begins with a byte-order mark, without which Excel takes UTF-8 for something else.
///
/// # Errors
///
/// Those of `out`.
pub fn write_csv(out: &mut dyn Write, record: &ClassRecord, format: GradebookFormat) -> io::Result<()> {
    if format == GradebookFormat::Spreadsheet {
        out.write_all("\u{feff}".as_bytes())?;
    }
    // A reader that splits lines elsewhere than at commas must not find the start of a cell inside a text.
    let mut table = WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).from_writer(out);
    let rows: Vec<Row> = match format {
        GradebookFormat::Spreadsheet => spreadsheet(record),
        GradebookFormat::Canvas => canvas(record),
        GradebookFormat::Moodle => moodle(record),
        GradebookFormat::Gradescope => gradescope(record),
    };
    for row in rows {
        table.write_record(&row)?;
    }
    table.flush()
}

/// The cells of a line.
type Row = Vec<String>;

/// A text that stays a text in every spreadsheet.
fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut starts_cell = true;
    for character in printable(&text.replace(['\n', '\r', '\t'], " ")).chars() {
        if starts_cell && matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            safe.push('\'');
        }
        // Behind what separates cells elsewhere, the same goes.
        starts_cell = matches!(character, ',' | ';' | '|' | '"');
        safe.push(character);
    }
    safe
}

fn header<const N: usize>(names: [&str; N]) -> Row {
    names.map(str::to_owned).into()
}

fn number(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn spreadsheet(record: &ClassRecord) -> Vec<Row> {
    let scored: Vec<_> =
        record.columns.iter().enumerate().filter(|(_, column)| column.max_points > 0).collect();
    let mut names = header(["identifier", "name", "score", "maximum"]);
    let verdict_at = names.len() + scored.len();
    names.extend(scored.iter().map(|(_, column)| format!("{} ({})", column.scenario, column.casting)));
    names.extend(header(["verdict", "main causes", "needs a look", "same as", "late", "remarks"]));
    let columns = names.len();
    let row = |hand_in: &HandInRecord| {
        let graded = hand_in.graded();
        let name = hand_in.name.as_deref().unwrap_or_default();
        let mut row = vec![text(&hand_in.id), text(name)];
        row.push(number(graded.map(|graded| graded.score)));
        row.push(number(graded.map(|graded| graded.max_score)));
        row.extend(scored.iter().map(|(index, _)| {
            let result = graded.and_then(|graded| graded.results.get(*index)?.as_ref());
            // What is not decided has no points yet.
            number(result.filter(|result| result.is_decided()).map(|result| result.points))
        }));
        row.push(verdict(hand_in).into());
        row.push(text(&causes(graded.map_or(&[], |graded| &graded.causes))));
        row.push(text(&needs_a_look(hand_in)));
        row.push(text(hand_in.same_as.as_deref().unwrap_or_default()));
        row.push(if hand_in.is_late { "late".into() } else { String::new() });
        row.push(text(&hand_in.remarks.join(" ")));
        row
    };
    let missing = |person: &Person| {
        let mut row = vec![text(person.identifier()), text(person.name.as_deref().unwrap_or_default())];
        row.resize(verdict_at, String::new());
        row.push("nothing handed in".into());
        row.resize(columns, String::new());
        row
    };
    let rows = record.hand_ins.iter().map(row).chain(record.missing.iter().map(missing));
    [names].into_iter().chain(rows).collect()
}

/// Everyone with a hand-in, and that: those who handed in something together have a row each. Of whom nothing is known, no platform
/// would find them.
fn with_people(record: &ClassRecord) -> impl Iterator<Item = (&HandInRecord, Person)> {
    let of = |hand_in| HandInRecord::people(hand_in).into_iter().map(move |person| (hand_in, person));
    record.hand_ins.iter().flat_map(of).filter(|(_, person)| is_known(person))
}

fn is_known(person: &Person) -> bool {
    person.name.is_some() || !person.details.is_empty()
}

/// The hand-ins that are in no platform's table, because nothing is known of whose they are.
#[must_use]
pub fn without_student(record: &ClassRecord) -> Vec<&str> {
    let is_without = |hand_in: &&HandInRecord| !hand_in.people().iter().any(is_known);
    record.hand_ins.iter().filter(is_without).map(|hand_in| hand_in.id.as_str()).collect()
}

fn canvas(record: &ClassRecord) -> Vec<Row> {
    let names = header(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CANVAS_ASSIGNMENT]);
    let mut possible = header(["Points Possible", "", "", "", ""]);
    possible.push(record.max_score().to_string());
    let row = |(hand_in, person): (&HandInRecord, Person)| {
        vec![
            text(person.name.as_deref().unwrap_or_default()),
            text(person.detail(detail::CANVAS_ID)),
            text(person.detail(detail::ID_NUMBER)),
            text(person.detail(detail::LOGIN)),
            text(person.detail(detail::SECTION)),
            number(record.settled_score(hand_in)),
        ]
    };
    [names, possible].into_iter().chain(with_people(record).map(row)).collect()
}

fn moodle(record: &ClassRecord) -> Vec<Row> {
    let names = header([
        "Identifier",
        "Full name",
        "ID number",
        "Email address",
        "Status",
        "Grade",
        "Maximum grade",
        "Last modified (grade)",
        "Feedback comments",
    ]);
    let row = |(hand_in, person): (&HandInRecord, Person)| {
        let participant = person.detail(detail::PARTICIPANT);
        let identifier =
            if participant.is_empty() { String::new() } else { format!("Participant {participant}") };
        let score = record.settled_score(hand_in);
        let comments = match (score, hand_in.graded()) {
            (Some(_), Some(graded)) => causes(&graded.causes),
            // What a person has to look at is not for the student.
            _ => String::new(),
        };
        vec![
            text(&identifier),
            text(person.name.as_deref().unwrap_or_default()),
            text(person.detail(detail::ID_NUMBER)),
            text(person.detail(detail::EMAIL)),
            text(&status(hand_in, score)),
            number(score),
            record.max_score().to_string(),
            String::new(),
            maud::html! { (text(&comments)) }.into_string(),
        ]
    };
    [names].into_iter().chain(with_people(record).map(row)).collect()
}

fn gradescope(record: &ClassRecord) -> Vec<Row> {
    let names = header(["Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID"]);
    let row = |person: &Person, score: Option<u32>, status: &str, submission: &str| {
        vec![
            text(person.name.as_deref().unwrap_or_default()),
            text(person.detail(detail::ID_NUMBER)),
            text(person.detail(detail::EMAIL)),
            number(score),
            record.max_score().to_string(),
            status.into(),
            text(submission),
        ]
    };
    let graded = with_people(record).map(|(hand_in, person)| {
        let score = record.settled_score(hand_in);
        let submission = hand_in.details.get(detail::SUBMISSION_ID).map_or("", String::as_str);
        row(&person, score, if score.is_some() { "Graded" } else { "Ungraded" }, submission)
    });
    let missing = record.missing.iter().map(|person| row(person, None, "Missing", ""));
    [names].into_iter().chain(graded).chain(missing).collect()
}

fn verdict(hand_in: &HandInRecord) -> &'static str {
    match hand_in.graded().map(|graded| graded.verdict) {
        Some(RunVerdict::Pass) => "pass",
        Some(RunVerdict::Fail) => "fail",
        Some(RunVerdict::Incomplete) => "incomplete",
        None => "not graded",
    }
}

fn status(hand_in: &HandInRecord, score: Option<u32>) -> String {
    let late = if hand_in.is_late { ", late" } else { "" };
    let graded = if score.is_some() { "graded" } else { "has to be looked at" };
    format!("Submitted{late}, {graded}")
}

/// The causes in one line, each with the side that it is about.
fn causes(causes: &[ClassCause]) -> String {
    let of_side = |cause: &ClassCause| {
        let side = cause.side.map_or("pair", Side::word);
        format!("{}: {}", capitalised(side), cause.text)
    };
    causes.iter().map(of_side).collect::<Vec<_>>().join(" ")
}

fn needs_a_look(hand_in: &HandInRecord) -> String {
    match &hand_in.outcome {
        HandInOutcome::Graded(graded) => graded.needs_a_look.join(" "),
        HandInOutcome::NotGraded { reason } => format!("Not graded: {reason}"),
    }
}
