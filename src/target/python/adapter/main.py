# Runs one file of a hand-in for the harness: imports it once, and forks a child of itself for each scenario. A thread that is started
# by the import would be in none of the children, and what it holds would be held forever: then each child imports for itself.
#
# Standard input is a socket to the harness. It is put out of the hand-in's way, and what travels on it, and on
# the socket of each child, is described beside its other end, in channel.rs. Python 3.8 and later; nothing is
# imported that the interpreter does not have loaded, because every millisecond here is one in every grading.

import builtins
import gc
import sys

import _frozen_importlib
import _frozen_importlib_external
import _signal
import _sitebuiltins
import _socket
import _thread

# Libraries of green threads put their own functions in it.
_thread = copied(_thread)

# A constructor may do without what comes after so many of its values, as the buffer size does.
VALUES_MIN = 2
# As much of an error or a value as a person reads.
TEXT_MAX = 4000
VALUE_MAX = 80
# What the two files of a hand-in are in when they import each other as parts of a package.
PACKAGE = "submission"
# How a process ends that finds its descriptors closed: it has no other way left to say so.
CLOSED = 93
# How a process ends whose import has started threads.
THREADED = 94
# What a start() may return of which nothing has run, and what to do about it.
UNRUN = {
    "coroutine": "a coroutine instead of serving: call asyncio.run() in it",
    "generator": "a generator instead of serving: write it without yield",
    "async_generator": "a generator instead of serving: write it without yield, and call asyncio.run() in it",
}
# How many characters of what a child is told, and answers, are the nonce of the order.
NONCE = 16
# More than the bytes of the longest message that the assignment's own buffer leads to.
MESSAGE_MAX = 1 << 20


class Fault(Exception):
    """Something about the hand-in that keeps it from being played with."""

    def __init__(self, summary, details):
        Exception.__init__(self)
        self.summary = summary
        self.details = details


class Link:
    """Frames to and from the harness: four bytes of length, then a letter and what belongs to it."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.lock = _thread.allocate_lock()

    def send(self, letter, text=""):
        body = letter.encode() + str.encode(text, "utf-8", "backslashreplace")
        rest = memoryview(len(body).to_bytes(4, "big") + body)
        with self.lock:
            while rest:
                rest = rest[posix.write(self.descriptor, rest):]

    def receive(self):
        body = self.read(int.from_bytes(self.read(4), "big"))
        return body[:1].decode(), body[1:].decode()

    def read(self, size):
        body = b""
        while len(body) < size:
            chunk = posix.read(self.descriptor, size - len(body))
            if not chunk:
                posix._exit(0)  # The harness is gone.
            body += chunk
        return body


class Names:
    """What the course calls the class of a side, its methods, its flag, the values of its constructor, and the type of a payload."""

    def __init__(self, text):
        self.one, methods, self.flag, values, payloads = text.split("\n")
        self.payloads = bytes if payloads == "bytes" else str
        self.methods = methods.split(",")
        self.values = values.split(",") if values else []


class Untouched:
    """The interpreter as it was before the hand-in was loaded.

    What the hand-in has by the name of a module of Python's own, has put in its place or has made of the ways to import says
    nothing of the hand-in's errors.
    """

    def __init__(self):
        self.modules = sys.modules
        self.loaded = dict(sys.modules)
        self.functions = dict(vars(builtins))
        self.ways = {name: tuple(getattr(sys, name)) for name in ("path", "meta_path", "path_hooks")}

    def text_of(self, error, step):
        """What Python prints of an error from this step on."""
        theirs = self.exchange(self.loaded, self.functions, {name: list(way) for name, way in self.ways.items()})
        try:
            import traceback

            # The next time it is there.
            self.loaded = dict(self.modules)
            return "".join(traceback.format_exception(type(error), error, step))
        finally:
            self.exchange(*theirs)

    def exchange(self, modules, functions, ways):
        """Puts these in the place of those that there are, and returns those."""
        theirs = dict(self.modules), dict(vars(builtins)), {name: getattr(sys, name) for name in self.ways}
        for name, module in theirs[0].items():
            if modules.get(name) is not module:
                self.modules.pop(name, None)
        self.modules.update(modules)
        vars(builtins).update(functions)
        for name, way in ways.items():
            setattr(sys, name, way)
        # What was found by other ways.
        sys.path_importer_cache = {}
        return theirs


class HandIn:
    """The hand-in: where its files are, and the class that was found in the one that was imported."""

    def __init__(self, role, names, directory, name, search):
        self.untouched = Untouched()
        self.role = role
        self.names = Names(names)
        self.search = tuple(search)
        self.directory = directory
        self.name = name
        self.found = None
        self.values = len(self.names.values)

    def load(self):
        sys.path[:0] = self.search
        sys.argv = [self.directory + "/" + self.name]
        try:
            module = self.import_file()
        except BaseException as error:
            summary = "{} cannot be imported: {}.".format(self.name, self.summary(error))
            raise Fault(summary, self.traceback(error))
        self.found = self.find_class(module)
        self.values = self.count_values()

    def import_file(self):
        stem = self.name[:-3] if self.name.lower().endswith(".py") else self.name
        name = "".join(letter if letter.isalnum() else "_" for letter in stem)
        # The other file imports this one by its own name. What is loaded by that name, io or sys, stays what it is.
        alone = stem if stem.isidentifier() and stem not in sys.modules else PACKAGE + "_" + name
        try:
            return self.load_as(alone)
        except ModuleNotFoundError:
            self.set_up_what_is_installed()
        except ImportError as error:
            if "relative import" not in str(error):
                raise
            # An editor writes such imports, and a grader that imports the folder as a package never notices.
            package = type(sys)(PACKAGE)
            package.__path__ = list(self.search)
            sys.modules[PACKAGE] = package
            return self.load_as(PACKAGE + "." + name)
        return self.load_as(alone)

    def load_as(self, name):
        """The file as a module: its source, whatever else by its name lies beside it or is cached."""
        path = self.directory + "/" + self.name
        loader = _frozen_importlib_external.SourceFileLoader(name, path)
        code = loader.source_to_code(loader.get_data(path), path)
        spec = _frozen_importlib_external.spec_from_file_location(name, path, loader=loader)
        module = sys.modules[name] = _frozen_importlib.module_from_spec(spec)
        vars(module)["__builtins__"] = vars(builtins)
        try:
            exec(code, vars(module))
        except BaseException:
            sys.modules.pop(name, None)
            raise
        return module

    def set_up_what_is_installed(self):
        """This takes long and is seldom wanted. Now it seems to be."""
        own = sys.path[:]
        # Not what the hand-in has by the name of the module.
        sys.path[:] = [path for path in own if path not in self.search]
        import site

        sys.path[:] = own
        site.main()

    def find_class(self, module):
        methods = self.names.methods
        classes = [value for value in vars(module).values() if isinstance(value, type)]
        own = [one for one in classes if one.__module__ == module.__name__]
        if self.names.one:
            # A course that has a name for it means no other.
            own = classes = [one for one in classes if one.__name__ == self.names.one]
            if not own:
                seen = "it is not there"
                raise Fault("{} has no class {}.".format(self.name, self.names.one), seen)
        whole = [one for one in own if not lacking(one, methods)]
        whole = whole or [one for one in classes if not lacking(one, methods)]
        # What others are built on is not what is meant.
        whole = [one for one in whole if not any(one in other.__mro__[1:] for other in whole)]
        if whole:
            return min(whole, key=lambda one: "buffered" not in one.__name__.lower())
        wanted = "class with the methods " + listed(methods)
        parts = [one for one in own if len(lacking(one, methods)) < len(methods)]
        if parts:
            seen = "; ".join("{} lacks {}".format(one.__name__, listed(lacking(one, methods))) for one in parts)
        elif own:
            seen = "its classes are " + listed([one.__name__ for one in own])
        else:
            seen = "it has no class"
        raise Fault("{} has no {}: {}.".format(self.name, wanted, seen), seen)

    def count_values(self):
        code = getattr(self.found.__init__, "__code__", None)
        takes_any = 0x04  # CO_VARARGS
        if code is None or code.co_flags & takes_any:
            return self.values
        count = code.co_argcount - 1
        if count < min(VALUES_MIN, self.values):
            text = "The constructor of {} in {} takes {} value{}; {} {} given to it."
            given = listed(value.replace("-", " ") for value in self.names.values)
            are = "is" if self.values == 1 else "are"
            raise Fault(
                text.format(self.found.__name__, self.name, count, "" if count == 1 else "s", given, are),
                "{} of {}".format(count, self.values),
            )
        return min(count, self.values)

    def make(self, text):
        host, port, buffer_size = text.split("\0")
        known = {"host": host, "port": int(port), "buffer-size": int(buffer_size)}
        return self.found(*[known[value] for value in self.names.values][: self.values])

    def has(self, path):
        return path is not None and path.startswith(self.search)

    def short(self, path):
        return path.rpartition("/")[2]

    def summary(self, error):
        """The error in one line, with the last place in the hand-in that it went through."""
        place = None
        if isinstance(error, SyntaxError) and self.has(error.filename):
            place = error.filename, error.lineno
        step = error.__traceback__
        while step is not None:
            path = step.tb_frame.f_code.co_filename
            if self.has(path):
                place = path, step.tb_lineno
            step = step.tb_next
        try:
            text = error.msg if isinstance(error, SyntaxError) else str(error)
        except BaseException:
            text = ""
        name = type(error).__name__
        if name.islower():
            # struct.error, socket.gaierror: alone, they name nothing.
            name = "{}.{}".format(type(error).__module__, name)
        text = name + (": " + text if text else "")
        return text[:TEXT_MAX] + (", at {}:{}".format(self.short(place[0]), place[1]) if place else "")

    def traceback(self, error):
        """What Python prints of an error, without the steps before the hand-in's own."""
        step = error.__traceback__
        while step is not None and not self.has(step.tb_frame.f_code.co_filename):
            step = step.tb_next
        try:
            return self.untouched.text_of(error, step)[-TEXT_MAX:].strip()
        except BaseException:
            return self.summary(error)

    def tell_where(self, _number, _frame):
        """Prints where each thread is in the hand-in, and ends: the harness has waited long enough."""
        text = ""
        for frame in sys._current_frames().values():
            steps = ""
            while frame is not None:
                path = frame.f_code.co_filename
                if self.has(path):
                    step = '  File "{}", line {}, in {}\n    {}\n'
                    line = source_line(path, frame.f_lineno)
                    steps = step.format(self.short(path), frame.f_lineno, frame.f_code.co_name, line) + steps
                frame = frame.f_back
            text += steps
        if text:
            print_error("It was still running when the harness ended it:\n" + text)
        posix._exit(0)


def lacking(one, methods):
    return [method for method in methods if not callable(getattr(one, method, None))]


def listed(words):
    words = list(words)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def source_line(path, number):
    try:
        with open(path, errors="replace") as file:
            return file.read().splitlines()[number - 1].strip()
    except BaseException:
        return ""


def print_error(text):
    try:
        posix.write(2, str.encode(text + "\n", "utf-8", "backslashreplace"))
    except OSError:
        pass  # The hand-in has closed it.


def legible(value):
    """What repr() says of a value, but bytes that are text as that text."""
    if type(value) is tuple and len(value) > 1:
        return "(" + ", ".join(map(legible, value)) + ")"
    if type(value) is bytes:
        try:
            return "b" + repr(value.decode())
        except UnicodeDecodeError:
            pass
    return repr(value)


def returned(value, wanted):
    """The answer for what receive_message has returned, where the payload has to be of a type."""
    kind = "W"
    binary = bytes, bytearray
    right, called = (binary, "bytes") if wanted is bytes else (str, "a str")
    if isinstance(value, (tuple, list)) and len(value) == 2:
        payload, received = value
        if isinstance(payload, right) and isinstance(received, bool):
            text = str(memoryview(payload), "latin-1") if wanted is bytes else payload
            return "P", ("1" if received else "0") + text
        if isinstance(payload, bool) and isinstance(received, right):
            kind = "S"
            why = "the payload comes first, then whether it was received"
        elif not isinstance(payload, right):
            if wanted is str and isinstance(payload, binary) and isinstance(received, bool):
                kind = "B"
            elif payload is None and isinstance(received, bool):
                kind = "U"
            why = "the payload has to be {}, not {}".format(called, type(payload).__name__)
        else:
            why = "the second value has to be a bool, not {}".format(type(received).__name__)
    else:
        if isinstance(value, right):
            kind = "T"
        elif value is None:
            kind = "N"
        why = "it has to be two values, {} and a bool".format(called)
    try:
        shown = legible(value)
    except BaseException:
        shown = "a " + type(value).__name__
    if len(shown) > VALUE_MAX:
        shown = shown[: VALUE_MAX // 2] + " … " + shown[-VALUE_MAX // 2 :]
    return kind, "returns {}: {}".format(shown, why)


def next_order(hand_in, link):
    letter, text = link.receive()
    if letter == "o":
        path, source = text[NONCE:].split("\0", 1)
        exec(source, {"hand_in": hand_in, "path": path})
        letter, text = link.receive()
    return letter, text[:NONCE], text[NONCE:]


def drive(hand_in, link):
    """Does with clients of the hand-in what the harness says. All are kept: none is to be closed unasked."""
    clients = []
    send, receive, shut_down = hand_in.names.methods
    wanted = hand_in.names.payloads

    def payload(text):
        return str.encode(text, "latin-1") if wanted is bytes else text

    while True:
        letter, nonce, text = next_order(hand_in, link)
        kind, answer = "D", ""
        try:
            if letter == "c":
                clients.append(hand_in.make(text))
            elif letter == "m":
                getattr(clients[-1], send)(payload(text))
            elif letter == "r":
                kind, answer = returned(getattr(clients[-1], receive)(), wanted)
            else:
                getattr(clients[-1], shut_down)()
        except BaseException as error:
            print_error(hand_in.traceback(error))
            kind, answer = "X", hand_in.summary(error)
        link.send(kind, nonce + answer)


def serve(hand_in, link):
    """Runs a server of the hand-in as a grader does: start() on a thread, and shutdown() once it has returned."""
    running = _thread.allocate_lock()
    start_method, shut_down = hand_in.names.methods

    def start():
        try:
            result = getattr(server, start_method)()
            unrun = UNRUN.get(type(result).__name__)
            kind, end = ("Z", "{}() returns {}".format(start_method, unrun)) if unrun else ("Y", "")
            if unrun and hasattr(result, "close"):
                # It would warn of that, at a place that is none of the hand-in's.
                result.close()
        except BaseException as error:
            print_error(hand_in.traceback(error))
            kind, end = "Z", start_method + "() fails: " + hand_in.summary(error)
        running.release()
        link.send(kind, construction + end)

    _, construction, text = next_order(hand_in, link)
    try:
        server = hand_in.make(text)
    except BaseException as error:
        print_error(hand_in.traceback(error))
        link.send("X", construction + hand_in.summary(error))
        link.receive()
        return
    link.send("D", construction)
    running.acquire()
    _thread.start_new_thread(start, ())

    _, nonce, _ = next_order(hand_in, link)
    try:
        setattr(server, hand_in.names.flag, False)
        link.send("D", nonce)
    except BaseException as error:
        print_error(hand_in.traceback(error))
        link.send("X", nonce + hand_in.summary(error))
    running.acquire()
    try:
        getattr(server, shut_down)()
    except BaseException as error:
        print_error(hand_in.traceback(error))
    link.receive()


class Spare:
    """A child that was forked before it is wanted: its scenario does not wait for that."""

    def __init__(self, hand_in, is_imported, control, place):
        self.link, other = _socket.socketpair()
        self.number = posix.fork()
        if self.number:
            other.close()
            return
        try:
            control.close()
            self.link.close()
            data, attached, _, _ = other.recvmsg(1, 64, _socket.MSG_CMSG_CLOEXEC)
            other.close()
            if not data:
                posix._exit(0)  # No other scenario is played.
            descriptor, output = unpacked(attached)
            posix.dup2(output, 1)
            posix.dup2(output, 2)
            posix.close(output)
            # Where the import has left it, also if a scenario has removed that and it was put back.
            posix.chdir(place)
            if not is_imported:
                try:
                    hand_in.load()
                except Fault as fault:
                    print_error(fault.summary + "\n" + fault.details)
                    posix._exit(1)
            (serve if hand_in.role == "server" else drive)(hand_in, Link(descriptor))
        finally:
            posix._exit(1)

    def hand_over(self, attached):
        """Gives it the channel and the output of a scenario."""
        try:
            self.link.sendmsg([b"f"], attached)
        finally:
            self.link.close()


class Children:
    """The children that scenarios are played with, by the numbers that the harness gives them."""

    def __init__(self, hand_in, is_imported, control, directory):
        self.hand_in = hand_in
        self.is_imported = is_imported
        self.control = control
        self.directory = directory
        self.place = posix.getcwd()
        self.running = {}
        # Those that have not ended yet, or not to anybody's knowledge.
        self.unfinished = set()
        # Killed, and perhaps still ending.
        self.discarded = []
        self.spare = self.fork()

    def fork(self):
        return Spare(self.hand_in, self.is_imported, self.control, self.place)

    def start(self, number, attached):
        # What a scenario holds, an address for one, is free before the next begins.
        self.reap()
        if not self.unfinished:
            self.put_back()
        try:
            self.spare.hand_over(attached)
        except OSError:
            # What is left of another scenario has killed it.
            self.discarded.append(self.spare.number)
            self.spare = self.fork()
            self.spare.hand_over(attached)
        self.running[number] = self.spare.number
        self.unfinished.add(number)
        for descriptor in unpacked(attached):
            posix.close(descriptor)
        self.spare = self.fork()

    def put_back(self):
        """Undoes what the scenarios before have written. Nothing is changed below one that is still being played."""
        try:
            self.directory.put_back()
        except OSError:
            pass  # Something that was left running still writes there.

    def look_after(self, order, number):
        letter, text = look_after(order, self.running[number])
        if letter != "R":
            self.unfinished.discard(number)
        return letter, text

    def reap(self):
        while self.discarded:
            try:
                posix.waitpid(self.discarded.pop(), 0)
            except ChildProcessError:
                pass  # The hand-in leaves its children to the system.

    def discard(self, number):
        child = self.running.pop(number)
        self.unfinished.discard(number)
        try:
            posix.kill(child, _signal.SIGKILL)
            self.discarded.append(child)
        except ProcessLookupError:
            pass  # The same.


def unpacked(attached):
    """The descriptors that came with a message."""
    data = attached[0][2]
    return [int.from_bytes(data[at : at + 4], sys.byteorder) for at in range(0, len(data), 4)]


def look_after(order, child):
    """Does what an order says with a child, and tells whether it runs, or how it has ended."""
    try:
        ended, status = posix.waitpid(child, posix.WNOHANG)
        if ended:
            return "G" if order in (b"t", b"e") else "E", str(status)
        if order in (b"k", b"e"):
            posix.kill(child, _signal.SIGKILL)
            return "E", str(posix.waitpid(child, 0)[1])
        if order == b"t":
            posix.kill(child, _signal.SIGUSR1)
            # One that has stopped itself tells where, too.
            posix.kill(child, _signal.SIGCONT)
        return "R", ""
    except (ChildProcessError, ProcessLookupError):
        return "E", "0"  # The hand-in leaves its children to the system: this one has ended, too.


def main():
    role, names, private, directory, name, *search = sys.argv[1:]
    posix.chdir(directory)
    descriptor = posix.dup(0)
    posix.dup2(posix.open("/dev/null", posix.O_RDONLY | posix.O_CLOEXEC), 0)
    # It is sent to the whole group. Who waits for the worker must not end before that has told where it is.
    _signal.signal(_signal.SIGUSR1, _signal.SIG_IGN)
    for imports in True, False:
        worker = posix.fork()
        if not worker:
            break
        # The harness's own child stays out of reach of a hand-in that looks for its parent.
        status = posix.waitpid(worker, 0)[1]
        ended = posix.WEXITSTATUS(status) if posix.WIFEXITED(status) else 128 + posix.WTERMSIG(status)
        if ended != THREADED or not imports:
            posix._exit(ended)

    control = _socket.socket(fileno=descriptor)
    link = Link(descriptor)
    if imports:
        link.send("V", "{}.{}.{}".format(*sys.version_info))
    hand_in = HandIn(role, names, directory, name, search)
    # The C library maps a block this large, and from its return on takes blocks up to its size from the heap:
    # else a payload that grows by a buffer at a time would be mapped anew each time, in each child.
    bytes(MESSAGE_MAX)
    _signal.signal(_signal.SIGUSR1, hand_in.tell_where)
    builtins.exit = builtins.quit = _sitebuiltins.Quitter("exit", "Ctrl-D")
    # A hand-in that reaches for __main__ finds nothing of this there.
    sys.modules["__main__"] = type(sys)("__main__")
    if imports:
        try:
            hand_in.load()
        except Fault as fault:
            link.send("F", fault.summary.replace("\0", "\\0") + "\0" + fault.details)
            posix._exit(1)
        if _thread._count():
            posix._exit(THREADED)
    try:
        link.send("I")
    except OSError:
        posix._exit(CLOSED)

    # The collector would write to all that is shared with the children, and so have it copied.
    gc.freeze()
    writable = Directory(private)
    try:
        writable.keep()
    except OSError:
        writable.kept = None  # It is being written to.
    children = Children(hand_in, imports, control, writable)
    while True:
        message, attached, _, _ = control.recvmsg(5, 64, _socket.MSG_CMSG_CLOEXEC)
        order, number = message[:1], message[1:]
        if order == b"f":
            children.start(number, attached)
        elif order == b"d":
            children.discard(number)
            link.send("R")
        elif order:
            link.send(*children.look_after(order, number))
        else:
            posix._exit(0)


# From a frame with other names than its own: before Python 3.10, what is called from one with the same names takes over what that
# finds its functions by.
exec("main()", {"main": main})
