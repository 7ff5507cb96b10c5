# Right: SIGTERM only lowers a flag, which is looked at between messages and every tenth of a second.
import os
import signal
from socket import *
from struct import pack, unpack

keep_running = True


def stop(*_):
    global keep_running
    keep_running = False


def receive(connection, count):
    data = b""
    while len(data) < count:
        try:
            chunk = connection.recv(min(int(os.environ["BUFFER_SIZE"]), count - len(data)))
        except timeout:
            if keep_running:
                continue
            return None
        if not chunk:
            return None
        data += chunk
    return data


signal.signal(signal.SIGTERM, stop)
server = create_server((os.environ["HOST"], int(os.environ["PORT"])))
server.settimeout(0.1)
while keep_running:
    try:
        connection, _ = server.accept()
    except timeout:
        continue
    connection.settimeout(0.1)
    while keep_running and (header := receive(connection, 4)):
        message = receive(connection, unpack("!I", header)[0])
        if message is None:
            break
        reply = message.decode()[10:].encode()
        connection.sendall(pack("!I", len(reply)) + reply)
    connection.close()
server.close()
