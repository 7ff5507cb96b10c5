//! `harness gallery`: the grader itself is graded.

use super::Problem;
use super::outputs::{self, Output};
use super::progress::Progress;
use super::report_argument::ReportArgument;
use crate::bug;
use crate::course::Course;
use crate::report::selftest::Writer;
use crate::selftest::{self, Attribution, Mutant, Settings};
use crate::suggestion::nearest;

/// Plays the self-test, or only the bugs with these ids, and writes what came of it. Returns the exit code.
pub(super) fn gallery(
    ids: &[String],
    reports: &[ReportArgument<Writer>],
    course: &Course,
    is_quiet: bool,
) -> Result<u8, Problem> {
    let ids: Vec<_> = ids.iter().map(|id| id.to_lowercase()).collect();
    if let Some(unknown) = ids.iter().find(|id| bug::find(id).is_none()) {
        let meant = nearest(unknown, bug::catalogue().map(|bug| bug.id));
        let hint =
            meant.map_or("harness list --bugs shows all".into(), |meant| format!("did you mean {meant}?"));
        return Err(Problem::Usage(format!("there is no bug {unknown}: {hint}")));
    }
    // Before anything is played: a path that cannot be written is told at once.
    let outputs = outputs::open(reports, |_| false)?;
    let settings = Settings { assignment: course.assignment, ..Settings::default() };
    let programs =
        selftest::programs(&settings.assignment, |bug| ids.is_empty() || ids.contains(&bug.to_owned()));
    if programs.is_empty() {
        return Err(Problem::Incomplete(
            "with this assignment these are no mistakes, so nothing was played".into(),
        ));
    }
    let progress = Progress::new(programs.len(), !is_quiet)?;
    let mutants =
        selftest::play_each(&programs, &settings, &|played| progress.tell(played, "programs".into()))?;
    drop(progress);
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
