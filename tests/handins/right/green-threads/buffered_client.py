from socket import *
from struct import pack, unpack


class BufferedTCPClient:
    def __init__(self, server_host='localhost', server_port=36001, buffer_size=1024):
        self.buffer_size = buffer_size
        self.sock = socket(AF_INET, SOCK_STREAM)
        self.sock.connect((server_host, server_port))

    def send_message(self, message):
        payload = message.encode()
        try:
            self.sock.sendall(pack('!I', len(payload)) + payload)
        except ConnectionError:
            pass

    def receive_message(self):
        try:
            header = self.receive_exactly(4)
            if header is None:
                return '', False
            payload = self.receive_exactly(unpack('!I', header)[0])
            if payload is None:
                return '', False
            return payload.decode(), True
        except OSError:
            return '', False

    def receive_exactly(self, length):
        data = b''
        while len(data) < length:
            chunk = self.sock.recv(min(self.buffer_size, length - len(data)))
            if not chunk:
                return None
            data += chunk
        return data

    def shutdown(self):
        self.sock.close()


if __name__ == '__main__':
    client = BufferedTCPClient()
    client.send_message(input('What shall I send? '))
    print(client.receive_message())
    client.shutdown()
