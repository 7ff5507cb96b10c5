from struct import pack, unpack


def send_frame(sock, text):
    payload = text.encode()
    sock.sendall(pack('!I', len(payload)) + payload)


def receive_frame(sock, buffer_size):
    header = receive_exactly(sock, 4, buffer_size)
    if header is None:
        return None
    payload = receive_exactly(sock, unpack('!I', header)[0], buffer_size)
    return None if payload is None else payload.decode()


def receive_exactly(sock, length, buffer_size):
    data = b''
    while len(data) < length:
        chunk = sock.recv(min(buffer_size, length - len(data)))
        if not chunk:
            return None
        data += chunk
    return data
