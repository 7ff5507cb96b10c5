# Slow: asyncio, which sleeps for 0.2 s before each reply.
import asyncio
import os
import struct

from frames import reply_to


async def serve(reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            reply = reply_to((await reader.readexactly(length)).decode())
            await asyncio.sleep(0.2)
            writer.write(reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError, ValueError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, os.environ["HOST"], int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
