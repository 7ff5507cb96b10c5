"""A right client that a harness drives: a line of JSON in, a line of JSON out."""

import json
import socket
import struct
import sys


class Client:
    def __init__(self, host, port, buffer_size):
        self.buffer_size = buffer_size
        self.socket = socket.create_connection((host, port))

    def send_message(self, message):
        payload = message.encode()
        self.socket.sendall(struct.pack("!I", len(payload)) + payload)

    def receive_message(self):
        try:
            (length,) = struct.unpack("!I", self.receive_exactly(4))
            return {"payload": self.receive_exactly(length).decode(), "received": True}
        except OSError:
            return {"payload": "", "received": False}

    def receive_exactly(self, length):
        parts = bytearray()
        while len(parts) < length:
            part = self.socket.recv(min(self.buffer_size, length - len(parts)))
            if not part:
                raise ConnectionError("the server is gone")
            parts += part
        return bytes(parts)

    def shutdown(self):
        self.socket.close()


client = None
for line in sys.stdin:
    request = json.loads(line)
    operation = request.pop("do")
    try:
        if operation == "connect":
            client = Client(**request)
            answer = {}
        else:
            answer = getattr(client, operation)(**request) or {}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
