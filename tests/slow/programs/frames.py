"""What every program here needs to be a server: whole messages in, whole replies out, one client after another."""

import os
import struct
from socket import create_server

BUFFER_SIZE = int(os.environ["BUFFER_SIZE"])


def listen():
    return create_server((os.environ["HOST"], int(os.environ["PORT"])))


def receive_exactly(recv, length):
    """So many bytes, or None where the connection has ended before."""
    data = bytearray()
    while len(data) < length:
        piece = recv(min(BUFFER_SIZE, length - len(data)))
        if not piece:
            return None
        data += piece
    return bytes(data)


def receive(recv):
    """The next message, read by `recv`, or None where there is no more."""
    header = receive_exactly(recv, 4)
    payload = header and receive_exactly(recv, struct.unpack("!I", header)[0])
    return None if payload is None else payload.decode()


def reply_to(message):
    """The frame that answers a message."""
    payload = message[10:].encode()
    return struct.pack("!I", len(payload)) + payload


def serve_client(connection, answer, recv=None):
    """Hands each reply to `answer`, which sends it, until the client has left."""
    with connection:
        try:
            while (message := receive(recv or connection.recv)) is not None:
                answer(connection, reply_to(message))
        except (OSError, ValueError):
            pass


def serve(answer):
    """Serves one client after another."""
    listener = listen()
    while True:
        serve_client(listener.accept()[0], answer)


def start_apart(work):
    """Does the work in a process that is not a child of this one."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            work()
        os._exit(0)
    os.waitpid(child, 0)
