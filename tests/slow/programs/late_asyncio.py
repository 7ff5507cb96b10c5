# Late: the event loop polls without a timeout while a thread of its executor sleeps.
import asyncio
import os
import struct
import time

from frames import reply_to


async def serve(reader, writer):
    loop = asyncio.get_running_loop()
    try:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            reply = reply_to((await reader.readexactly(length)).decode())
            await loop.run_in_executor(None, time.sleep, 0.4)
            writer.write(reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError, ValueError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, os.environ["HOST"], int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
