//! What was delivered in pieces is read in pieces also by a program that asks whether more has come.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::harness::harness;

/// Reads as a `BufferedInputStream` in Java does: what is there, and on for as long as more is there; and it takes the zeros of an
/// array for what has not come.
const SERVER: &str = r#"
import array, fcntl, os, socket, struct, termios

def available(connection):
    count = array.array("i", [0])
    fcntl.ioctl(connection, termios.FIONREAD, count)
    return count[0]

def fill(connection, payload):
    filled = connection.recv_into(payload)
    while 0 < filled < len(payload) and available(connection):
        filled += connection.recv_into(payload[filled:])

def serve(connection):
    while len(header := connection.recv(4, socket.MSG_WAITALL)) == 4:
        length, = struct.unpack("!I", header)
        if length > 1 << 20:
            return
        payload = bytearray(length)
        fill(connection, memoryview(payload))
        reply = payload.decode()[10:].encode()
        connection.sendall(struct.pack("!I", len(reply)) + reply)

server = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    with connection:
        try:
            serve(connection)
        except OSError:
            pass
"#;

#[test]
fn a_program_that_asks_for_more_gets_none_before_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let server = folder.path().join("server.py");
    fs::write(&server, SERVER).unwrap();
    let command = format!("python3 {}", server.display());
    let scenarios = "delivery/frame-and-a-half,text/character-in-two-reads,delivery/every-byte";
    for seed in 0..5 {
        let run = ["--server", &command, "--scenario", scenarios, "--strict", "--seed", &seed.to_string()];
        let told = harness(&run).assert().code(1);
        told.stdout(contains("FAIL  3 failed").and(contains("harness explain array-not-filled")));
    }
}
