//! A short text for a student, to be mailed or pasted: the points, then what is wrong, what costs the most first, each with the place
//! where it shows and one example.
//!
//! It says less than any other report for a person, and what the course says not twice. Nothing in it is markup, whatever it is pasted into.

use std::collections::HashSet;
use std::io::{self, Write};

use super::plain;
use super::terminal::fields::wrapped;
use crate::diagnosis::together;
use crate::english::{capitalised, count};
use crate::event::NamedCause;
use crate::prose;
use crate::record::{FailureGroup, RunRecord};
use crate::verdict::Verdict;

/// What stands in front of all that belongs to a mistake.
const INDENT: &str = "   ";
/// Of what is wrong this many kinds are told. Whoever has mended those runs the harness again.
const GROUPS_MAX: usize = 5;
/// So many other scenarios are named with each.
const OTHERS_MAX: usize = 4;

/// Writes the text on what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let record = &*record.for_students();
    let mut text = Text::default();
    text.headline(record);
    let groups = record.failures_by_cost();
    for (index, group) in groups.iter().take(GROUPS_MAX).enumerate() {
        text.group(index + 1, group, record);
    }
    if let Some(more) = groups.len().checked_sub(GROUPS_MAX).filter(|more| *more > 0) {
        text.paragraph(&format!("And {} of failure.", count(more, "more kind")));
    }
    for remark in prose::remarks(record) {
        text.paragraph(&remark);
    }
    out.write_all(plain::text(&text.text).as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Default)]
struct Text {
    text: String,
    told: HashSet<String>,
}

impl Text {
    /// What the run comes to, and why something is left open.
    fn headline(&mut self, record: &RunRecord) {
        self.paragraph(&prose::run(record));
        for reason in prose::open_reasons(record) {
            self.paragraph(reason);
        }
    }

    fn group(&mut self, number: usize, group: &FailureGroup<'_>, record: &RunRecord) {
        let example = group.example();
        let Verdict::Fail(finding) = &example.finished.verdict else { return };
        let cost = match group.points_lost() {
            0 => "no points lost".to_owned(),
            points => format!("{} lost", count(points as usize, "point")),
        };
        let scenarios = count(group.trials.len(), "scenario");
        let casting = capitalised(&group.casting.to_string());
        self.text += &format!("{number}. {casting}: {scenarios}, {cost}\n");
        if let Some(cause) = group.cause {
            self.cause(cause, group.trials.len());
        }
        if let Some(place) = prose::place_of(group, record) {
            self.lines(&format!("It shows here: {place}"));
        }
        for text in record.course_texts(&example.finished.key) {
            self.lines_once(text);
        }
        let failure = prose::failure(finding, &example.finished, &record.started.run.assignment);
        self.lines(&format!("For example in {}: {failure}", example.finished.key.scenario));
        // On a line of its own, however long: it is to be copied.
        self.text += &format!("{INDENT}To see it again:\n{INDENT}{}\n", example.finished.reproduce);
        let id = &example.finished.key.scenario;
        let others: Vec<_> = group.scenarios().filter(|other| other != id).collect();
        if !others.is_empty() {
            let more = others.len().saturating_sub(OTHERS_MAX);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown = &others[..others.len() - more];
            self.lines(&format!("The same in {}{rest}.", shown.join(", ")));
        }
        self.text.push('\n');
    }

    /// All that explains so many failures. Of a mistake that both sides make, each side is told in full: what is left out there
    /// would leave the failures to the mistakes that are not.
    fn cause(&mut self, cause: &NamedCause, failures: usize) {
        match &cause.mistakes[..] {
            [] => self.lines(&cause.text),
            [only] => self.lines(&only.text),
            several => {
                self.lines(&format!("{}:", together(several.len(), failures)));
                for (index, mistake) in several.iter().enumerate() {
                    self.lines(&format!("({}) {}", index + 1, mistake.text));
                }
            }
        }
    }

    /// A text by itself, unless it has been told.
    fn paragraph(&mut self, text: &str) {
        if self.told.insert(text.to_owned()) {
            for line in wrapped(text, 0) {
                self.text += &format!("{line}\n");
            }
            self.text.push('\n');
        }
    }

    /// A text that belongs to what stands above it.
    fn lines(&mut self, text: &str) {
        for line in wrapped(text, INDENT.len()) {
            self.text += &format!("{INDENT}{line}\n");
        }
    }

    /// The same, unless it has been told.
    fn lines_once(&mut self, text: &str) {
        if self.told.insert(text.to_owned()) {
            self.lines(text);
        }
    }
}
