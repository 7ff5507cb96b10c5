# Right: asyncio streams, any number of clients.
import asyncio
import os
import struct


async def serve(reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            reply = (await reader.readexactly(length)).decode()[10:].encode()
            writer.write(struct.pack("!I", len(reply)) + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, os.environ["HOST"], int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
