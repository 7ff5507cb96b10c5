//! Where the system is not Linux, no program has a network of its own.

use std::process::Command;

/// There is none.
pub fn lacks() -> Option<String> {
    Some("only Linux has it".into())
}

/// Changes nothing.
pub fn isolate(_: &mut Command) {}
