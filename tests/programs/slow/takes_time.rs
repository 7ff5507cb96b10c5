//! Right programs that take their time.

use libtest_mimic::Trial;

use super::program::Changes;
use super::program::Program::{self, Client, HandIn, Own, Server};
use super::{right, trial_of};

struct Row {
    /// In which way it is slow.
    name: &'static str,
    program: Program,
    /// What it plays unless the whole catalogue is asked for: scenarios that such a program was blamed in, and are soon over.
    scenarios: &'static [&'static str],
    /// A shorter deadline than usual for these, so that the whole of a reply takes long beside it.
    deadline: Option<&'static str>,
}

const fn row(name: &'static str, program: Program, scenarios: &'static [&'static str]) -> Row {
    Row { name, program, scenarios, deadline: None }
}

impl Row {
    const fn within(self, deadline: &'static str) -> Self {
        Self { deadline: Some(deadline), ..self }
    }
}

/// What every natural hand-in lacks for the hardening tier: a message that is not UTF-8 ends its server.
const CATCHES_MORE: (&str, &str) = ("except OSError:", "except (OSError, ValueError):");
const SLEEPS: (&str, &str) = ("from socket import *", "from socket import *\nfrom time import sleep");
const SERVER_REPLIES: &str = "                    connection.sendall(";

/// A hand-in that is slow on both sides.
const fn hand_in(server: Changes, client: Changes) -> Program {
    HandIn { server, client, sides: &["server", "client", "pair"] }
}

const fn only(side: &'static [&'static str], server: Changes, client: Changes) -> Program {
    HandIn { server, client, sides: side }
}

const FULL: &str = "load/both-directions-full";

const SERVERS: &[Row] = &[
    row("150 ms a reply", Own("slow.py", &["sleeps", "0.15"]), &[FULL, "parallel"]),
    row("200 ms a reply", Own("slow.py", &["sleeps", "0.2"]), &[FULL, "parallel"]),
    row("300 ms a reply", Own("slow.py", &["sleeps", "0.3"]), &[FULL, "parallel"]),
    row("400 ms a reply", Own("slow.py", &["sleeps", "0.4"]), &[FULL, "parallel"]),
    row("nearly a deadline a reply", Own("slow.py", &["sleeps", "0.4"]), &["close/before-replies"])
        .within("500ms"),
    row("more than a deadline a reply, in naps", Own("slow.py", &["naps", "2.6"]), &["medium"]),
    row(
        "pauses at random",
        Own("slow.py", &["pauses", "1.5"]),
        &[FULL, "series", "delivery/two-frames-one-read", "close/second-client-waits"],
    ),
    row("300 ms of computing a reply", Own("slow.py", &["computes", "0.3"]), &[FULL, "series"]),
    row(
        "5 ms between pieces",
        Own("slow.py", &["pieces", "0.005"]),
        &["delivery/slow-reader", "length/65536", FULL],
    ),
    row("1 ms between bytes", Own("slow.py", &["bytes", "0.001"]), &["medium"]).within("200ms"),
    row("5 ms between reads", Own("slow.py", &["reads-slowly", "0.005"]), &["medium", "length/65536", FULL]),
    row("a worker with a queue", Own("slow.py", &["worker", "0.3"]), &[FULL, "series"]),
    row(
        "a timeout that is tried again",
        Own("slow.py", &["tries-again", "0.2"]),
        &[FULL, "delivery/header-in-two", "client-reconnect"],
    ),
    row(
        "select with a timeout",
        Own("slow.py", &["selects", "0.3"]),
        &[FULL, "delivery/header-in-two", "client-reconnect"],
    ),
    row("asyncio", Own("slow_asyncio.py", &[]), &[FULL, "parallel"]),
    row("a timer of Node", Own("slow.js", &[]), &[FULL, "parallel"]),
    row(
        "200 ms a reply in C",
        Server(
            "right/forking.c",
            &[("int sent = send_all(", "usleep(200000);\n        int sent = send_all(")],
        ),
        &[FULL, "parallel"],
    ),
    row(
        "poll with a timeout in C",
        Server(
            "right/polling.c",
            &[
                ("CLIENTS + 1, -1)", "CLIENTS + 1, 100)"),
                ("size_t start = 0;", "size_t start = 0;\n        usleep(150000);"),
            ],
        ),
        &[FULL, "parallel", "client-reconnect"],
    ),
    row("a Java virtual machine, started cold", Server("right/Threaded.java", &[]), &["short", FULL]),
    row(
        "300 ms a reply in Java",
        Server(
            "right/Threaded.java",
            &[
                ("out.writeInt(", "Thread.sleep(300);\n                out.writeInt("),
                ("IOException clientHasLeft", "IOException | InterruptedException clientHasLeft"),
            ],
        ),
        &[FULL],
    ),
];

const CLIENTS: &[Row] = &[
    row(
        "300 ms a message",
        Client(
            "client.py",
            &[(
                "        payload = message.encode()",
                "        import time; time.sleep(0.3)\n        payload = message.encode()",
            )],
        ),
        &["parallel", "disconnect/closed", "load/hundred-messages"],
    ),
    row(
        "200 ms a message in C",
        Client(
            "client.c",
            &[("    bool sent = send_all(", "    usleep(200000);\n    bool sent = send_all(")],
        ),
        &["parallel", "disconnect/closed"],
    ),
    row(
        "4 ms between reads",
        Client(
            "client.py",
            &[(
                "            parts += part",
                "            import time; time.sleep(0.004)\n            parts += part",
            )],
        ),
        &["length/65536", "disconnect/inside-payload", "long"],
    ),
    row(
        "reads of one byte",
        Client(
            "client.py",
            &[
                ("parts = bytearray()", "parts = b''"),
                ("recv(min(self.buffer_size, length - len(parts)))", "recv(1)"),
            ],
        ),
        &["length/65536", "long"],
    ),
];

const HAND_INS: &[Row] = &[
    row(
        "300 ms a reply and 300 ms a message",
        hand_in(
            &[
                SLEEPS,
                CATCHES_MORE,
                (SERVER_REPLIES, "                    sleep(0.3)\n                    connection.sendall("),
            ],
            &[SLEEPS, ("payload = message.encode()", "payload = message.encode()\n        sleep(0.3)")],
        ),
        &["parallel", FULL, "disconnect/twice"],
    ),
    row(
        "constructors of 0.8 s",
        hand_in(
            &[
                SLEEPS,
                CATCHES_MORE,
                ("self.keep_running = True", "self.keep_running = True\n        sleep(0.8)"),
            ],
            &[
                SLEEPS,
                ("self.buffer_size = buffer_size", "self.buffer_size = buffer_size\n        sleep(0.8)"),
            ],
        ),
        &["short", "disconnect/before-anything", "client-reconnect"],
    ),
    row(
        "imports of 3 s",
        hand_in(
            &[SLEEPS, CATCHES_MORE, ("\n\n\nclass", "\nsleep(3)\n\n\nclass")],
            &[SLEEPS, ("\n\n\nclass", "\nsleep(3)\n\n\nclass")],
        ),
        &["short"],
    ),
    row(
        "4 ms between reads of the client",
        only(
            &["client", "pair"],
            &[],
            &[SLEEPS, ("            data += chunk", "            sleep(0.004)\n            data += chunk")],
        ),
        &["length/65536", "long"],
    ),
    row(
        "reads of one byte by the client",
        only(&["client", "pair"], &[], &[("recv(min(self.buffer_size, length - len(data)))", "recv(1)")]),
        &["length/65536", "long"],
    ),
];

fn rows() -> impl Iterator<Item = (&'static str, &'static Row)> {
    let tables = [("server", SERVERS), ("client", CLIENTS), ("hand-in", HAND_INS)];
    tables.into_iter().flat_map(|(what, rows)| rows.iter().map(move |row| (what, row)))
}

pub(crate) fn programs() -> Vec<&'static Program> {
    rows().map(|(_, row)| &row.program).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = rows().map(|(what, row)| {
        let name = format!("slow {what}: {}", row.name);
        trial_of(name, &row.program, |program| right::check(program, row.scenarios, row.deadline))
    });
    trials.collect()
}
