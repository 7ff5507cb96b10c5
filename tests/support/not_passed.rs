//! The results in a report that are no pass.

use serde_json::Value;

use super::report::results;

pub(crate) fn not_passed(report: &Value) -> impl Iterator<Item = &Value> {
    results(report).iter().filter(|result| result["verdict"] != "pass")
}

/// The scenario that a result belongs to.
pub(crate) fn id(result: &Value) -> &str {
    result["id"].as_str().expect("a result has the id of its scenario")
}
