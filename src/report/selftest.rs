//! What the self-test came to: which scenarios catch which known mistakes, and whether the cause named is the true one.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use serde::Serialize;

use super::{COLUMNS, ParseFormatError};
use crate::event::HARNESS_VERSION;
use crate::scenario;
use crate::selftest::{Attribution, Mutant};
use crate::side::Side;

/// The `format_version` of the gallery's JSON.
const GALLERY_FORMAT_VERSION: u32 = 1;
/// Up to so many scenarios are named; more are counted by subject.
const NAMED_MAX: usize = 4;

/// Where the columns with the names begin.
const INDENT: usize = 24;

/// The form that is written unless another is asked for.
pub const TERMINAL: Writer = Writer { name: "terminal", write: terminal };

/// Every form that the result can be written in.
pub const WRITERS: &[Writer] = &[TERMINAL, Writer { name: "json", write: json }];

/// A form that the result can be written in.
#[derive(Clone, Copy)]
pub struct Writer {
    /// What it is called on the command line.
    pub name: &'static str,
    write: fn(&mut dyn Write, &[Mutant]) -> io::Result<()>,
}

impl Writer {
    /// Writes the result.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(self, out: &mut dyn Write, mutants: &[Mutant]) -> io::Result<()> {
        (self.write)(out, mutants)?;
        out.flush()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.name).finish()
    }
}

impl FromStr for Writer {
    type Err = ParseFormatError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = WRITERS.iter().copied().find(|writer| writer.name.eq_ignore_ascii_case(name));
        named.ok_or_else(|| ParseFormatError::new(name, WRITERS.iter().map(|writer| writer.name)))
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    harness_version: &'static str,
    /// The key that it has had from the start.
    exhibits: Vec<JsonMutant<'a>>,
}

#[derive(Serialize)]
struct JsonMutant<'a> {
    bug: Option<&'static str>,
    side: Side,
    caught_by: &'a [&'static str],
    open: Vec<JsonUndecided<'a>>,
    cause: JsonCause<'a>,
}

#[derive(Serialize)]
struct JsonUndecided<'a> {
    scenario: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct JsonCause<'a> {
    verdict: Attribution,
    bugs: &'a [&'static str],
}

/// For a program: one document.
fn json(out: &mut dyn Write, mutants: &[Mutant]) -> io::Result<()> {
    let mutants = mutants.iter().map(|mutant| JsonMutant {
        bug: mutant.bug,
        side: mutant.side,
        caught_by: &mutant.caught_by,
        open: mutant.undecided.iter().map(|(scenario, reason)| JsonUndecided { scenario, reason }).collect(),
        cause: JsonCause { verdict: mutant.attribution(), bugs: &mutant.named },
    });
    let document = Document {
        format_version: GALLERY_FORMAT_VERSION,
        harness_version: HARNESS_VERSION,
        exhibits: mutants.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// For a person: the sums, and a line or a few for each program.
fn terminal(out: &mut dyn Write, mutants: &[Mutant]) -> io::Result<()> {
    let (bugs, references): (Vec<_>, Vec<_>) = mutants.iter().partition(|one| one.bug.is_some());
    let right = |mutants: &[&Mutant]| mutants.iter().filter(|one| one.is_judged_rightly()).count();
    let named = |attribution| bugs.iter().filter(|one| one.attribution() == attribution).count();
    let mut summary = format!(
        "{} of {} bugs caught; true cause named for {}, one of several for {}, none for {}, wrong for {}",
        right(&bugs),
        bugs.len(),
        named(Attribution::True),
        named(Attribution::Ambiguous),
        named(Attribution::None),
        named(Attribution::Wrong),
    );
    if !references.is_empty() {
        summary += &format!("; {} of {} right programs clean", right(&references), references.len());
    }
    write_wrapped(out, &summary, 0)?;
    writeln!(out)?;
    writeln!(out, "{:<8}{:<8}{:<8}program, and what caught it", "verdict", "side", "cause")?;
    mutants.iter().try_for_each(|mutant| write_mutant(out, mutant))
}

fn write_mutant(out: &mut dyn Write, mutant: &Mutant) -> io::Result<()> {
    let verdict = match (mutant.bug, mutant.is_judged_rightly()) {
        (Some(_), true) => "caught",
        (Some(_), false) => "MISSED",
        (None, true) => "clean",
        (None, false) => "BLAMED",
    };
    let attribution = mutant.attribution();
    let cause = match (mutant.bug, attribution) {
        (_, Attribution::Wrong) => "WRONG",
        (None, _) => "",
        (Some(_), Attribution::True) => "true",
        (Some(_), Attribution::Ambiguous) => "either",
        (Some(_), Attribution::None) => "none",
    };
    let name = mutant.bug.unwrap_or("reference");
    writeln!(out, "{verdict:<8}{:<8}{cause:<8}{name}", mutant.side.to_string())?;
    if !mutant.caught_by.is_empty() {
        write_wrapped(out, &catchers(mutant), INDENT)?;
    }
    if matches!(attribution, Attribution::Ambiguous | Attribution::Wrong) {
        write_wrapped(out, &format!("named: {}", mutant.named.join(" or ")), INDENT)?;
    }
    for (id, why) in &mutant.undecided {
        write_wrapped(out, &format!("{id} is undecided: {why}"), INDENT)?;
    }
    Ok(())
}

fn write_wrapped(out: &mut dyn Write, text: &str, indent: usize) -> io::Result<()> {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(&indent)
        .subsequent_indent(&indent)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// `length/empty, length/buffer`, or `graded 7 of 7, delivery 2 of 10, …`.
fn catchers(mutant: &Mutant) -> String {
    if mutant.caught_by.len() <= NAMED_MAX {
        return mutant.caught_by.join(", ");
    }
    let mut subjects: Vec<(&str, usize, usize)> = Vec::new();
    for scenario in scenario::catalogue().filter(|one| one.castings.contains(&mutant.side.into())) {
        let subject = scenario.id.split_once('/').map_or("graded", |(subject, _)| subject);
        let caught = usize::from(mutant.caught_by.contains(&scenario.id));
        match subjects.iter_mut().find(|(known, ..)| *known == subject) {
            Some((_, catching, of)) => {
                *catching += caught;
                *of += 1;
            }
            None => subjects.push((subject, caught, 1)),
        }
    }
    let catching = subjects.into_iter().filter(|(_, catching, _)| *catching > 0);
    let counts: Vec<_> =
        catching.map(|(subject, caught, of)| format!("{subject} {caught} of {of}")).collect();
    counts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(mutant: &Mutant) -> String {
        let mut out = Vec::new();
        write_mutant(&mut out, mutant).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn caught_by(caught_by: Vec<&'static str>) -> Mutant {
        Mutant {
            bug: Some("other-byte-order"),
            side: Side::Server,
            caught_by,
            undecided: Vec::new(),
            named: Vec::new(),
        }
    }

    fn named(named: Vec<&'static str>) -> Mutant {
        Mutant { named, ..caught_by(vec!["short"]) }
    }

    #[test]
    fn few_scenarios_are_named_and_many_are_counted() {
        assert_eq!(
            written(&caught_by(vec!["short", "length/empty"])),
            "caught  server  none    other-byte-order\n                        short, length/empty\n"
        );
        let many = vec!["short", "medium", "long", "length/empty", "length/buffer"];
        assert!(written(&caught_by(many)).contains("graded 3 of 7, length 2 of 10"));
        assert_eq!(written(&caught_by(Vec::new())), "MISSED  server  none    other-byte-order\n");
    }

    #[test]
    fn a_cause_that_is_not_the_true_one_alone_is_shown() {
        let text = written(&named(vec!["other-byte-order"]));
        assert!(text.starts_with("caught  server  true    other-byte-order\n"), "{text}");
        assert!(!text.contains("named"), "{text}");
        let text = written(&named(vec!["two-byte-header", "other-byte-order"]));
        assert!(text.starts_with("caught  server  either  other-byte-order\n"), "{text}");
        assert!(text.ends_with("    named: two-byte-header or other-byte-order\n"), "{text}");
        let text = written(&named(vec!["two-byte-header"]));
        assert!(text.starts_with("caught  server  WRONG   other-byte-order\n"), "{text}");
        assert!(text.ends_with("    named: two-byte-header\n"), "{text}");
    }

    #[test]
    fn a_reference_that_is_blamed_says_by_what() {
        let mutant = Mutant { bug: None, ..caught_by(vec!["short"]) };
        assert_eq!(written(&mutant), "BLAMED  server          reference\n                        short\n");
    }

    #[test]
    fn the_first_lines_count_what_was_caught_and_what_was_named() {
        let reference = Mutant { bug: None, ..caught_by(Vec::new()) };
        let mutants = [
            reference,
            caught_by(Vec::new()),
            named(vec!["other-byte-order"]),
            named(vec!["other-byte-order", "two-byte-header"]),
            named(vec!["two-byte-header"]),
        ];
        let mut out = Vec::new();
        terminal(&mut out, &mutants).unwrap();
        let text = String::from_utf8(out).unwrap();
        let first: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(
            first.join(" ").trim(),
            "3 of 4 bugs caught; true cause named for 1, one of several for 1, none for 1, wrong for 1; \
             1 of 1 right programs clean"
        );
        assert!(text.lines().all(|line| line.len() <= COLUMNS), "{text}");
    }

    #[test]
    fn the_document_has_the_documented_form() {
        let bug = Mutant {
            undecided: vec![("server-shutdown", "It cannot be stopped.".to_owned())],
            ..named(vec!["two-byte-header", "other-byte-order"])
        };
        let reference = Mutant { bug: None, side: Side::Client, ..caught_by(Vec::new()) };
        let mut out = Vec::new();
        json(&mut out, &[reference, bug]).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            document,
            json!({
                "format_version": 1,
                "harness_version": HARNESS_VERSION,
                "exhibits": [{
                    "bug": null, "side": "client", "caught_by": [], "open": [],
                    "cause": {"verdict": "none", "bugs": []},
                }, {
                    "bug": "other-byte-order", "side": "server", "caught_by": ["short"],
                    "open": [{"scenario": "server-shutdown", "reason": "It cannot be stopped."}],
                    "cause": {"verdict": "either", "bugs": ["two-byte-header", "other-byte-order"]},
                }],
            })
        );
    }
}
