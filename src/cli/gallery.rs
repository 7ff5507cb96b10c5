//! `harness gallery`: which scenarios catch which known mistakes.

use std::io::{self, Write};

use super::COLUMNS;
use crate::gallery::{self, Exhibit, Settings};
use crate::scenario;

/// Up to so many scenarios are named; more are counted by subject.
const NAMED_MAX: usize = 4;

/// Plays the gallery and writes what came of it. Returns the exit code.
pub(super) fn gallery(out: &mut impl Write) -> io::Result<u8> {
    let exhibits = gallery::play(&Settings::default())?;
    for exhibit in &exhibits {
        write_exhibit(out, exhibit)?;
    }
    let (bugs, references): (Vec<_>, Vec<_>) = exhibits.iter().partition(|one| one.bug.is_some());
    let right = |exhibits: &[&Exhibit]| exhibits.iter().filter(|one| one.is_judged_rightly()).count();
    writeln!(
        out,
        "\n{} of {} bugs caught, {} of {} right programs clean",
        right(&bugs),
        bugs.len(),
        right(&references),
        references.len()
    )?;
    Ok(u8::from(!exhibits.iter().all(Exhibit::is_judged_rightly)))
}

fn write_exhibit(out: &mut impl Write, exhibit: &Exhibit) -> io::Result<()> {
    let verdict = match (exhibit.bug, exhibit.is_judged_rightly()) {
        (Some(_), true) => "caught",
        (Some(_), false) => "MISSED",
        (None, true) => "clean",
        (None, false) => "BLAMED",
    };
    let name = exhibit.bug.unwrap_or("reference");
    let line = format!("{verdict:<6}  {:<6}  {name}", exhibit.side.to_string());
    writeln!(out, "{line}")?;
    let mut details = Vec::new();
    if !exhibit.caught_by.is_empty() {
        details.push(catchers(exhibit));
    }
    details.extend(exhibit.open.iter().map(|(id, why)| format!("{id} came to nothing: {why}")));
    let indent = " ".repeat(16);
    for detail in details {
        let options = textwrap::Options::new(COLUMNS)
            .initial_indent(&indent)
            .subsequent_indent(&indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&detail, options) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// `length/empty, length/buffer`, or `graded 7 of 7, delivery 2 of 10, …`.
fn catchers(exhibit: &Exhibit) -> String {
    if exhibit.caught_by.len() <= NAMED_MAX {
        return exhibit.caught_by.join(", ");
    }
    let mut subjects: Vec<(&str, usize, usize)> = Vec::new();
    for scenario in scenario::catalogue().filter(|one| one.castings.contains(&exhibit.side)) {
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
    use super::*;
    use crate::scenario::Casting;

    fn written(exhibit: &Exhibit) -> String {
        let mut out = Vec::new();
        write_exhibit(&mut out, exhibit).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn caught_by(caught_by: Vec<&'static str>) -> Exhibit {
        Exhibit { bug: Some("other-byte-order"), side: Casting::Server, caught_by, open: Vec::new() }
    }

    #[test]
    fn few_scenarios_are_named_and_many_are_counted() {
        assert_eq!(
            written(&caught_by(vec!["short", "length/empty"])),
            "caught  server  other-byte-order\n                short, length/empty\n"
        );
        let many = vec!["short", "medium", "long", "length/empty", "length/buffer"];
        assert!(written(&caught_by(many)).contains("graded 3 of 7, length 2 of 10"));
        assert_eq!(written(&caught_by(Vec::new())), "MISSED  server  other-byte-order\n");
    }

    #[test]
    fn a_reference_that_is_blamed_says_by_what() {
        let exhibit = Exhibit { bug: None, ..caught_by(vec!["short"]) };
        assert_eq!(written(&exhibit), "BLAMED  server  reference\n                short\n");
    }
}
