//! The hardening tier against servers whose reads are known.

use std::fs;

use serde_json::Value;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::is_there::is_there;
use crate::support::not_passed::{id, not_passed};
use crate::support::python_program::PythonProgram;
use crate::support::report::{grade, results};
use crate::support::runtime::Runtime;

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

/// Loses what comes while it does not wait for it, as `once` of Node.js does.
const CLIENT_THAT_LOSES_WHAT_IT_DOES_NOT_AWAIT: &str = r#"
import json, os, selectors, socket, struct

selector = selectors.DefaultSelector()
selector.register(0, selectors.EVENT_READ)
connection, awaits, received, said = None, False, b"", b""

def answer(**what):
    print(json.dumps(what), flush=True)

def do(request):
    global connection, awaits, received
    if request["do"] == "connect":
        connection = socket.create_connection((request["host"], request["port"]))
        selector.register(connection, selectors.EVENT_READ)
        answer()
    elif request["do"] == "send_message":
        payload = request["message"].encode()
        connection.sendall(struct.pack("!I", len(payload)) + payload)
        answer()
    elif request["do"] == "receive_message":
        awaits, received = True, b""
    else:
        selector.unregister(connection)
        connection.close()
        answer()

while True:
    ready = [key.fileobj for key, _ in selector.select()]
    if connection in ready and (chunk := connection.recv(1 << 20)) and awaits:
        received += chunk
        if len(received) >= 4 and len(received) == 4 + struct.unpack("!I", received[:4])[0]:
            awaits = False
            answer(payload=received[4:].decode(), received=True)
    if 0 in ready:
        if not (more := os.read(0, 1 << 20)):
            break
        *lines, said = (said + more).split(b"\n")
        for line in lines:
            do(json.loads(line))
"#;

#[test]
fn no_reply_comes_before_a_client_waits_for_it() {
    let client = PythonProgram::new(CLIENT_THAT_LOSES_WHAT_IT_DOES_NOT_AWAIT);
    for _ in 0..5 {
        let run = grade(&["--client", &client.command(), "--scenario", "short,medium,long,series"]);
        assert_eq!(run["verdict"], "pass", "{run:#}");
    }
}

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

/// A program of `tests` with some changes, and which of some scenarios it fails then.
struct Changed {
    file: &'static str,
    changes: &'static [(&'static str, &'static str)],
    option: &'static str,
    scenarios: &'static str,
    fails: &'static [&'static str],
}

const SERVER_IN_C: Changed = Changed {
    file: "servers/right/blocking.c",
    changes: &[],
    option: "--server",
    scenarios: "delivery/*",
    fails: &[],
};
const SERVER_IN_PYTHON: Changed = Changed { file: "servers/right/blocking.py", ..SERVER_IN_C };
const SERVER_IN_JAVASCRIPT: Changed = Changed { file: "servers/right/events.js", ..SERVER_IN_C };
const CLIENT_IN_C: Changed =
    Changed { file: "clients/client.c", option: "--client", scenarios: "disconnect/*", ..SERVER_IN_C };
const CLIENT_IN_PYTHON: Changed =
    Changed { file: "clients/client.py", scenarios: "delivery/*", ..CLIENT_IN_C };

const PAUSES: &[&str] = &["delivery/pause-between-messages", "delivery/pause-inside-message"];
const RECV: &str = "            chunk = self.connection.recv(min(self.buffer_size, count - len(data)))\n";
const RECV_OR_END: (&str, &str) = (
    RECV,
    "            try:
                chunk = self.connection.recv(min(self.buffer_size, count - len(data)))
            except timeout:
                return None
",
);
const RECV_OR_AGAIN: (&str, &str) = (
    RECV,
    "            try:
                chunk = self.connection.recv(min(self.buffer_size, count - len(data)))
            except timeout:
                continue
",
);
const ACCEPT: &str = "self.connection, _ = self.server.accept()\n";
const CONNECT: &str = "create_connection((host, port))";

const CHANGED: &[Changed] = &[
    // It dies of SIGPIPE.
    Changed {
        changes: &[("count, MSG_NOSIGNAL", "count, 0")],
        scenarios: "close/*",
        fails: &["close/before-replies"],
        ..SERVER_IN_C
    },
    Changed {
        // After a reset, the system decides which of its sends raises the signal, and so whether it lives to tell.
        changes: &[("signal(SIGPIPE, SIG_IGN);", "")],
        scenarios: "disconnect/send-after-close",
        fails: &["disconnect/send-after-close"],
        ..CLIENT_IN_C
    },
    Changed { ..CLIENT_IN_C },
    // Timeouts that are taken for the end.
    Changed {
        changes: &[
            (ACCEPT, "self.connection, _ = self.server.accept(); self.connection.settimeout(0.5)\n"),
            RECV_OR_END,
        ],
        fails: PAUSES,
        ..SERVER_IN_PYTHON
    },
    Changed {
        changes: &[
            ("import os\n", "import os, select\n"),
            (
                RECV,
                "            if not select.select([self.connection], [], [], 0.5)[0]:
                return None
            chunk = self.connection.recv(min(self.buffer_size, count - len(data)))
",
            ),
        ],
        fails: PAUSES,
        ..SERVER_IN_PYTHON
    },
    Changed {
        changes: &[
            (
                "static int receive_all(int fd, char *data, size_t count) {\n",
                "static int receive_all(int fd, char *data, size_t count) {
    struct timeval timeout = {0, 500000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
",
            ),
            ("#include <sys/socket.h>", "#include <sys/socket.h>\n#include <sys/time.h>"),
        ],
        fails: PAUSES,
        ..SERVER_IN_C
    },
    Changed {
        changes: &[(
            "  socket.on(\"error\"",
            "  socket.setTimeout(500, () => socket.destroy());\n  socket.on(\"error\"",
        )],
        fails: PAUSES,
        ..SERVER_IN_JAVASCRIPT
    },
    Changed {
        changes: &[(CONNECT, "create_connection((host, port), timeout=0.5)")],
        fails: &["delivery/pause-inside-message"],
        ..CLIENT_IN_PYTHON
    },
    Changed {
        changes: &[
            (CONNECT, "create_connection((host, port), timeout=0.5)"),
            ("except OSError:", "except ConnectionError:"),
        ],
        fails: &["delivery/pause-inside-message", "delivery/late-reply"],
        ..CLIENT_IN_PYTHON
    },
    // Timeouts after which the program goes on, and those that are too long to be tried.
    Changed {
        changes: &[
            (ACCEPT, "self.connection, _ = self.server.accept(); self.connection.settimeout(0.2)\n"),
            RECV_OR_AGAIN,
        ],
        ..SERVER_IN_PYTHON
    },
    Changed {
        changes: &[(ACCEPT, "self.connection, _ = self.server.accept(); self.connection.settimeout(30)\n")],
        ..SERVER_IN_PYTHON
    },
];

impl Changed {
    /// Grades the changed program; nothing where what runs it is not there.
    fn grade(&self, arguments: &[&str]) -> Option<Value> {
        let original = fixture(self.file);
        let runtime = Runtime::of(&original);
        if !is_there(runtime) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(original.file_name().unwrap());
        fs::write(&file, change(&fs::read_to_string(&original).unwrap(), self.changes)).unwrap();
        let command = shell_words::join(runtime.prepare(&file, folder.path()).unwrap());
        let own = [self.option, &command, "--scenario", self.scenarios];
        Some(grade(&[&own, arguments].concat()))
    }

    fn check(&self) {
        let Some(run) = self.grade(&[]) else { return };
        let failed: Vec<_> = not_passed(&run).map(id).collect();
        assert_eq!(failed, self.fails, "{} with {:?}: {run:#}", self.file, self.changes);
    }
}

#[test]
fn a_change_is_failed_by_the_scenarios_that_are_about_it_and_by_no_other() {
    CHANGED.iter().for_each(Changed::check);
}

/// What arrives in time for them would be left to chance.
#[test]
fn a_timeout_of_a_millisecond_passes_in_every_run() {
    // Not those in which a program sends for longer: its sends time out, too.
    const SCENARIOS: &str =
        "short,series,delivery/every-byte,delivery/header-*,delivery/around-buffer,delivery/random";
    const ACCEPTS: (&str, &str) =
        (ACCEPT, "self.connection, _ = self.server.accept(); self.connection.settimeout(0.001)\n");
    const RIGHT: Changed =
        Changed { changes: &[ACCEPTS, RECV_OR_AGAIN], scenarios: SCENARIOS, ..SERVER_IN_PYTHON };
    const SERVER: Changed = Changed { changes: &[ACCEPTS, RECV_OR_END], ..RIGHT };
    const CLIENT: Changed = Changed {
        changes: &[(CONNECT, "create_connection((host, port), timeout=0.001)")],
        scenarios: SCENARIOS,
        ..CLIENT_IN_PYTHON
    };
    for seed in ["1", "2", "3", "4", "5"] {
        let graded = |program: &Changed| program.grade(&["--seed", seed]).expect("Python is there");
        let right = graded(&RIGHT);
        assert_eq!(not_passed(&right).count(), 0, "with seed {seed}: {right:#}");
        for wrong in [SERVER, CLIENT] {
            let run = graded(&wrong);
            assert!(not_passed(&run).count() >= 7, "with seed {seed}: {run:#}");
            let causes = run["causes"].as_array().unwrap();
            let is_named =
                |cause: &Value| cause["text"].as_str().is_some_and(|text| text.contains("timeout-is-end"));
            assert!(causes.len() == 1 && is_named(&causes[0]), "with seed {seed}: {causes:?}");
        }
    }
}

#[test]
fn a_reply_after_the_end_is_always_seen() {
    let server = PythonProgram::new(HASTY_SERVER);
    for _ in 0..5 {
        let run = grade(&["--strict", "--server", &server.command(), "--scenario", "close/inside-payload"]);
        assert_eq!(run["verdict"], "fail", "{run:#}");
    }
}
