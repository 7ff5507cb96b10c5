//! The steps that scenarios are made of.

use serde::{Deserialize, Serialize};

use super::payload::Payload;
use crate::assignment::Assignment;

/// One thing that the client or the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A new client connects, and the next steps are its own.
    Connect,
    /// The next steps are those of this client, counted from 0 in the order in which they connected.
    SwitchClient(usize),
    /// The client sends these messages, one after the other, without waiting in between.
    Send(&'static [Payload]),
    /// The client sends bytes that are no whole message, or not a message as it should be.
    SendMalformed(Malformed),
    /// The client receives the next reply.
    Receive,
    /// The client receives the next reply, which its server holds back for a while. It may report that nothing came.
    ReceiveLate,
    /// Nothing is sent for a while, or no client connects where none is there: for longer than the server waits for anything with a
    /// timeout.
    Pause,
    /// The client receives replies until the server is gone.
    ReceiveUntilEnd,
    /// The client tries to receive a reply, and there is none because the server is gone.
    ReceiveNothing,
    /// The client is told to send these messages though its connection has ended: its server is gone, or it was shut down.
    SendInVain(&'static [Payload]),
    /// The client closes its side for sending, and stays to receive.
    HalfClose,
    /// The client shuts down.
    ShutDownClient,
    /// The client resets the connection.
    ResetClient,
    /// The client closes with unread replies in its receive buffer, which resets the connection.
    CloseUnread,
    /// The client closes the connection together with what it has just sent, and receives nothing.
    CloseAtOnce,
    /// The server is told to stop.
    StopServer,
    /// The server is gone, in one of several ways.
    ServerCloses(CloseMode),
}

impl Step {
    /// The messages that are sent.
    pub(super) const fn payloads(&self) -> &'static [Payload] {
        match self {
            Self::Send(payloads) | Self::SendInVain(payloads) => payloads,
            _ => &[],
        }
    }
}

/// Bytes that a client which follows the protocol would not send, or would not stop after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Malformed {
    /// The first bytes of a header, so many of them.
    TruncatedHeader(usize),
    /// A header, and half of the payload that it declares.
    TruncatedPayload,
    /// A header that declares the longest payload it can, and eight bytes of it.
    OversizedLength,
    /// A whole frame whose payload is not UTF-8.
    InvalidUtf8,
}

/// How a server is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloseMode {
    /// It closes, with every reply sent.
    Clean,
    /// It resets the connection.
    Reset,
    /// It closes when it has sent half of the next reply's header.
    #[serde(rename = "in-header")]
    AfterPartialHeader,
    /// It closes when it has sent the next reply's header and half of its payload.
    #[serde(rename = "in-payload")]
    AfterPartialPayload,
}

impl CloseMode {
    /// What is still sent of `reply`, the frame that would be next.
    #[must_use]
    pub fn part<'a>(self, reply: &'a [u8], assignment: &Assignment) -> &'a [u8] {
        let header_len = assignment.header_width.bytes();
        let len = match self {
            Self::Clean | Self::Reset => 0,
            Self::AfterPartialHeader => header_len / 2,
            Self::AfterPartialPayload => header_len + reply.len().saturating_sub(header_len) / 2,
        };
        &reply[..len.min(reply.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_keep_the_names_that_they_have_for_a_close() {
        use CloseMode::{AfterPartialHeader, AfterPartialPayload, Clean, Reset};
        let names = serde_json::to_string(&[Clean, Reset, AfterPartialHeader, AfterPartialPayload]).unwrap();
        assert_eq!(names, r#"["clean","reset","in-header","in-payload"]"#);
    }
}
