//! Why a target cannot be started, or told to stop.
//!
//! Each kind of target has reasons of its own, typed in its own file. What all of them share is what becomes of a
//! reason: a scenario is blocked, or the submission is at fault. The `Display` of each is a sentence for the user.

use std::error::Error;
use std::sync::Arc;

use super::Refusal;
use crate::verdict::{Finding, HandInFault};

/// Why a target could not be started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// Something is in the way that the user can change.
    #[error("{0}")]
    Blocked(Arc<dyn Error + Send + Sync>),
    /// The submission itself keeps it from being played with.
    #[error("The submission itself keeps it from being played with.")]
    AtFault {
        /// What is wrong with it.
        finding: Box<Finding>,
        /// What it printed, where that is known.
        output: Option<String>,
        /// The file that it was refused because it is contained, if it was.
        refused: Option<Refusal>,
    },
}

impl StartError {
    /// A target that something other than the submission is in the way of.
    pub fn blocked(why: impl Error + Send + Sync + 'static) -> Self {
        Self::Blocked(Arc::new(why))
    }
}

/// The harness does not know how a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The harness does not know how to stop this server. Say how with --stop owner (the process that listens on the \
     port), pid:N, signal:NAME, command:CMD or prompt."
)]
pub struct NoStop;

/// Why a server could not be told to stop.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// Something is in the way that the user can change.
    #[error("{0}")]
    Blocked(Box<dyn Error + Send + Sync>),
    /// The server itself keeps it from being told.
    #[error("The server itself keeps it from being told to stop.")]
    AtFault(HandInFault),
}

impl StopError {
    /// A server that something other than the submission keeps from being told.
    pub fn blocked(why: impl Error + Send + Sync + 'static) -> Self {
        Self::Blocked(Box::new(why))
    }
}
