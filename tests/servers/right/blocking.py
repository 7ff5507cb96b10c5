# Right: one client at a time, blocking, every read at most the buffer.
import os
from socket import *
from struct import pack, unpack


class BufferedTCPServer:
    def __init__(self, host, port, buffer_size):
        self.buffer_size = buffer_size
        self.keep_running = True
        self.server = socket(AF_INET, SOCK_STREAM)
        self.server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self.server.bind((host, port))
        self.server.listen(5)

    def start(self):
        while self.keep_running:
            self.connection, _ = self.server.accept()
            while (message := self.receive_message()) is not None:
                reply = message.decode()[10:].encode()
                self.connection.sendall(pack("!I", len(reply)) + reply)
            self.connection.close()

    def receive_message(self):
        header = self.receive(4)
        return None if header is None else self.receive(unpack("!I", header)[0])

    def receive(self, count):
        data = b""
        while len(data) < count:
            chunk = self.connection.recv(min(self.buffer_size, count - len(data)))
            if not chunk:
                return None
            data += chunk
        return data


BufferedTCPServer(os.environ["HOST"], int(os.environ["PORT"]), int(os.environ["BUFFER_SIZE"])).start()
