//! The Test Anything Protocol, version 14.
//!
//! A test point for each trial that was played, in the order of the plan. What fails and decides nothing is a TODO, which TAP counts
//! as no failure. What could not be decided is skipped, and the document bails out in the end: so it is neither a failure of the
//! submission nor a success of the run. A run that ended early bails out where it ended. What the course hides from students is only
//! counted.

use std::io::{self, Write};

use super::{escaped_json, plain};
use crate::prose;
use crate::record::{RunRecord, Standing, TrialStanding};

/// Writes the document of what the run has come to.
pub(super) fn write(out: &mut dyn Write, record: &RunRecord) -> io::Result<()> {
    let is_final = record.is_final();
    let record = &*record.for_students();
    let standings = record.standings();
    writeln!(out, "TAP version 14")?;
    writeln!(out, "1..{}", standings.len())?;
    for line in plain::explanation(record).lines() {
        // With two spaces no line is taken for the beginning of a subtest.
        writeln!(out, "{}", format!("#  {line}").trim_end())?;
    }
    for (number, trial) in (1..).zip(&standings) {
        test_point(out, number, trial, record)?;
    }
    if !is_final {
        writeln!(out, "Bail out! {}", plain::line(&prose::run(record)))?;
    }
    Ok(())
}

fn test_point(
    out: &mut dyn Write,
    number: usize,
    trial: &TrialStanding<'_>,
    record: &RunRecord,
) -> io::Result<()> {
    let told = || escaped(&prose::standing(trial, &record.started.run.assignment));
    let (status, directive) = match trial.standing() {
        Standing::NotPlayed => return Ok(()),
        Standing::Passed => ("ok", String::new()),
        Standing::Failed { .. } if trial.is_decisive => ("not ok", String::new()),
        Standing::Failed { .. } => ("not ok", " # TODO not graded".to_owned()),
        Standing::Undecided(_) | Standing::Unsupported(_) => ("ok", format!(" # SKIP {}", told())),
    };
    let name = escaped(&format!("{}: {}", trial.planned.key, trial.planned.title));
    writeln!(out, "{status} {number} - {name}{directive}")?;
    if let Standing::Failed { finding, trial: played } = trial.standing() {
        let message = plain::line(&prose::standing(trial, &record.started.run.assignment));
        writeln!(out, "  ---")?;
        writeln!(out, "  message: {}", escaped_json::string(&message))?;
        writeln!(out, "  severity: {}", if trial.is_decisive { "fail" } else { "todo" })?;
        writeln!(out, "  rule: {}", finding.rule.number())?;
        writeln!(out, "  finding: |")?;
        for line in plain::finding(played, record).lines() {
            writeln!(out, "{}", format!("    {line}").trim_end())?;
        }
        writeln!(out, "  ...")?;
    }
    Ok(())
}

/// Text on one line, in which nothing is taken for a directive.
fn escaped(text: &str) -> String {
    plain::line(text).replace('\\', r"\\").replace('#', r"\#")
}
