from socket import *
import struct


class Speaker(object):
    def __init__(self, where, door, chunk_size=512):
        self.chunk_size = chunk_size
        self.wire = socket(AF_INET, SOCK_STREAM)
        self.wire.connect((where, door))

    def send_message(self, words):
        words = words.encode()
        try:
            self.wire.sendall(struct.pack('!I%ds' % len(words), len(words), words))
        except ConnectionError:
            pass

    def receive_message(self):
        header = self._read(4)
        if len(header) < 4:
            return ['', False]
        size = int.from_bytes(header, 'big')
        body = self._read(size)
        if len(body) < size:
            return ['', False]
        return [body.decode(), True]

    def _read(self, n):
        got = b''
        try:
            while n > len(got):
                piece = self.wire.recv(min(n - len(got), self.chunk_size))
                if not piece:
                    break
                got += piece
        except OSError:
            pass
        return got

    def shutdown(self):
        wire, self.wire = self.wire, None
        wire.close()
