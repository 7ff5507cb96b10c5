# Notes every call of a socket that a hand-in makes, for the harness to read once the child has ended. It is run in one
# child, which has `hand_in` from there and `path`, the file to write to; what the calls do stays as it is.
#
# A call begins with `B number connection file line name asked` and ends with `E number = amount connection` or
# `E number ! error`, with tabs between. Connections are numbered in the order in which they are made.

import _thread
import posix
import sys

CALLS_MAX = 500
LENGTHS = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg")
DATA = ("send", "sendall")
OTHERS = ("accept", "connect", "close")
# Which of the arguments says how a call reads, and when it takes nothing from the stream.
FLAGS = {"recv": 1, "recv_into": 2, "recvfrom": 1, "recvfrom_into": 2, "recvmsg": 2}
PEEK = 0x02  # MSG_PEEK
# What a call raises that only looks whether there is something.
LOOKS = ("timeout", "TimeoutError", "BlockingIOError")


class Calls:
    def __init__(self):
        self.descriptor = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC, 0o600)
        self.file = self.identity()
        self.lock = _thread.allocate_lock()
        self.count = 0
        self.connections = {}
        self.made = 0
        # By thread, the place and the outcome of a call that only looked: the next one like it says nothing new.
        self.looks = {}

    def identity(self):
        data = posix.fstat(self.descriptor)
        return data.st_dev, data.st_ino

    def write(self, *words):
        line = "\t".join(str(word).replace("\t", " ").replace("\n", " ") for word in words) + "\n"
        try:
            # The hand-in may have closed it, and then it is something else by now.
            if self.identity() == self.file:
                posix.write(self.descriptor, line.encode("utf-8", "backslashreplace"))
        except OSError:
            pass

    def begin(self, sock, name, asked):
        """The number of a call that is noted, and its place."""
        place = self.place()
        if place is None or self.looks.get(_thread.get_ident()) == (name, place):
            return None, place
        with self.lock:
            self.count += 1
            number = self.count
        if number > CALLS_MAX:
            return None, place
        self.write("B", number, self.connections.get(sock.fileno(), "-"), place[0], place[1], name, asked)
        return number, place

    def end(self, number, name, place, error, amount, connection):
        looked = error is not None and type(error).__name__ in LOOKS
        self.looks[_thread.get_ident()] = (name, place) if looked else None
        if number is None:
            return
        if error is not None:
            self.write("E", number, "!", "{}: {}".format(type(error).__name__, error))
        else:
            self.write("E", number, "=", amount, connection)

    def connected(self, descriptor):
        with self.lock:
            self.connections[descriptor] = self.made
            self.made += 1
            return self.made - 1

    def place(self):
        """The line of the hand-in that makes the call."""
        frame = sys._getframe(3)
        while frame is not None:
            if hand_in.has(frame.f_code.co_filename):
                return hand_in.short(frame.f_code.co_filename), frame.f_lineno
            frame = frame.f_back
        return None


def length(name, arguments):
    """How many bytes a call asks for, or has to send."""
    try:
        into = name.endswith("_into")
        if name in LENGTHS and (not into or len(arguments) > 1 and arguments[1]):
            return int(arguments[into])
        return memoryview(arguments[0]).nbytes if name not in OTHERS else "-"
    except Exception:
        return "-"


def peeks(name, arguments, options):
    """Whether a call only looks at what it will read later."""
    at = FLAGS.get(name)
    try:
        flags = options.get("flags", arguments[at] if at is not None and len(arguments) > at else 0)
        return at is not None and bool(flags & PEEK)
    except Exception:
        return False


def noted(calls, name, original):
    def call(self, *arguments, **options):
        if peeks(name, arguments, options):
            return original(self, *arguments, **options)
        asked = length(name, arguments)
        number, place = calls.begin(self, name, asked)
        try:
            result = original(self, *arguments, **options)
        except BaseException as error:
            calls.end(number, name, place, error, None, None)
            raise
        amount, connection = "-", "-"
        if name == "recv":
            amount = len(result)
        elif name in ("recvfrom", "recvmsg"):
            amount = len(result[0])
        elif name == "recvfrom_into":
            amount = result[0]
        elif name in ("recv_into", "send"):
            amount = result
        elif name == "sendall":
            amount = asked
        elif name == "accept":
            connection = calls.connected(result[0].fileno())
        elif name == "connect":
            connection = calls.connected(self.fileno())
        calls.end(number, name, place, None, amount, connection)
        return result

    call.__name__ = name
    call.__qualname__ = "socket." + name
    return call


def observe():
    module = sys.modules.get("socket")
    if module is None:
        return
    calls = Calls()
    for name in LENGTHS + DATA + OTHERS:
        setattr(module.socket, name, noted(calls, name, getattr(module.socket, name)))


observe()
