//! Under which circumstances a run was played.

use crate::english::{count, list};
use crate::event::CourseNotes;

/// That nothing keeps a submission from what its user can do.
pub const NOT_CONTAINED: &str =
    "The submission can read, change and end all that you can, the harness and its reports among them.";

/// Says what a course calls what the sentences of a report have the assignment's names for; nothing where it has no others.
#[must_use]
pub fn own_names(course: &CourseNotes) -> Option<String> {
    let names: Vec<_> = course.names.iter().map(|(usual, own)| format!("{own} for {usual}")).collect();
    (!names.is_empty()).then(|| {
        format!("Your course says {}. The sentences here have the assignment's names.", list(&names))
    })
}

/// Says in how many scenarios the harness could not see how its pieces were read; nothing where it saw all of them.
#[must_use]
pub fn unconfirmed_cuts(scenarios: usize) -> Option<String> {
    (scenarios > 0).then(|| {
        format!(
            "In {} the harness could not confirm where reads ended: pieces sent separately may have been read together. That is not a fault.",
            count(scenarios, "scenario")
        )
    })
}
