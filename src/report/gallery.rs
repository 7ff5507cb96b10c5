//! What the gallery came to: which scenarios catch which known mistakes, and whether the cause named is the true one.

use std::io::{self, Write};

use serde::Serialize;

use super::HARNESS_VERSION;
use crate::gallery::{Exhibit, Naming};
use crate::scenario;
use crate::side::Side;

const FORMAT_VERSION: u32 = 1;
/// The width that lines are broken at.
const COLUMNS: usize = 80;
/// Up to so many scenarios are named; more are counted by subject.
const NAMED_MAX: usize = 4;

/// Where the columns with the names begin.
const INDENT: usize = 24;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    harness_version: &'static str,
    exhibits: Vec<JsonExhibit<'a>>,
}

#[derive(Serialize)]
struct JsonExhibit<'a> {
    bug: Option<&'static str>,
    side: Side,
    caught_by: &'a [&'static str],
    open: Vec<JsonOpen<'a>>,
    cause: JsonCause<'a>,
}

#[derive(Serialize)]
struct JsonOpen<'a> {
    scenario: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct JsonCause<'a> {
    verdict: Naming,
    bugs: &'a [&'static str],
}

/// For a program: one document.
pub(super) fn json(out: &mut (impl Write + ?Sized), exhibits: &[Exhibit]) -> io::Result<()> {
    let exhibits = exhibits.iter().map(|exhibit| JsonExhibit {
        bug: exhibit.bug,
        side: exhibit.side,
        caught_by: &exhibit.caught_by,
        open: exhibit.open.iter().map(|(scenario, reason)| JsonOpen { scenario, reason }).collect(),
        cause: JsonCause { verdict: exhibit.naming(), bugs: &exhibit.named },
    });
    let document = Document {
        format_version: FORMAT_VERSION,
        harness_version: HARNESS_VERSION,
        exhibits: exhibits.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// For a person: a line or a few for each program, and the sums.
pub(super) fn terminal(out: &mut (impl Write + ?Sized), exhibits: &[Exhibit]) -> io::Result<()> {
    writeln!(out, "{:<8}{:<8}{:<8}program, and what caught it", "verdict", "side", "cause")?;
    exhibits.iter().try_for_each(|exhibit| write_exhibit(out, exhibit))?;
    let (bugs, references): (Vec<_>, Vec<_>) = exhibits.iter().partition(|one| one.bug.is_some());
    let right = |exhibits: &[&Exhibit]| exhibits.iter().filter(|one| one.is_judged_rightly()).count();
    let named = |naming| bugs.iter().filter(|one| one.naming() == naming).count();
    let closing = format!(
        "{} of {} bugs caught; true cause named for {}, one of several for {}, none for {}, wrong for {}; \
         {} of {} right programs clean",
        right(&bugs),
        bugs.len(),
        named(Naming::True),
        named(Naming::Either),
        named(Naming::None),
        named(Naming::Wrong),
        right(&references),
        references.len()
    );
    writeln!(out)?;
    write_wrapped(out, &closing, 0)
}

fn write_exhibit(out: &mut (impl Write + ?Sized), exhibit: &Exhibit) -> io::Result<()> {
    let verdict = match (exhibit.bug, exhibit.is_judged_rightly()) {
        (Some(_), true) => "caught",
        (Some(_), false) => "MISSED",
        (None, true) => "clean",
        (None, false) => "BLAMED",
    };
    let naming = exhibit.naming();
    let cause = match (exhibit.bug, naming) {
        (_, Naming::Wrong) => "WRONG",
        (None, _) => "",
        (Some(_), Naming::True) => "true",
        (Some(_), Naming::Either) => "either",
        (Some(_), Naming::None) => "none",
    };
    let name = exhibit.bug.unwrap_or("reference");
    writeln!(out, "{verdict:<8}{:<8}{cause:<8}{name}", exhibit.side.to_string())?;
    if !exhibit.caught_by.is_empty() {
        write_wrapped(out, &catchers(exhibit), INDENT)?;
    }
    if matches!(naming, Naming::Either | Naming::Wrong) {
        write_wrapped(out, &format!("named: {}", exhibit.named.join(" or ")), INDENT)?;
    }
    for (id, why) in &exhibit.open {
        write_wrapped(out, &format!("{id} came to nothing: {why}"), INDENT)?;
    }
    Ok(())
}

fn write_wrapped(out: &mut (impl Write + ?Sized), text: &str, indent: usize) -> io::Result<()> {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(&indent)
        .subsequent_indent(&indent)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// `length/empty, length/buffer`, or `graded 7 of 7, delivery 2 of 10, …`.
fn catchers(exhibit: &Exhibit) -> String {
    if exhibit.caught_by.len() <= NAMED_MAX {
        return exhibit.caught_by.join(", ");
    }
    let mut subjects: Vec<(&str, usize, usize)> = Vec::new();
    for scenario in scenario::catalogue().filter(|one| one.castings.contains(&exhibit.side.into())) {
        let subject = scenario.id.split_once('/').map_or("graded", |(subject, _)| subject);
        let caught = usize::from(exhibit.caught_by.contains(&scenario.id));
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

    fn written(exhibit: &Exhibit) -> String {
        let mut out = Vec::new();
        write_exhibit(&mut out, exhibit).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn caught_by(caught_by: Vec<&'static str>) -> Exhibit {
        Exhibit {
            bug: Some("other-byte-order"),
            side: Side::Server,
            caught_by,
            open: Vec::new(),
            named: Vec::new(),
        }
    }

    fn named(named: Vec<&'static str>) -> Exhibit {
        Exhibit { named, ..caught_by(vec!["short"]) }
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
        let exhibit = Exhibit { bug: None, ..caught_by(vec!["short"]) };
        assert_eq!(written(&exhibit), "BLAMED  server          reference\n                        short\n");
    }

    #[test]
    fn the_closing_lines_count_what_was_caught_and_what_was_named() {
        let reference = Exhibit { bug: None, ..caught_by(Vec::new()) };
        let exhibits = [
            reference,
            caught_by(Vec::new()),
            named(vec!["other-byte-order"]),
            named(vec!["other-byte-order", "two-byte-header"]),
            named(vec!["two-byte-header"]),
        ];
        let mut out = Vec::new();
        terminal(&mut out, &exhibits).unwrap();
        let text = String::from_utf8(out).unwrap();
        let closing: Vec<_> = text.lines().skip_while(|line| !line.is_empty()).collect();
        assert_eq!(
            closing.join(" ").trim(),
            "3 of 4 bugs caught; true cause named for 1, one of several for 1, none for 1, wrong for 1; \
             1 of 1 right programs clean"
        );
        assert!(text.lines().all(|line| line.len() <= COLUMNS), "{text}");
    }

    #[test]
    fn the_document_has_the_documented_form() {
        let bug = Exhibit {
            open: vec![("server-shutdown", "It cannot be stopped.".to_owned())],
            ..named(vec!["two-byte-header", "other-byte-order"])
        };
        let reference = Exhibit { bug: None, side: Side::Client, ..caught_by(Vec::new()) };
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
