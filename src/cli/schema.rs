//! `harness schema`: the form of the report for programs.

use std::io::Write;

use super::Problem;
use crate::report::json_schema;

/// Writes the JSON schema of the report that `--report json` writes.
pub(super) fn schema(out: &mut impl Write) -> Result<(), Problem> {
    Ok(writeln!(out, "{:#}", json_schema())?)
}
