# Spins: at the end of the connection it reads, again and again, what is missing.
import struct

from frames import listen, reply_to


def receive_exactly(connection, length):
    data = b""
    while len(data) < length:
        data += connection.recv(length - len(data))
    return data


listener = listen()
connection, _ = listener.accept()
while True:
    (length,) = struct.unpack("!I", receive_exactly(connection, 4))
    connection.sendall(reply_to(receive_exactly(connection, length).decode()))
