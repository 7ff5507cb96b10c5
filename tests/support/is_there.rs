//! What this machine has to run programs with.

use std::process::Command;
use std::sync::LazyLock;

use super::runtime::Runtime;

/// Whether this machine has what runs such a program. Python is not asked for: most programs need it, and so it has to be
/// there.
pub(crate) fn is_there(runtime: Runtime) -> bool {
    static NODE: LazyLock<bool> = LazyLock::new(|| runs("node", "--version"));
    static C: LazyLock<bool> = LazyLock::new(|| runs("gcc", "--version"));
    static JAVA: LazyLock<bool> = LazyLock::new(|| runs("javac", "-version"));
    match runtime {
        Runtime::Python => true,
        Runtime::Node => *NODE,
        Runtime::C => *C,
        Runtime::Java => *JAVA,
    }
}

fn runs(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}
