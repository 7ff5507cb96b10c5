//! Clients, and pairs.

use super::*;
use crate::verdict::ExpectedAnswer;

fn reply_answer(case: &Case, casting: Casting, index: usize) -> Answer {
    Answer::Received { payload: replies_to(case, casting)[index].clone(), received: true }
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
fn a_connection_that_never_came_was_not_open() {
    let case = case("short");
    let never = Entry::NeverConnected { silence: WAITED };
    let transcript = Transcript::from(vec![answered(connect(), Answer::Done), never]);
    let found = finding(&case, Casting::CLIENT, &transcript);
    assert_eq!(
        (found.fault, found.ended),
        (Fault::NeverConnected { silence: WAITED }, ExchangeEnd::NotConnected)
    );

    let failed = answered(connect(), Answer::Error("ConnectionRefusedError".into()));
    let found = |casting| finding(&case, casting, &Transcript::from(vec![failed.clone()]));
    assert_eq!(found(Casting::CLIENT).ended, ExchangeEnd::NotConnected);
    // Whether a pair is connected is not for the harness to see.
    assert_eq!(found(Casting::Pair).ended, ExchangeEnd::NotObserved);
}

#[test]
fn a_client_that_does_everything_passes() {
    let case = case("short");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let then = [
        answered(Operation::ReceiveMessage, reply_answer(&case, Casting::CLIENT, 0)),
        answered(Operation::ShutDown, Answer::Done),
        ended(Ending::Closed),
    ];
    assert_eq!(verdict(&case, Casting::CLIENT, &client(&case, &frame, then)), Verdict::Pass);
}

#[test]
fn a_late_reply_may_be_reported_as_not_received_but_not_raised() {
    let case = case("delivery/late-reply");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let with = |answer: Answer| {
        let then = [
            answered(Operation::ReceiveMessage, answer),
            answered(Operation::ShutDown, Answer::Done),
            ended(Ending::Closed),
        ];
        verdict(&case, Casting::CLIENT, &client(&case, &frame, then))
    };
    assert_eq!(with(reply_answer(&case, Casting::CLIENT, 0)), Verdict::Pass);
    assert_eq!(with(nothing()), Verdict::Pass);
    assert!(matches!(with(Answer::Error("TimeoutError".into())), Verdict::Fail(_)));
}

#[test]
fn a_send_to_a_server_that_is_gone_may_be_reported_as_failed_but_not_raised() {
    let case = case("disconnect/send-after-close");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let with = |raised: Option<Entry>, answer: Answer| {
        let then = [
            Some(answered(Operation::ReceiveMessage, reply_answer(&case, Casting::CLIENT, 0))),
            raised,
            Some(answered(Operation::SendMessage("in vain".into()), answer)),
            Some(Entry::Aborted),
        ];
        judge(&case, Casting::CLIENT, &client(&case, &frame, then.into_iter().flatten()))
    };
    let error = || Answer::Error("BrokenPipeError".into());
    let incomplete = |verdict: Verdict| matches!(verdict, Verdict::Inconclusive { .. });
    assert!(incomplete(with(None, Answer::Done)));
    assert!(incomplete(with(None, error())));
    assert!(
        matches!(with(Some(Entry::Raised), error()), Verdict::Fail(finding) if finding.rule == Rule::SendsInVain)
    );
}

#[test]
fn a_client_that_was_shut_down_fails_to_send() {
    let case = case("disconnect/send-after-shutdown");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let with = |answer: Answer| {
        let then = [
            answered(Operation::ReceiveMessage, reply_answer(&case, Casting::CLIENT, 0)),
            answered(Operation::ShutDown, Answer::Done),
            ended(Ending::Closed),
            Entry::Raised,
            answered(Operation::SendMessage("in vain".into()), answer),
        ];
        verdict(&case, Casting::CLIENT, &client(&case, &frame, then))
    };
    assert_eq!(with(Answer::Error("OSError".into())), Verdict::Pass);
    assert!(matches!(with(Answer::Done), Verdict::Fail(finding) if finding.rule == Rule::SendsInVain));
}

#[test]
fn a_client_that_sends_something_else_fails_by_its_bytes() {
    let case = case("short");
    let little = [b"\x20\0\0\0", messages(&case)[0].as_bytes()].concat();
    let found = finding(&case, Casting::CLIENT, &client(&case, &little, []));
    assert_eq!(mismatch(&found), Mismatch::Length { frame: 0, declared: 536_870_912, expected: 32 });
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
    assert!(matches!(&wrong.fault, Fault::Answer { expected: ExpectedAnswer::Reply(_), .. }), "{wrong:?}");
    assert_eq!(wrong.rule, Rule::ReturnsPayload);
    let raised = judged(Answer::Error("KeyError: 'x'".into()));
    let Fault::Answer { answer, .. } = raised.fault else { panic!("{raised:?}") };
    assert_eq!(answer, Answer::Error("KeyError: 'x'".into()));
    let silent = judged(Answer::Silent(WAITED));
    assert_eq!(silent.rule, Rule::ReturnsPayload);
    assert_eq!(judged(nothing()).rule, Rule::ReturnsPayload);
}

#[test]
fn a_client_that_is_wrong_about_where_a_reply_ends_breaks_the_rule_about_that() {
    let case = case("medium");
    let message = &messages(&case)[0];
    let reply = &replies_to(&case, Casting::CLIENT)[0];
    let rule = |answer: Answer| {
        let then = [answered(Operation::ReceiveMessage, answer)];
        finding(&case, Casting::CLIENT, &client(&case, &case.frame(message).to_vec(), then)).rule
    };
    let returned = |payload: &str, received| rule(Answer::Received { payload: payload.into(), received });
    assert_eq!(returned(&reply[..1020], true), Rule::AnySplit);
    assert_eq!(returned(&format!("{reply}\0"), true), Rule::AnySplit);
    assert_eq!(returned("", false), Rule::AnySplit);
    assert_eq!(rule(Answer::Silent(WAITED)), Rule::AnySplit);
    assert_eq!(returned(reply, false), Rule::ReturnsPayload);
    assert_eq!(returned(&reply[10..], true), Rule::ReturnsPayload);
}

#[test]
fn a_message_that_is_not_sent_breaks_no_rule_about_replies() {
    let case = case("short");
    let failed = Answer::Error("UnicodeEncodeError".into());
    let transcript = Transcript::from(vec![
        answered(connect(), Answer::Done),
        Entry::Connected { connection: 0 },
        answered(Operation::SendMessage(messages(&case)[0].clone()), failed),
    ]);
    assert_eq!(finding(&case, Casting::CLIENT, &transcript).rule, Rule::Framing);
}

#[test]
fn a_client_that_keeps_its_connection_after_shutdown_fails() {
    let case = case("client-reconnect");
    let frame = case.frame(&messages(&case)[0]).to_vec();
    let then = [
        answered(Operation::ReceiveMessage, reply_answer(&case, Casting::CLIENT, 0)),
        answered(Operation::ShutDown, Answer::Done),
        Entry::Silent { connection: 0, silence: WAITED },
    ];
    let found = finding(&case, Casting::CLIENT, &client(&case, &frame, then));
    assert_eq!(found.rule, Rule::ClosesSocket);
}

/// The client of `casting` in `server-shutdown`: all six messages sent, `answers` received from the second reply on.
fn client_after_stop(casting: Casting, answers: Vec<Answer>, last_send: Answer) -> (Case, Transcript) {
    let case = case("server-shutdown");
    let all = messages(&case);
    let bytes: Vec<u8> = all.iter().flat_map(|message| case.frame(message).to_vec()).collect();
    let mut entries = vec![
        answered(Operation::ReceiveMessage, reply_answer(&case, casting, 0)),
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
    let second = || reply_answer(&script_only, Casting::CLIENT, 1);
    let (case, transcript) = client_after_stop(Casting::CLIENT, vec![second(), nothing()], Answer::Done);
    assert_eq!(verdict(&case, Casting::CLIENT, &transcript), Verdict::Pass);

    let success = Answer::Received { payload: String::new(), received: true };
    let (case, transcript) = client_after_stop(Casting::CLIENT, vec![second(), success], Answer::Done);
    assert_eq!(finding(&case, Casting::CLIENT, &transcript).rule, Rule::NoticesDisconnect);

    let (case, transcript) = client_after_stop(
        Casting::CLIENT,
        vec![second(), Answer::Error("ConnectionResetError".into())],
        Answer::Done,
    );
    assert_eq!(finding(&case, Casting::CLIENT, &transcript).rule, Rule::NoticesDisconnect);
}

#[test]
fn a_pair_may_meet_the_end_sooner_or_later_and_in_a_send() {
    let script_only = case("server-shutdown");
    for replies in 0..=5 {
        let mut answers: Vec<_> =
            (1..=replies).map(|index| reply_answer(&script_only, Casting::Pair, index)).collect();
        answers.push(nothing());
        let (case, transcript) =
            client_after_stop(Casting::Pair, answers, Answer::Error("BrokenPipeError".into()));
        assert_eq!(verdict(&case, Casting::Pair, &transcript), Verdict::Pass);
    }
    let (case, transcript) = client_after_stop(Casting::Pair, vec![Answer::Silent(WAITED)], Answer::Done);
    assert_eq!(finding(&case, Casting::Pair, &transcript).rule, Rule::NoticesDisconnect);
}

#[test]
fn a_client_that_answers_from_its_own_message_is_told_apart() {
    let case = case("short");
    let message = &messages(&case)[0];
    let judged = |payload: &str| {
        let answer = Answer::Received { payload: payload.into(), received: true };
        let then = [answered(Operation::ReceiveMessage, answer)];
        match finding(&case, Casting::CLIENT, &client(&case, &case.frame(message).to_vec(), then)).fault {
            Fault::Answer { is_of_own_message, .. } => is_of_own_message,
            fault => panic!("{fault:?}"),
        }
    };
    assert!(judged(&case.reply_to(message)));
    assert!(!judged("something else"));
}

#[test]
fn an_answer_in_the_place_of_the_grader_decides_nothing() {
    let case = case("short");
    let then = [answered(Operation::ReceiveMessage, Answer::Forged)];
    let transcript = client(&case, &case.frame(&messages(&case)[0]).to_vec(), then);
    let Verdict::Inconclusive { why } = verdict(&case, Casting::CLIENT, &transcript) else { panic!() };
    assert_eq!(why, "The submission answered receive_message in the grader's place.");
}
