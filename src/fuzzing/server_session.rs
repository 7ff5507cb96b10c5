//! The reference server, in a conversation with any client over any network.

use arbitrary::{Result, Unstructured};

use super::peer::{GONE, Last, Peer, any_assignment, expecting, text};
use super::stream::Oracle;
use crate::reference::{ConversationError, SendError, serve};
use crate::wire::{DecodeError, EncodeError, ReadError, encode};

/// Whatever a client sends, in whatever pieces, and however it leaves, it is sent what the judge expects: a reply to each whole
/// message before the server waits for another byte, and nothing else; and the server says rightly how the conversation ended.
pub fn server_session(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

/// How a conversation has to end, if nothing ends it before.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    Decode(DecodeError),
    NotText,
    Refused(EncodeError),
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let assignment = any_assignment(input)?;
    let peer = Peer::new(input)?;
    let incoming = input.bytes(input.len())?;
    let mut peer = peer.sending(incoming);
    let served = serve(&mut peer, &assignment);

    // What is owed for all that the client sends: all replies, and the end of each message with the end of its reply.
    let case = expecting(assignment);
    let (mut owed, mut ends) = (Vec::new(), Vec::new());
    let mut frames = Oracle::new(incoming, &assignment);
    let end = loop {
        let payload = match frames.next() {
            None => break End::Closed,
            Some(Err(error)) => break End::Decode(error),
            Some(Ok(payload)) => payload,
        };
        let Some(message) = text(payload, assignment.charset) else { break End::NotText };
        match encode(&assignment.charset.encode(case.reply_to(&message)), &assignment) {
            Ok(reply) => owed.extend(reply),
            Err(error) => break End::Refused(error),
        }
        ends.push((incoming.len() - frames.rest().len(), owed.len()));
    };

    for (delivered, written) in &peer.asked {
        let due = ends.iter().rev().find(|(end, _)| end <= delivered).map_or(0, |(_, due)| *due);
        assert_eq!(*written, due.min(peer.taken_max), "when {delivered} bytes had come");
    }
    assert!(owed.starts_with(&peer.written), "nothing is sent that is not owed");
    match served {
        Err(ConversationError::Send(SendError::Io(error))) => {
            assert_eq!(error.kind(), GONE);
            assert_eq!(peer.written.len(), peer.taken_max);
            return Ok(());
        }
        Err(ConversationError::Receive(ReadError::Io(error))) => {
            assert_eq!(peer.last, Some(Last::Error(error.kind())), "it is the error of the stream");
            return Ok(());
        }
        Ok(()) => assert_eq!(end, End::Closed),
        Err(ConversationError::Receive(ReadError::Decode(error))) => assert_eq!(end, End::Decode(error)),
        Err(ConversationError::NotText(_)) => assert_eq!(end, End::NotText),
        Err(ConversationError::Send(SendError::Encode(error))) => assert_eq!(end, End::Refused(error)),
    }
    assert_eq!(peer.written.len(), owed.len(), "every reply was sent");
    Ok(())
}
