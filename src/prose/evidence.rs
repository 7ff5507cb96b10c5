//! What had to come, and what came.

use std::ops::Range;

use super::answer::compared;
use super::finding::connect_failure;
use super::hand_in;
use crate::assignment::Assignment;
use crate::bytes::{Framed, common_len};
use crate::verdict::{Fault, Finding};
use crate::wire::Decoder;

/// What had to come, and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence<'a> {
    /// Bytes on the wire, from the start of the connection.
    Bytes(Comparison<'a>),
    /// Something that has no bytes: what an operation gave back, or the state of a port.
    Words {
        /// What had to be.
        expected: String,
        /// What was.
        received: String,
    },
}

/// Two streams, the lengths in which are known to be lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// What had to come.
    pub(crate) expected: Framed<'a>,
    /// What came.
    pub(crate) received: Framed<'a>,
    /// The offset of the first byte that differs.
    pub(crate) place: usize,
}

impl<'a> Comparison<'a> {
    fn new(expected: &'a [u8], received: &'a [u8], assignment: &Assignment) -> Self {
        let width = assignment.header_width.bytes();
        let place = common_len(expected, received);
        let lengths: Vec<_> =
            starts(expected, assignment).into_iter().map(|start| start..start + width).collect();
        // Behind the first difference it is not known where the frames of what came are, and letters where a length should be are
        // no length.
        let is_text = |length: &Range<usize>| {
            let shown = received.get(length.clone()).unwrap_or_default();
            place < length.end && shown.iter().all(|byte| (b' '..=b'~').contains(byte)) && !shown.is_empty()
        };
        let known = lengths.iter().filter(|length| length.start <= place && !is_text(length)).cloned();
        let received = Framed::new(received, known.collect());
        Self { expected: Framed::new(expected, lengths), received, place }
    }

    /// Where the two differ, in a few words.
    pub(crate) fn difference(&self) -> String {
        difference(self.expected.bytes, self.received.bytes, self.place)
    }
}

/// The offsets at which the frames of a stream start.
fn starts(stream: &[u8], assignment: &Assignment) -> Vec<usize> {
    let (mut decoder, mut rest, mut starts) = (Decoder::new(assignment), stream, vec![0]);
    while let Ok(Some(payload)) =
        decoder.decode(&mut rest).map(|payload| payload.map(|payload| payload.len()))
    {
        let end = starts.last().copied().unwrap_or_default() + assignment.header_width.bytes() + payload;
        starts.push(end);
    }
    starts
}

/// The evidence of a finding, of a run with this assignment.
#[must_use]
pub fn evidence<'a>(finding: &'a Finding, assignment: &Assignment) -> Evidence<'a> {
    let words = |expected: &str, received: &str| Evidence::Words {
        expected: expected.to_owned(),
        received: received.to_owned(),
    };
    match &finding.fault {
        Fault::Bytes { expected, received, .. } => {
            Evidence::Bytes(Comparison::new(expected, received, assignment))
        }
        Fault::NotConnected { why } => words("a connection that is accepted", &connect_failure(why)),
        Fault::NotAccepted { .. } => {
            words("a connection that is accepted", "a connection that no program accepted")
        }
        Fault::ConnectionHeld { .. } => words("the connection ends", "the connection is still open"),
        Fault::PortHeld { .. } => {
            words("nothing listens on the server's port", "the server's port still takes connections")
        }
        Fault::Answer { expected, answer, .. } => {
            let (expected, received) = compared(expected, answer);
            Evidence::Words { expected, received }
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
fn difference(expected: &[u8], received: &[u8], place: usize) -> String {
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
