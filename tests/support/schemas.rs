//! The schemas of JSON documents, which lie in `tests/schemas`.

use std::fs;

use serde_json::Value;

use super::fixtures::fixture;

/// Checks a document of this format, if that has a schema.
#[track_caller]
pub(crate) fn assert_valid(format: &str, document: &str) {
    let path = fixture("schemas").join(format!("{format}.json"));
    let Ok(schema) = fs::read_to_string(&path) else { return };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{format}: {errors:#?}\n{document:#}");
}
