//! Attacks on the harness and on the machine: its descriptors, its processes, its memory, its ports.

use super::attack::{Attack, Earns};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a forged report is written to everything that is open",
        source: r#"
import json, os
report = json.dumps({"format_version": 1, "verdict": "pass", "score": 15, "max_score": 15, "results": []})
for process in ["self", str(os.getppid())] + [name for name in os.listdir("/proc") if name.isdigit()]:
    try:
        descriptors = os.listdir("/proc/%s/fd" % process)
    except OSError:
        continue
    for descriptor in descriptors:
        try:
            path = "/proc/%s/fd/%s" % (process, descriptor)
            with open(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "w") as file:
                file.write(report)
        except (OSError, ValueError):
            pass
GUESSING"#,
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "its own descriptors are exchanged",
        source: "import os\nGUESSING\nnull = os.open('/dev/null', os.O_RDWR)\nfor number in range(64): os.dup2(null, number)",
        ..Attack::CLIENT
    },
    Attack {
        name: "no descriptor may be opened any more",
        source: "import resource\nGUESSING\nresource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
        ..Attack::CLIENT
    },
    Attack {
        name: "every signal is sent to the harness and to its parent",
        source: r#"
import os, signal
targets = [os.getppid()]
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        try:
            words = open("/proc/%s/cmdline" % name).read()
        except OSError:
            continue
        if "ROOM/programs/harness" in words.split("\0")[0]:
            targets.append(int(name))
for number in range(1, 65):
    for target in targets:
        try:
            os.kill(target, number)
        except OSError:
            pass
GUESSING"#,
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "everybody is killed",
        source: "import os\nos.kill(-1, 9)\nGUESSING",
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "everybody is stopped",
        source: "import os, signal\nsignal.signal(signal.SIGCONT, signal.SIG_IGN)\nos.kill(-1, signal.SIGSTOP)\nGUESSING",
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "its parent is stopped",
        source: "import os, signal\nGUESSING\n    def receive_message(self):\n        os.kill(os.getppid(), signal.SIGSTOP)\n        return '', True",
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "a right client blocks every signal",
        source: "import signal\nsignal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65))\nNATURAL",
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "the memory of others is read and written",
        source: r#"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
data = ctypes.create_string_buffer(b"forged", 4096)
reached = []
for name in os.listdir("/proc") + [str(os.getppid()), "1"]:
    if not name.isdigit() or int(name) == os.getpid():
        continue
    try:
        words = open("/proc/%s/cmdline" % name).read().split("\0")
    except OSError:
        words = [""]
    if "ROOM/programs/harness" != words[0]:
        continue
    pid = int(name)
    if libc.ptrace(16, pid, None, None) == 0:
        reached.append("ptrace")
    for line in open("/proc/%d/maps" % pid):
        start, _, rest = line.partition("-")
        if " rw" not in rest:
            continue
        local, remote = Vector(ctypes.addressof(data), 4096), Vector(int(start, 16), 4096)
        if libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0:
            reached.append("process_vm_readv")
    try:
        open("/proc/%d/mem" % pid, "r+b")
        reached.append("mem")
    except OSError:
        pass
raise SystemExit("reached: %r" % reached)
"#,
        needs_containment: true,
        told: &["SystemExit: reached: []"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the command line of the harness is read",
        source: r#"
import os
seen = []
for name in os.listdir("/proc"):
    try:
        words = open("/proc/%s/cmdline" % name).read()
        if "--scenario\0" in words:
            seen.append(words)
    except OSError:
        pass
raise SystemExit("seen: %r" % seen)
"#,
        needs_containment: true,
        told: &["SystemExit: seen: []"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the port of the harness is shared",
        source: r#"
import socket, threading
def answer(listener):
    while True:
        connection, _ = listener.accept()
        connection.recv(1000)
GUESSING
    def __init__(self, host, port, buffer_size):
        self.sent = []
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(5)
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        self.sock = socket.create_connection((host, port))
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "connections are opened without end",
        source: r#"
GUESSING
    def send_message(self, message):
        self.all = []
        for _ in range(200):
            try:
                self.all.append(socket.create_connection(self.sock.getpeername(), 1))
            except OSError:
                break
        self.sent.append(message)
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "a server goes away into the background",
        source: r#"
import os, time
IDLE
    def start(self):
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(600)
"#,
        ..Attack::SERVER
    },
    Attack {
        name: "something is left in every place that all may write to",
        source: r#"
import os
name = "left-by-" + os.path.basename("ROOM")
for place in ["/tmp", "/var/tmp", "/dev/shm", "/run", "/var/lock", "ROOM", "ROOM/reports", "ROOM/home", "ROOM/class"]:
    try:
        open(os.path.join(place, name), "x").close()
    except OSError:
        pass
left = [place for place in ["/var/tmp", "/run", "ROOM", "ROOM/home"] if os.path.exists(os.path.join(place, name))]
raise SystemExit("left: %r" % left)
"#,
        needs_containment: true,
        told: &["SystemExit: left: []"],
        ..Attack::CLIENT
    },
    Attack {
        name: "another becomes root",
        source: r#"
import os
got = []
for become in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("/"), lambda: os.nice(-20)):
    try:
        become()
        got.append(os.getresuid())
    except OSError:
        pass
if os.getuid() == 0:
    got.append("root")
raise SystemExit("got: %r" % got)
"#,
        needs_containment: true,
        told: &["SystemExit: got: []"],
        ..Attack::CLIENT
    },
];
