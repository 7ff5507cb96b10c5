//! The matrix as a page: a row for each client, a column for each server.

use std::io::{self, Write};

use maud::{Markup, html};

use super::agreement::Agreements;
use super::record::{Cell, InteropRecord};
use super::text::{sign, unplayable};
use crate::english::{count, list};
use crate::report::html::{Document, short};

/// With more participants than this, a cell does not name what failed in it.
const NAMED_MAX: usize = 10;

/// Writes the page.
///
/// # Errors
///
/// Those of `out`.
pub fn write_page(out: &mut dyn Write, record: &InteropRecord) -> io::Result<()> {
    Document {
        title: format!("Everyone with everyone: {}", count(record.hand_ins().len(), "hand-in")),
        harness_version: record.harness_version.clone(),
        style: include_str!("style.css"),
        script: None,
        body: body(record),
    }
    .write(out)
}

fn body(record: &InteropRecord) -> Markup {
    let unplayable = unplayable(record);
    html! {
        a.skip href="#matrix" { "Skip to the matrix" }
        header {
            h1 { "Everyone with everyone: " (count(record.hand_ins().len(), "hand-in")) }
            p.quiet {
                (count(record.cells.len(), "pair")) " of a client and a server · " (count(record.scenarios.len(), "scenario")) " each: "
                (list(&record.scenarios)) " · seed " (record.seed) " · lengthwise " (record.harness_version)
            }
        }
        main {
            section aria-labelledby="findings-title" {
                h2 #findings-title { "What it shows" }
                ul.findings { @for finding in &record.findings { li { (short(finding)) } } }
                @if !unplayable.is_empty() {
                    h3 { "Not played" }
                    ul { @for reason in &unplayable { li { (short(reason)) } } }
                }
            }
            section #matrix aria-labelledby="matrix-title" {
                h2 #matrix-title tabindex="-1" { "The matrix" }
                p.quiet {
                    "A row is a client, a column a server. ✓: all scenarios passed; a number: so many of " (record.scenarios.len())
                    " passed, and below it those that did not; ✗: none passed; ?: not decided; a dot: not played. A coloured edge: one group."
                }
                (matrix(record))
            }
        }
    }
}

fn matrix(record: &InteropRecord) -> Markup {
    let agreements = Agreements::new(record);
    let places = || 0..record.participants.len();
    let label = |place: usize| short(record.participants[place].label());
    let in_group = |place: usize| record.groups.iter().position(|group| group.contains(&place));
    let group = |place: usize| in_group(place).map(|number| format!("g{}", number % 3)).unwrap_or_default();
    let is_named = record.participants.len() <= NAMED_MAX;
    html! {
        div.scroll tabindex="0" role="region" aria-label="The table of pairs" {
            table {
                thead { tr {
                    td { "client ↓ server →" }
                    @for server in places() { th scope="col" class=(group(server)) { span { (label(server)) } } }
                } }
                tbody {
                    @for client in places() {
                        tr {
                            th scope="row" class=(group(client)) { (label(client)) }
                            @for server in places() { (result(agreements.cell(client, server), &agreements, is_named)) }
                        }
                    }
                }
            }
        }
    }
}

fn result(cell: Option<&Cell>, agreements: &Agreements<'_>, is_named: bool) -> Markup {
    let class = match cell.map(|cell| (cell.agrees(), cell.passed())) {
        None => "",
        Some((Some(true), _)) => "all",
        Some((None, _)) => "open",
        Some((Some(false), 0)) => "none",
        Some((Some(false), _)) => "some",
    };
    let failed = cell.map(|cell| agreements.failed(cell)).unwrap_or_default();
    let title = (!failed.is_empty()).then(|| format!("fails {}", list(&failed)));
    html! {
        td class=(class) title=[title] {
            (sign(cell))
            @if is_named && class == "some" { small { @for scenario in &failed { " " (scenario) } } }
        }
    }
}
