//! What lies in the directory of a class: from a folder, or a download, to a list of hand-ins.

mod hand_in;
mod roster;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use hand_in::{Digest, HandIn, SourceFile};
pub use roster::{Roster, RosterEntry, RosterError};

use super::record::Unrecognized;
use crate::course::Names;

/// How the hand-ins lie in the directory of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A folder each.
    Folders,
    /// An archive each.
    Archives,
    /// What Canvas gives as all submissions of an assignment.
    Canvas,
    /// What Moodle gives as all submissions of an assignment.
    Moodle,
    /// What Gradescope gives as an export of an assignment.
    Gradescope,
    /// Repositories of GitHub Classroom.
    GitHubClassroom,
    /// Several of these.
    Mixed,
}

/// What lies in the directory of a class.
#[derive(Debug)]
pub struct Intake {
    /// How it lies there.
    pub layout: Layout,
    /// The hand-ins, by their identifiers.
    pub hand_ins: Vec<HandIn>,
    /// What was not taken for a hand-in.
    pub unrecognized: Vec<Unrecognized>,
    /// Who stands on the roster and has handed in nothing, in the order of the roster.
    pub missing: Vec<RosterEntry>,
}

/// Why the directory of a class cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is not there, or may not be read.
    #[error("the class {} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// Finds the hand-ins in `directory`, whose files have these `names`, and whose they are.
///
/// # Errors
///
/// See [`IntakeError`].
pub fn take_in(directory: &Path, _names: &Names, _roster: Option<&Roster>) -> Result<Intake, IntakeError> {
    let unreadable = |error| IntakeError::Unreadable { path: directory.to_owned(), error };
    let mut hand_ins = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().is_dir() {
            hand_ins.push(HandIn::of_folder(&entry.path()).map_err(unreadable)?);
        }
    }
    hand_ins.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(Intake { layout: Layout::Folders, hand_ins, unrecognized: Vec::new(), missing: Vec::new() })
}
