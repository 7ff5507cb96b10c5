import select
import socket
import struct


class BufferedTCPClient:
    def __init__(self, server_host, server_port, buffer_size):
        self.buffer_size = buffer_size
        self.socket = socket.create_connection((server_host, server_port))
        self.socket.setblocking(False)

    def send_message(self, message):
        data = message.encode('utf-8')
        data = struct.pack('!I', len(data)) + data
        try:
            while data:
                select.select([], [self.socket], [])
                data = data[self.socket.send(data):]
        except ConnectionError:
            pass

    def receive_message(self):
        try:
            (length,) = struct.unpack('!I', self.read(4))
            return self.read(length).decode('utf-8'), True
        except (OSError, EOFError):
            return '', False

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            select.select([self.socket], [], [])
            part = self.socket.recv(min(count - len(data), self.buffer_size))
            if part == b'':
                raise EOFError
            data.extend(part)
        return bytes(data)

    def shutdown(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The server was faster.
        self.socket.close()
