# SPDX-License-Identifier: Apache-2.0
"""Hears every command that anybody in a host gives to the kernel's IPVS table, as it is given.

IPVS tells nobody of its changes; but a netlink monitor (nlmon) hears all that is said on netlink in one network, and the
kernel is told by generic netlink only. Numbers are those of linux/ip_vs.h and linux/genetlink.h.
"""
import ipaddress
import socket
import struct
import threading
import time

from .net import ip_batch

COMMANDS = {1: "new service", 2: "set service", 3: "delete service", 5: "new server", 6: "set server", 7: "delete server",
            9: "new daemon", 10: "delete daemon", 12: "set config", 16: "zero", 17: "flush"}
_GENERIC, _CONTROL, _GETFAMILY, _FAMILY_ID, _FAMILY_NAME = 16, 16, 3, 1, 2
_SERVICE, _SERVER = 1, 2
_REQUEST = 1        # NLM_F_REQUEST
_SOL_PACKET, _STATISTICS = 263, 6
DEVICE = "lab-nlmon"


class TableTap:
    """with TableTap(host) as tap: ...; tap.changes() is [(monotonic time, command, service, server)]."""

    def __init__(self, host):
        self.host, self.heard, self.stopping = host, [], False

    def __enter__(self):
        with self.host.inside_net():
            self.family = _family("IPVS")
            ip_batch([f"link add {DEVICE} type nlmon", f"link set {DEVICE} up"])
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)      # SO_RCVBUFFORCE: whole tables pass, too
            self.sock.bind((DEVICE, 0))
        self.sock.settimeout(0.2)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()
        self.sock.close()
        with self.host.inside_net():
            ip_batch([f"link del {DEVICE}"])

    def changes(self, since=0.0):
        time.sleep(0.3)     # what has been said has been heard by then
        return [change for change in list(self.heard) if change[0] >= since]

    def missed(self):
        """Messages that came too fast to be heard, since it was asked last."""
        return struct.unpack("II", self.sock.getsockopt(_SOL_PACKET, _STATISTICS, 8))[1]

    def _listen(self):
        while not self.stopping:
            try:
                data, (_, protocol, *_) = self.sock.recvfrom(65536)
            except TimeoutError:
                continue
            if protocol == _GENERIC:
                self.heard += [(time.monotonic(), *change) for change in commands(data, self.family)]


def commands(data, family):
    """(command, service, server) of each message that changes the table."""
    while len(data) >= 20:
        length, kind, flags = struct.unpack_from("=IHH", data)
        if length < 20 or length > len(data):
            return
        if kind == family and flags & _REQUEST and data[16] in COMMANDS:     # else it is the kernel that speaks
            parts = dict(_attributes(data[20:length]))
            yield COMMANDS[data[16]], _service(parts.get(_SERVICE, b"")), _server(parts.get(_SERVER, b""))
        data = data[(length + 3) & ~3:]


def _attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            return
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


def _address(raw, family):
    return str(ipaddress.ip_address(raw[:16 if family == socket.AF_INET6 else 4]))


def _service(data):
    found = dict(_attributes(data))
    if not found:
        return ""
    family = struct.unpack("=H", found.get(1, b"\2\0"))[0]
    if 5 in found:
        return f"mark {struct.unpack('=I', found[5])[0]}"
    return f"{_address(found[3], family)}:{struct.unpack('>H', found[4])[0]}" if {3, 4} <= set(found) else "?"


def _server(data):
    found = dict(_attributes(data))
    if not {1, 2} <= set(found):
        return ""
    family = struct.unpack("=H", found[11])[0] if 11 in found else socket.AF_INET
    return f"{_address(found[1], family)}:{struct.unpack('>H', found[2])[0]}"


def _family(name):
    """The number under which the kernel has this generic netlink family."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _GENERIC) as sock:
        sock.settimeout(5)
        text = name.encode() + b"\0"
        body = struct.pack("=BBH", _GETFAMILY, 1, 0) + struct.pack("=HH", 4 + len(text), _FAMILY_NAME) + text
        body += b"\0" * (-len(body) % 4)
        sock.send(struct.pack("=IHHII", 16 + len(body), _CONTROL, 1, 1, 0) + body)
        for kind, value in _attributes(sock.recv(65536)[20:]):
            if kind == _FAMILY_ID:
                return struct.unpack("=H", value[:2])[0]
    raise OSError(f"no generic netlink family {name}")
