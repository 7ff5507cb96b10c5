//! The options for hand-ins of which there are many.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::course::parse_duration;
use crate::target::options::{ContainmentOptions, START_DEADLINE};

/// How each hand-in is run.
#[derive(Debug, Args)]
pub(super) struct HandInOptions {
    /// The Python interpreter that runs the hand-ins, 3.8 or later [default: python3]
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    pub(super) python: Option<PathBuf>,

    /// How long a hand-in may take to be imported, and its server to listen
    #[arg(
        long,
        value_name = "TIME",
        default_value = START_DEADLINE,
        value_parser = parse_duration,
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) start_deadline: Duration,

    #[command(flatten)]
    pub(super) containment: ContainmentOptions,
}
