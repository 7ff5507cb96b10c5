//! What a course wants, in one value: the assignment, what its scenarios are worth, how long a submission may be silent, what
//! the files and classes of a hand-in are called, and texts of the course's own.
//!
//! A course writes it into a file, `assignment.toml`, which [`Course::read`] takes as text. Everything is checked then, and what is
//! wrong is told with its line. This module owns the form of that file. It must not do I/O, and must not know how anything in it
//! is used.

mod duration;
mod error;
mod file;
mod names;
mod rubric_table;
mod tables;

use std::collections::BTreeMap;
use std::time::Duration;

pub use duration::{parse_deadline, parse_duration};
pub use error::CourseError;
pub use names::{ConstructorValue, Names};
#[cfg(feature = "cli")]
pub(crate) use tables::check_sizes;

use crate::assignment::Assignment;
use crate::grade::Rubric;

/// The file that is looked for where none is named.
pub const FILE_NAME: &str = "assignment.toml";
/// A file that says what is so without one, with everything explained.
pub const DEFAULT_FILE: &str = include_str!("course/default.toml");

/// What a course wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// What is asked for.
    pub assignment: Assignment,
    /// What it is worth.
    pub rubric: Rubric,
    /// How long a submission may be silent.
    pub deadline: Duration,
    /// What a hand-in is made of.
    pub names: Names,
    /// Texts of the course's own, by the ids of scenarios and causes.
    pub texts: BTreeMap<String, String>,
}

impl Course {
    /// How long a submission may be silent, unless a course says otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(2);

    /// Reads a file with this text.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, and its line.
    pub fn read(text: &str) -> Result<Self, CourseError> {
        file::read(text)
    }
}

impl Course {
    /// Reads what the file of a course asks for, for the programs that do nothing else with it.
    ///
    /// # Errors
    ///
    /// Those of [`Course::read`], in words.
    pub fn read_assignment(text: &str) -> Result<Assignment, String> {
        Self::read(text).map(|course| course.assignment).map_err(|error| error.to_string())
    }
}

impl Default for Course {
    /// The course's own assignment and points.
    fn default() -> Self {
        Self {
            assignment: Assignment::default(),
            rubric: Rubric::default(),
            deadline: Self::DEADLINE,
            names: Names::default(),
            texts: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests;
