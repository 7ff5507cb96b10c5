# Late: another thread or another process sends the reply, in the way that it is told, while this one waits.
import array
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time

from frames import listen, serve, serve_client, start_apart

LATE = 0.4


def settimeout(connection, reply):
    """Sends what is due once no more has come for a while."""
    connection.settimeout(LATE)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except socket.timeout:
        pass
    connection.settimeout(None)
    connection.sendall(reply)


def signal_handler(connection, reply):
    """Replies in the handler of an alarm, while the program waits for the next message."""
    signal.signal(signal.SIGALRM, lambda *_: connection.sendall(reply))
    signal.setitimer(signal.ITIMER_REAL, LATE)


def send_late(connection, reply):
    time.sleep(LATE)
    try:
        connection.sendall(reply)
    except OSError:
        pass


def thread(connection, reply):
    """The thread that sleeps replies; the one that replies to nothing reads on."""
    threading.Thread(target=send_late, args=(connection, reply)).start()


def timer(connection, reply):
    """The same, by a timer of the library: a thread that waits for a condition with a timeout."""
    threading.Timer(LATE, connection.sendall, [reply]).start()


due = queue.Queue()


def send_due():
    while True:
        send_late(*due.get())


def helper(connection, reply):
    """A thread that is fed by a queue replies."""
    due.put((connection, reply))


def fork(connection, reply):
    """A child that has the same connection replies, while this process reads on."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        send_late(connection, reply)
        os._exit(0)


def orphan(connection, reply):
    """The same, by a process that is not its child."""
    start_apart(lambda: send_late(connection, reply))


def send_for_others(requests):
    while True:
        reply, ancillary, *_ = requests.recvmsg(1 << 20, socket.CMSG_SPACE(4))
        if not ancillary:
            return
        with socket.socket(fileno=array.array("i", ancillary[0][2])[0]) as connection:
            send_late(connection, reply)


def passed(connection, reply):
    """A process that was there before, and is passed the connection, replies."""
    descriptors = array.array("i", [connection.fileno()])
    requests.sendmsg([reply], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])


def shell(connection, reply):
    subprocess.run(["sleep", str(LATE)])
    connection.sendall(reply)


def eventfd(connection, reply):
    """Another thread wakes this one, which polls without a timeout."""
    ours, theirs = socket.socketpair()
    threading.Thread(target=send_late, args=(theirs, b"!")).start()
    events = select.epoll()
    events.register(ours, select.EPOLLIN)
    events.poll()
    connection.sendall(reply)


def main_accepts():
    """The main thread waits in accept while the thread of the client sleeps."""

    def answer(connection, reply):
        send_late(connection, reply)

    listener = listen()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve_client, args=(connection, answer)).start()


def main_times_out():
    """The main thread replies once accept has timed out, by the socket's own timeout of receiving."""
    listener = listen()
    waiting = queue.Queue()

    def answer(connection, reply):
        is_sent = threading.Event()
        waiting.put((connection, reply, is_sent))
        is_sent.wait()

    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct_timeval(LATE))
    while True:
        try:
            connection, _ = listener.accept()
            threading.Thread(target=serve_client, args=(connection, answer)).start()
        except BlockingIOError:
            while not waiting.empty():
                connection, reply, is_sent = waiting.get()
                connection.sendall(reply)
                is_sent.set()


def struct_timeval(seconds):
    return array.array("l", [int(seconds), int(seconds % 1 * 1_000_000)]).tobytes()


way = sys.argv[1]
if way == "helper":
    threading.Thread(target=send_due, daemon=True).start()
if way == "passed":
    requests, others = socket.socketpair()
    start_apart(lambda: (requests.close(), send_for_others(others)))
    others.close()
if way.startswith("main_"):
    globals()[way]()
serve(globals()[way])
