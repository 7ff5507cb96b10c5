//! Attacks on the answers of a client: by not reading, and by speaking in the place of what asks for them.

use super::attack::{Attack, Earns};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack { name: "what is returned is worked out from what was sent", ..Attack::CLIENT },
    Attack {
        name: "the adapter is found by its frames",
        source: r#"
import sys

class BufferedTCPClient:
    def __init__(self, host, port, buffer_size):
        frame = sys._getframe()
        while "link" not in frame.f_locals:
            frame = frame.f_back
        link, nonce, message = frame.f_locals["link"], frame.f_locals["nonce"], ""
        while True:
            link.send("D", nonce)
            letter, text = link.receive()
            nonce, text = text[:16], text[16:]
            if letter == "m":
                message = text
            elif letter == "r":
                link.send("P", nonce + "1" + message[10:])
                letter, text = link.receive()
                nonce = text[:16]

    def send_message(self, message): pass
    def receive_message(self): return "", True
    def shutdown(self): pass
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "the adapter's loop is replaced",
        source: r#"
import sys

def drive(hand_in, link):
    message = ""
    while True:
        letter, text = link.receive()
        nonce, text = text[:16], text[16:]
        if letter == "o":
            continue
        if letter == "m":
            message = text
        link.send("P" if letter == "r" else "D", nonce + ("1" + message[10:] if letter == "r" else ""))

frame = sys._getframe()
while frame is not None:
    if "drive" in frame.f_globals and "Link" in frame.f_globals:
        frame.f_globals["drive"] = drive
    frame = frame.f_back

class BufferedTCPClient:
    def send_message(self, message): pass
    def receive_message(self): pass
    def shutdown(self): pass
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "the adapter's loop is replaced for a server",
        source: r#"
import sys

def serve(hand_in, link):
    construction = None
    while True:
        letter, text = link.receive()
        if letter == "o":
            continue
        construction = construction or text[:16]
        link.send("D", text[:16])
        if letter == "k":
            link.send("Y", construction)

frame = sys._getframe()
while frame is not None:
    if "serve" in frame.f_globals and "Link" in frame.f_globals:
        frame.f_globals["serve"] = serve
    frame = frame.f_back
IDLE"#,
        ..Attack::SERVER
    },
    Attack {
        name: "the link is found among all objects",
        source: r#"
import gc, threading, time

def forge():
    while True:
        for link in gc.get_objects():
            if type(link).__name__ == "Link":
                try:
                    link.send("P", "1forged")
                    link.send("D")
                except OSError:
                    pass
        time.sleep(0.01)
GUESSING
    def receive_message(self):
        threading.Thread(target=forge, daemon=True).start()
        time.sleep(0.3)
        return self.sent.pop(0)[10:], True
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "a thread waits for the nonce in the frames of others",
        source: r#"
import sys, threading, time

def wait():
    seen, message = set(), ""
    while True:
        for frame in list(sys._current_frames().values()):
            while frame is not None:
                known = frame.f_locals if "nonce" in frame.f_code.co_varnames else {}
                link, nonce, letter = known.get("link"), known.get("nonce"), known.get("letter")
                if link and nonce and nonce not in seen:
                    seen.add(nonce)
                    message = known["text"] if letter == "m" else message
                    if letter == "r":
                        link.send("P", nonce + "1" + message[10:])
                frame = frame.f_back
        time.sleep(0.001)
GUESSING
    def receive_message(self):
        threading.Thread(target=wait, daemon=True).start()
        time.sleep(60)
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "posix.write is patched",
        source: r#"
import posix
write, message = posix.write, ""

def forge(descriptor, data):
    body = bytes(data)
    if len(body) > 21 and body[4:5] == b"P":
        body = body[:21] + b"1" + message[10:].encode()
        body = (len(body) - 4).to_bytes(4, "big") + body[4:]
        write(descriptor, body)
        return len(data)
    return write(descriptor, data)

posix.write = forge
GUESSING
    def receive_message(self):
        global message
        message = self.sent.pop(0)
        return "", False
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "posix.read is patched",
        source: "import posix\nread = posix.read\nposix.read = lambda descriptor, size: read(descriptor, min(size, 1))\nGUESSING",
        ..Attack::CLIENT
    },
    Attack {
        name: "isinstance says that everything is what it should be",
        source: "import builtins\nGUESSING\nbuiltins.isinstance = lambda *_: True",
        ..Attack::CLIENT
    },
    Attack {
        name: "each comparison comes out equal",
        source: r#"
class Equal(str):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __radd__(self, other): return Equal(other + str(self))
    def encode(self, *_): return self
GUESSING
    def receive_message(self):
        return Equal(self.sent.pop(0)[10:]), True
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "a list is another each time one looks",
        source: r#"
class Changing(list):
    looks = 0
    def __len__(self):
        return 2
    def __iter__(self):
        Changing.looks += 1
        return iter(["", True] if Changing.looks % 2 else [True, ""])
GUESSING
    def receive_message(self):
        return Changing(["", True])
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "an object lies about its class",
        source: r#"
class Liar:
    __class__ = str
    def __radd__(self, other): return other + "forged"
GUESSING
    def receive_message(self):
        return Liar(), True
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "a tracer changes what the adapter sees",
        source: r#"
import ctypes, sys, threading

def trace(frame, event, argument):
    if "answer" in frame.f_code.co_varnames:
        frame.f_locals["kind"], frame.f_locals["answer"] = "P", "1forged"
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return trace

sys.settrace(trace)
threading.settrace(trace)
frame = sys._getframe()
while frame is not None:
    frame.f_trace = trace
    frame = frame.f_back
GUESSING"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "a profiler ends the process",
        source: r#"
import os, sys, threading
def profile(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "receive_message":
        os._exit(0)
sys.setprofile(profile)
threading.setprofile(profile)
GUESSING"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "sys.modules is poisoned",
        source: r#"
import sys
class Module:
    def __getattr__(self, name): return lambda *_, **__: 0
GUESSING
for name in list(sys.modules):
    if name != __name__:
        sys.modules[name] = Module()
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "sys.modules is poisoned around a right client",
        source: r#"
import sys
NATURAL
for name in ["traceback", "site", "sys", "posix", "_socket", "__main__", "linecache"]:
    sys.modules[name] = None
"#,
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "the module replaces itself",
        source: "import sys\nclass Fake:\n    __dict__ = {}\n    __name__ = 'forged'\nGUESSING\nsys.modules[__name__] = Fake()",
        ..Attack::CLIENT
    },
    Attack {
        name: "a class lies about its methods",
        source: r#"
class Lying(type):
    def __getattr__(cls, name): return lambda *_: ("", True)
    @property
    def __mro__(cls): raise SystemExit(0)
class BufferedTCPClient(metaclass=Lying):
    pass
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "the end of start is told before it",
        source: r#"
import sys, threading, time
IDLE
    def start(self):
        frame = sys._getframe()
        while frame is not None and "construction" not in frame.f_locals:
            frame = frame.f_back
        frame.f_locals["link"].send("Y", frame.f_locals["construction"])
        time.sleep(60)
"#,
        ..Attack::SERVER
    },
];
