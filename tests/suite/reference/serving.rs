//! Every way in which a client comes, speaks and leaves.

use std::net::Shutdown;

use lengthwise::reference::NotReceived;

use super::{Running, assert_reply, bind, connect, reset, round_trip, send_bytes, server};

#[test]
fn messages_of_every_length_are_answered() {
    let server = server();
    let mut client = server.connect();
    for len in [0, 1, 9, 10, 11, 32, 1020, 1024, 1028, 1245, 65_536, 650_000] {
        round_trip(&mut client, &"m".repeat(len));
    }
}

#[test]
fn messages_sent_ahead_are_answered_in_order() {
    let server = server();
    let mut client = server.connect();
    let messages = ["a", "b", "c"].map(|letter| letter.repeat(1500));
    messages.iter().for_each(|message| client.send_message(message).unwrap());
    messages.iter().for_each(|message| assert_reply(&mut client, message));
}

#[test]
fn a_client_may_come_before_the_server_starts() {
    let server = bind();
    let mut client = connect(server.local_addr().unwrap());
    client.send_message("0123456789early").unwrap();
    let _server = Running::start(server);
    assert_eq!(client.receive_message().unwrap(), "early");
}

#[test]
fn clients_are_served_one_after_the_other() {
    let server = server();
    let mut first = server.connect();
    let mut second = server.connect();
    second.send_message("0123456789second").unwrap();
    for _ in 0..20 {
        round_trip(&mut first, "0123456789first");
    }
    second.get_ref().set_nonblocking(true).unwrap();
    assert!(matches!(second.receive_message(), Err(NotReceived::TimedOut)), "served out of turn");
    second.get_ref().set_nonblocking(false).unwrap();
    first.shutdown();
    assert_eq!(second.receive_message().unwrap(), "second");
}

#[test]
fn clients_come_and_go() {
    let server = server();
    for _ in 0..20 {
        server.serves();
    }
}

#[test]
fn a_client_that_only_stops_sending_gets_all_of_its_replies() {
    let server = server();
    let mut client = server.connect();
    let messages = ["short".to_owned(), "m".repeat(1500), "l".repeat(650_000)];
    messages.iter().for_each(|message| client.send_message(message).unwrap());
    client.get_ref().shutdown(Shutdown::Write).unwrap();
    messages.iter().for_each(|message| assert_reply(&mut client, message));
    assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
    server.serves();
}

#[test]
fn a_client_that_closes_inside_a_message_is_let_go() {
    let server = server();
    for part in [&b"\0"[..], b"\0\0\0\x05", b"\0\0\0\x05abcd"] {
        let client = server.connect();
        send_bytes(&client, part);
        client.shutdown();
        server.serves();
    }
}

#[test]
fn a_client_that_resets_is_let_go() {
    let server = server();
    for part in [&b""[..], b"\0\0", b"\0\0\0\x05abcd", b"\0\0\0\x0b0123456789a"] {
        let client = server.connect();
        send_bytes(&client, part);
        reset(client);
        server.serves();
    }
}

#[test]
fn a_client_that_resets_before_it_is_accepted_is_let_go() {
    let server = bind();
    reset(connect(server.local_addr().unwrap()));
    Running::start(server).serves();
}

#[test]
fn a_client_that_leaves_while_it_is_answered_is_let_go() {
    let server = server();
    server.connect_and_leave_unread().shutdown();
    server.serves();
}

#[test]
fn a_client_that_sends_what_is_not_utf8_is_closed_alone() {
    let server = server();
    let mut client = server.connect();
    round_trip(&mut client, "0123456789before");
    send_bytes(&client, b"\0\0\0\x02\xc3(");
    assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
    server.serves();
}

#[test]
fn a_client_that_declares_too_much_is_closed_alone() {
    let server = server();
    let mut client = server.connect();
    send_bytes(&client, b"\xff\xff\xff\xff");
    assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
    server.serves();
}
