//! `harness gallery`: the grader itself is graded.

use super::Problem;
use super::outputs::{self, Output};
use super::report_argument::ReportArgument;
use crate::course::Course;
use crate::report::selftest::Writer;
use crate::selftest::{self, Attribution, Mutant, Settings};

/// Plays the self-test and writes what came of it. Returns the exit code.
pub(super) fn gallery(reports: &[ReportArgument<Writer>], course: &Course) -> Result<u8, Problem> {
    // Before anything is played: a path that cannot be written is told at once.
    let outputs = outputs::open(reports, |_| false)?;
    let mutants = selftest::play(&Settings { assignment: course.assignment, ..Settings::default() })?;
    for (writer, output) in outputs {
        match output {
            Output::Stream(mut out) => writer.write(&mut *out, &mutants)?,
            Output::File(place) => {
                let mut document = Vec::new();
                writer.write(&mut document, &mutants)?;
                place.put(&document)?;
            }
        }
    }
    let is_right = |one: &Mutant| one.is_judged_rightly() && one.attribution() != Attribution::Wrong;
    Ok(u8::from(!mutants.iter().all(is_right)))
}
