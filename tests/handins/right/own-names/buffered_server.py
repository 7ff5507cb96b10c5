from socket import *
import struct


class Connection:
    """What the server knows of one client. It can be shut down, too, but it is no server."""

    def __init__(self, sock, chunk_size):
        self.sock = sock
        self.chunk_size = chunk_size

    def read(self, n):
        got = bytearray()
        while len(got) < n:
            piece = self.sock.recv(min(n - len(got), self.chunk_size))
            if not piece:
                return None
            got += piece
        return bytes(got)

    def shutdown(self):
        self.sock.close()


class Service:
    def shutdown(self):
        self.listening.close()


class LincolnServer(Service):
    def __init__(self, where, door, *options):
        self.keep_running = True
        self.chunk_size = options[0] if options else 1024
        self.listening = socket()
        self.listening.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self.listening.bind((where, door))

    def start(self):
        self.listening.listen(1)
        while self.keep_running:
            connection = Connection(self.listening.accept()[0], self.chunk_size)
            try:
                while self.keep_running and self.answer(connection):
                    pass
            except ConnectionError:
                pass
            connection.shutdown()

    def answer(self, connection):
        header = connection.read(4)
        body = header and connection.read(*struct.unpack('!I', header))
        if body is None:
            return False
        body = body.decode()[10:].encode()
        connection.sock.sendall(struct.pack('!I%ds' % len(body), len(body), body))
        return True
