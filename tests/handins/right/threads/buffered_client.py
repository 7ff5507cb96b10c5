import queue
import socket
import struct
import threading


class BufferedTCPClient:
    """Receives on a thread of its own, into a queue."""

    def __init__(self, server_host='localhost', server_port=36001, buffer_size=1024):
        self.buffer_size = buffer_size
        self.client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.client_socket.connect((server_host, server_port))
        self.received = queue.Queue()
        self.receiver = threading.Thread(target=self.receive_all, daemon=True)
        self.receiver.start()

    def receive_all(self):
        try:
            while True:
                length = struct.unpack('!I', self.take(4))[0]
                self.received.put((self.take(length).decode(), True))
        except (OSError, EOFError):
            self.received.put(('', False))

    def take(self, count):
        data = b''
        while len(data) < count:
            chunk = self.client_socket.recv(min(self.buffer_size, count - len(data)))
            if not chunk:
                raise EOFError()
            data += chunk
        return data

    def send_message(self, message):
        encoded = message.encode()
        try:
            self.client_socket.sendall(struct.pack('!I', len(encoded)) + encoded)
        except ConnectionError:
            pass

    def receive_message(self):
        payload, received = self.received.get()
        if not received:
            self.received.put(('', False))
        return payload, received

    def shutdown(self):
        # A close alone would leave the connection to the thread that still reads from it.
        try:
            self.client_socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.client_socket.close()
        self.receiver.join()
