//! What this machine has to run programs with.

use std::process::Command;

use super::runtime::Runtime;

/// Whether this machine has what runs such a program. Python is not asked for: most programs need it, and so it has to be
/// there.
pub(crate) fn is_there(runtime: Runtime) -> bool {
    let (program, argument) = match runtime {
        Runtime::Python => return true,
        Runtime::Node => ("node", "--version"),
        Runtime::C => ("gcc", "--version"),
        Runtime::Java => ("javac", "-version"),
    };
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}
