# Right: socketserver, a thread for each client.
import os
import socketserver
import struct


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while len(header := self.rfile.read(4)) == 4:
            (length,) = struct.unpack("!I", header)
            payload = self.rfile.read(length)
            if len(payload) < length:
                return
            reply = payload.decode()[10:].encode()
            self.wfile.write(struct.pack("!I", len(reply)) + reply)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
