//! Verdicts on transcripts that are written by hand.

use std::time::Duration;

use super::judge;
use crate::assignment::Assignment;
use crate::conversation::{Answer, Ending, Entry, Operation, Transcript};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::scenario::{self, Case};
use crate::side::Casting;
use crate::verdict::{Evidence, Finding, Verdict};

const WAITED: Duration = Duration::from_millis(1000);

fn case(id: &str) -> Case {
    Case::new(scenario::find(id).unwrap(), &Assignment::default(), &Delivery::Whole, 7)
}

fn messages(case: &Case) -> Vec<String> {
    case.messages().map(str::to_owned).collect()
}

/// What a right server sends for everything in `case`.
fn replies(case: &Case) -> Vec<u8> {
    messages(case).iter().flat_map(|message| case.frame(case.reply_to(message)).to_vec()).collect()
}

fn sent(case: &Case, connection: usize) -> Entry {
    let messages = messages(case);
    let len = messages.iter().map(|message| case.frame(message).len()).sum();
    Entry::Sent { connection, messages: messages.len(), len, pieces: 1, requested: 0, undelivered: None }
}

fn received(bytes: &[u8]) -> Entry {
    Entry::Received { connection: 0, bytes: bytes.to_vec() }
}

fn conversation(case: &Case, then: impl IntoIterator<Item = Entry>) -> Transcript {
    let mut entries = vec![Entry::Connected { connection: 0 }, sent(case, 0)];
    entries.extend(then);
    Transcript::from(entries)
}

fn verdict(case: &Case, casting: Casting, transcript: &Transcript) -> Verdict {
    judge(case, casting, transcript)
}

fn finding(case: &Case, casting: Casting, transcript: &Transcript) -> Finding {
    match verdict(case, casting, transcript) {
        Verdict::Fail(finding) => *finding,
        other => panic!("expected a fail, got {other:?}"),
    }
}

#[test]
fn a_server_that_sends_every_reply_passes() {
    let case = case("parallel");
    let transcript = conversation(&case, [received(&replies(&case))]);
    assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);
}

#[test]
fn a_server_that_stops_after_a_reply_is_told_where_and_how() {
    let case = case("parallel");
    let first = &replies(&case)[..1494];
    let transcript = conversation(&case, [received(first), Entry::Silent { connection: 0, waited: WAITED }]);
    let finding = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(
        finding.summary,
        "The harness sent 3 messages of 1500 characters each in one write. The server answered the first, then \
         sent nothing for 1000 ms."
    );
    assert_eq!(finding.rule, Rule::OneReplyPerMessage);
    assert_eq!(finding.evidence.differs_at(), Some(1494));
    assert_eq!(finding.ended, "silent for 1000 ms");
}

#[test]
fn a_reply_that_is_cut_off_says_so() {
    let case = case("short");
    let half = &replies(&case)[..9];
    let closed = Entry::Ended { connection: 0, ending: Ending::Closed };
    let finding = finding(&case, Casting::SERVER, &conversation(&case, [received(half), closed]));
    assert!(
        finding.summary.ends_with("sent 9 of the 26 bytes of the reply, then closed the connection."),
        "{}",
        finding.summary
    );
    assert_eq!(finding.ended, "closed inside a frame");
}

#[test]
fn a_server_without_a_reply_is_told_so() {
    let case = case("short");
    let reset = Entry::Ended { connection: 0, ending: Ending::Reset };
    let finding = finding(&case, Casting::SERVER, &conversation(&case, [reset]));
    assert!(finding.summary.ends_with("The server sent no reply: it reset the connection."));
}

#[test]
fn wrong_lengths_payloads_and_extra_bytes_are_told_apart() {
    let case = case("short");
    let right = replies(&case);
    let judged = |bytes: &[u8]| finding(&case, Casting::SERVER, &conversation(&case, [received(bytes)]));

    let mut length = right.clone();
    length[3] = 32;
    let found = judged(&length);
    assert!(found.summary.ends_with("The reply declares a length of 32; it has to be 22 bytes."));
    assert_eq!(found.rule, Rule::Framing);

    let mut payload = right.clone();
    payload[10] = b'!';
    let found = judged(&payload);
    assert!(found.summary.ends_with("The reply is wrong from byte 6 of its payload on."));
    assert_eq!((found.rule, found.evidence.differs_at()), (Rule::RemovesFront, Some(10)));

    let extra = [right.as_slice(), b"\n"].concat();
    let found = judged(&extra);
    assert!(found.summary.ends_with("After the reply the server sent 1 more byte."));
}

#[test]
fn a_second_client_that_is_not_taken_is_a_finding() {
    let case = case("client-reconnect");
    let reply = case.frame(case.reply_to(&messages(&case)[0])).to_vec();
    let refused = Entry::NotConnected { why: "the connection was refused".into() };
    let transcript = conversation(&case, [received(&reply), refused]);
    let finding = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(
        finding.summary,
        "Client 1 has left. As client 2, the harness could not connect: the connection was refused."
    );
    assert_eq!(finding.rule, Rule::NextClient);
}

/// A server that answers one message before and `after` messages after it was told to stop.
fn stopped_after(bytes_after: usize, then: Vec<Entry>) -> (Case, Transcript) {
    let case = case("server-shutdown");
    let frame_len = replies(&case).len() / 6;
    let bytes = &replies(&case)[..frame_len + bytes_after];
    let mut entries = vec![received(bytes), Entry::ToldToStop { how: "SIGTERM".into() }];
    entries.extend(then);
    let transcript = conversation(&case, entries);
    (case, transcript)
}

fn ended(ending: Ending) -> Entry {
    Entry::Ended { connection: 0, ending }
}

fn port(listening: bool) -> Entry {
    Entry::PortAfterStop { waited: WAITED, listening }
}

#[test]
fn a_server_may_stop_after_any_whole_reply_and_in_either_way() {
    for whole in 0..=5 {
        for ending in [Ending::Closed, Ending::Reset] {
            let (case, transcript) = stopped_after(whole * 26, vec![ended(ending), port(false)]);
            assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);
        }
    }
}

#[test]
fn a_server_that_stops_inside_a_reply_fails_unless_a_signal_ended_it_there() {
    let (case, transcript) = stopped_after(9, vec![ended(Ending::Closed), port(false)]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert!(found.summary.contains("9 of the 26 bytes of reply 2 of 6"), "{}", found.summary);

    let (case, transcript) =
        stopped_after(9, vec![ended(Ending::Closed), port(false), Entry::KilledBySignal]);
    assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);

    // A header that is on its way, and its payload lost with the connection.
    let (case, transcript) = stopped_after(4, vec![ended(Ending::Reset), port(false)]);
    assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);
}

#[test]
fn a_server_that_holds_its_connection_or_its_port_fails() {
    let (case, transcript) = stopped_after(130, vec![Entry::Silent { connection: 0, waited: WAITED }]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert!(found.summary.ends_with("After 1000 ms the server still held the connection."));

    let (case, transcript) = stopped_after(0, vec![ended(Ending::Closed), port(true)]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert!(found.summary.ends_with("after 1000 ms the server still listened on its port."));
}

#[test]
fn a_server_that_cannot_be_stopped_is_blocked_unless_it_was_wrong_before() {
    let case = case("server-shutdown");
    let reply = case.frame(case.reply_to(&messages(&case)[0])).to_vec();
    let untold = || Entry::StopFailed { why: "Nobody knows how.".into() };
    let transcript = conversation(&case, [received(&reply), untold()]);
    assert!(matches!(verdict(&case, Casting::SERVER, &transcript), Verdict::Blocked { .. }));
    let transcript = conversation(&case, [received(b"\0\0\0\x01x"), untold()]);
    assert!(matches!(verdict(&case, Casting::SERVER, &transcript), Verdict::Fail(_)));
}

#[test]
fn a_script_that_was_broken_off_is_no_pass() {
    let case = case("short");
    let transcript = conversation(&case, [received(&replies(&case)), Entry::Aborted]);
    assert!(matches!(verdict(&case, Casting::SERVER, &transcript), Verdict::Inconclusive { .. }));
}

#[test]
fn trouble_of_the_harness_blames_nobody() {
    let case = case("short");
    let transcript = conversation(&case, [Entry::HarnessError { why: "No descriptor is left.".into() }]);
    assert!(matches!(verdict(&case, Casting::SERVER, &transcript), Verdict::Inconclusive { .. }));
}

fn connect() -> Operation {
    Operation::Connect { host: "127.0.0.1".into(), port: 1, buffer_size: 1024 }
}

fn answered(operation: Operation, answer: Answer) -> Entry {
    Entry::Answered { operation, answer }
}

fn reply_answer(case: &Case, index: usize) -> Answer {
    Answer::Received { payload: case.reply_to(&messages(case)[index]).to_owned(), received: true }
}

fn nothing() -> Answer {
    Answer::Received { payload: String::new(), received: false }
}

/// A client that connects and sends the first message of `case`, of which `bytes` reach the harness.
fn client(case: &Case, bytes: &[u8], then: impl IntoIterator<Item = Entry>) -> Transcript {
    let mut entries = vec![
        answered(connect(), Answer::Done),
        Entry::Connected { connection: 0 },
        received(bytes),
        answered(Operation::SendMessage(messages(case)[0].clone()), Answer::Done),
    ];
    entries.extend(then);
    Transcript::from(entries)
}

#[test]
fn a_client_that_does_everything_passes() {
    let case = case("short");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let then = [
        answered(Operation::ReceiveMessage, reply_answer(&case, 0)),
        answered(Operation::ShutDown, Answer::Done),
        ended(Ending::Closed),
    ];
    assert_eq!(verdict(&case, Casting::CLIENT, &client(&case, &frame, then)), Verdict::Pass);
}

#[test]
fn a_client_that_sends_something_else_fails_by_its_bytes() {
    let case = case("short");
    let little = [b"\x20\0\0\0", messages(&case)[0].as_bytes()].concat();
    let found = finding(&case, Casting::CLIENT, &client(&case, &little, []));
    assert!(
        found.summary.contains("declares a length of 536870912; it has to be 32 bytes"),
        "{}",
        found.summary
    );
    assert!(matches!(found.evidence, Evidence::Bytes { .. }));
}

#[test]
fn what_an_operation_gives_back_is_judged() {
    let case = case("short");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let judged = |answer: Answer| {
        let then = [answered(Operation::ReceiveMessage, answer)];
        finding(&case, Casting::CLIENT, &client(&case, &frame, then))
    };
    let wrong = judged(Answer::Received { payload: "else".into(), received: true });
    assert!(wrong.summary.ends_with("Its receive_message returned the wrong thing."));
    assert_eq!(wrong.rule, Rule::ReturnsPayload);
    let raised = judged(Answer::Error("KeyError: 'x'".into()));
    assert!(
        matches!(raised.evidence, Evidence::Values { received, .. } if received == "fails: KeyError: 'x'")
    );
    let silent = judged(Answer::Silent(WAITED));
    assert!(silent.summary.ends_with("Its receive_message did not return within 1000 ms."));
    assert_eq!(judged(nothing()).rule, Rule::ReturnsPayload);
}

#[test]
fn a_client_that_keeps_its_connection_after_shutdown_fails() {
    let case = case("short");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let then = [
        answered(Operation::ReceiveMessage, reply_answer(&case, 0)),
        answered(Operation::ShutDown, Answer::Done),
        Entry::Silent { connection: 0, waited: WAITED },
    ];
    let found = finding(&case, Casting::CLIENT, &client(&case, &frame, then));
    assert_eq!(found.rule, Rule::ClosesSocket);
}

/// A client in `server-shutdown`: all six messages sent, `answers` received from the second reply on.
fn client_after_stop(answers: Vec<Answer>, last_send: Answer) -> (Case, Transcript) {
    let case = case("server-shutdown");
    let all = messages(&case);
    let bytes: Vec<u8> = all.iter().flat_map(|message| case.frame(message).to_vec()).collect();
    let mut entries = vec![
        answered(Operation::ReceiveMessage, reply_answer(&case, 0)),
        Entry::ToldToStop { how: "SIGTERM".into() },
    ];
    for message in &all[1..5] {
        entries.push(answered(Operation::SendMessage(message.clone()), Answer::Done));
    }
    entries.push(answered(Operation::SendMessage(all[5].clone()), last_send));
    entries.extend(answers.into_iter().map(|answer| answered(Operation::ReceiveMessage, answer)));
    let transcript = client(&case, &bytes, entries);
    (case, transcript)
}

#[test]
fn a_client_has_to_notice_the_end_after_the_last_reply() {
    let script_only = case("server-shutdown");
    let second = || reply_answer(&script_only, 1);
    let (case, transcript) = client_after_stop(vec![second(), nothing()], Answer::Done);
    assert_eq!(verdict(&case, Casting::CLIENT, &transcript), Verdict::Pass);

    let success = Answer::Received { payload: String::new(), received: true };
    let (case, transcript) = client_after_stop(vec![second(), success], Answer::Done);
    assert_eq!(finding(&case, Casting::CLIENT, &transcript).rule, Rule::NoticesDisconnect);

    let (case, transcript) =
        client_after_stop(vec![second(), Answer::Error("ConnectionResetError".into())], Answer::Done);
    assert_eq!(finding(&case, Casting::CLIENT, &transcript).rule, Rule::NoticesDisconnect);
}

#[test]
fn a_pair_may_meet_the_end_sooner_or_later_and_in_a_send() {
    let script_only = case("server-shutdown");
    for replies in 0..=5 {
        let mut answers: Vec<_> = (1..=replies).map(|index| reply_answer(&script_only, index)).collect();
        answers.push(nothing());
        let (case, transcript) = client_after_stop(answers, Answer::Error("BrokenPipeError".into()));
        assert_eq!(verdict(&case, Casting::Pair, &transcript), Verdict::Pass);
    }
    let (case, transcript) = client_after_stop(vec![Answer::Silent(WAITED)], Answer::Done);
    assert_eq!(finding(&case, Casting::Pair, &transcript).rule, Rule::NoticesDisconnect);
}
