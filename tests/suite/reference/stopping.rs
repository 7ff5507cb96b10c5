//! A stop takes effect whatever the server is doing.

use std::thread;

use lengthwise::reference::NotReceived;
use lengthwise::wire::DecodeError;
use lengthwise::{Assignment, ReferenceServer};

use super::{Running, assert_reply, bind, host_of_its_own, round_trip, send_bytes, server};

#[test]
fn before_it_starts() {
    let server = bind();
    server.stop_handle().stop();
    Running::start(server).stop();
}

#[test]
fn for_good() {
    Running::start(server().stop()).stop();
}

#[test]
fn while_it_waits_for_a_first_client() {
    server().stop();
}

#[test]
fn while_it_waits_for_another_client() {
    let server = server();
    server.serves();
    server.stop();
}

#[test]
fn while_it_waits_for_a_message() {
    let server = server();
    let mut client = server.connect();
    round_trip(&mut client, "0123456789");
    server.stop();
    assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
}

#[test]
fn while_it_waits_for_the_rest_of_a_message() {
    for part in [&b"\0\0"[..], b"\0\0\0\x05abcd"] {
        let server = server();
        let mut client = server.connect();
        // The reply to what is sent with it tells that the part was read too.
        send_bytes(&client, &[b"\0\0\0\0", part].concat());
        assert_reply(&mut client, "");
        server.stop();
        assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
    }
}

#[test]
fn while_it_answers_a_client_that_does_not_read() {
    let server = server();
    let mut client = server.connect_and_leave_unread();
    server.stop();
    let reason = client.receive_message().unwrap_err();
    assert!(matches!(reason, NotReceived::Decode(DecodeError::EndedInPayload { .. })), "{reason:?}");
}

#[test]
fn while_a_client_keeps_it_busy() {
    let server = server();
    let mut client = server.connect();
    round_trip(&mut client, "0123456789");
    let busy = thread::spawn(move || {
        while client.send_message("0123456789more").is_ok() && client.receive_message().is_ok() {}
    });
    server.stop();
    busy.join().unwrap();
}

#[test]
fn from_many_threads() {
    let server = server();
    thread::scope(|scope| {
        for _ in 0..8 {
            let stop = server.stop.clone();
            scope.spawn(move || stop.stop());
        }
    });
    server.stop();
}

#[test]
fn releases_the_address() {
    let server = ReferenceServer::bind((host_of_its_own(1), 0), Assignment::default()).unwrap();
    let server = Running::start(server);
    let mut client = server.connect();
    round_trip(&mut client, "0123456789");
    // The server closes first, so the connection lingers on its side of the address.
    server.stop().shutdown();
    client.receive_message().unwrap_err();
    client.shutdown();
    ReferenceServer::bind(server.address, Assignment::default()).unwrap();
}
