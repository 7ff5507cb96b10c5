from socket import *

from framing import receive_frame, send_frame
from journal import Journal


class BufferedTCPServer:
    def __init__(self, host='', port=36001, buffer_size=1024):
        self.journal = Journal('server')
        with open('settings.txt') as settings:
            self.removed = int(settings.read())
        self.buffer_size = buffer_size
        self.keep_running = True
        self.sock = socket(AF_INET, SOCK_STREAM)
        self.sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self.sock.bind((host, port))

    def start(self):
        self.sock.listen(5)
        while self.keep_running:
            connection, _ = self.sock.accept()
            self.journal.write('accepts')
            try:
                self.serve(connection)
            except OSError:
                pass
            connection.close()

    def serve(self, connection):
        while self.keep_running:
            message = receive_frame(connection, self.buffer_size)
            if message is None:
                return
            send_frame(connection, message[self.removed:])

    def shutdown(self):
        self.sock.close()
        self.journal.close()
