//! Verdicts, and the findings that a failing one carries.

use serde::{Deserialize, Serialize};

use crate::bytes::common_len;
use crate::rule::Rule;

/// What came of one scenario in one casting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Verdict {
    /// The submission did what the assignment asks for.
    Pass,
    /// It did not. The only verdict that blames the submission, and it shows what was seen.
    Fail(Box<Finding>),
    /// The scenario could not be played, because of something that the user can change.
    Blocked {
        /// What it waits for, in a sentence.
        on: String,
    },
    /// The scenario makes no sense for this target.
    Unsupported {
        /// Why, in a sentence.
        why: String,
    },
    /// The harness or the machine failed.
    Inconclusive {
        /// How, in a sentence.
        why: String,
    },
}

impl Verdict {
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

    /// Why there is neither a pass nor a fail.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass | Self::Fail(_) => None,
            Self::Blocked { on: why } | Self::Unsupported { why } | Self::Inconclusive { why } => Some(why),
        }
    }
}

/// What was wrong, with the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What the harness did and what came of it, in sentences.
    pub summary: String,
    /// The rule that was broken.
    pub rule: Rule,
    /// What had to come, and what came.
    pub evidence: Evidence,
    /// How the exchange ended: `closed cleanly`, `closed inside a frame`, `reset`, `silent for N ms`, …
    pub ended: String,
}

/// What had to come, and what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Evidence {
    /// Bytes on the wire.
    Bytes {
        /// What had to come, from the start of the connection.
        #[serde(with = "crate::bytes::latin1")]
        expected: Vec<u8>,
        /// What came, from the start of the connection.
        #[serde(with = "crate::bytes::latin1")]
        received: Vec<u8>,
    },
    /// Something that has no bytes: what an operation returned, or the state of a port.
    Values {
        /// What had to be.
        expected: String,
        /// What was.
        received: String,
    },
}

impl Evidence {
    /// The offset of the first byte that differs, or at which one of the two streams stops.
    #[must_use]
    pub fn differs_at(&self) -> Option<usize> {
        match self {
            Self::Bytes { expected, received } => Some(common_len(expected, received)),
            Self::Values { .. } => None,
        }
    }
}
