# Wrong: takes one read for one message.
import os
from socket import *
from struct import pack

BUFFER_SIZE = int(os.environ["BUFFER_SIZE"])


def serve(connection):
    while data := connection.recv(BUFFER_SIZE):
        reply = data[4:].decode()[10:].encode()
        connection.sendall(pack("!I", len(reply)) + reply)


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    try:
        serve(connection)
    except (OSError, UnicodeError):
        pass  # That client is gone, or makes no sense: the next one may.
    connection.close()
