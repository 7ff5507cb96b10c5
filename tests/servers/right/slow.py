# Right: each reply takes 150 ms.
import os
import time
from socket import *
from struct import pack, unpack


def receive(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(min(int(os.environ["BUFFER_SIZE"]), count - len(data)))
        if not chunk:
            raise EOFError
        data += chunk
    return data


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    with connection:
        try:
            while True:
                message = receive(connection, unpack("!I", receive(connection, 4))[0])
                time.sleep(0.15)
                reply = message.decode()[10:].encode()
                connection.sendall(pack("!I", len(reply)) + reply)
        except (EOFError, ConnectionError):
            pass
