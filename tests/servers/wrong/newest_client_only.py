# Wrong: a client that connects takes the place of the one that is served.
import os
import select
from socket import *
from struct import pack, unpack_from

listener = create_server((os.environ["HOST"], int(os.environ["PORT"])))
client = None
data = bytearray()
while True:
    readable, _, _ = select.select([one for one in (listener, client) if one], [], [])
    if listener in readable:
        if client:
            client.close()
        client, _ = listener.accept()
        data.clear()
        continue
    try:
        chunk = client.recv(int(os.environ["BUFFER_SIZE"]))
        data += chunk
        while len(data) >= 4 and len(data) >= 4 + unpack_from("!I", data)[0]:
            (length,) = unpack_from("!I", data)
            reply = data[4 : 4 + length].decode()[10:].encode()
            del data[: 4 + length]
            client.sendall(pack("!I", len(reply)) + reply)
    except (OSError, UnicodeError):
        chunk = b""  # That client is gone, or makes no sense: the next one may.
    if not chunk:
        client.close()
        client = None
