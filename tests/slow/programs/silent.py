# Silent: it has read the message and waits, in the way that it is told, for what will not come.
import asyncio
import os
import select
import sys
import threading

from frames import listen, receive, reply_to


def read_on(connection):
    while connection.recv(1024):
        pass


def recv(listener):
    read_on(listener.accept()[0])


def accept(listener):
    connection, _ = listener.accept()
    receive(connection.recv)
    listener.accept()


def half(listener):
    connection, _ = listener.accept()
    reply = reply_to(receive(connection.recv))
    connection.sendall(reply[: len(reply) // 2])
    read_on(connection)


def epoll(listener):
    connection, _ = listener.accept()
    events = select.epoll()
    events.register(connection, select.EPOLLIN)
    while events.poll() and connection.recv(1024):
        pass


def select_(listener):
    connection, _ = listener.accept()
    while select.select([connection], [], []) and connection.recv(1024):
        pass


def thread(listener):
    reader = threading.Thread(target=read_on, args=(listener.accept()[0],))
    reader.start()
    reader.join()


def child(listener):
    connection, _ = listener.accept()
    if os.fork() == 0:
        read_on(connection)
        os._exit(0)
    os.wait()


def asyncio_(listener):
    async def serve(reader, writer):
        await reader.read()

    async def main():
        async with await asyncio.start_server(serve, sock=listener) as server:
            await server.serve_forever()

    asyncio.run(main())


ways = {
    "recv": recv,
    "accept": accept,
    "half": half,
    "epoll": epoll,
    "select": select_,
    "thread": thread,
    "child": child,
    "asyncio": asyncio_,
}
listener = listen()
while True:
    ways[sys.argv[1]](listener)
