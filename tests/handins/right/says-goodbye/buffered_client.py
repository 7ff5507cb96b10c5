from socket import *
from struct import pack, unpack


class BufferedTCPClient:
    def __init__(self, server_host='localhost', server_port=36001, buffer_size=1024):
        self.buffer_size = buffer_size
        self.sock = create_connection((server_host, server_port))

    def send_message(self, message):
        payload = message.encode()
        try:
            self.sock.sendall(pack('!I', len(payload)) + payload)
        except ConnectionError:
            pass

    def receive_message(self):
        try:
            length, = unpack('!I', self.receive_exactly(4))
            return self.receive_exactly(length).decode(), True
        except OSError:
            return '', False

    def receive_exactly(self, length):
        data = b''
        while len(data) < length:
            chunk = self.sock.recv(min(self.buffer_size, length - len(data)))
            if not chunk:
                raise ConnectionError('the server is gone')
            data += chunk
        return data

    def shutdown(self):
        # The server is told that nothing follows, and has the last word.
        try:
            self.sock.shutdown(SHUT_WR)
            while self.sock.recv(self.buffer_size):
                pass
        except OSError:
            pass
        self.sock.close()
