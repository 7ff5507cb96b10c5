//! The class at a glance: `index.html`.
//!
//! It is one file that needs nothing else, as the page of a run is, and shares its style. Its script sorts and filters the table
//! of hand-ins, and draws their results into it; without it the table has the scores. What comes from a hand-in, or from who
//! handed it in, is text everywhere.

mod followup;
mod histogram;
mod mistakes;
mod overview;
mod people;
mod table;

use std::io::{self, Write};

use maud::{Markup, html};

use self::people::People;
use super::record::ClassRecord;
use crate::english::count;
use crate::report::html::Document;

/// Whether a page says whose a hand-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// It does, and leads to the page of each.
    Shown,
    /// Hand-ins are numbered, in an order that says nothing of them. What could give a name away is left out: identifiers, where a
    /// hand-in lay, and the links, which have the identifier in them.
    Hidden,
}

/// Writes the page of a class. It leads to `hand-ins/ID/page.html`, beside it, for each hand-in.
///
/// # Errors
///
/// Those of `out`.
pub fn write_page(out: &mut dyn Write, record: &ClassRecord, names: Names) -> io::Result<()> {
    Document {
        title: format!("A class of {}", count(record.hand_ins.len(), "hand-in")),
        harness_version: record.harness_version.clone(),
        style: include_str!("style.css"),
        script: Some(include_str!("script.js")),
        body: body(record, &People::new(record, names)),
    }
    .write(out)
}

fn body(record: &ClassRecord, people: &People<'_>) -> Markup {
    let mistakes = mistakes::known(record);
    html! {
        a.skip href="#hand-ins" { "Skip to the hand-ins" }
        (table::shapes())
        header {
            h1 { "A class of " (count(record.hand_ins.len(), "hand-in")) }
            p.quiet {
                @if let Some(assignment) = record.assignment.as_deref().filter(|_| people.are_shown()) { "Assignment " (assignment) " · " }
                "seed " (record.seed) " · lengthwise " (record.harness_version)
            }
            nav aria-label="On this page" {
                a href="#scores" { "Scores" }
                a href="#mistakes" { "Mistakes" }
                a href="#dividing" { "What divides the class" }
                a href="#look" { "What needs review" }
                a href="#hand-ins" { "Every hand-in" }
            }
        }
        main {
            div.screen {
                (overview::scores(record))
                (mistakes::section(record, &mistakes, people))
            }
            div.screen {
                (overview::dividing(record))
                (followup::section(record, people))
            }
            (table::section(record, &mistakes, people))
        }
    }
}
