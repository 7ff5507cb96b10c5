//! What was taken in, as the rows of a table: for a look before anything is graded.

use super::{Intake, Layout};
use crate::bytes::printable;
use crate::english::{count, list};
use crate::side::Side;

/// One thing that lies in the directory of a class, or somebody of whom nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeRow {
    /// Where it lies; nothing for somebody of whom nothing does.
    pub path: String,
    /// What it was recognised as; nothing where it is no hand-in.
    pub layout: Option<Layout>,
    /// The identifier of the hand-in, or what the roster has of somebody.
    pub id: String,
    /// Whose it is, where that is known.
    pub name: String,
    /// Which of the files that the assignment asks for are there, and what else has to be known of it, in sentences.
    pub notes: Vec<String>,
}

impl Intake {
    /// What was recognised, as what, and what was not: first the hand-ins, then what is none, then who has handed in nothing. Every
    /// text can be printed.
    #[must_use]
    pub fn rows(&self) -> Vec<IntakeRow> {
        let hand_ins = self.hand_ins.iter().map(|hand_in| {
            let sides = Side::ALL.iter().filter(|side| hand_in.file(**side).is_some());
            let sides: Vec<_> = sides.map(ToString::to_string).collect();
            let what = if sides.is_empty() { "neither a server nor a client".into() } else { list(&sides) };
            let mut notes = vec![format!("{}: {what}.", count(hand_in.files.len(), "file"))];
            notes.extend(hand_in.is_late.then(|| "It came late.".to_owned()));
            notes.extend(hand_in.remarks.iter().cloned());
            IntakeRow {
                path: printable(&hand_in.path.to_string_lossy()),
                layout: Some(hand_in.layout),
                id: hand_in.id.clone(),
                name: printable(hand_in.name.as_deref().unwrap_or_default()),
                notes,
            }
        });
        let others = self.unrecognized.iter().map(|one| IntakeRow {
            path: one.path.clone(),
            layout: None,
            id: String::new(),
            name: String::new(),
            notes: vec![one.reason.clone()],
        });
        let missing = self.missing.iter().map(|person| IntakeRow {
            path: String::new(),
            layout: None,
            id: printable(person.identifier()),
            name: printable(person.name.as_deref().unwrap_or_default()),
            notes: vec!["On the roster, and has handed in nothing.".into()],
        });
        hand_ins.chain(others).chain(missing).collect()
    }
}
