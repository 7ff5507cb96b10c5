# Wrong: replies that are not UTF-8.
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
        reply = b"\xff" + message[11:]
        connection.sendall(pack("!I", len(reply)) + reply)


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    try:
        serve(connection)
    except (OSError, UnicodeError):
        pass  # That client is gone, or makes no sense: the next one may.
    connection.close()
