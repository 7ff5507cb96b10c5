//! The JSON report of a run.

use serde_json::Value;

use super::harness::harness;
use super::schemas;

/// Runs the harness to its end and returns its report, which has to have its form, and with which its exit code has to agree.
#[track_caller]
pub(crate) fn grade(arguments: &[&str]) -> Value {
    let output = harness(arguments).args(["--report", "json"]).output().unwrap();
    let report = parsed(&output.stdout);
    let code = match report["verdict"].as_str() {
        Some("pass") => 0,
        Some("fail") => 1,
        Some("incomplete") => 3,
        _ => panic!("the report has no verdict: {report:#}"),
    };
    assert_eq!(output.status.code(), Some(code), "the exit code is not that of the verdict: {report:#}");
    report
}

/// A JSON report, which has to have its form.
#[track_caller]
pub(crate) fn parsed(document: &[u8]) -> Value {
    let text = std::str::from_utf8(document).unwrap();
    schemas::assert_valid("json", text);
    serde_json::from_str(text).unwrap()
}

/// What each scenario came to, in the order in which they were played.
pub(crate) fn results(report: &Value) -> &[Value] {
    report["results"].as_array().expect("a report has results")
}
