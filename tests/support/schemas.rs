//! The schemas of JSON documents: those of others lie in `tests/schemas`, and that of the report is the harness's own.

use std::fs;

use serde_json::Value;

use super::fixtures::fixture;

/// Checks a document of this format, if that has a schema.
#[track_caller]
pub(crate) fn assert_valid(format: &str, document: &str) {
    let Some(schema) = schema(format) else { return };
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{format}: {errors:#?}\n{document:#}");
}

fn schema(format: &str) -> Option<Value> {
    if format == "json" {
        return Some(lengthwise::report::json_schema());
    }
    let text = fs::read_to_string(fixture("schemas").join(format!("{format}.json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}
