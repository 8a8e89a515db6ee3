# SPDX-License-Identifier: Apache-2.0
"""Watches every host's addresses through rtnetlink: who holds what, since when, to the ms.

A thread stamps events as they come, so that a busy controller cannot hide a flap.
"""
import os
import selectors
import socket
import struct
import threading
import time

_RTM_NEWADDR, _RTM_DELADDR, _RTM_GETADDR = 20, 21, 22
_RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x10, 0x100
_NLM_F_REQUEST, _NLM_F_DUMP = 1, 0x300
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


class AddressWatch:
    def __init__(self):
        self.lock = threading.Lock()
        self.held = {}      # host -> set of (address, prefix, interface index)
        self.events = []    # (monotonic time, host, "+" or "-", address)
        self.sockets = {}
        self.selector = selectors.DefaultSelector()
        self.wake_r, self.wake_w = os.pipe()
        self.selector.register(self.wake_r, selectors.EVENT_READ, None)
        self.stopping = False
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    def add(self, host):
        with host.inside_net():
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((0, _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
        sock.setblocking(False)
        with self.lock:
            self.held[host.name] = set()
            self.sockets[host.name] = sock
        self.selector.register(sock, selectors.EVENT_READ, host.name)
        sock.send(struct.pack("=IHHII", 20, _RTM_GETADDR, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0) +
                  struct.pack("=BBBBI", 0, 0, 0, 0, 0)[:4])
        os.write(self.wake_w, b"x")

    def remove(self, name):
        """The host lost its power: what it held is gone at this moment."""
        now = time.monotonic()
        with self.lock:
            sock = self.sockets.pop(name, None)
            for entry in sorted(self.held.pop(name, ())):
                self.events.append((now, name, "-", entry[0]))
        if sock:
            self.selector.unregister(sock)
            sock.close()
            os.write(self.wake_w, b"x")

    def close(self):
        self.stopping = True
        os.write(self.wake_w, b"x")
        self.thread.join(5)
        for sock in self.sockets.values():
            sock.close()

    def holds(self, name, address):
        with self.lock:
            return any(entry[0] == address for entry in self.held.get(name, ()))

    def holders(self, address):
        with self.lock:
            return sorted(n for n, held in self.held.items()
                          if any(entry[0] == address for entry in held))

    def since(self, moment, name=None, address=None):
        with self.lock:
            return [e for e in self.events if e[0] >= moment and
                    name in (None, e[1]) and address in (None, e[3])]

    def _loop(self):
        while not self.stopping:
            for key, _ in self.selector.select():
                if key.data is None:
                    os.read(self.wake_r, 4096)
                    continue
                try:
                    data = key.fileobj.recv(1 << 16)
                except OSError:
                    continue
                self._take(time.monotonic(), key.data, data)

    def _take(self, now, name, data):
        at = 0
        with self.lock:
            held = self.held.get(name)
            if held is None:
                return
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if length < 16:
                    return
                if kind in (_RTM_NEWADDR, _RTM_DELADDR):
                    entry = _address(data[at + 16:at + length])
                    if entry and kind == _RTM_NEWADDR and entry not in held:
                        held.add(entry)
                        self.events.append((now, name, "+", entry[0]))
                    elif entry and kind == _RTM_DELADDR and entry in held:
                        held.discard(entry)
                        self.events.append((now, name, "-", entry[0]))
                at += (length + 3) & ~3


def _address(body):
    family, prefix, _, _, index = struct.unpack_from("=BBBBI", body)
    at, found = 8, {}
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            break
        found[kind] = body[at + 4:at + length]
        at += (length + 3) & ~3
    raw = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS)
    if not raw:
        return None
    return socket.inet_ntop(family, raw), prefix, index
