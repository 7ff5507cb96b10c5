import socket
import struct


class BufferedTCPEchoServer:
    """Looks at keep_running ten times a second, whatever its client does."""

    POLL_SECONDS = 0.1

    def __init__(self, host, port, buffer_size):
        self.buffer_size = buffer_size
        self.keep_running = True
        self.connection = None
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind((host, port))
        self.listener.settimeout(self.POLL_SECONDS)

    def start(self):
        self.listener.listen()
        while self.keep_running:
            try:
                self.connection, _ = self.listener.accept()
            except socket.timeout:
                continue
            self.connection.settimeout(self.POLL_SECONDS)
            try:
                self.serve()
            except (ConnectionError, EOFError, UnicodeDecodeError):
                pass
            self.connection.close()

    def serve(self):
        while self.keep_running:
            (length,) = struct.unpack('!I', self.read(4))
            text = self.read(length).decode('utf-8')
            answer = text[10:].encode('utf-8')
            self.connection.sendall(struct.pack('!I', len(answer)) + answer)

    def read(self, count):
        parts = []
        while count > 0 and self.keep_running:
            try:
                part = self.connection.recv(min(count, self.buffer_size))
            except socket.timeout:
                continue
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        if count > 0:
            raise EOFError
        return b''.join(parts)

    def shutdown(self):
        self.listener.close()
        if self.connection:
            self.connection.close()
