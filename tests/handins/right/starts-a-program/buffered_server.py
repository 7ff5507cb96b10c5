import subprocess
import sys
from socket import *
from struct import pack, unpack


class BufferedTCPEchoServer:
    """Leaves everything to a program: start() returns once that is launched."""

    def __init__(self, host='', port=36001, buffer_size=1024):
        self.arguments = [host, str(port), str(buffer_size)]
        self.program = None

    @property
    def keep_running(self):
        return self.program is None or self.program.poll() is None

    @keep_running.setter
    def keep_running(self, value):
        if not value and self.program:
            self.program.terminate()

    def start(self):
        self.program = subprocess.Popen([sys.executable, __file__] + self.arguments)

    def shutdown(self):
        self.program.wait()


def serve(host, port, buffer_size):
    with socket(AF_INET, SOCK_STREAM) as listener:
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(5)
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    answer_all(connection, buffer_size)
                except OSError:
                    pass


def answer_all(connection, buffer_size):
    while True:
        header = receive_exactly(connection, 4, buffer_size)
        payload = header and receive_exactly(connection, unpack('!I', header)[0], buffer_size)
        if payload is None:
            return
        reply = payload.decode()[10:].encode()
        connection.sendall(pack('!I', len(reply)) + reply)


def receive_exactly(connection, length, buffer_size):
    data = b''
    while len(data) < length:
        chunk = connection.recv(min(buffer_size, length - len(data)))
        if not chunk:
            return None
        data += chunk
    return data


if __name__ == '__main__':
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
