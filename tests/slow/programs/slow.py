# Slow: as slow as it is told to be, and in the way that it is told.
import queue
import random
import select
import socket
import sys
import threading
import time

from frames import listen, serve, serve_client

seconds = float(sys.argv[2])
drawn = random.Random(10)


def sleeps(connection, reply):
    time.sleep(seconds)
    connection.sendall(reply)


def naps(connection, reply):
    for _ in range(int(seconds / 0.1)):
        time.sleep(0.1)
    connection.sendall(reply)


def pauses(connection, reply):
    if drawn.random() < 0.3:
        time.sleep(drawn.choice([seconds, 0.6]))
    connection.sendall(reply)


def computes(connection, reply):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    connection.sendall(reply)


def in_pieces_of(length):
    def answer(connection, reply):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(reply), length):
            connection.sendall(reply[at : at + length])
            time.sleep(seconds)

    return answer


waiting = queue.Queue()


def work():
    while True:
        connection, reply, is_sent = waiting.get()
        time.sleep(seconds)
        try:
            connection.sendall(reply)
        except OSError:
            pass
        is_sent.set()


def by_a_worker(connection, reply):
    is_sent = threading.Event()
    waiting.put((connection, reply, is_sent))
    is_sent.wait()


def tries_again(connection):
    def recv(length):
        while True:
            try:
                return connection.recv(length)
            except socket.timeout:
                pass

    connection.settimeout(0.1)
    return recv


def selects(connection):
    def recv(length):
        while not select.select([connection], [], [], 0.5)[0]:
            pass
        return connection.recv(length)

    return recv


def reads_slowly(connection):
    def recv(length):
        piece = connection.recv(length)
        time.sleep(seconds)
        return piece

    return recv


def serve_reading(reader, answer):
    listener = listen()
    while True:
        connection, _ = listener.accept()
        serve_client(connection, answer, reader(connection))


def sends(connection, reply):
    connection.sendall(reply)


def sleeps_and_sends_without_timeout(connection, reply):
    timeout = connection.gettimeout()
    connection.settimeout(None)
    sleeps(connection, reply)
    connection.settimeout(timeout)


threading.Thread(target=work, daemon=True).start()
{
    "sleeps": lambda: serve(sleeps),
    "naps": lambda: serve(naps),
    "pauses": lambda: serve(pauses),
    "computes": lambda: serve(computes),
    "pieces": lambda: serve(in_pieces_of(1024)),
    "bytes": lambda: serve(in_pieces_of(1)),
    "worker": lambda: serve(by_a_worker),
    "tries-again": lambda: serve_reading(tries_again, sleeps_and_sends_without_timeout),
    "selects": lambda: serve_reading(selects, sleeps),
    "reads-slowly": lambda: serve_reading(reads_slowly, sends),
}[sys.argv[1]]()
