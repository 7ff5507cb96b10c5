//! Programs that never get as far as a reply, each for another reason. None is told a mistake in its messages, of which
//! nothing could be seen; each is told what keeps it from its first reply.
//!
//! Each is a right program with a few changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Trial;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::is_there::is_there;
use crate::support::report::{grade, results};
use crate::support::runtime::Runtime;
use crate::support::whole;
use crate::trial;

const SERVER: &str = "handins/right/natural/buffered_server.py";
const CLIENT: &str = "handins/right/natural/buffered_client.py";
const C: &str = "servers/right/blocking.c";
const NODE: &str = "servers/right/events.js";

/// A program that never gets as far as a reply.
struct Program {
    name: &'static str,
    /// The right program that it is made of.
    base: &'static str,
    changes: &'static [(&'static str, &'static str)],
    /// The symptom that has to be named.
    symptom: &'static str,
    /// What its text has to say.
    told: &'static str,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "prints the reply",
        base: SERVER,
        changes: &[("connection.sendall(pack('!I', len(reply)) + reply)", "print(reply)")],
        symptom: "never-replies",
        told: "The server never replies: it has read everything that it was sent, and waits for more (recv).",
    },
    Program {
        name: "waits for more than there is",
        base: SERVER,
        changes: &[("self.receive_exactly(connection, 4)", "self.receive_exactly(connection, 1 << 30)")],
        symptom: "never-replies",
        told: "waits for more (recv)",
    },
    Program {
        name: "waits for a queue",
        base: SERVER,
        changes: &[
            ("from socket import *\n", "from socket import *\nfrom queue import Queue\n"),
            ("message[10:].encode()", "Queue().get()"),
        ],
        symptom: "never-replies",
        told: "The server never replies",
    },
    Program {
        name: "sleeps",
        base: SERVER,
        changes: &[
            ("from socket import *\n", "from socket import *\nfrom time import sleep\n"),
            ("message[10:].encode()", "sleep(1000)"),
        ],
        symptom: "never-replies",
        told: "The server never replies: it sleeps for longer than anything is waited for (sleep).",
    },
    Program {
        name: "takes the tuple for a number",
        base: SERVER,
        changes: &[("unpack('!I', header)[0]", "unpack('!I', header)")],
        symptom: "raises-before-reply",
        told: "the server raises an exception at buffered_server.py:37: TypeError: '<' not supported",
    },
    Program {
        name: "joins text and bytes",
        base: SERVER,
        changes: &[("reply = message[10:].encode()", "reply = message[10:]")],
        symptom: "raises-before-reply",
        told: "at buffered_server.py:23: TypeError: can't concat str to bytes.",
    },
    Program {
        name: "misspells a name",
        base: SERVER,
        changes: &[(
            "while self.keep_running:\n                    message",
            "while self.running:\n                    message",
        )],
        symptom: "raises-before-reply",
        told: "AttributeError: 'BufferedTCPEchoServer' object has no attribute 'running'",
    },
    Program {
        name: "raises on a thread of its own",
        base: SERVER,
        changes: &[
            ("from socket import *\n", "from socket import *\nfrom threading import Thread\n"),
            (
                "            try:\n                while",
                "            Thread(target=self.serve, args=(connection,)).start()\n\n    def serve(self, connection):\n\
                 \x20           try:\n                while",
            ),
            ("message[10:].encode()", "message[10:].encodes()"),
        ],
        symptom: "raises-before-reply",
        told: "AttributeError: 'str' object has no attribute 'encodes'",
    },
    Program {
        name: "closes after accept",
        base: SERVER,
        changes: &[("                while self.keep_running:\n", "                while False:\n")],
        symptom: "closes-without-reply",
        told: "the connection.",
    },
    Program {
        name: "hides its exception and closes",
        base: SERVER,
        changes: &[("except OSError", "except Exception"), ("message[10:].encode()", "message + 10")],
        symptom: "closes-without-reply",
        told: "The server never replies: it closes the connection.",
    },
    Program {
        name: "only accepts",
        base: SERVER,
        changes: &[(
            "            try:\n                while",
            "            self.last = connection\n            continue\n            try:\n                while",
        )],
        symptom: "accepts-instead-of-replying",
        told: "it waits for another connection (accept)",
    },
    Program {
        name: "spins before it reads",
        base: SERVER,
        changes: &[(
            "        while len(data) < length:\n",
            "        while len(data) < length:\n            continue\n",
        )],
        symptom: "spins-without-reply",
        told: "keeps a processor busy",
    },
    Program {
        name: "aborts",
        base: SERVER,
        changes: &[
            ("from socket import *\n", "from socket import *\nfrom os import abort\n"),
            ("message[10:].encode()", "abort()"),
        ],
        symptom: "dies-of-a-signal",
        told: "Before its first reply, the server dies of SIGABRT",
    },
    Program {
        name: "a client that raises when it sends",
        base: CLIENT,
        changes: &[("payload = message.encode()", "payload = message.encoded()")],
        symptom: "raises-before-reply",
        told: "the client raises an exception in send_message at buffered_client.py:12: AttributeError",
    },
    Program {
        name: "a client that raises when it receives",
        base: CLIENT,
        changes: &[("unpack('!I', header)[0]", "unpack('!I', header)")],
        symptom: "raises-before-reply",
        told: "the client raises an exception in receive_message at buffered_client.py:32: TypeError",
    },
    Program {
        name: "a client that waits for more than there is",
        base: CLIENT,
        changes: &[("self.receive_exactly(4)", "self.receive_exactly(1 << 30)")],
        symptom: "never-replies",
        told: "The client's receive_message never returns: it has read everything",
    },
    Program {
        name: "touches memory that is not its own",
        base: C,
        changes: &[("uint32_t header = htonl", "*(volatile int *)8 = 1;\n        uint32_t header = htonl")],
        symptom: "dies-of-a-signal",
        told: "the server dies of SIGSEGV",
    },
    Program {
        name: "fails an assertion",
        base: C,
        changes: &[
            ("#include <stdlib.h>", "#include <stdlib.h>\n#include <assert.h>"),
            ("length = ntohl(length);", "length = ntohl(length);\n        assert(length > 1u << 30);"),
        ],
        symptom: "dies-of-a-signal",
        told: "the server dies of SIGABRT",
    },
    Program {
        name: "never sends",
        base: C,
        changes: &[(
            "send_all(fd, message + start, length - start + 4)",
            "fd >= 0 || send_all(fd, message, 4)",
        )],
        symptom: "never-replies",
        told: "waits for more (recv)",
    },
    Program {
        name: "exits",
        base: C,
        changes: &[("        int sent = send_all", "        exit(2);\n        int sent = send_all")],
        symptom: "closes-without-reply",
        told: "The server never replies",
    },
    Program {
        name: "throws",
        base: NODE,
        changes: &[("buffered.readUInt32BE(0)", "buffered.readUInt32(0)")],
        symptom: "raises-before-reply",
        told: "events.js:9: TypeError: buffered.readUInt32 is not a function",
    },
    Program {
        name: "writes nothing",
        base: NODE,
        changes: &[("socket.write(Buffer.concat([header, reply]));", "")],
        symptom: "never-replies",
        told: "it waits for its connections (poll)",
    },
    Program {
        name: "destroys its connection",
        base: NODE,
        changes: &[("socket.write(Buffer.concat([header, reply]));", "socket.destroy();")],
        symptom: "closes-without-reply",
        told: "The server never replies",
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let trials = PROGRAMS.iter().map(|program| {
        let is_missing = !is_there(program.runtime());
        trial("no_reply", program.name, || check(program)).with_ignored_flag(is_missing)
    });
    trials.collect()
}

impl Program {
    fn runtime(&self) -> Runtime {
        Runtime::of(Path::new(self.base))
    }

    /// The scenarios that it is graded in: all of them, unless it has to be waited for in each, or Node.js started.
    fn selection(&self) -> &'static [&'static str] {
        match (self.symptom, self.base) {
            ("spins-without-reply", _) => &["--scenario", "s*,text/*"],
            (_, NODE) if !whole::is_asked_for() => &["--scenario", "s*,close/*"],
            _ => &[],
        }
    }
}

/// Grades a program, and looks at the causes that are named.
fn check(program: &Program) {
    let work = tempfile::tempdir().unwrap();
    let right = fixture(program.base);
    let file = work.path().join(right.file_name().unwrap());
    fs::write(&file, change(&fs::read_to_string(&right).unwrap(), program.changes)).unwrap();
    let folder = work.path().to_str().unwrap();
    let command;
    let target = match program.base {
        SERVER => &["--submission", folder, "--side", "server"][..],
        CLIENT => &["--submission", folder, "--side", "client"],
        _ => {
            command = shell_words::join(program.runtime().prepare(&file, work.path()).unwrap());
            &["--server", &command]
        }
    };
    let report = grade(&[target, &["--deadline", "500ms"], program.selection()].concat());
    let causes = results(&report).iter().map(|result| &result["finding"]["cause"]);
    let causes: BTreeSet<_> = causes
        .filter(|cause| !cause.is_null())
        .map(|cause| (cause["bug"].as_str(), cause["text"].as_str()))
        .collect();
    let [(id, Some(text))] = Vec::from_iter(causes)[..] else {
        panic!("there has to be one cause: {report:#}")
    };
    assert_eq!(id, Some(program.symptom), "{text}");
    assert!(text.contains(program.told), "{text}");
}
