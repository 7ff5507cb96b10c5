//! The matrix and what follows from it, for a terminal.

use super::agreement::Agreements;
use super::record::{Cell, InteropRecord};
use crate::bytes::printable;
use crate::english::count;

/// With more participants than this, the matrix is left to the page.
const MATRIX_MAX: usize = 13;
/// So much of what a participant is called stands before its row, in characters.
const LABEL_MAX: usize = 24;

/// What to show, line by line.
#[must_use]
pub fn lines(record: &InteropRecord) -> Vec<String> {
    let mut lines = Vec::new();
    if record.participants.len() <= MATRIX_MAX {
        lines.extend(matrix(record));
        lines.push(String::new());
    }
    lines.extend(unplayable(record));
    lines.extend(record.findings.iter().cloned());
    lines.iter().map(|line| printable(line)).collect()
}

fn matrix(record: &InteropRecord) -> Vec<String> {
    let agreements = Agreements::new(record);
    let labels: Vec<String> = record.participants.iter().map(|one| short(one.label())).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let places = 0..record.participants.len();
    let numbers = places.clone().map(|server| format!(" {:>3}", server + 1));
    let head = format!("{:width$}     {}", "client", numbers.collect::<String>(), width = width);
    let row = |client: usize| {
        let cells = places.clone().map(|server| format!(" {:>3}", sign(agreements.cell(client, server))));
        let cells: String = cells.collect();
        format!("{:width$} {:>3} {cells}", labels[client], client + 1, width = width)
    };
    let rows = places.clone().map(row);
    let mut lines = vec![
        format!(
            "Clients, row by row, with the servers of the same numbers; {} each:",
            count(record.scenarios.len(), "scenario")
        ),
        head,
    ];
    lines.extend(rows);
    lines
}

fn short(label: &str) -> String {
    match label.char_indices().nth(LABEL_MAX) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

/// All passed, none, so many, or not known.
pub(super) fn sign(cell: Option<&Cell>) -> String {
    match cell.map(|cell| (cell.agrees(), cell.passed())) {
        None => "·".into(),
        Some((Some(true), _)) => "✓".into(),
        Some((None, _)) => "?".into(),
        Some((Some(false), 0)) => "✗".into(),
        Some((Some(false), passed)) => passed.to_string(),
    }
}

/// Who could not be played, and why.
pub(super) fn unplayable(record: &InteropRecord) -> Vec<String> {
    let reason = |one: &super::Participant| Some(format!("{}: {}", one.label(), one.unplayable.as_ref()?));
    record.participants.iter().filter_map(reason).collect()
}
