//! Findings in sentences.

use std::time::Duration;

use super::{ended, evidence, summary};
use crate::assignment::Assignment;
use crate::conversation::{Answer, ConnectFailure, Malformation, Obstacle, OperationKind, Undelivered};
use crate::delivery::Delivery;
use crate::prose::Evidence;
use crate::rule::Rule;
use crate::side::Side;
use crate::silence::{BlockedIn, KnownBy, Silence};
use crate::verdict::{
    EarlierClient, ExchangeEnd, ExpectedAnswer, Fault, Finding, Mismatch, Sent, Stimulus, WrongText,
};

const WAITED: Duration = Duration::from_millis(1000);
const SILENCE: Silence = Silence::of_deadline(WAITED);
const SILENT: ExchangeEnd = ExchangeEnd::Silent { silence: SILENCE };
const SENDING: ExchangeEnd = ExchangeEnd::StillSending { waited: Duration::from_secs(10) };
const READING: ExchangeEnd = ExchangeEnd::StillReading { waited: Duration::from_secs(10) };

fn sent(message_chars: &[usize]) -> Sent {
    Sent {
        client: 0,
        message_chars: message_chars.to_vec(),
        sends: 1,
        delivery: Delivery::Whole,
        pieces_max: 1,
        malformed_len: 0,
        undelivered: None,
    }
}

fn say(stimulus: Stimulus, fault: Fault, ended: ExchangeEnd) -> String {
    summary(&Finding { stimulus, fault, rule: Rule::Framing, ended }, &Assignment::default())
}

fn bytes(from: Side, mismatch: Mismatch, frames: usize) -> Fault {
    Fault::Bytes { from, mismatch, frames, expected: Vec::new(), received: Vec::new() }
}

/// What is said of a server that was sent something.
fn after(sent: Sent) -> String {
    let stops = Mismatch::Stops { whole: 0, of_next: 0, next_len: 26 };
    let said = say(Stimulus::Send(sent), bytes(Side::Server, stops, 2), SILENT);
    said.split_once(" The server sent no reply").expect("it is said what came").0.to_owned()
}

/// What is said of the bytes that came from a server.
fn came(mismatch: Mismatch, frames: usize, ended: ExchangeEnd) -> String {
    let messages = vec![32; frames];
    let said = say(Stimulus::Send(sent(&messages)), bytes(Side::Server, mismatch, frames), ended);
    said.split_once(". ").expect("what was sent is said first").1.to_owned()
}

/// What is said of a client that was told to send two messages.
fn told(fault: Fault, ended: ExchangeEnd) -> String {
    let said = say(Stimulus::Ask { client: 0, messages: 2 }, fault, ended);
    said.strip_prefix("The client was told to send 2 messages. ").expect("it is said first").to_owned()
}

#[test]
fn what_was_sent_is_told_with_its_delivery() {
    assert_eq!(after(sent(&[32])), "The harness sent 1 message of 32 characters.");
    assert_eq!(after(sent(&[1500; 3])), "The harness sent 3 messages of 1500 characters each in one write.");
    assert_eq!(
        after(Sent { delivery: Delivery::EveryByte, pieces_max: 55, ..sent(&[23, 24]) }),
        "The harness sent 2 messages of 23 and 24 characters, byte by byte (55 pieces)."
    );
    assert_eq!(
        after(Sent { client: 1, sends: 2, ..sent(&[30, 50]) }),
        "The harness, as client 2, sent 2 messages of 30 and 50 characters, one after the other."
    );
    assert_eq!(
        after(Sent { malformed_len: 24, sends: 0, ..sent(&[]) }),
        "The harness sent 24 bytes that are not a valid message."
    );
    assert_eq!(after(Sent { sends: 0, ..sent(&[]) }), "The harness connected and sent nothing.");
    let obstacle = Obstacle::NotRead { unread: Some(35_648), waited: Duration::from_millis(500) };
    let undelivered = Some(Undelivered { obstacle, done: 0, pieces: 1 });
    assert_eq!(
        after(Sent { undelivered, ..sent(&[650_000]) }),
        "The harness sent 1 message of 650,000 characters, but the server had not read the last 35,648 bytes after \
         500 ms."
    );
}

#[test]
fn a_stream_that_stops_is_told_with_how_it_ended() {
    let stops = |whole, of_next| Mismatch::Stops { whole, of_next, next_len: 26 };
    assert_eq!(
        came(stops(1, 0), 3, SILENT),
        "The server answered the first message, then sent nothing for 1000 ms."
    );
    assert_eq!(
        came(stops(0, 9), 1, ExchangeEnd::ClosedInFrame),
        "The server sent 9 of the 26 bytes of the reply, then closed the connection."
    );
    assert_eq!(
        came(stops(1, 9), 6, SENDING),
        "The server sent 9 of the 26 bytes of reply 2 of 6, and was still sending after 10000 ms."
    );
    assert_eq!(
        came(stops(0, 0), 1, ExchangeEnd::Reset),
        "The server sent no reply: it reset the connection."
    );
    assert_eq!(
        came(stops(0, 0), 1, READING),
        "The server sent no reply: it was still reading after 10000 ms."
    );
    assert_eq!(
        came(stops(1, 0), 3, READING),
        "The server answered the first message, and was still reading after 10000 ms."
    );
    let of_client = |whole, ended| told(bytes(Side::Client, stops(whole, 0), 2), ended);
    assert_eq!(of_client(0, SILENT), "It sent nothing for 1000 ms.");
    assert_eq!(of_client(1, ExchangeEnd::ClosedCleanly), "It sent 1 message, then closed the connection.");
}

#[test]
fn wrong_bytes_are_told_apart() {
    let open = ExchangeEnd::StillOpen;
    assert_eq!(
        came(Mismatch::Length { frame: 0, declared: 536_870_912, expected: 22 }, 1, open),
        "The reply declares a length of 536,870,912 bytes instead of 22."
    );
    assert_eq!(
        came(Mismatch::Payload { frame: 1, byte: 6, is_text: false }, 3, open),
        "Reply 2 of 3 is wrong from byte 6 of its payload on, and is not UTF-8."
    );
    assert_eq!(
        came(Mismatch::PartialHeader { frame: 1, len: 1 }, 3, SILENT),
        "After reply 1 of 3 the server sent 1 byte that no reply can start with, then sent nothing for 1000 ms."
    );
    assert_eq!(
        came(Mismatch::UnsolicitedPrefix { frame: 0, len: 3 }, 1, open),
        "Before the reply the server sent 3 bytes that nobody asked for."
    );
    assert_eq!(came(Mismatch::Extra { len: 1 }, 1, open), "After the reply the server sent 1 more byte.");
}

#[test]
fn replies_that_were_not_due_yet_are_not_counted() {
    let stops = |whole| Mismatch::Stops { whole, of_next: 9, next_len: 26 };
    let after = |messages: &[usize], whole| {
        say(Stimulus::Send(sent(messages)), bytes(Side::Server, stops(whole), 3), SILENT)
    };
    assert_eq!(
        after(&[32], 0),
        "The harness sent 1 message of 32 characters. The server sent 9 of the 26 bytes of the reply, then sent nothing for \
         1000 ms."
    );
    assert!(after(&[32, 32], 1).contains("of the 26 bytes of reply 2 of 2, "), "{}", after(&[32, 32], 1));
    // One that came too early is told as what it is.
    assert!(after(&[32], 1).contains("of the 26 bytes of reply 2 of 2, "), "{}", after(&[32], 1));
}

#[test]
fn wrong_texts_are_told_with_what_has_to_be_removed() {
    let text = |text, chars| {
        came(Mismatch::Text { frame: 0, text, chars, expected_chars: 22 }, 1, ExchangeEnd::StillOpen)
    };
    assert_eq!(
        text(WrongText::FrontRemoved { chars: 0 }, 32),
        "The reply is the whole message; the first 10 characters must be removed."
    );
    assert_eq!(
        text(WrongText::FrontRemoved { chars: 9 }, 23),
        "The reply is the message without its first 9 characters; the first 10 characters must be removed."
    );
    assert_eq!(
        text(WrongText::BytesRemoved { bytes: 10 }, 27),
        "The reply is the message without its first 10 bytes; the first 10 characters must be removed."
    );
    assert_eq!(
        text(WrongText::EndRemoved { chars: 10 }, 22),
        "The reply is the message without its last 10 characters; the first 10 characters must be removed."
    );
    let left = "the 22 characters that are left once the first 10 characters of the message are removed.";
    assert_eq!(text(WrongText::CutShort, 12), format!("The reply carries only the first 12 of {left}"));
    assert_eq!(
        text(WrongText::Unrelated, 4),
        format!("The reply carries 4 characters; it should carry {left}")
    );
    assert_eq!(
        text(WrongText::FrontRemoved { chars: 32 }, 0),
        format!("The reply is empty; it should carry {left}")
    );
}

#[test]
fn a_connection_that_is_missing_is_told_with_the_client_before() {
    let refused = || Fault::NotConnected { why: ConnectFailure::Refused { elsewhere: None } };
    let connect =
        |client, earlier, fault| say(Stimulus::Connect { client, earlier }, fault, ExchangeEnd::NotConnected);
    assert_eq!(connect(0, None, refused()), "The harness could not connect: the connection was refused.");
    assert_eq!(
        connect(1, Some(EarlierClient::Connected), refused()),
        "Client 1 is still connected. As client 2, the harness could not connect: the connection was refused."
    );
    assert_eq!(
        connect(1, Some(EarlierClient::Left), Fault::NotAccepted { silence: Some(SILENCE) }),
        "Client 1 has left. As client 2, the harness connected, but the server did not accept the connection within \
         1000 ms."
    );
    let left = Silence { waited: WAITED, known_by: KnownBy::Blocked(BlockedIn::Command) };
    assert_eq!(
        connect(0, None, Fault::NotAccepted { silence: Some(left) }),
        "The harness connected, but the server did not accept the connection and never will: it has nothing left to do, \
         as its start() has ended."
    );
    assert_eq!(
        told(Fault::NeverConnected { silence: SILENCE }, SILENT),
        "The client did not connect within 1000 ms."
    );
    assert_eq!(
        told(Fault::NeverConnected { silence: left }, SILENT),
        "The client did not connect: it said that it was ready, but no connection had come."
    );
}

#[test]
fn an_end_that_tells_nothing_is_not_told() {
    let ended_of = |answer, ended| {
        let (operation, expected) = (OperationKind::SendMessage, ExpectedAnswer::Fail);
        let fault =
            Fault::Answer { operation, expected, answer, connected_again: false, is_of_own_message: false };
        let stimulus = Stimulus::Ask { client: 0, messages: 1 };
        super::ended_of(&Finding { stimulus, fault, rule: Rule::SendsInVain, ended })
    };
    assert_eq!(ended_of(Answer::Done, SILENT), None);
    assert_eq!(ended_of(Answer::Done, ExchangeEnd::NotObserved), None);
    assert_eq!(ended_of(Answer::Silent(SILENCE), SILENT), Some("silent for 1000 ms".into()));
    assert_eq!(ended_of(Answer::Done, ExchangeEnd::Reset), Some("reset".into()));
}

#[test]
fn what_an_operation_returned_is_told_with_what_it_had_to() {
    let receive = |expected, answer| {
        let operation = OperationKind::ReceiveMessage;
        told(
            Fault::Answer { operation, expected, answer, connected_again: false, is_of_own_message: false },
            ExchangeEnd::StillOpen,
        )
    };
    let reply = || ExpectedAnswer::Reply("age".into());
    let received = |payload: &str, received| Answer::Received { payload: payload.into(), received };
    assert_eq!(
        receive(reply(), received("sages", true)),
        "Its receive_message returned another payload, of 5 characters; it should have returned the reply, of 3 characters."
    );
    assert_eq!(
        receive(reply(), received("ag", true)),
        "Its receive_message returned only the first 2 characters of the reply; it should have returned the reply, of 3 \
         characters."
    );
    assert_eq!(
        receive(reply(), received("ge", true)),
        "Its receive_message returned the reply without its first character; it should have returned the reply, of 3 \
         characters."
    );
    assert_eq!(
        receive(reply(), received("", false)),
        "Its receive_message reported that nothing was received; it should have returned the reply, of 3 characters."
    );
    assert_eq!(
        receive(ExpectedAnswer::Disconnect, received("", true)),
        "Its receive_message returned an empty payload and reported it as received; the server was gone, so it should \
         have returned an empty payload and reported that nothing was received."
    );
    assert_eq!(
        receive(reply(), Answer::Malformed(Malformation::Bytes, String::new())),
        "Its receive_message returned bytes instead of text."
    );
    assert_eq!(
        receive(reply(), Answer::Silent(SILENCE)),
        "Its receive_message did not return within 1000 ms."
    );
}

#[test]
fn the_evidence_of_an_operation_is_what_it_gave_back() {
    let shown = |reply: &str, answer| {
        let fault = Fault::Answer {
            operation: OperationKind::ReceiveMessage,
            expected: ExpectedAnswer::Reply(reply.into()),
            answer,
            connected_again: false,
            is_of_own_message: false,
        };
        let stimulus = Stimulus::Ask { client: 0, messages: 1 };
        let finding = Finding { stimulus, fault, rule: Rule::ReturnsPayload, ended: SILENT };
        match evidence(&finding, &Assignment::default()) {
            Evidence::Words { expected, received } => [expected, received],
            Evidence::Bytes(_) => panic!("an answer is told in words"),
        }
    };
    let error = shown("age", Answer::Error("KeyError: 'x'".into()));
    assert_eq!(error, ["\"age\" (3 characters), received: true", "raised KeyError: 'x'"]);
    // What long payloads have in common would hide where they differ.
    let long = "a".repeat(100);
    let wrong = Answer::Received { payload: format!("{long}x"), received: true };
    let texts = shown(&format!("{long}age"), wrong);
    let end = |end: &str, chars| format!("\"…aaaaaaaa{end}\" ({chars} characters), received: true");
    assert_eq!(texts, [end("age", 103), end("x", 101)]);
}

#[test]
fn the_words_for_how_it_ended_are_those_of_the_json_format() {
    let words = [
        (ExchangeEnd::ClosedCleanly, "closed cleanly"),
        (ExchangeEnd::ClosedInFrame, "closed inside a frame"),
        (ExchangeEnd::Reset, "reset"),
        (SILENT, "silent for 1000 ms"),
        (SENDING, "still sending after 10000 ms"),
        (READING, "still reading after 10000 ms"),
        (ExchangeEnd::StillOpen, "the connection was still open"),
        (ExchangeEnd::NotConnected, "not connected"),
        (ExchangeEnd::NotObserved, "not observed"),
        (ExchangeEnd::NotStarted, "not started"),
    ];
    for (value, text) in words {
        assert_eq!(ended(value), text);
    }
}

#[test]
fn a_finding_is_written_and_read_back_equal() {
    let mismatch = Mismatch::Stops { whole: 1, of_next: 0, next_len: 9 };
    let fault = bytes(Side::Server, mismatch, 3);
    let stimulus = Stimulus::Send(sent(&[32, 33]));
    let finding = Finding { stimulus, fault, rule: Rule::OneReplyPerMessage, ended: SILENT };
    let text = serde_json::to_string(&finding).unwrap();
    assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
}
