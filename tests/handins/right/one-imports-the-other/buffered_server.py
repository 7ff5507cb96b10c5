from socket import *
from struct import pack, unpack

HEADER = '!I'
HEADER_LENGTH = 4


def receive_exactly(sock, count, buffer_size):
    data = b''
    while len(data) < count:
        chunk = sock.recv(min(buffer_size, count - len(data)))
        if len(chunk) == 0:
            raise ConnectionError('the other side is gone')
        data = data + chunk
    return data


def receive_text(sock, buffer_size):
    length = unpack(HEADER, receive_exactly(sock, HEADER_LENGTH, buffer_size))[0]
    return receive_exactly(sock, length, buffer_size).decode()


def send_text(sock, text):
    data = text.encode()
    sock.sendall(pack(HEADER, len(data)) + data)


class BufferedTCPEchoServer:
    def __init__(self, host='', port=36001, buffer_size=1024):
        self.host, self.port, self.buffer_size = host, port, buffer_size
        self.keep_running = True
        self.server_socket = socket(AF_INET, SOCK_STREAM)
        self.server_socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self.server_socket.bind((self.host, self.port))

    def start(self):
        self.server_socket.listen(5)
        while self.keep_running:
            connection, address = self.server_socket.accept()
            with connection:
                try:
                    while self.keep_running:
                        send_text(connection, receive_text(connection, self.buffer_size)[10:])
                except ConnectionError:
                    continue

    def shutdown(self):
        self.server_socket.close()


if __name__ == '__main__':
    BufferedTCPEchoServer().start()
