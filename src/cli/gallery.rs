//! `harness gallery`: the grader itself is graded.

use super::arguments::ReportArgument;
use super::{Problem, outputs};
use crate::gallery::{self, Exhibit, Naming, Settings};

/// Plays the gallery and writes what came of it. Returns the exit code.
pub(super) fn gallery(reports: &[ReportArgument]) -> Result<u8, Problem> {
    // Before anything is played: a path that cannot be written is told at once.
    let (outputs, _) = outputs::open(reports)?;
    let exhibits = gallery::play(&Settings::default())?;
    for (format, mut out) in outputs {
        format.gallery(&exhibits, &mut *out)?;
    }
    let is_right = |one: &Exhibit| one.is_judged_rightly() && one.naming() != Naming::Wrong;
    Ok(u8::from(!exhibits.iter().all(is_right)))
}
