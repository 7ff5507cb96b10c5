//! The reference client, in a conversation with any server over any network.

use std::io;

use arbitrary::{Result, Unstructured};

use super::peer::{GONE, Last, Peer, any_assignment, text};
use super::stream::Oracle;
use crate::assignment::Charset;
use crate::reference::{NotReceived, ReferenceClient, SendError};
use crate::wire::{DecodeError, encode};

/// No input has more operations.
const OPERATIONS_MAX: u8 = 24;

/// Whatever a server sends, in whatever pieces, and however it leaves, the client sends its messages and nothing else, gives back each
/// reply once and in order as soon as it is whole, and says rightly why it has none to give.
pub fn client_session(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let assignment = any_assignment(input)?;
    let peer = Peer::new(input)?;
    let operations = input.arbitrary::<u8>()? % OPERATIONS_MAX;
    let operations = input.bytes(usize::from(operations).min(input.len()))?;
    let incoming = input.bytes(input.len())?;
    let mut peer = peer.sending(incoming);
    let taken_max = peer.taken_max;
    let mut client = ReferenceClient::over(&mut peer, &assignment);
    let (mut sent, mut replies) =
        (Vec::new(), Replies { frames: Oracle::new(incoming, &assignment), failed: false });
    let mut is_gone = false;
    for operation in operations {
        // Half of them receive. The others send a text of so many characters.
        if operation.is_multiple_of(2) {
            let received = client.receive_message();
            replies.check(received, client.get_ref(), assignment.charset);
            continue;
        }
        let message = "né 😀".chars().cycle().take(usize::from(operation / 2)).collect::<String>();
        if is_gone || !assignment.charset.has(&message) {
            continue;
        }
        let frame = encode(&assignment.charset.encode(message.as_str()), &assignment);
        match (client.send_message(&message), frame) {
            (Ok(()), Ok(frame)) => sent.extend(frame),
            (Err(SendError::Encode(error)), Err(expected)) => assert_eq!(error, expected),
            (Err(SendError::Io(error)), Ok(frame)) => {
                assert_eq!(error.kind(), GONE);
                sent.extend(frame);
                is_gone = true;
            }
            (result, frame) => panic!("{result:?} where {frame:?} was to be sent"),
        }
        assert_eq!(client.get_ref().written, sent[..sent.len().min(taken_max)]);
    }
    Ok(())
}

/// The replies that are still to be received.
struct Replies<'d> {
    frames: Oracle<'d>,
    /// Whether the stream has come to an error that is final.
    failed: bool,
}

impl Replies<'_> {
    /// Checks what came of receiving one.
    fn check(
        &mut self,
        received: std::result::Result<String, NotReceived>,
        peer: &Peer<'_>,
        charset: Charset,
    ) {
        let taken = peer.incoming().len() - self.frames.rest().len();
        let mut next = self.frames.clone();
        let expected = next.next();
        let is_whole =
            matches!(expected, Some(Ok(_))) && peer.incoming().len() - next.rest().len() <= peer.delivered;
        match received {
            Ok(reply) => {
                assert!(is_whole && !self.failed, "{reply:?} was not there");
                assert_eq!(Some(reply), expected.and_then(|payload| text(payload.ok()?, charset)));
                self.frames = next;
            }
            Err(NotReceived::NotText(_)) => {
                assert!(is_whole && !self.failed);
                assert_eq!(expected.and_then(|payload| text(payload.ok()?, charset)), None);
                self.frames = next;
            }
            Err(NotReceived::Decode(error)) => {
                assert!(!is_whole || self.failed);
                if !self.failed {
                    assert_eq!(expected, Some(Err(error)));
                    let is_of_header =
                        matches!(error, DecodeError::TooLong { .. } | DecodeError::TooShort { .. });
                    assert!(is_of_header || peer.last == Some(Last::End), "{error} before the end");
                }
                self.failed = true;
            }
            Err(NotReceived::Closed) => {
                assert!(!self.failed);
                assert_eq!((peer.last, taken), (Some(Last::End), peer.incoming().len()));
            }
            Err(NotReceived::Reset) => {
                assert_eq!(peer.last, Some(Last::Error(io::ErrorKind::ConnectionReset)));
                assert!(!is_whole, "a reply that had come is given");
            }
            Err(NotReceived::TimedOut) => {
                let late =
                    [io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock].map(|kind| Some(Last::Error(kind)));
                assert!(late.contains(&peer.last) && !is_whole, "a reply that had come is given");
            }
            Err(NotReceived::Io(error)) => panic!("{error}"),
        }
    }
}
