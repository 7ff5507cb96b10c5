# Wrong: keeps listening after its first client, and accepts nobody.
import os
import signal
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
        connection.sendall(pack("!I", len(reply)) + reply)


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
connection, _ = server.accept()
serve(connection)
connection.close()
signal.pause()
