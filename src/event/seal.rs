//! The seal of an event that is on a recording.

use serde::{Deserialize, Serialize};

/// What shows that an event stands in a recording as the harness wrote it, and after the events that it came after. It is made
/// and checked where [recordings](crate::record::recording) are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seal(#[serde(with = "hex::serde")] pub [u8; Self::LEN]);

impl Seal {
    /// The length of a seal, in bytes.
    pub const LEN: usize = 32;
}
