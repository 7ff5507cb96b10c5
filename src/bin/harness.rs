//! The harness: grades clients and servers. See `harness --help`, and the README.

use std::process::ExitCode;

fn main() -> ExitCode {
    lengthwise::cli::run(std::env::args_os())
}
