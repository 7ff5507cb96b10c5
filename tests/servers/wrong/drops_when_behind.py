# Wrong: drops a reply while too much of those before waits to be sent.
import asyncio
import os
import struct

WAITING_MAX = 256 * 1024


async def serve(reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            reply = (await reader.readexactly(length)).decode()[10:].encode()
            if writer.transport.get_write_buffer_size() <= WAITING_MAX:
                writer.write(struct.pack("!I", len(reply)) + reply)
    except (asyncio.IncompleteReadError, OSError, UnicodeError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, os.environ["HOST"], int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
