//! The JSON report of a run.

use serde_json::Value;

use super::harness::harness;

/// Runs the harness to its end and returns its report, with which its exit code has to agree.
#[track_caller]
pub(crate) fn grade(arguments: &[&str]) -> Value {
    let output = harness(arguments).args(["--report", "json"]).output().unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let code = match report["verdict"].as_str() {
        Some("pass") => 0,
        Some("fail") => 1,
        Some("incomplete") => 3,
        _ => panic!("the report has no verdict: {report:#}"),
    };
    assert_eq!(output.status.code(), Some(code), "the exit code is not that of the verdict: {report:#}");
    report
}

/// What each scenario came to, in the order in which they were played.
pub(crate) fn results(report: &Value) -> &[Value] {
    report["results"].as_array().expect("a report has results")
}
