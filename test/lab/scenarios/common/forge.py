# SPDX-License-Identifier: Apache-2.0
"""Heartbeat's packets, written and read by a host that should not: sealed with the cluster's key where a test plays one
that was recorded, with none or a wrong one otherwise."""
import hashlib
import hmac
import re
import socket
import time


def packet(fields, key, number=1):
    """fields: (name, text or bytes); bytes are a binary field. key None: a MAC that is wrong."""
    body = b"###\n"
    for name, value in fields:
        kind, data = (b"(1)", value) if isinstance(value, bytes) else (b"(0)", value.encode())
        element = kind + name.encode() + b"=" + data
        body += b"%d:%s," % (len(element), element)
    body += b"%%%\n"
    mac = hmac.new(key, body, hashlib.sha1).hexdigest() if key else "5" * 40
    trailer = f"{number} {mac}".encode()
    return body + b"%d:%s," % (len(trailer), trailer)


def read(data):
    """{name: text, ...} of a packet in netstring form; srcuuid and the like stay bytes."""
    found, rest = {}, data[4:]
    while rest and not rest.startswith(b"%%%"):
        length, _, rest = rest.partition(b":")
        if not length.isdigit():
            break
        element, rest = rest[:int(length)], rest[int(length) + 1:]
        name, _, value = element[3:].partition(b"=")
        found[name.decode(errors="replace")] = value if element.startswith(b"(1)") else value.decode(errors="replace")
    return found


class Wire:
    """In a host's network: hears what is broadcast, speaks to whom it likes."""

    def __init__(self, host):
        with host.inside_net():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, 35, 1)   # SO_TIMESTAMPNS
        self.sock.bind(("", 694))

    def send(self, data, address="10.77.0.255"):
        self.sock.sendto(data, (address, 694))

    def forget(self):
        self.sock.setblocking(False)
        try:
            while True:
                self.sock.recv(65536)
        except BlockingIOError:
            self.sock.setblocking(True)

    def hear(self, seconds, enough=None):
        """[(when it arrived, sender's address, fields, bytes)] of so many seconds, or until enough(that) is true."""
        heard, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            self.sock.settimeout(max(0.001, until - time.monotonic()))
            try:
                data, extra, _, sender = self.sock.recvmsg(65536, 256)
            except TimeoutError:
                break
            stamp = next((e[2] for e in extra), b"")
            when = int.from_bytes(stamp[:8], "little") + int.from_bytes(stamp[8:16], "little") / 1e9
            if not data.startswith(b"###"):
                continue
            heard.append((when, sender[0], read(data), data))
            if enough and enough(heard[-1]):
                break
        return heard

    def newest(self, source, seconds=8):
        """Fields of the next status of a node."""
        heard = self.hear(seconds, lambda one: one[2].get("src") == source and one[2].get("t") == "status")
        return heard[-1][2] if heard and heard[-1][2].get("src") == source else {}


def as_of(status, message_type, *fields, ahead=1, generation=0, name=None, uuid=None):
    """Fields of a message that the sender of this status could have sent."""
    numbered = [] if message_type.startswith("NS_") else [("seq", f"{int(status['seq'], 16) + ahead:x}")]
    return [("t", message_type), *fields, ("src", name or status["src"]), ("srcuuid", uuid or status["srcuuid"]), *numbered,
            ("hg", f"{int(status['hg'], 16) + generation:x}"), ("ts", f"{int(time.time()):x}"), ("ld", "0.1 0.1 0.1 1/1 1"), ("ttl", "3")]


HEX = re.compile(r"\b[0-9a-f]{40}\b")
