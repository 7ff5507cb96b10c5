//! What the programs `reference-server` and `reference-client` have in common: options, logging, and how they end.
//!
//! Public for these programs only. The rest of the reference must not depend on it.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::iter;
use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tracing_subscriber::EnvFilter;

use crate::assignment::{Assignment, HeaderWidth};

/// The largest buffer that can be asked for, in bytes: the longest payload that is accepted fits into it.
const BUFFER_SIZE_MAX: i64 = 64 << 20;

/// Where the server is, how messages look on the wire, and how much is said about it.
#[derive(Debug, Clone, Args)]
pub struct ConnectionOptions {
    /// The name or address of the server's host.
    #[arg(long, env = "HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// The port of the server.
    #[arg(long, env = "PORT", default_value_t = 36001)]
    pub port: u16,
    /// The most bytes that one read asks for.
    #[arg(long, env = "BUFFER_SIZE", value_name = "BYTES", default_value = "1024")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=BUFFER_SIZE_MAX))]
    pub buffer_size: u32,
    /// The width of the length in front of each payload.
    #[arg(long, value_name = "BYTES", default_value = "4", value_parser = header_width())]
    pub header_width: HeaderWidth,
    /// Say on standard error what happens; RUST_LOG=DIRECTIVES says it in more detail, or in less.
    #[arg(long, short)]
    pub verbose: bool,
}

impl ConnectionOptions {
    /// The assignment with these options; where there is none for a parameter, it is the default.
    #[must_use]
    pub fn assignment(&self) -> Assignment {
        Assignment {
            header_width: self.header_width,
            buffer_size: self.buffer_size as usize,
            ..Assignment::default()
        }
    }
}

/// The widths of a length, as they are typed.
pub(crate) fn header_width() -> impl TypedValueParser<Value = HeaderWidth> {
    PossibleValuesParser::new(["1", "2", "3", "4", "8"]).try_map(|width| {
        let bytes: u8 = width.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
        HeaderWidth::try_from(bytes).map_err(|error| error.to_string())
    })
}

/// Has events written to standard error, as `RUST_LOG` chooses or else all of them if `verbose`.
///
/// With neither it sets nothing up, which keeps the start short. To be called once.
///
/// # Panics
///
/// If events already go somewhere.
pub fn start_logging(verbose: bool) {
    let directives = env::var(EnvFilter::DEFAULT_ENV).ok().filter(|directives| !directives.is_empty());
    if let Some(directives) = directives.or_else(|| verbose.then(|| "debug".to_owned())) {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(directives))
            .with_writer(io::stderr)
            // It would be about standard error, and on standard error, and end the program if that is closed.
            .log_internal_errors(false)
            .with_ansi(io::stderr().is_terminal())
            .init();
    }
}

/// `error`, and after colons what caused it.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The exit code for `outcome`: 0, or 1 after what went wrong was written to standard error.
#[must_use]
pub fn exit_code(program: &str, outcome: Result<(), String>) -> ExitCode {
    let Err(problem) = outcome else { return ExitCode::SUCCESS };
    // If standard error is closed, there is nowhere left to say so; the exit code still tells.
    let _ = writeln!(io::stderr(), "{program}: {problem}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::SendError;

    #[test]
    fn causes_follow_what_they_caused() {
        let error = SendError::Io(io::Error::other("no more room"));
        assert_eq!(with_causes(&error), "stream could not be written: no more room");
    }
}
