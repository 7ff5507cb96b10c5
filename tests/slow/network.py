"""Runs a server and a harness in networks of their own, with a line between them that takes its time and loses packets.

The kernels of both ends see real packets, and the harness sees no more of the server's socket than of one on another
machine.

usage: network.py ROUND_TRIP_MS LOSS_PERCENT SERVER COMMAND -- HARNESS ARGUMENTS

In the harness's arguments {address} is the server's, and {stop} its process as `--stop` takes it. Without commands it only tries whether this
machine lets it.
"""

import array
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
HARNESS, SERVER, PORT = "10.77.0.1", "10.77.0.2", 4000


def enter_new_network():
    uid, libc = os.getuid(), ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | (CLONE_NEWUSER if uid else 0)) != 0:
        raise OSError(ctypes.get_errno(), "no network of its own")
    if uid:
        with open("/proc/self/uid_map", "w") as uid_map:
            uid_map.write(f"0 {uid} 1")


def open_tun(own, other):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "address", "add", own, "peer", other, "dev", "tun0"], check=True)
    for device in ("tun0", "lo"):
        subprocess.run(["ip", "link", "set", device, "up"], check=True)
    return tun


def start(own, other):
    """The process, once it is in its network, and its end of the line. It runs the command once that is known."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        # Where the parent has no command it ends, and then so does this.
        ours.close()
        try:
            enter_new_network()
            tun = array.array("i", [open_tun(own, other)])
            theirs.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, tun)])
            words = theirs.recv(1 << 16).decode().split("\0")
            os.environ.update(HOST=own, PORT=str(PORT), BUFFER_SIZE="1024")
            os.execvp(words[0], words)
        finally:
            os._exit(126)
    theirs.close()
    _, ancillary, *_ = ours.recvmsg(1, socket.CMSG_SPACE(4))
    if not ancillary:
        sys.exit("network.py: this machine has no networks to give away")
    (tun,) = array.array("i", ancillary[0][2])
    return pid, tun, lambda words: ours.send("\0".join(words).encode())


def listens(pid):
    with open(f"/proc/{pid}/net/tcp") as sockets:
        return any(line.split()[3] == "0A" for line in sockets.readlines()[1:])


def forward(ends, round_trip, loss, pid):
    """Carries packets from each end to the other until the process has ended, and returns how."""
    chance, under_way, numbers = random.Random(10), [], itertools.count()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        wait = under_way[0][0] - time.monotonic() if under_way else 0.05
        for end in select.select(ends, [], [], min(max(wait, 0), 0.05))[0]:
            packet = os.read(end, 1 << 16)
            if chance.random() >= loss:
                due = time.monotonic() + round_trip / 2
                heapq.heappush(under_way, (due, next(numbers), ends[1 - ends.index(end)], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            os.write(*heapq.heappop(under_way)[2:])


def main():
    round_trip, loss = float(sys.argv[1]) / 1000, float(sys.argv[2]) / 100
    commands = sys.argv[3:]
    server, servers_end, run_server = start(SERVER, HARNESS)
    harness, own_end, run_harness = start(HARNESS, SERVER)
    if not commands:
        return 0
    at = commands.index("--")
    try:
        run_server(commands[:at])
        while not listens(server):
            time.sleep(0.01)
        fill = {"{address}": f"{SERVER}:{PORT}", "{stop}": f"pid:{server}"}
        run_harness([fill.get(word, word) for word in commands[at + 1 :]])
        return forward([own_end, servers_end], round_trip, loss, harness)
    finally:
        os.kill(server, 9)
        os.waitpid(server, 0)


sys.exit(main())
