//! Grades a hand-in and compares what came of it to what had to.

use std::collections::BTreeSet;
use std::path::Path;

use lengthwise::bug;
use lengthwise::side::Casting;
use serde_json::Value;

use super::hand_in::{FILES, HandIn, natural};
use crate::support::graded::graded;
use crate::support::not_passed::{id, not_passed};
use crate::support::report::{grade, results};

/// Grades the hand-in in `folder`, with a deadline that is patient enough for a machine with better things to do. A file that it
/// lacks is the natural one's.
#[track_caller]
pub(crate) fn grade_folder(folder: &Path, more: &[&str]) -> Value {
    grade_within(HandIn::BASE.deadline, folder, more)
}

#[track_caller]
fn grade_within(deadline: &str, folder: &Path, more: &[&str]) -> Value {
    let mut arguments: Vec<_> =
        ["--jobs", "1", "--deadline", deadline, "--start-deadline", "5s", "--submission"].into();
    arguments.push(folder.to_str().unwrap());
    arguments.extend(more);
    let lacking = FILES.iter().filter(|(file, _)| !folder.join(file).exists());
    let natural: Vec<_> = lacking.map(|(file, option)| (option, natural().join(file))).collect();
    for (option, file) in &natural {
        arguments.extend([**option, file.to_str().unwrap()]);
    }
    grade(&arguments)
}

/// Grades only what is graded.
#[track_caller]
pub(crate) fn grade_graded(deadline: &str, folder: &Path) -> Value {
    grade_within(deadline, folder, &graded().flat_map(|id| ["--scenario", id]).collect::<Vec<_>>())
}

/// Grades the hand-in in `folder`, of which `hand_in` says what has to come of it.
pub(crate) fn check(hand_in: &HandIn, folder: &Path) {
    let report = grade_graded(hand_in.deadline, folder);
    for casting in Casting::ALL {
        let is_certain = |id: &&str| !hand_in.may_fail.contains(&(*casting, *id));
        let cast = not_passed(&report).filter(|result| result["casting"] == casting.word());
        let failed: BTreeSet<_> = cast.map(id).filter(is_certain).collect();
        let wanted = hand_in.fails.as_cast(*casting).ids().into_iter().filter(is_certain).collect();
        assert_eq!(failed, wanted, "not passed as {casting}, and expected not to be: {report:#}");
    }
    check_causes(&report, hand_in.cause, hand_in.besides);
    let findings = findings(&report);
    for told in hand_in.told {
        assert!(findings.contains(told), "no finding says {told:?}: {report:#}");
    }
}

/// Checks that this cause is named, and nothing else but what the hand-in has besides.
#[track_caller]
pub(crate) fn check_causes(report: &Value, wanted: Option<&str>, besides: &[&str]) {
    // While a bug is taken out of the catalogue, another may explain the same.
    if wanted.is_none_or(|bug| bug::find(bug).is_some()) {
        let mut named = causes(report);
        named.retain(|bug| wanted == Some(bug) || !besides.contains(bug));
        assert_eq!(
            named,
            wanted.into_iter().collect(),
            "the causes that are named, and those expected: {report:#}"
        );
    }
}

/// The mistakes that are named, on any side.
fn causes(report: &Value) -> BTreeSet<&str> {
    let groups = report["causes"].as_array().unwrap().iter();
    let mistakes = groups.flat_map(|group| group["mistakes"].as_array().unwrap());
    let bugs = mistakes.map(|mistake| match &mistake["bugs"].as_array().unwrap()[..] {
        [only] => only.as_str().unwrap(),
        _ => "one of several",
    });
    bugs.collect()
}

/// Everything that the findings say, and why results are inconclusive.
fn findings(report: &Value) -> String {
    let texts = results(report).iter().flat_map(|result| {
        [&result["finding"]["summary"], &result["finding"]["received"], &result["reason"]]
    });
    texts.map(|text| text.as_str().unwrap_or_default()).collect()
}
