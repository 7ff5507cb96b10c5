import socket
import threading
from struct import pack, unpack


class BufferedTCPEchoServer:
    """Serves each client on a thread of its own."""

    def __init__(self, host='', port=36001, buffer_size=1024):
        self.keep_running = True
        self.buffer_size = buffer_size
        self.threads = []
        self.server_socket = socket.socket()
        self.server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server_socket.bind((host, port))
        self.server_socket.settimeout(0.05)

    def start(self):
        self.server_socket.listen(5)
        while self.keep_running:
            try:
                client, address = self.server_socket.accept()
            except TimeoutError:
                continue
            except socket.timeout:
                continue
            client.settimeout(None)
            thread = threading.Thread(target=self.serve, args=(client,))
            thread.start()
            self.threads.append(thread)
        for thread in self.threads:
            thread.join()

    def serve(self, client):
        with client:
            while self.keep_running:
                try:
                    message = self.receive(client)
                    if message is None:
                        return
                    reply = bytes(message[10:], 'utf-8')
                    client.sendall(pack('!I', len(reply)) + reply)
                except ConnectionError:
                    return

    def receive(self, client):
        data = b''
        length = 4
        has_header = False
        while True:
            while len(data) < length:
                more = client.recv(min(self.buffer_size, length - len(data)))
                if not more:
                    return None
                data += more
            if has_header:
                return data.decode('utf-8')
            length, data, has_header = unpack('!I', data)[0], b'', True

    def shutdown(self):
        self.server_socket.close()
