//! What had to come, and what came.

use super::answer::{answered, expected_answer};
use super::finding::connect_failure;
use super::hand_in;
use crate::verdict::{Fault, Finding};

/// What had to come, and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence<'a> {
    /// Bytes on the wire, from the start of the connection.
    Bytes {
        /// What had to come.
        expected: &'a [u8],
        /// What came.
        received: &'a [u8],
    },
    /// Something that has no bytes: what an operation gave back, or the state of a port.
    Words {
        /// What had to be.
        expected: String,
        /// What was.
        received: String,
    },
}

/// The evidence of a finding.
#[must_use]
pub fn evidence(finding: &Finding) -> Evidence<'_> {
    let words = |expected: &str, received: &str| Evidence::Words {
        expected: expected.to_owned(),
        received: received.to_owned(),
    };
    match &finding.fault {
        Fault::Bytes { expected, received, .. } => Evidence::Bytes { expected, received },
        Fault::NotConnected { why } => words("a connection that is accepted", &connect_failure(why)),
        Fault::NotAccepted { .. } => {
            words("a connection that is accepted", "a connection that no program accepted")
        }
        Fault::ConnectionHeld { .. } => words("the connection ends", "the connection is still open"),
        Fault::PortHeld { .. } => {
            words("nothing listens on the server's port", "the server's port still takes connections")
        }
        Fault::Answer { expected, answer, .. } => {
            Evidence::Words { expected: expected_answer(expected), received: answered(answer) }
        }
        Fault::NeverConnected { .. } => words("a connection", "none"),
        Fault::NotClosed { .. } => words("the end of the connection (FIN)", "nothing"),
        Fault::HandIn { why } => {
            let (expected, received) = hand_in::evidence(why);
            Evidence::Words { expected, received }
        }
    }
}

/// Where two streams differ, in a few words; `place` is the offset of the first byte that does.
#[must_use]
pub fn difference(expected: &[u8], received: &[u8], place: usize) -> String {
    if received.is_empty() {
        "nothing came".to_owned()
    } else if place == received.len() {
        format!("the stream stops here, after {place} of {} bytes", expected.len())
    } else if expected.is_empty() {
        "nothing should come".to_owned()
    } else if place == expected.len() {
        format!("nothing should come after the first {place} bytes")
    } else {
        format!("byte {place} is the first wrong one")
    }
}
