//! JUnit XML, in the form that GitLab, Jenkins and the actions of GitHub read.
//!
//! A suite for each side, and one for the pair; a test for each trial. What decides nothing is no failure there: it is skipped, and
//! says why and what was found. What could not be decided or was not played is an error, which is what JUnit calls a test that
//! could not be carried out: it neither passes nor blames the submission. What the course hides from students is only counted, in the
//! property `result` of each suite.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::plain;
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};
use crate::side::Casting;

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let record = &*record.for_students();
    let standings = record.standings();
    let mut report = Report::new("lengthwise");
    report.set_time(record.elapsed);
    for casting in Casting::ALL {
        let trials: Vec<_> = standings.iter().filter(|trial| trial.planned.key.casting == *casting).collect();
        if !trials.is_empty() {
            report.add_test_suite(suite(*casting, &trials, record));
        }
    }
    report.serialize(out).map_err(io::Error::other)
}

fn suite(casting: Casting, trials: &[&TrialStanding<'_>], record: &RunRecord) -> TestSuite {
    let mut suite = TestSuite::new(casting.word());
    let run = &record.started.run;
    suite.add_property(Property::new("target", plain::line(&run.target.title())));
    suite.add_property(Property::new("seed", run.seed.to_string()));
    suite.add_property(Property::new("result", plain::line(&prose::run(record))));
    let mut elapsed = Duration::ZERO;
    for trial in trials {
        suite.add_test_case(test_case(trial, record));
        elapsed = elapsed.saturating_add(trial.played.map_or(Duration::ZERO, |trial| trial.finished.elapsed));
    }
    suite.set_time(elapsed);
    suite
}

fn test_case(trial: &TrialStanding<'_>, record: &RunRecord) -> TestCase {
    let message = message(trial, record);
    let not_passed = |kind: NonSuccessKind, ty: &str| {
        let mut status = match trial.is_decisive {
            true => TestCaseStatus::non_success(kind),
            false => TestCaseStatus::skipped(),
        };
        status.set_message(message.clone()).set_type(ty);
        status
    };
    let status = match trial.standing() {
        Standing::Passed => TestCaseStatus::success(),
        Standing::Failed { finding, trial } => {
            let mut status = not_passed(NonSuccessKind::Failure, &format!("rule {}", finding.rule.number()));
            status.set_description(plain::finding(trial, record));
            status
        }
        Standing::Undecided(_) => not_passed(NonSuccessKind::Error, "undecided"),
        Standing::NotPlayed => not_passed(NonSuccessKind::Error, "not played"),
        Standing::Unsupported(_) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(message).set_type("unsupported");
            status
        }
    };
    let mut test = TestCase::new(plain::line(&trial.planned.key.scenario), status);
    test.set_classname(trial.planned.key.casting.word());
    test.set_time(trial.played.map_or(Duration::ZERO, |trial| trial.finished.elapsed));
    test
}

/// What is shown of a test in a list: the cause first, where there is one.
fn message(trial: &TrialStanding<'_>, record: &RunRecord) -> String {
    let is_failure = matches!(trial.standing(), Standing::Failed { .. });
    let cause = record.cause(&trial.planned.key).filter(|_| is_failure);
    let cause = cause.map_or_else(String::new, |cause| format!("{} ", cause.text));
    let not_graded = if trial.is_decisive { "" } else { "Not graded. " };
    let standing = prose::standing(trial, &record.started.run.assignment);
    plain::line(&format!("{not_graded}{cause}{standing}"))
}
