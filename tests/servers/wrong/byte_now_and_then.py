# Wrong: a byte each half second.
import os
from socket import *
from struct import pack, unpack
from threading import Thread
from time import sleep

BUFFER_SIZE = int(os.environ["BUFFER_SIZE"])


def receive(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(min(BUFFER_SIZE, count - len(data)))
        if not chunk:
            return None
        data += chunk
    return data


def serve(connection):
    while header := receive(connection, 4):
        message = receive(connection, unpack("!I", header)[0])
        if message is None:
            break
        reply = message.decode()[10:].encode()
        for byte in pack("!I", len(reply)) + reply:
            sleep(0.5)
            connection.sendall(bytes([byte]))


def serves(connection):
    try:
        serve(connection)
    except (OSError, UnicodeError):
        pass  # That client is gone, or makes no sense: the next one may.
    connection.close()


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    # The next client does not have to wait for the last byte of the one before.
    Thread(target=serves, args=(server.accept()[0],), daemon=True).start()
