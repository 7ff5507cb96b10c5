//! What the client tells of a server, and a server of the client.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use lengthwise::reference::NotReceived;
use lengthwise::wire::DecodeError;
use lengthwise::{Assignment, ReferenceClient};

use super::{DEADLINE, connect, host_of_its_own};

/// A client, and the server's end of its connection.
fn connected() -> (ReferenceClient, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = connect(listener.local_addr().unwrap());
    (client, listener.accept().unwrap().0)
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let address = TcpListener::bind((host_of_its_own(2), 0)).unwrap().local_addr().unwrap();
    let error = ReferenceClient::connect(address, &Assignment::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_close_says_where_it_came() {
    use DecodeError::{EndedInHeader, EndedInPayload};
    for (bytes, wanted) in [
        (&b""[..], None),
        (b"\0\0\0", Some(EndedInHeader { got: 3, wanted: 4 })),
        (b"\0\0\0\x03ab", Some(EndedInPayload { got: 2, wanted: 3 })),
    ] {
        let (mut client, mut server) = connected();
        server.write_all(bytes).unwrap();
        drop(server);
        match client.receive_message().unwrap_err() {
            NotReceived::Closed => assert_eq!(wanted, None),
            NotReceived::Decode(error) => assert_eq!(wanted, Some(error)),
            reason => panic!("{reason:?}"),
        }
    }
}

#[test]
fn a_server_that_leaves_messages_unread_resets() {
    let (mut client, mut server) = connected();
    client.send_message("read").unwrap();
    client.send_message("unread").unwrap();
    server.read_exact(&mut [0; 8]).unwrap();
    drop(server);
    assert!(matches!(client.receive_message(), Err(NotReceived::Reset)));
}

#[test]
fn a_timeout_loses_nothing() {
    let (mut client, mut server) = connected();
    server.write_all(b"\0\0\0\x04ha").unwrap();
    client.get_ref().set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    assert!(matches!(client.receive_message(), Err(NotReceived::TimedOut)));
    server.write_all(b"lf").unwrap();
    client.get_ref().set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(client.receive_message().unwrap(), "half");
}

#[test]
fn a_shutdown_is_seen_by_the_server() {
    let (client, mut server) = connected();
    client.shutdown();
    server.set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}
