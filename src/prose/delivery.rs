//! How something was delivered, and why not all of it was.

use crate::conversation::{Obstacle, Undelivered};
use crate::delivery::Delivery;
use crate::english::{count, list, ms};
use crate::side::Side;

/// How the bytes of a send travel, behind `sent`: `byte by byte`.
#[must_use]
pub fn delivery(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Whole => "in one write".into(),
        Delivery::EveryByte => "byte by byte".into(),
        Delivery::CutAt(offsets) => {
            let offsets: Vec<_> = offsets.iter().map(|offset| format!("byte {offset}")).collect();
            format!("cut after {}", list(&offsets))
        }
        Delivery::InHeader(after) => format!("cut after byte {after} of each length"),
        Delivery::AfterHeader => "cut after each length".into(),
        Delivery::InCharacter => "cut inside each multi-byte character".into(),
        Delivery::AtBuffer(0) => "in pieces of the length of the buffer".into(),
        Delivery::AtBuffer(more @ ..0) => {
            format!("in pieces {} shorter than the buffer", count(more.unsigned_abs(), "byte"))
        }
        Delivery::AtBuffer(more) => {
            format!("in pieces {} longer than the buffer", count(more.unsigned_abs(), "byte"))
        }
        Delivery::FrameAndAHalf => "one message and half of the next first, then the rest".into(),
        Delivery::Random => "cut at random".into(),
    }
}

/// What kept a delivery to `peer` from its end, behind `but`.
pub(super) fn obstacle(undelivered: &Undelivered, peer: Side) -> String {
    let Undelivered { obstacle, done, pieces } = undelivered;
    let read = match (done, pieces) {
        (0, _) | (_, 1) => "before it had read everything".to_owned(),
        _ => format!("after it had read {done} of {pieces} pieces"),
    };
    match obstacle {
        Obstacle::Closed => format!("the {peer} closed the connection {read}"),
        Obstacle::Reset => format!("the {peer} reset the connection {read}"),
        Obstacle::NotAccepted { waited } => {
            format!("the {peer} had not accepted the connection after {}", ms(*waited))
        }
        Obstacle::NotRead { unread: Some(unread), waited } => {
            let unread = count(usize::try_from(*unread).unwrap_or(usize::MAX), "byte");
            format!("the {peer} had not read the last {unread} after {}", ms(*waited))
        }
        Obstacle::NotRead { unread: None, waited } => {
            format!("the {peer} had stopped reading {} later", ms(*waited))
        }
        Obstacle::OutOfTime { waited } => {
            format!("the {peer} was still reading after {}", ms(*waited))
        }
        Obstacle::System { why } => format!("the rest could not be sent: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn obstacles_name_the_side_and_the_figures() {
        let waited = Duration::from_millis(500);
        let say = |obstacle: Obstacle, done, pieces| {
            super::obstacle(&Undelivered { obstacle, done, pieces }, Side::Server)
        };
        assert_eq!(
            say(Obstacle::NotRead { unread: Some(35_648), waited }, 0, 1),
            "the server had not read the last 35,648 bytes after 500 ms"
        );
        assert_eq!(
            say(Obstacle::Closed, 3, 7),
            "the server closed the connection after it had read 3 of 7 pieces"
        );
        assert_eq!(
            say(Obstacle::Reset, 0, 1),
            "the server reset the connection before it had read everything"
        );
    }
}
