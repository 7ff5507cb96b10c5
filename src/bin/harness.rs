//! The harness: grades clients and servers. See `harness --help`, and the README.

use std::process::ExitCode;

/// The C library maps memory of this size anew for each message, page by page, until a block as large has been
/// given back once.
const LONGEST_REUSED: usize = 8 << 20;

fn main() -> ExitCode {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LONGEST_REUSED)));
    lengthwise::cli::run(std::env::args_os())
}
