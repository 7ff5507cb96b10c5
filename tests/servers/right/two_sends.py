# Right: the header and the payload are sent apart, and a connection is closed only by the next one.
import os
from socket import *
from struct import pack, unpack

BUFFER_SIZE = int(os.environ["BUFFER_SIZE"])


def receive(connection, count):
    chunks = []
    while count > 0:
        chunk = connection.recv(min(BUFFER_SIZE, count))
        if chunk == b"":
            return None
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


server = socket(AF_INET, SOCK_STREAM)
server.bind((os.environ["HOST"], int(os.environ["PORT"])))
server.listen()
while True:
    connection, address = server.accept()
    while header := receive(connection, 4):
        payload = receive(connection, unpack("!I", header)[0])
        if payload is None:
            break
        reply = payload.decode()[10:].encode()
        connection.sendall(pack("!I", len(reply)))
        connection.sendall(reply)
