//! Why a case has neither passed nor failed, where that is for the run to say.
//!
//! Inside the run a reason is a value, by which it is decided what becomes of a trial. Its verdict has the sentence.

use std::any::Any;
use std::error::Error;
use std::sync::Arc;

use crate::side::Casting;
use crate::target::NoStop;
use crate::verdict::{RUN_STOPPED, Verdict};

/// Why a case has neither passed nor failed. The `Display` of each is a sentence for the user.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Reason {
    /// The run was interrupted before or while it was played, by the user or because its time was over.
    #[error("{RUN_STOPPED}")]
    Interrupted,
    /// It needs a side that the target does not have.
    #[error("This target cannot be the {0}.")]
    NoSuchSide(Casting),
    /// It has a message that no header can declare.
    #[error("A message of {len} bytes is too long for a {width}-byte length.")]
    TooLong {
        /// The length of the message, in bytes.
        len: usize,
        /// The width of a length, in bytes.
        width: usize,
    },
    /// It has a message that is longer than any payload that is accepted.
    #[error("A message of {len} bytes is longer than the longest payload, of {max} bytes.")]
    OverLimit {
        /// The length of the message, in bytes.
        len: usize,
        /// The longest that is accepted.
        max: u64,
    },
    /// Something that the user can change is in the way of starting a side.
    #[error(transparent)]
    NotStarted(Arc<dyn Error + Send + Sync>),
    /// The server has to be told to stop, and the harness does not know how.
    #[error(transparent)]
    NoStop(#[from] NoStop),
    /// A server that the harness has not started took no connection.
    #[error("{summary} {}", advice(last_connected.as_deref()))]
    Unreachable {
        /// What came of the attempt, in a sentence.
        summary: String,
        /// The last scenario in which it took one, if there was any.
        last_connected: Option<String>,
    },
    /// The harness itself panicked.
    #[error("The harness itself failed here, which is a bug in it: {message}")]
    Panicked {
        /// What it panicked with.
        message: String,
    },
}

/// What the user can do about a server that took no connection.
fn advice(last_connected: Option<&str>) -> String {
    match last_connected {
        None => "Is the server running, and at this address?".into(),
        Some(last) => {
            format!("The last client that the server took was that of {last}. Start it again to go on.")
        }
    }
}

impl Reason {
    /// The harness itself panicked with this.
    pub(super) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Self::Panicked { message: message.to_owned() }
    }

    /// Whether it would be the same if the sides under test could not be started.
    pub(super) const fn is_independent_of_sides(&self) -> bool {
        match self {
            Self::Interrupted | Self::NoSuchSide(_) | Self::TooLong { .. } | Self::OverLimit { .. } => true,
            Self::NotStarted(_) | Self::NoStop(_) | Self::Unreachable { .. } | Self::Panicked { .. } => false,
        }
    }

    /// The verdict on a case for this reason.
    pub(super) fn verdict(&self) -> Verdict {
        let sentence = self.to_string();
        match self {
            Self::NotStarted(_) | Self::NoStop(_) | Self::Unreachable { .. } => {
                Verdict::Blocked { on: sentence }
            }
            Self::NoSuchSide(_) | Self::TooLong { .. } | Self::OverLimit { .. } => {
                Verdict::Unsupported { why: sentence }
            }
            Self::Interrupted | Self::Panicked { .. } => Verdict::Inconclusive { why: sentence },
        }
    }
}
