//! What an attack is made of, and what must not come of it.

use std::fs;
use std::path::Path;

use lengthwise::course::Names;
use lengthwise::side::Side;

use crate::support::fixtures::fixture;

const GUESSING: &str = r#"
import socket

class BufferedTCPClient:
    def __init__(self, host, port, buffer_size):
        self.sock = socket.create_connection((host, port))
        self.sent = []

    def send_message(self, message):
        data = message.encode()
        self.sock.sendall(len(data).to_bytes(4, "big") + data)
        self.sent.append(message)

    def receive_message(self):
        return self.sent.pop(0)[10:], True

    def shutdown(self):
        self.sock.close()
"#;

const IDLE: &str = r#"
class BufferedTCPEchoServer:
    def __init__(self, host, port, buffer_size):
        self.keep_running = True

    def start(self):
        pass

    def shutdown(self):
        pass
"#;

/// A hand-in that attacks, and what it may earn all the same.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    /// The file of that side. In it `NATURAL` stands for the source of a right one, `GUESSING` for a client that works its answers
    /// out from its own messages, `IDLE` for a server that does nothing, and `ROOM` for the folder of everything.
    pub(crate) source: &'static str,
    /// More files, by their paths.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What else is done with the folder before it is handed in.
    pub(crate) prepare: fn(&Path),
    pub(crate) earns: Earns,
    /// What the terminal's report has to say.
    pub(crate) told: &'static [&'static str],
    /// Whether it could do harm, or does gain something, where nothing contains it.
    pub(crate) needs_containment: bool,
}

/// What the work in a hand-in is worth without the attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earns {
    Nothing,
    /// The work is right, and is neither paid more nor less for what is tried besides.
    Everything,
    /// There is nothing that could be graded.
    NoGrade,
}

impl Attack {
    /// A client without any work in it.
    pub(crate) const CLIENT: Self = Self {
        name: "",
        side: Side::Client,
        source: "GUESSING",
        files: &[],
        prepare: |_| {},
        earns: Earns::Nothing,
        told: &[],
        needs_containment: false,
    };

    pub(crate) const SERVER: Self = Self { side: Side::Server, source: "IDLE", ..Self::CLIENT };

    /// Writes the hand-in to a folder; `room` is the folder of everything.
    pub(crate) fn write(&self, folder: &Path, room: &Path) {
        let names = Names::default();
        let file = names.file(self.side);
        let right = fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
        for (path, text) in [(file, self.source)].iter().chain(self.files) {
            let text = text
                .replace("NATURAL", &right)
                .replace("GUESSING", GUESSING)
                .replace("IDLE", IDLE)
                .replace("ROOM", room.to_str().unwrap());
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (self.prepare)(folder);
    }
}
