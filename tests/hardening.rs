//! The hardening tier against servers whose reads are known.

#[path = "support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
    pub(crate) mod harness;
    pub(crate) mod is_there;
    pub(crate) mod not_passed;
    pub(crate) mod python_program;
    pub(crate) mod report;
    pub(crate) mod runtime;
}

use std::fs;

use serde_json::Value;

use support::changes::change;
use support::fixtures::fixture;
use support::is_there::is_there;
use support::not_passed::{id, not_passed};
use support::python_program::PythonProgram;
use support::report::{grade, results};
use support::runtime::Runtime;

/// Reads nothing before as much has come as it wants, as far as the kernel goes along: what is cut finer than that
/// lies unread until more has come.
const PATIENT_SERVER: &str = r#"
import os, select, socket, struct

def receive(connection, length):
    data = bytearray()
    while len(data) < length:
        wanted = min(length - len(data), 4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
        select.select([connection], [], [])
        chunk = connection.recv(wanted)
        if not chunk:
            return None
        data += chunk
    return bytes(data)

listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    with connection:
        try:
            while (header := receive(connection, 4)) is not None:
                payload = receive(connection, struct.unpack("!I", header)[0])
                if payload is None:
                    break
                reply = payload.decode()[10:].encode()
                connection.sendall(struct.pack("!I", len(reply)) + reply)
        except (OSError, UnicodeDecodeError, MemoryError):
            pass
"#;

/// Takes the end of the connection for the end of a message, answers what there is of it, and closes nothing.
const HASTY_SERVER: &str = r#"
import os, socket, struct

def receive(connection, length):
    data = b""
    while len(data) < length and (chunk := connection.recv(length - len(data))):
        data += chunk
    return data

listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
served = []
while True:
    connection, _ = listener.accept()
    served.append(connection)
    while len(header := receive(connection, 4)) == 4:
        reply = receive(connection, struct.unpack("!I", header)[0])[10:]
        connection.sendall(struct.pack("!I", len(reply)) + reply)
"#;

#[test]
fn the_reference_is_cut_exactly_wherever_something_is_cut() {
    let run = grade(&["--strict", "--scenario", "delivery/*", "--scenario", "text/*"]);
    assert_eq!(run["verdict"], "pass", "{run:#}");
    let cut: Vec<_> = results(&run).iter().filter(|result| !result["delivery"].is_null()).collect();
    assert!(cut.len() >= 10, "{run:#}");
    for result in cut {
        assert_eq!(result["delivery"], "observed", "{result:#}");
    }
}

#[test]
fn without_a_look_at_the_sockets_the_verdicts_are_the_same_and_say_so() {
    let run = grade(&["--strict", "--timed"]);
    assert_eq!(run["verdict"], "pass", "{run:#}");
    let deliveries: Vec<_> = results(&run).iter().map(|result| &result["delivery"]).collect();
    assert!(deliveries.contains(&&Value::from("requested")));
    assert!(!deliveries.contains(&&Value::from("observed")));
}

#[test]
fn a_server_that_reads_only_whole_parts_is_not_blamed_for_cuts_that_it_does_not_see() {
    let server = PythonProgram::new(PATIENT_SERVER);
    let run = grade(&["--strict", "--server", &server.command()]);
    let failed: Vec<_> = not_passed(&run).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let every_byte = results(&run).iter().find(|result| id(result) == "delivery/every-byte").unwrap();
    assert_eq!(every_byte["delivery"], "requested");
}

/// What a program of `tests` with some changes fails, of these scenarios; nothing where this machine cannot run it.
fn failed_by_changed(
    file: &str,
    changes: &[(&str, &str)],
    side: &str,
    scenario: &str,
) -> Option<Vec<String>> {
    let original = fixture(file);
    let runtime = Runtime::of(&original);
    if !is_there(runtime) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join(original.file_name().unwrap());
    fs::write(&changed, change(&fs::read_to_string(&original).unwrap(), changes)).unwrap();
    let command = shell_words::join(runtime.prepare(&changed, folder.path()).unwrap());
    let run = grade(&[side, &command, "--scenario", scenario]);
    Some(not_passed(&run).map(|result| id(result).to_owned()).collect())
}

#[test]
fn a_server_that_survives_resets_alone_fails_when_its_client_closes() {
    let sigpipe = [("count, MSG_NOSIGNAL", "count, 0")];
    let failed = failed_by_changed("servers/right/blocking.c", &sigpipe, "--server", "close/*");
    assert!(failed.is_none_or(|failed| failed == ["close/before-replies"]));
}

#[test]
fn a_reply_after_the_end_is_always_seen() {
    let server = PythonProgram::new(HASTY_SERVER);
    for _ in 0..5 {
        let run = grade(&["--strict", "--server", &server.command(), "--scenario", "close/inside-payload"]);
        assert_eq!(run["verdict"], "fail", "{run:#}");
    }
}
