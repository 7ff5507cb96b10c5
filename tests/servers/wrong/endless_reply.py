# Wrong: the right reply, and then zeros without end.
import os
from socket import *
from struct import pack, unpack

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
        connection.sendall(pack("!I", len(reply)) + reply + bytes(1 << 16))
        while True:
            connection.sendall(bytes(1 << 16))


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    try:
        serve(connection)
    except (OSError, UnicodeError):
        pass  # That client is gone, or makes no sense: the next one may.
    connection.close()
