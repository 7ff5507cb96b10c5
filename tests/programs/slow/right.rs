//! What a right program has to come to: it passes whatever it plays, and no cause is named.

use std::env;

use serde_json::Value;

use super::program::Program;
use crate::support::not_passed::{id, not_passed};
use crate::support::report::{grade, results};

/// The environment variable that says how many times each program plays the whole catalogue.
const RUNS: &str = "LENGTHWISE_SLOW_RUNS";

/// How many times that is, where it is asked for.
pub(crate) fn runs() -> Option<usize> {
    env::var(RUNS).ok().map(|runs| runs.parse().unwrap_or_else(|error| panic!("{RUNS}: {error}: {runs:?}")))
}

/// Checks that the program passes these scenarios, with this deadline if there is one; or, where that is asked for, all
/// scenarios with the usual deadline.
#[track_caller]
pub(crate) fn check(program: &Program, scenarios: &[&str], deadline: Option<&str>) {
    let work = tempfile::tempdir().unwrap();
    let mut options = program.options(work.path());
    if runs().is_none() {
        options.extend(deadline.map(|deadline| format!("--deadline={deadline}")));
    }
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    for _ in 0..runs().unwrap_or(1) {
        check_once(&options, scenarios);
    }
}

/// The same, once, for whatever these options reach.
#[track_caller]
pub(crate) fn check_once(options: &[&str], scenarios: &[&str]) {
    assert_right(&grade(&[options, &selection(scenarios)].concat()));
}

/// The options that select these scenarios, or all.
pub(crate) fn selection<'a>(scenarios: &[&'a str]) -> Vec<&'a str> {
    match runs() {
        Some(_) => Vec::new(),
        None => scenarios.iter().flat_map(|scenario| ["--scenario", scenario]).collect(),
    }
}

#[track_caller]
pub(crate) fn assert_right(report: &Value) {
    assert!(!results(report).is_empty(), "{report:#}");
    let blamed: Vec<_> = not_passed(report).map(told).collect();
    assert!(blamed.is_empty(), "a right program is blamed:\n{}\n{report:#}", blamed.join("\n"));
    assert_eq!(report["verdict"], "pass", "{report:#}");
}

/// What is said of it, in a line.
fn told(result: &Value) -> String {
    let (casting, verdict, finding) = (&result["casting"], &result["verdict"], &result["finding"]);
    let cause = &finding["cause"]["bug"];
    format!("{} as {casting}: {verdict}, {}, cause {cause}", id(result), finding["summary"])
}
