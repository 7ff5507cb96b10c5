# Wrong: looks for the end of the connection first, and not for the messages that came with it.
import os
import select
from socket import *
from struct import pack, unpack_from


def serve(connection):
    poller = select.poll()
    poller.register(connection, select.POLLIN | select.POLLRDHUP)
    data = bytearray()
    while True:
        [(_, events)] = poller.poll()
        if events & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
            return
        data += connection.recv(int(os.environ["BUFFER_SIZE"]))
        while len(data) >= 4 and len(data) >= 4 + unpack_from("!I", data)[0]:
            (length,) = unpack_from("!I", data)
            reply = data[4 : 4 + length].decode()[10:].encode()
            del data[: 4 + length]
            connection.sendall(pack("!I", len(reply)) + reply)


server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True:
    connection, _ = server.accept()
    with connection:
        try:
            serve(connection)
        except (OSError, UnicodeError):
            pass  # That client is gone, or makes no sense: the next one may.
