//! Which rung a finding is about.

use super::{Contents, RungKind};
use crate::verdict::{Fault, Finding, Mismatch};

/// Whether the finding is about this, which happened on this connection.
pub(super) fn is_about(finding: &Finding, connection: Option<usize>, kind: &RungKind) -> bool {
    if connection.is_some_and(|connection| connection != finding.connection()) {
        return false;
    }
    match (&finding.fault, kind) {
        (Fault::Bytes { from, .. }, RungKind::Bytes(bytes)) => {
            bytes.from == *from && !matches!(bytes.contents, Contents::Frames { .. })
        }
        (Fault::Bytes { mismatch, .. }, RungKind::Silent { .. } | RungKind::Unfinished { .. }) => {
            has_stopped(mismatch)
        }
        (Fault::Bytes { from, mismatch, .. }, RungKind::Ends { by, .. }) => {
            by == from && has_stopped(mismatch)
        }
        (Fault::Answer { operation, answer, .. }, RungKind::Called { operation: called, answer: given }) => {
            *operation == called.kind() && answer == given
        }
        (Fault::Bytes { .. }, RungKind::Missing { is_replaced: false, .. })
        | (Fault::NotConnected { .. }, RungKind::NotConnected(_))
        | (Fault::NotAccepted { .. }, RungKind::NotAccepted(_))
        | (Fault::NeverConnected { .. }, RungKind::NeverConnected(_))
        | (Fault::ConnectionHeld { .. } | Fault::NotClosed { .. }, RungKind::Silent { .. })
        | (Fault::PortHeld { .. }, RungKind::PortAfterStop { listening: true, .. })
        | (Fault::HandIn { .. }, RungKind::StopPrevented(_))
        | (Fault::Answer { connected_again: true, .. }, RungKind::ConnectedAgain) => true,
        _ => false,
    }
}

const fn has_stopped(mismatch: &Mismatch) -> bool {
    matches!(mismatch, Mismatch::Stops { .. } | Mismatch::PartialHeader { .. })
}
