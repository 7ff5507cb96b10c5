from socket import *

from framing import receive_frame, send_frame
from journal import Journal


class BufferedTCPClient:
    numbers = 0

    def __init__(self, server_host='localhost', server_port=36001, buffer_size=1024):
        BufferedTCPClient.numbers += 1
        self.journal = Journal('client-%d' % self.numbers)
        self.buffer_size = buffer_size
        self.sock = socket(AF_INET, SOCK_STREAM)
        self.sock.connect((server_host, server_port))

    def send_message(self, message):
        self.journal.write('sends %d characters' % len(message))
        send_frame(self.sock, message)

    def receive_message(self):
        try:
            message = receive_frame(self.sock, self.buffer_size)
        except OSError:
            message = None
        return ('', False) if message is None else (message, True)

    def shutdown(self):
        self.sock.close()
        self.journal.close()
