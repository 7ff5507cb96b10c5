//! Verdicts, and what a reader is told of a case besides.
//!
//! This module owns the form of what is found. A finding is made of values, and must not be a sentence about what was found:
//! [`crate::prose`] makes those. Only the reason why nothing was found out is a sentence already: it comes from the error of
//! the part that met the obstacle, whose type stays there.

mod finding;
mod hand_in;
mod protocol;

use serde::{Deserialize, Serialize};

use crate::assignment::Charset;

pub use finding::{
    EarlierClient, ExchangeEnd, ExpectedAnswer, Fault, Finding, Mismatch, Sent, Stimulus, WrongText,
};
pub use hand_in::{GradingStage, HandInFault};
pub use protocol::Protocol;

/// What came of one scenario in one casting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The submission did what the assignment asks for.
    Pass,
    /// It did not. The only verdict that blames the submission, and it shows what was seen.
    Fail(Box<Finding>),
    /// The scenario could not be played, because of something that the user can change.
    Blocked {
        /// What is in the way, and what the user can do about it: the message of an error, where one was met.
        on: String,
    },
    /// The scenario makes no sense for this target.
    Unsupported {
        /// Why, in a sentence.
        why: String,
    },
    /// The harness or the machine failed.
    Inconclusive {
        /// How, in a sentence. Nobody but a person can do anything with it.
        why: String,
    },
}

/// Why a trial is inconclusive that was not played to its end because the whole run was not.
pub(crate) const RUN_STOPPED: &str = "The run was stopped before this scenario had been played.";

impl Verdict {
    /// Whether it is for want of time, or because somebody has interrupted the run.
    #[must_use]
    pub fn is_of_stopped_run(&self) -> bool {
        matches!(self, Self::Inconclusive { why } if why == RUN_STOPPED)
    }

    /// The verdict in one word, as every report writes it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Blocked { .. } => "blocked",
            Self::Unsupported { .. } => "unsupported",
            Self::Inconclusive { .. } => "inconclusive",
        }
    }

    /// The protocol that a server was found to speak instead.
    #[must_use]
    pub fn other_protocol(&self) -> Option<Protocol> {
        let Self::Fail(finding) = self else { return None };
        match finding.fault {
            Fault::Bytes { mismatch: Mismatch::OtherProtocol { protocol }, .. } => Some(protocol),
            _ => None,
        }
    }

    /// Why there is neither a pass nor a fail.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass | Self::Fail(_) => None,
            Self::Blocked { on: why } | Self::Unsupported { why } | Self::Inconclusive { why } => Some(why),
        }
    }
}

/// Something worth a remark where the rules leave the submission a choice, whatever the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Note {
    /// The server was sent a payload that is no text.
    #[serde(rename = "not-utf8-answered")]
    NoTextAnswered {
        /// The length of what it answered, in bytes.
        len: usize,
        /// The charset that the payload should have had.
        #[serde(default)]
        charset: Charset,
    },
    /// The server reserved memory for a payload that was only announced.
    MemoryReserved {
        /// How much, in bytes.
        bytes: u64,
    },
    /// The client reads beyond the reply that it was told to receive.
    ReadsAhead,
    /// The client kept its connection when it was shut down, in a scenario that is not about that.
    NotClosed,
    /// The client failed to shut down, in a scenario that is not about that.
    ShutdownFailed,
}
