//! Servers.

use super::*;
use crate::conversation::{ConnectFailure, Obstacle, Undelivered};
use crate::verdict::{EarlierClient, HandInFault, Stimulus, WrongText};

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
    let transcript = conversation(&case, [received(first), Entry::Silent { connection: 0, silence: WAITED }]);
    let finding = finding(&case, Casting::SERVER, &transcript);
    let Stimulus::Send(sent) = &finding.stimulus else { panic!("{finding:?}") };
    assert_eq!((&sent.message_chars[..], sent.sends, sent.pieces_max), (&[1500; 3][..], 1, 1));
    assert_eq!(mismatch(&finding), Mismatch::Stops { whole: 1, of_next: 0, next_len: 1494 });
    assert_eq!(finding.rule, Rule::OneReplyPerMessage);
    assert_eq!(finding.differs_at(), Some(1494));
    assert_eq!(finding.ended, ExchangeEnd::Silent { silence: WAITED });
}

#[test]
fn a_reply_that_does_not_come_breaks_no_rule_about_what_is_in_it() {
    let case = case("short");
    let rule = |received: &[Entry]| {
        let silence = Entry::Silent { connection: 0, silence: WAITED };
        let then = received.iter().cloned().chain([silence]);
        finding(&case, Casting::SERVER, &conversation(&case, then)).rule
    };
    assert_eq!(rule(&[]), Rule::OneReplyPerMessage);
    assert_eq!(rule(&[received(&replies(&case)[..9])]), Rule::Framing);
}

#[test]
fn a_reply_that_is_cut_off_says_so() {
    let case = case("short");
    let half = &replies(&case)[..9];
    let closed = Entry::Ended { connection: 0, ending: Ending::Closed };
    let finding = finding(&case, Casting::SERVER, &conversation(&case, [received(half), closed]));
    assert_eq!(mismatch(&finding), Mismatch::Stops { whole: 0, of_next: 9, next_len: 26 });
    assert_eq!(finding.ended, ExchangeEnd::ClosedInFrame);
}

#[test]
fn a_server_without_a_reply_is_told_so() {
    let case = case("short");
    let reset = Entry::Ended { connection: 0, ending: Ending::Reset };
    let finding = finding(&case, Casting::SERVER, &conversation(&case, [reset]));
    assert_eq!(mismatch(&finding), Mismatch::Stops { whole: 0, of_next: 0, next_len: 26 });
    assert_eq!(finding.ended, ExchangeEnd::Reset);
}

#[test]
fn a_server_that_is_not_done_is_still_reading_until_it_has_answered() {
    let case = case("parallel");
    let unfinished = || Entry::Unfinished { connection: 0, waited: WAITED.waited };
    let ended = |then: Vec<Entry>| finding(&case, Casting::SERVER, &conversation(&case, then)).ended;
    assert_eq!(ended(vec![unfinished()]), ExchangeEnd::StillReading { waited: WAITED.waited });
    let first = received(&replies(&case)[..1494]);
    assert_eq!(ended(vec![first.clone(), unfinished()]), ExchangeEnd::StillSending { waited: WAITED.waited });
    assert_eq!(
        ended(vec![first, sent(&case, 0), unfinished()]),
        ExchangeEnd::StillReading { waited: WAITED.waited }
    );
}

#[test]
fn wrong_lengths_payloads_and_extra_bytes_are_told_apart() {
    let case = case("short");
    let right = replies(&case);
    let judged = |bytes: &[u8]| finding(&case, Casting::SERVER, &conversation(&case, [received(bytes)]));

    let mut length = right.clone();
    length[3] = 32;
    let found = judged(&length);
    assert_eq!(found.rule, Rule::Framing);
    assert_eq!(mismatch(&found), Mismatch::Length { frame: 0, declared: 32, expected: 22 });

    let mut payload = right.clone();
    payload[10] = b'!';
    let found = judged(&payload);
    assert_eq!(mismatch(&found), Mismatch::Payload { frame: 0, byte: 6, is_text: true });
    assert_eq!((found.rule, found.differs_at()), (Rule::Work, Some(10)));

    let extra = [right.as_slice(), b"\n"].concat();
    let found = judged(&extra);
    assert_eq!((found.rule, mismatch(&found)), (Rule::OneReplyPerMessage, Mismatch::Extra { len: 1 }));
}

fn refused() -> Entry {
    Entry::NotConnected { why: ConnectFailure::Refused { elsewhere: None } }
}

#[test]
fn a_second_client_that_is_not_taken_is_a_finding() {
    let case = case("client-reconnect");
    let reply = case.frame(case.reply_to(&messages(&case)[0])).to_vec();
    let mut transcript = conversation(&case, [received(&reply)]);
    transcript.push(Duration::ZERO, refused());
    let finding = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(finding.stimulus, Stimulus::Connect { client: 1, earlier: Some(EarlierClient::Left) });
    assert_eq!(finding.fault, Fault::NotConnected { why: ConnectFailure::Refused { elsewhere: None } });
    assert_eq!(finding.rule, Rule::NextClient);
}

#[test]
fn a_client_that_is_still_connected_has_not_left() {
    let case = case("close/second-client-waits");
    let reply = case.frame(case.reply_to(&messages(&case)[0])).to_vec();
    let judged = |entries: Vec<Entry>| {
        let entries = [vec![Entry::Connected { connection: 0 }, received(&reply)], entries].concat();
        finding(&case, Casting::SERVER, &Transcript::from(entries))
    };
    let found = judged(vec![refused()]);
    assert_eq!(found.stimulus, Stimulus::Connect { client: 1, earlier: Some(EarlierClient::Connected) });
    assert_eq!(found.rule, Rule::Connects);

    let third = case.frame(case.reply_to(&messages(&case)[2])).to_vec();
    let found = judged(vec![
        Entry::Connected { connection: 1 },
        received(&third),
        Entry::Silent { connection: 1, silence: WAITED },
        Entry::NotAccepted { connection: 1, silence: Some(WAITED) },
    ]);
    assert_eq!(found.stimulus, Stimulus::Connect { client: 1, earlier: Some(EarlierClient::Left) });
    assert_eq!(found.fault, Fault::NotAccepted { silence: Some(WAITED) });
    assert_eq!(found.rule, Rule::NextClient);
}

#[test]
fn who_keeps_the_next_client_away_is_told_of_the_one_that_came() {
    let case = case("close/reset-during-reply");
    let message = messages(&case)[0].clone();
    let undelivered = |obstacle| Some(Undelivered { obstacle, done: 0, pieces: 1 });
    let judged = |undelivered, then: &[Entry]| {
        let mut entries = vec![
            Entry::Connected { connection: 0 },
            Entry::Sent {
                connection: 0,
                messages: 1,
                len: case.frame(&*message).len(),
                pieces: 1,
                requested: 0,
                undelivered,
            },
        ];
        entries.extend_from_slice(then);
        finding(&case, Casting::SERVER, &Transcript::from(entries))
    };
    let ended = Entry::Ended { connection: 0, ending: Ending::Reset };
    let found = judged(undelivered(Obstacle::Reset), &[ended]);
    let Stimulus::Send(sent) = &found.stimulus else { panic!("{found:?}") };
    assert_eq!((sent.client, sent.message_chars.len()), (0, 1));
    assert_eq!((found.rule, found.ended), (Rule::AnySplit, ExchangeEnd::Reset));
    // A next client that came and was not taken is told of itself.
    let found = judged(undelivered(Obstacle::Reset), &[refused()]);
    assert_eq!(found.stimulus, Stimulus::Connect { client: 1, earlier: Some(EarlierClient::Left) });
    assert_eq!(found.rule, Rule::NextClient);
}

#[test]
fn the_first_connection_has_a_rule_of_its_own() {
    let found = finding(&case("short"), Casting::SERVER, &Transcript::from(vec![refused()]));
    assert_eq!(found.stimulus, Stimulus::Connect { client: 0, earlier: None });
    assert_eq!((found.rule, found.rule.number()), (Rule::Connects, 12));

    let entries = vec![answered(connect(), Answer::Done), Entry::NeverConnected { silence: WAITED }];
    let found = finding(&case("short"), Casting::CLIENT, &Transcript::from(entries));
    assert_eq!(found.fault, Fault::NeverConnected { silence: WAITED });
    assert_eq!(found.rule, Rule::Connects);
}

#[test]
fn a_reply_with_another_text_breaks_the_rule_about_the_text() {
    let case = case("short");
    let message = messages(&case)[0].clone();
    let judged = |text: &str| {
        let received = received(&case.frame(text).to_vec());
        let found = finding(&case, Casting::SERVER, &conversation(&case, [received]));
        assert_eq!(found.rule, Rule::Work, "{found:?}");
        match mismatch(&found) {
            Mismatch::Text { frame: 0, text, expected_chars: 22, .. } => text,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(judged(&message), WrongText::FrontRemoved { chars: 0 });
    assert_eq!(judged(&message[9..]), WrongText::FrontRemoved { chars: 9 });
    assert_eq!(judged(&message[..22]), WrongText::EndRemoved { chars: 10 });
    assert_eq!(judged("pong"), WrongText::Unrelated);
    assert_eq!(judged(""), WrongText::FrontRemoved { chars: 32 });
}

#[test]
fn a_reply_of_which_the_end_is_missing_was_taken_for_whole_too_early() {
    let case = case("medium");
    let reply = case.reply_to(&messages(&case)[0]).into_owned();
    let transcript = conversation(&case, [received(&case.frame(&reply[..1010]).to_vec())]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(found.rule, Rule::AnySplit);
    let text = Mismatch::Text { frame: 0, text: WrongText::CutShort, chars: 1010, expected_chars: 1235 };
    assert_eq!(mismatch(&found), text);
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

fn port(listening: bool) -> Entry {
    Entry::PortAfterStop { silence: WAITED, listening }
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
    assert_eq!(mismatch(&found), Mismatch::Stops { whole: 1, of_next: 9, next_len: 26 });

    let (case, transcript) =
        stopped_after(9, vec![ended(Ending::Closed), port(false), Entry::KilledBySignal]);
    assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);

    // A header that is on its way, and its payload lost with the connection.
    let (case, transcript) = stopped_after(4, vec![ended(Ending::Reset), port(false)]);
    assert_eq!(verdict(&case, Casting::SERVER, &transcript), Verdict::Pass);
}

#[test]
fn a_server_that_holds_its_connection_or_its_port_fails() {
    let (case, transcript) = stopped_after(130, vec![Entry::Silent { connection: 0, silence: WAITED }]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(found.stimulus, Stimulus::Stop { how: "SIGTERM".into() });
    assert_eq!(found.fault, Fault::ConnectionHeld { silence: WAITED });

    let (case, transcript) = stopped_after(0, vec![ended(Ending::Closed), port(true)]);
    let found = finding(&case, Casting::SERVER, &transcript);
    assert_eq!(found.fault, Fault::PortHeld { silence: WAITED });
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
fn a_server_that_keeps_the_harness_from_stopping_it_fails() {
    let case = case("server-shutdown");
    let reply = case.frame(case.reply_to(&messages(&case)[0])).to_vec();
    let fault = HandInFault::StopRaised { error: "AttributeError".into() };
    let transcript = conversation(&case, [received(&reply), Entry::StopPrevented { fault }]);
    for casting in [Casting::SERVER, Casting::Pair] {
        assert_eq!(finding(&case, casting, &transcript).rule, Rule::StopsWhenTold);
    }
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
