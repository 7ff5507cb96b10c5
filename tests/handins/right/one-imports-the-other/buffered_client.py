from socket import *

from buffered_server import BufferedTCPEchoServer, receive_text, send_text


class BufferedTCPClient:
    def __init__(self, server_host='localhost', server_port=36001, buffer_size=1024):
        self.buffer_size = buffer_size
        self.client_socket = socket(AF_INET, SOCK_STREAM)
        self.client_socket.connect((server_host, server_port))

    def send_message(self, message):
        try:
            send_text(self.client_socket, message)
        except ConnectionError:
            pass

    def receive_message(self):
        try:
            return receive_text(self.client_socket, self.buffer_size), True
        except ConnectionError:
            return '', False

    def shutdown(self):
        self.client_socket.close()


if __name__ == '__main__':
    import threading

    server = BufferedTCPEchoServer()
    threading.Thread(target=server.start).start()
