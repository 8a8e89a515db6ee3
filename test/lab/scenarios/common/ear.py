# SPDX-License-Identifier: Apache-2.0
"""When each node's heartbeats arrive at somebody who listens."""
import socket
import time


class Ear:
    """Hears what both send to everybody."""

    def __init__(self, listener):
        with listener.inside_net():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        # Stamped by the kernel when they arrive: our own lateness is not the sender's.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_TIMESTAMPNS if hasattr(socket, "SO_TIMESTAMPNS") else 35, 1)
        self.sock.bind(("", 694))

    def hear(self, seconds):
        """{sender: [when each of its heartbeats arrived, in seconds]}"""
        heard, until = {}, time.monotonic() + seconds
        self.sock.setblocking(True)
        while time.monotonic() < until:
            self.sock.settimeout(max(0.001, until - time.monotonic()))
            try:
                data, extra, _, sender = self.sock.recvmsg(65536, 256)
            except TimeoutError:
                break
            if b"t=status" not in data:
                continue
            stamp = next(e[2] for e in extra)
            when = int.from_bytes(stamp[:8], "little") + int.from_bytes(stamp[8:16], "little") / 1e9
            heard.setdefault(sender[0], []).append(when)
        return heard


def longest_gap(times, seconds):
    return max((b - a for a, b in zip(times, times[1:])), default=seconds) if len(times) > 2 else seconds
